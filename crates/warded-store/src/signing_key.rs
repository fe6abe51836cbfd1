//! With which keys does an issuer sign, and from when until when?

use std::fmt;

use async_trait::async_trait;
use warded_core::{UnixTime, jose::Algorithm};
use zeroize::Zeroizing;

use crate::{Added, StoreFailed};

/// A key pair with which an issuer signs its tokens.
#[derive(Clone, PartialEq, Eq)]
pub struct HeldKey {
    /// Its name in tokens and in the key set (RFC 7517 §4.5).
    pub kid: String,
    /// For which signatures.
    pub algorithm: Algorithm,
    /// The pair, as PKCS #8. A store that has a key of its own seals it.
    pub pkcs8: Zeroizing<Vec<u8>>,
    /// When it was made. It is published from then on.
    pub created: UnixTime,
    /// From when on it signs: verifiers have heard of it by then.
    pub signs_from: UnixTime,
    /// Until when it signs, unless no other can.
    pub signs_until: UnixTime,
    /// Until when it is published: no token that it signed opens anything after that.
    pub published_until: UnixTime,
}

impl fmt::Debug for HeldKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("HeldKey");
        shown.field("kid", &self.kid).field("algorithm", &self.algorithm).field("created", &self.created);
        shown.field("signs_from", &self.signs_from).field("signs_until", &self.signs_until);
        shown.field("published_until", &self.published_until).finish_non_exhaustive()
    }
}

/// The signing keys of issuers, each issuer by the name that the operator gave it: its URL may change.
#[async_trait]
pub trait SigningKeys {
    /// Those of an issuer, by when they begin to sign, then by name.
    async fn signing_keys(&self, issuer: &str) -> Result<Vec<HeldKey>, StoreFailed>;
    /// Adds a key, if the last one of the same algorithm is still the one of that name, or there is none where none is
    /// expected. Of several nodes that rotate at once one adds its key, and the others find it.
    async fn add_signing_key(
        &self,
        issuer: &str,
        key: &HeldKey,
        expected_newest: Option<&str>,
    ) -> Result<Added, StoreFailed>;
    /// Says anew until when a key signs and is published; false where there is none of that name. A sweep removes it, and
    /// with it the private half, when it is no longer published.
    async fn retire_signing_key(
        &self,
        issuer: &str,
        kid: &str,
        signs_until: UnixTime,
        published_until: UnixTime,
    ) -> Result<bool, StoreFailed>;
}
