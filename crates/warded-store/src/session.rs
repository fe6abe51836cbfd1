//! Whose browser is this?

use async_trait::async_trait;
use warded_core::{Issuer, UnixTime};

use crate::{Digest, StoreFailed};

/// A browser in which somebody logged in at one issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Of the cookie's value.
    pub digest: Digest,
    /// Where.
    pub issuer: Issuer,
    /// Whose, by id.
    pub user: String,
    /// Since when the person is logged in here.
    pub since: UnixTime,
    /// When the person showed who they are; none where whoever vouches for them did not say.
    pub auth_time: Option<UnixTime>,
    /// Until when the browser is remembered.
    pub expires: UnixTime,
}

/// The browsers in which people are logged in.
#[async_trait]
pub trait Sessions {
    /// Remembers a browser.
    async fn open_session(&self, session: Session) -> Result<(), StoreFailed>;
    /// The session of a cookie, if it has not expired.
    async fn session(&self, digest: &Digest, now: UnixTime) -> Result<Option<Session>, StoreFailed>;
    /// The sessions of a person that have not expired, the latest login first.
    async fn sessions_of(&self, user: &str, now: UnixTime) -> Result<Vec<Session>, StoreFailed>;
    /// Forgets a browser.
    async fn end_session(&self, digest: &Digest) -> Result<(), StoreFailed>;
}
