//! What does a token say? The one place where access tokens are made (RFC 9068).
//!
//! A [`Grantee`] holds exactly one [`Resource`], which only the registry makes: a token for nobody in
//! particular, or for two, cannot be asked for (invariant *Never minted without*).

use std::{borrow::Cow, sync::Arc};

use aws_lc_rs::rand::SecureRandom;
use serde::Serialize;
use serde_json::{Map, Value};
use warded_core::{
    Issuer, Scopes, UnixTime,
    jose::{Algorithm, Thumbprint, base64url},
};
use warded_store::{GrantMark, StatusIndex};
use zeroize::Zeroizing;

use crate::{
    AuthorizationServer,
    keys::IssuerKeys,
    random,
    refused::Refused,
    registry::Resource,
    status::{self, StatusClaim},
};

/// Signs the access tokens of one issuer.
#[derive(Debug)]
pub(crate) struct Mint {
    issuer: Issuer,
    keys: Arc<IssuerKeys>,
    /// What tokens are signed with whose server does not say.
    algorithm: Algorithm,
    /// How long those live, in seconds.
    lifetime: u32,
}

/// Who gets a token, and for what.
///
/// There is no token without a server, and a server comes out of the registry alone:
///
/// ```compile_fail
/// # use warded_issuer::{Grantee, Subject};
/// # use warded_core::Scopes;
/// # use warded_store::{GrantMark, StatusIndex};
/// fn for_nobody<'a>(scopes: &'a Scopes, grant: Option<GrantMark>, status: StatusIndex) -> Grantee<'a> {
///     Grantee {
///         subject: Subject::Client, client: "c", scopes, grant, root: None, status, key: None, act: None,
///         ends: None
///     }
/// }
/// ```
///
/// ```compile_fail
/// # use warded_issuer::Resource;
/// let anything = Resource::default();
/// ```
///
/// The same, with a server:
///
/// ```
/// # use warded_issuer::{Grantee, Resource, Subject};
/// # use warded_core::Scopes;
/// # use warded_store::{GrantMark, StatusIndex};
/// fn for_one<'a>(resource: &'a Resource, scopes: &'a Scopes, grant: Option<GrantMark>, status: StatusIndex) -> Grantee<'a> {
///     Grantee {
///         subject: Subject::Client, client: "c", resource, scopes, grant, root: None, status, key: None,
///         act: None, ends: None
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Grantee<'a> {
    /// In whose name it speaks.
    pub subject: Subject<'a>,
    /// The client that will hold the token.
    pub client: &'a str,
    /// The one server.
    pub resource: &'a Resource,
    /// What it permits there.
    pub scopes: &'a Scopes,
    /// The grant that it comes from, whose end is its own; where there is none, it has a mark of its own, by which it can
    /// be taken back.
    pub grant: Option<GrantMark>,
    /// The grant that everything began with, where it was exchanged: with it, it ends.
    pub root: Option<GrantMark>,
    /// Where it stands whether it was taken back, for guards elsewhere.
    pub status: StatusIndex,
    /// The key whose holder alone may present it (RFC 9449 §6.1).
    pub key: Option<Thumbprint>,
    /// Who acts (RFC 8693 §4.1).
    pub act: Option<Value>,
    /// When it ends at the latest, as its grant or what it was exchanged for does: after its lifetime where nobody says.
    pub ends: Option<UnixTime>,
}

/// In whose name a token speaks.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a token speaks in somebody's name, and there are no others")]
pub enum Subject<'a> {
    /// A person, by id, who logged in then, if anybody knows when.
    Person(&'a str, Option<UnixTime>),
    /// The client itself. Its `sub` begins with `client:`, which no person's id does: a server that looks at
    /// `sub` alone must not take a client for a person who chose its id well (RFC 9068 §5, RFC 9700 §4.15).
    Client,
    /// Whoever the token spoke for that was exchanged (RFC 8693 §2).
    As {
        /// Its `sub`.
        sub: &'a str,
        /// Its `auth_time`, where it had one.
        auth_time: Option<UnixTime>,
    },
}

/// What a token says (RFC 9068 §2.2).
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    /// One string, never a list: a list invites a second entry (RFC 9068 §3, RFC 8707 §3).
    aud: &'a str,
    sub: Cow<'a, str>,
    client_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    iat: i64,
    exp: i64,
    jti: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cnf: Option<Confirmation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<&'a Value>,
    /// [`GRANT_CLAIM`](warded_store::GRANT_CLAIM)
    grant_id: String,
    /// [`ROOT_CLAIM`](warded_store::ROOT_CLAIM)
    #[serde(skip_serializing_if = "Option::is_none")]
    grant_root: Option<String>,
    status: StatusClaim,
}

