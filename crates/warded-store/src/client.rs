//! Which applications may ask for tokens?

use async_trait::async_trait;
use warded_core::{Issuer, ResourceUri, UnixTime};

use crate::{Added, Digest, StoreFailed};

/// For how long in seconds a second use of a client is not written down: the day is what people ask for.
pub(crate) const USED_WITHIN: u32 = 60 * 60;

/// An application that is registered at one issuer (RFC 6749 §2). Client ids mean nothing at another issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Where.
    pub issuer: Issuer,
    /// Its `client_id`.
    pub id: String,
    /// What it calls itself.
    pub name: Option<String>,
    /// How it proves to be itself at the token endpoint.
    pub method: Method,
    /// Of its secret; none for a public client, and for one that proves a key.
    pub secret: Option<Digest>,
    /// Its keys, as the JSON that it registered (RFC 7591 §2, `jwks`).
    pub jwks: Option<String>,
    /// Where its keys are (RFC 7591 §2, `jwks_uri`).
    pub jwks_uri: Option<String>,
    /// What it says it is; none where it does not say, and where nobody asked when it was registered.
    pub application_type: Option<ApplicationType>,
    /// Where answers may go, byte for byte.
    pub redirect_uris: Vec<String>,
    /// What it may present at the token endpoint.
    pub grants: Vec<GrantType>,
    /// The one resource that it may ask for and gets where it names none.
    pub pinned: Option<ResourceUri>,
    /// Whether it always proves a key (RFC 9449 §5.2, `dpop_bound_access_tokens`).
    pub dpop_bound: bool,
    /// Who registered it.
    pub origin: Origin,
    /// Of the token with which it manages its registration (RFC 7592 §3); none where nobody may but the operator.
    pub management: Option<Digest>,
    /// Since when.
    pub created: UnixTime,
    /// When it last got a token for somebody, to the hour; none where it never has.
    pub used: Option<UnixTime>,
}

/// How a client proves to be itself at the token endpoint (RFC 7591 §2, `token_endpoint_auth_method`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a new method must be looked at wherever methods are told apart")]
pub enum Method {
    /// `none`: a public client.
    None,
    /// `client_secret_basic`
    Basic,
    /// `client_secret_post`
    Post,
    /// `private_key_jwt`
    PrivateKeyJwt,
}

impl Method {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::None, Self::Basic, Self::Post, Self::PrivateKeyJwt];

    /// Its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic => "client_secret_basic",
            Self::Post => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }
}

/// What a client says it is (OpenID Connect Dynamic Client Registration 1.0 §2, `application_type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "which redirect URIs it may have depends on it")]
pub enum ApplicationType {
    /// `web`
    Web,
    /// `native`
    Native,
}

impl ApplicationType {
    /// Its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Native => "native",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Web, Self::Native].into_iter().find(|kind| kind.name() == name)
    }
}

/// What a client may present at the token endpoint (RFC 7591 §2, `grant_types`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "a new grant must be looked at wherever grants are told apart")]
pub enum GrantType {
    /// `authorization_code`
    AuthorizationCode,
    /// `refresh_token`
    RefreshToken,
    /// `client_credentials`
    ClientCredentials,
    /// `urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693 §2.1)
    TokenExchange,
}

impl GrantType {
    /// Every one.
    pub const ALL: [Self; 4] =
        [Self::AuthorizationCode, Self::RefreshToken, Self::ClientCredentials, Self::TokenExchange];

    /// Its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
            Self::TokenExchange => "urn:ietf:params:oauth:grant-type:token-exchange",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant| grant.name() == name)
    }
}

/// Who registered a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "trust depends on it")]
pub enum Origin {
    /// The operator, by hand.
    Operator,
    /// The client itself, by RFC 7591: whatever it says about itself is only a claim.
    Itself,
}

/// The applications that are registered.
#[async_trait]
pub trait Clients {
    /// Registers a client.
    async fn add_client(&self, client: Client) -> Result<Added, StoreFailed>;
    /// The client of that id at that issuer.
    async fn client(&self, issuer: &Issuer, id: &str) -> Result<Option<Client>, StoreFailed>;
    /// The clients of an issuer, by id.
    async fn clients(&self, issuer: &Issuer) -> Result<Vec<Client>, StoreFailed>;
    /// Puts a client in the place of what is held of the same issuer and id, if that is still what was `expected`; when it
    /// was last used does not count, and stays. False where it is something else by now, or gone.
    async fn update_client(&self, client: Client, expected: &Client) -> Result<bool, StoreFailed>;
    /// Removes a client with its grants and consents; false where there was nothing of the kind. One that is the
    /// URL of its own description has only these.
    ///
    /// Of one that the operator vouches for, its mark is noted ([`GrantMark::of_client`](crate::GrantMark::of_client)): until then tokens may be out that it
    /// got without a grant.
    async fn remove_client(&self, issuer: &Issuer, id: &str, until: UnixTime) -> Result<bool, StoreFailed>;
}
