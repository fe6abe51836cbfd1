//! How are bearer secrets remembered? As SHA-256 hashes, so that whoever reads the store can present none of
//! them.

use std::fmt;

use aws_lc_rs::{constant_time, digest};

/// The SHA-256 hash of a code, a refresh token, a session or a client secret.
///
/// A plain hash is enough, because all of them are 256 random bits; passwords are not, and have
/// [`PasswordHash`](crate::PasswordHash).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Hashes a secret.
    pub fn of(secret: &[u8]) -> Self {
        let mut bytes = [0; 32];
        let hash = digest::digest(&digest::SHA256, secret);
        bytes.iter_mut().zip(hash.as_ref()).for_each(|(to, from)| *to = *from);
        Self(bytes)
    }

    /// Reads one back.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Whether it is the hash of this secret; how long the answer takes says nothing about how near a guess is.
    pub fn is_of(&self, secret: &[u8]) -> bool {
        constant_time::verify_slices_are_equal(&self.0, &Self::of(secret).0).is_ok()
    }

    /// The hash.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_sha_256_and_says_nothing() {
        let digest = Digest::of(b"abc");
        assert_eq!(digest.as_bytes().get(..4), Some(&[0xba, 0x78, 0x16, 0xbf][..]));
        assert_eq!(Digest::from_bytes(digest.as_bytes()), Some(digest));
        assert_eq!(Digest::from_bytes(b"short"), None);
        assert!(digest.is_of(b"abc"));
        assert!(!digest.is_of(b"abd"));
        assert_eq!(format!("{digest:?}"), "Digest");
    }
}
