//! Which token is an answer about? A name for its whole text, for comparing within one process.

use std::fmt;

use aws_lc_rs::digest;

/// The SHA-256 hash of a token's whole text. It stays in memory: journals and logs have
/// [`Fingerprint`](super::Fingerprint), which nobody without the key can compare with a guess.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    pub(crate) fn of(text: &str) -> Self {
        let mut bytes = [0; 32];
        let hash = digest::digest(&digest::SHA256, text.as_bytes());
        bytes.iter_mut().zip(hash.as_ref()).for_each(|(to, from)| *to = *from);
        Self(bytes)
    }
}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenDigest")
    }
}
