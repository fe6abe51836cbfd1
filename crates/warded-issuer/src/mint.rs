//! What does a token say? The one place where access tokens are made (RFC 9068).
//!
//! A [`Grantee`] holds exactly one [`Resource`], which only the registry makes: a token for nobody in
//! particular, or for two, cannot be asked for (invariant *Never minted without*).

use aws_lc_rs::{
    rand::SecureRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair},
};
use serde_json::{Map, Value, json};
use warded_core::{
    Issuer, Scopes, UnixTime,
    jose::{Algorithm, KeySet, SigningKey},
};
use warded_store::{GRANT_CLAIM, GrantMark, Store};
use zeroize::Zeroizing;

use crate::{OpenFailed, random, refused::Refused, registry::Resource};

/// Signs the access tokens of one issuer.
#[derive(Debug)]
pub(crate) struct Mint {
    issuer: Issuer,
    key: SigningKey,
    lifetime: u32,
}

/// Who gets a token, and for what.
#[derive(Debug)]
pub(crate) struct Grantee<'a> {
    /// A person.
    pub(crate) subject: Subject<'a>,
    /// The client that will hold the token.
    pub(crate) client: &'a str,
    /// The one server.
    pub(crate) resource: &'a Resource,
    /// What it permits there.
    pub(crate) scopes: &'a Scopes,
    /// The grant that it comes from, whose end is its own.
    pub(crate) grant: Option<GrantMark>,
}

/// In whose name a token speaks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Subject<'a> {
    /// A person, by id, who logged in then.
    Person(&'a str, UnixTime),
    /// The client itself. Its `sub` begins with `client:`, which no person's id does: a server that looks at
    /// `sub` alone must not take a client for a person who chose its id well (RFC 9068 §5, RFC 9700 §4.15).
    Client,
}

impl Mint {
    /// Takes the tier's key out of the store, or makes it there.
    pub(crate) async fn open(
        tier: &str,
        issuer: Issuer,
        algorithm: Algorithm,
        lifetime: u32,
        store: &dyn Store,
        random: &(dyn SecureRandom + Send + Sync),
    ) -> Result<Self, OpenFailed> {
        let failed = |_| OpenFailed::Randomness;
        let (name, fresh) = match algorithm {
            Algorithm::EdDsa => {
                (format!("signing-key/{tier}"), Ed25519KeyPair::generate_pkcs8(random).map_err(failed)?)
            }
            Algorithm::Es256 => (
                format!("signing-key/{tier}/ES256"),
                EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, random).map_err(failed)?,
            ),
            other => return Err(OpenFailed::Algorithm(other)),
        };
        let held = store.secret(&name, fresh.as_ref()).await.map_err(OpenFailed::Store)?;
        let key = SigningKey::from_pkcs8(algorithm, &held).map_err(|_| OpenFailed::Key { name })?;
        Ok(Self { issuer, key, lifetime })
    }

    /// The public half, as the document that verifiers read.
    pub(crate) fn jwks(&self) -> String {
        json!({ "keys": [self.key.public_jwk()] }).to_string()
    }

    /// The public half.
    pub(crate) fn key_set(&self) -> Result<KeySet, OpenFailed> {
        KeySet::parse(self.jwks().as_bytes()).map_err(|_| OpenFailed::Key { name: "signing-key".into() })
    }

    /// How long its tokens live.
    pub(crate) fn lifetime(&self) -> u32 {
        self.lifetime
    }

    /// Signs a token.
    pub(crate) fn mint(
        &self,
        grantee: &Grantee<'_>,
        now: UnixTime,
        random: &(dyn SecureRandom + Send + Sync),
    ) -> Result<Zeroizing<String>, Refused> {
        let mut claims = Map::new();
        let mut claim = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        claim("iss", self.issuer.as_str().into());
        // One string, never a list: a list invites a second entry (RFC 9068 §3, RFC 8707 §3).
        claim("aud", grantee.resource.identifier().as_str().into());
        match grantee.subject {
            Subject::Person(id, auth_time) => {
                claim("sub", id.into());
                claim("auth_time", auth_time.seconds().into());
            }
            Subject::Client => {
                claim("sub", format!("client:{}", grantee.client).into());
            }
        }
        claim("client_id", grantee.client.into());
        if !grantee.scopes.is_empty() {
            claim("scope", grantee.scopes.to_string().into());
        }
        if let Some(grant) = grantee.grant {
            claim(GRANT_CLAIM, grant.to_string().into());
        }
        claim("iat", now.seconds().into());
        claim("exp", now.plus(self.lifetime).seconds().into());
        claim("jti", random::id(random)?.into());
        self.key.sign("at+jwt", &claims, random).map_err(|failed| {
            tracing::error!(error = %failed, "signing failed");
            Refused::Unable
        })
    }
}
