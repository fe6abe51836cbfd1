//! Which applications does the operator vouch for?

use aws_lc_rs::rand::SecureRandom;
use serde_json::Value;
use warded_core::{Issuer, IssuerRules, ResourceUri, UnixTime, json};
use warded_store::{Added, Client, GrantType, Method, Origin, REVOKED_LASTS, Store, StoreFailed};
use zeroize::Zeroizing;

use super::{NotAdded, named};
use crate::{
    client::{NamedBy, PublicKeys},
    keys::LONGEST_TOKEN,
    random::{self, Secret},
    redirect::RedirectUri,
};

/// An application that the operator vouches for.
#[derive(Clone, Debug)]
pub struct NewClient {
    /// At which issuer.
    pub issuer: Issuer,
    /// What people read on the consent page.
    pub name: String,
    /// Where answers may go. A private-use scheme among them is listed by being here.
    pub redirect_uris: Vec<String>,
    /// What it may present at the token endpoint.
    pub grants: Vec<GrantType>,
    /// Whether it gets a secret.
    pub confidential: bool,
    /// The one resource that it may ask for and gets where it names none.
    pub pinned: Option<ResourceUri>,
    /// Whether it always proves a key, so that nobody gets a bearer token for what is its own (RFC 9449 §5.2).
    pub dpop_bound: bool,
}

/// Where the public keys are of an application that signs, and knows no secret (`private_key_jwt`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "RFC 7591 §2 knows these two places and no other")]
pub enum KeysOf {
    /// Here: a JWK Set (`jwks`).
    Set(String),
    /// At this URL (`jwks_uri`), which may be a private one: the operator wrote it down.
    At(String),
}

/// An application that was added. Its secret is shown this once; the store has its hash.
#[derive(Debug)]
pub struct NewlyAdded {
    /// What is in the store.
    pub client: Client,
    secret: Option<Secret>,
}

impl NewlyAdded {
    /// The secret of a confidential client, for the one time that it is told.
    pub fn into_secret(self) -> Option<Zeroizing<String>> {
        self.secret.map(Secret::into_inner)
    }
}

/// How an application proves that it is itself.
enum Proof {
    None,
    Secret(Secret),
    Keys(KeysOf),
}

/// Adds an application under a random id.
pub async fn add_client(
    store: &dyn Store,
    new: NewClient,
    now: UnixTime,
    random: &dyn SecureRandom,
) -> Result<NewlyAdded, NotAdded> {
    let proof = if new.confidential { Proof::Secret(Secret::new(random)?) } else { Proof::None };
    add(store, new, proof, now, random).await
}

/// Adds an application that proves itself by its key. It gets no secret, whatever `confidential` says.
pub async fn add_signing_client(
    store: &dyn Store,
    new: NewClient,
    keys: KeysOf,
    now: UnixTime,
    random: &dyn SecureRandom,
) -> Result<NewlyAdded, NotAdded> {
    let is_fit = match &keys {
        KeysOf::Set(set) => json::value(set.as_bytes()).is_ok_and(|set| is_readable(Some(&set), None)),
        KeysOf::At(url) => is_readable(None, Some(&url.as_str().into())),
    };
    if !is_fit {
        return Err(NotAdded::Keys);
    }
    add(store, new, Proof::Keys(keys), now, random).await
}

fn is_readable(jwks: Option<&Value>, jwks_uri: Option<&Value>) -> bool {
    PublicKeys::read(jwks, jwks_uri, NamedBy::Operator).is_some()
}

/// Gives an application another secret; the one before is good for nothing from now on. None where there is no such
/// application, or it has no secret, or somebody else changed it at the same time.
pub async fn renew_secret(
    store: &dyn Store,
    issuer: &Issuer,
    id: &str,
    random: &dyn SecureRandom,
) -> Result<Option<Zeroizing<String>>, NotAdded> {
    let held = store.client(issuer, id).await.map_err(NotAdded::Store)?;
    let Some(before) = held.filter(|client| client.secret.is_some()) else { return Ok(None) };
    let secret = Secret::new(random)?;
    let after = Client { secret: Some(secret.digest()), ..before.clone() };
    let is_changed = store.update_client(after, &before).await.map_err(NotAdded::Store)?;
    Ok(is_changed.then(|| secret.into_inner()))
}

/// Removes an application with everything that it holds: its grants and consents, and what it got in its own name or by an
/// exchange. False where there was nothing of the kind.
pub async fn remove_client(
    store: &dyn Store,
    issuer: &Issuer,
    id: &str,
    now: UnixTime,
) -> Result<bool, StoreFailed> {
    let until = now.plus(LONGEST_TOKEN).plus(IssuerRules::MAX_LEEWAY).plus(REVOKED_LASTS);
    store.remove_client(issuer, id, until).await
}

async fn add(
    store: &dyn Store,
    new: NewClient,
    proof: Proof,
    now: UnixTime,
    random: &dyn SecureRandom,
) -> Result<NewlyAdded, NotAdded> {
    if let Some(unfit) = new.redirect_uris.iter().find(|uri| RedirectUri::registered(uri).is_none()) {
        return Err(NotAdded::RedirectUri(unfit.clone()));
    }
    makes_sense(&new, &proof)?;
    let (method, secret, jwks, jwks_uri) = match proof {
        Proof::None => (Method::None, None, None, None),
        Proof::Secret(secret) => (Method::Basic, Some(secret), None, None),
        Proof::Keys(KeysOf::Set(set)) => (Method::PrivateKeyJwt, None, Some(set), None),
        Proof::Keys(KeysOf::At(url)) => (Method::PrivateKeyJwt, None, None, Some(url)),
    };
    let client = Client {
        issuer: new.issuer,
        id: random::id(random)?,
        name: Some(named(&new.name)?),
        method,
        secret: secret.as_ref().map(Secret::digest),
        jwks,
        jwks_uri,
        application_type: None,
        redirect_uris: new.redirect_uris,
        grants: new.grants,
        pinned: new.pinned,
        dpop_bound: new.dpop_bound,
        origin: Origin::Operator,
        management: None,
        created: now,
        used: None,
    };
    match store.add_client(client.clone()).await.map_err(NotAdded::Store)? {
        Added::Yes => Ok(NewlyAdded { client, secret }),
        Added::Taken => Err(NotAdded::Taken),
    }
}

fn makes_sense(new: &NewClient, proof: &Proof) -> Result<(), NotAdded> {
    let has = |grant| new.grants.contains(&grant);
    if matches!(proof, Proof::None) {
        // Without a secret or a key, whoever knows the id would be the client.
        if has(GrantType::ClientCredentials) {
            return Err(NotAdded::Grants(
                "a client with the grant `client_credentials` must be confidential",
            ));
        }
        if has(GrantType::TokenExchange) {
            return Err(NotAdded::Grants("a client that exchanges tokens must be confidential"));
        }
    }
    if has(GrantType::AuthorizationCode) && new.redirect_uris.is_empty() {
        return Err(NotAdded::Grants("a client with the grant `authorization_code` needs a redirect URI"));
    }
    if has(GrantType::RefreshToken) && !has(GrantType::AuthorizationCode) {
        return Err(NotAdded::Grants("`refresh_token` goes with `authorization_code`"));
    }
    if new.grants.is_empty() { Err(NotAdded::Grants("a client needs a grant")) } else { Ok(()) }
}
