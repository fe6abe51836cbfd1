//! What does an operator do by hand? People and applications, added to the store; secrets are told once. Keys, before
//! their time.

use aws_lc_rs::rand::SecureRandom;
use warded_core::UnixTime;
use warded_store::{Added, AddedBy, Standing, Store, StoreFailed, User};

pub use crate::keys::{rotate_keys, withdraw_key};
use crate::{
    password::{self, MAX_BYTES, MIN_CHARACTERS},
    random,
    refused::Refused,
};

mod clients;

pub use clients::{
    KeysOf, NewClient, NewlyAdded, add_client, add_signing_client, remove_client, renew_secret,
};

/// Why something was not added. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotAdded {
    /// The name is taken.
    #[error("there is already somebody or something of that name")]
    Taken,
    /// A name that cannot be typed or shown.
    #[error("a name has 1 to 64 characters, none of them blank at an end or a control character")]
    Name,
    /// Nothing that a provider calls anybody.
    #[error("what a provider calls somebody has 1 to 255 bytes, none of them a control character")]
    Subject,
    /// Too easy to guess, or absurdly long.
    #[error("a password has at least {MIN_CHARACTERS} characters and at most {MAX_BYTES} bytes")]
    Password,
    /// An answer must not be sent there.
    #[error(
        "`{0}` cannot be a redirect URI: it must be https, http on loopback, or a scheme of the application's own, without a fragment"
    )]
    RedirectUri(String),
    /// `client_credentials` without a secret or a key, or a grant with nowhere to send its answer.
    #[error("{0}")]
    Grants(&'static str),
    /// Keys with which nothing can be verified, or which are not public.
    #[error(
        "the keys must be a JWK Set of up to 20 public keys that this issuer can verify with, or the https URL of one, in its canonical spelling"
    )]
    Keys,
    /// The store failed.
    #[error(transparent)]
    Store(StoreFailed),
    /// The source of randomness failed.
    #[error("the system's source of randomness failed")]
    Randomness,
}

impl From<Refused> for NotAdded {
    fn from(_: Refused) -> Self {
        Self::Randomness
    }
}

/// Adds a person who logs in with a password. Returns the person; the `sub` of tokens is the id.
pub async fn add_user(
    store: &dyn Store,
    name: &str,
    password: &str,
    now: UnixTime,
    random: &dyn SecureRandom,
) -> Result<User, NotAdded> {
    let password = Some(hashed(password, random)?);
    let user = User { id: random::id(random)?, name: named(name)?, password, created: now };
    match store.add_user(user.clone()).await.map_err(NotAdded::Store)? {
        Added::Yes => Ok(user),
        Added::Taken => Err(NotAdded::Taken),
    }
}

/// Adds a person who logs in elsewhere: at the provider of that authority ([`Provider::authority`](crate::Provider)),
/// which calls the person `subject`. Whoever came in by themself already is the same person as before, name and all, whom
/// the operator has added now. Taken, where the name is, or where the operator has added the provider's person already.
pub async fn add_person(
    store: &dyn Store,
    name: &str,
    authority: &str,
    subject: &str,
    now: UnixTime,
    random: &dyn SecureRandom,
) -> Result<User, NotAdded> {
    if subject.is_empty() || subject.len() > 255 || subject.chars().any(char::is_control) {
        return Err(NotAdded::Subject);
    }
    let user = User { id: random::id(random)?, name: named(name)?, password: None, created: now };
    let standing = store.standing(authority, subject).await.map_err(NotAdded::Store)?;
    if let Standing::Here(known, AddedBy::Themself) = standing {
        let is_theirs = store.vouch_for(authority, subject).await.map_err(NotAdded::Store)?;
        return if is_theirs { Ok(known) } else { Err(NotAdded::Taken) };
    }
    let added = store.add_identity(user.clone(), authority, subject, AddedBy::Operator);
    match added.await.map_err(NotAdded::Store)? {
        Added::Yes => Ok(user),
        Added::Taken => Err(NotAdded::Taken),
    }
}

/// Gives a person a new password and ends the person's sessions and grants: whoever knew the old one may have
/// agreed to something with it. False where there is no such person.
pub async fn set_password(
    store: &dyn Store,
    name: &str,
    password: &str,
    random: &dyn SecureRandom,
) -> Result<bool, NotAdded> {
    let password = hashed(password, random)?;
    let Some(user) = store.user_named(name).await.map_err(NotAdded::Store)? else { return Ok(false) };
    store.set_password(&user.id, password).await.map_err(NotAdded::Store)
}

/// Removes a person with all sessions and grants; false where there is no such person. Whoever logs in elsewhere does not
/// come back by themself, until the operator adds them again or readmits them.
pub async fn remove_user(store: &dyn Store, name: &str) -> Result<bool, StoreFailed> {
    let Some(user) = store.user_named(name).await? else { return Ok(false) };
    store.remove_user(&user.id).await
}

/// Lets somebody who was removed come in again as anybody else would, by the provider of that authority, and adds nobody: a
/// login that knows only whom the operator has added stays closed to them. False where nobody of that name was removed.
pub async fn readmit(store: &dyn Store, authority: &str, subject: &str) -> Result<bool, StoreFailed> {
    store.readmit(authority, subject).await
}

fn hashed(password: &str, random: &dyn SecureRandom) -> Result<warded_store::PasswordHash, NotAdded> {
    if password.chars().count() < MIN_CHARACTERS || password.len() > MAX_BYTES {
        return Err(NotAdded::Password);
    }
    Ok(password::hash(password.as_bytes(), random)?)
}

fn named(name: &str) -> Result<String, NotAdded> {
    let fits = !name.is_empty() && name.chars().count() <= 64 && name.trim() == name;
    if fits && !name.chars().any(char::is_control) { Ok(name.to_owned()) } else { Err(NotAdded::Name) }
}