/// RFC 7800 §3.1, RFC 9449 §6.1
#[derive(Serialize)]
struct Confirmation {
    jkt: String,
}

/// A token, and when it ends.
pub(crate) struct Minted {
    pub(crate) token: Zeroizing<String>,
    pub(crate) expires: UnixTime,
}

impl AuthorizationServer {
    /// Signs a token. Where no key can (the machine slept for weeks, the last one was withdrawn), one is made first.
    pub(crate) async fn issue(&self, grantee: &Grantee<'_>, now: UnixTime) -> Result<Minted, Refused> {
        let algorithm = self.mint.algorithm_of(grantee.resource);
        if self.keys.signer(algorithm, now).is_none() {
            let looked = self.keys.look(&*self.store, &self.random, now).await;
            looked.map_err(|failed| {
                tracing::error!(issuer = %self.issuer, error = %failed, "there is no key to sign with");
                Refused::Unable
            })?;
        }
        self.mint.mint(grantee, now, &*self.random)
    }
}

impl Mint {
    pub(crate) fn new(issuer: Issuer, keys: Arc<IssuerKeys>, algorithm: Algorithm, lifetime: u32) -> Self {
        Self { issuer, keys, algorithm, lifetime }
    }

    fn algorithm_of(&self, resource: &Resource) -> Algorithm {
        resource.algorithm().unwrap_or(self.algorithm)
    }

    fn mint(
        &self,
        grantee: &Grantee<'_>,
        now: UnixTime,
        random: &(dyn SecureRandom + Send + Sync),
    ) -> Result<Minted, Refused> {
        let resource = grantee.resource;
        let expires = now.plus(resource.lifetime().unwrap_or(self.lifetime));
        let expires = grantee.ends.map_or(expires, |ends| expires.min(ends));
        let (sub, auth_time) = match grantee.subject {
            Subject::Person(id, auth_time) => (Cow::Borrowed(id), auth_time),
            Subject::Client => (Cow::Owned(format!("client:{}", grantee.client)), None),
            Subject::As { sub, auth_time } => (Cow::Borrowed(sub), auth_time),
        };
        let name = random::name(random)?;
        let claims = Claims {
            iss: self.issuer.as_str(),
            aud: resource.identifier().as_str(),
            sub,
            client_id: grantee.client,
            scope: (!grantee.scopes.is_empty()).then(|| grantee.scopes.to_string()),
            iat: now.seconds(),
            exp: expires.seconds(),
            jti: base64url::encode(name),
            auth_time: auth_time.map(UnixTime::seconds),
            cnf: grantee.key.map(|key| Confirmation { jkt: key.to_string() }),
            act: grantee.act.as_ref(),
            // Nothing else has that name.
            grant_id: grantee.grant.unwrap_or(GrantMark::from_bytes(name)).to_string(),
            grant_root: grantee.root.map(|root| root.to_string()),
            status: status::claim(&self.issuer, grantee.status),
        };
        let token = self.signed("at+jwt", self.algorithm_of(resource), &claims, now, random)?;
        Ok(Minted { token, expires })
    }

    /// Signs what guards elsewhere ask for (`statuslist+jwt`).
    pub(crate) fn sign_list(
        &self,
        claims: &Map<String, Value>,
        now: UnixTime,
        random: &(dyn SecureRandom + Send + Sync),
    ) -> Result<Zeroizing<String>, Refused> {
        self.signed("statuslist+jwt", self.algorithm, claims, now, random)
    }

    fn signed(
        &self,
        typ: &str,
        algorithm: Algorithm,
        claims: &(impl Serialize + ?Sized),
        now: UnixTime,
        random: &(dyn SecureRandom + Send + Sync),
    ) -> Result<Zeroizing<String>, Refused> {
        let Some(key) = self.keys.signer(algorithm, now) else {
            tracing::error!(issuer = %self.issuer, %algorithm, "there is no key to sign with");
            return Err(Refused::Unable);
        };
        key.sign(typ, claims, random).map_err(|failed| {
            tracing::error!(error = %failed, "signing failed");
            Refused::Unable
        })
    }
}
