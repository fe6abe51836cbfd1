//! Who has been sent to a provider, and why? What comes back must belong to the browser that was sent away
//! (RFC 9700 §4.7).

use std::fmt;

use async_trait::async_trait;
use warded_core::{Issuer, UnixTime};

use crate::{Digest, StoreFailed};

/// A login that is under way at a provider.
#[derive(Clone, PartialEq, Eq)]
pub struct Pending {
    /// Of the `state` that was sent along.
    pub digest: Digest,
    /// At which of our issuers the person wants to be logged in.
    pub issuer: Issuer,
    /// At which provider, by the name that the operator gave it.
    pub provider: String,
    /// What the person came for: our own request, as a query. It is read and judged anew.
    pub request: String,
    /// Of the cookie of the browser that was sent.
    pub browser: Digest,
    /// Of the `nonce` that the ID token must carry.
    pub nonce: Digest,
    /// The verifier of the challenge that was sent (RFC 7636 §4.1), sealed by whoever made it.
    pub verifier: Vec<u8>,
    /// Until when the person may come back.
    pub expires: UnixTime,
    /// From which network it was begun, hashed. It decides who makes room where too many are under way.
    pub network: Digest,
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Pending");
        shown.field("issuer", &self.issuer).field("provider", &self.provider).field("expires", &self.expires);
        shown.finish_non_exhaustive()
    }
}

/// Most that are under way at a time. Anybody can begin one and leave it at that, and a flood must not fill the disk. Nor may it
/// push out everybody who is at a provider just then: it makes room itself, since the network that has begun most loses its
/// oldest.
pub(crate) const MOST: u32 = 10_000;

/// Logins that are under way.
#[async_trait]
pub trait Pendings {
    /// Remembers one, and forgets those that have expired. Where ten thousand are left, the oldest of the network that has
    /// most of them goes.
    async fn begin(&self, pending: Pending, now: UnixTime) -> Result<(), StoreFailed>;
    /// Looks at one that has not expired, and changes nothing: whose browser it is can be judged before it is spent.
    async fn pending(&self, digest: &Digest, now: UnixTime) -> Result<Option<Pending>, StoreFailed>;
    /// Takes one that has not expired: of all who ask, one gets it, once.
    async fn take(&self, digest: &Digest, now: UnixTime) -> Result<Option<Pending>, StoreFailed>;
}
