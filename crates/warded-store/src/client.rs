//! Which applications may ask for tokens?

use async_trait::async_trait;
use warded_core::{Issuer, ResourceUri, UnixTime};

use crate::{Added, Digest, StoreFailed};

/// An application that is registered at one issuer (RFC 6749 §2). Client ids mean nothing at another issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Where.
    pub issuer: Issuer,
    /// Its `client_id`.
    pub id: String,
    /// What it calls itself.
    pub name: Option<String>,
    /// Of its secret; none for a public client.
    pub secret: Option<Digest>,
    /// Where answers may go, byte for byte.
    pub redirect_uris: Vec<String>,
    /// What it may present at the token endpoint.
    pub grants: Vec<GrantType>,
    /// The one resource that it may ask for and gets where it names none.
    pub pinned: Option<ResourceUri>,
    /// Who registered it.
    pub origin: Origin,
    /// Since when.
    pub created: UnixTime,
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
}

impl GrantType {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::AuthorizationCode, Self::RefreshToken, Self::ClientCredentials];

    /// Its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
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
    /// Removes a client with its grants and consents; false where there was nothing of the kind. One that is the
    /// URL of its own description has only these.
    async fn remove_client(&self, issuer: &Issuer, id: &str) -> Result<bool, StoreFailed>;
}
