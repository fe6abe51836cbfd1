//! Which key is a token bound to? One that was made for it, and never leaves the record that the token is in.

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    rand::SecureRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use warded_core::jose::{Algorithm, SigningKey, Thumbprint};
#[cfg(feature = "bridge")]
use zeroize::Zeroizing;

use super::Unproven;

/// A key that tokens are bound to. Servers that see two tokens of two keys cannot tell that one person has both.
#[derive(Clone)]
pub struct SenderKey(Arc<Kept>);

struct Kept {
    #[cfg(feature = "bridge")]
    document: Zeroizing<Vec<u8>>,
    key: SigningKey,
}

impl SenderKey {
    /// Makes a key.
    pub fn generate(random: &dyn SecureRandom) -> Result<Self, Unproven> {
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, random);
        let document = made.map_err(|_| Unproven)?;
        Self::from_pkcs8(document.as_ref()).ok_or(Unproven)
    }

    /// Reads a key that was written down.
    pub(crate) fn from_pkcs8(document: &[u8]) -> Option<Self> {
        let key = SigningKey::from_pkcs8(Algorithm::Es256, document).ok()?;
        Some(Self(Arc::new(Kept {
            #[cfg(feature = "bridge")]
            document: Zeroizing::new(document.to_vec()),
            key,
        })))
    }

    /// The key, to be written down.
    #[cfg(feature = "bridge")]
    pub(crate) fn pkcs8(&self) -> &[u8] {
        &self.0.document
    }

    pub(super) fn signing(&self) -> &SigningKey {
        &self.0.key
    }

    /// Its name (RFC 7638), which is also the `jkt` of tokens that are bound to it.
    pub fn thumbprint(&self) -> Thumbprint {
        self.0.key.thumbprint()
    }
}

/// Two are equal whose public halves are.
impl PartialEq for SenderKey {
    fn eq(&self, other: &Self) -> bool {
        self.thumbprint() == other.thumbprint()
    }
}

impl Eq for SenderKey {}

/// Says which key it is, never what is in it.
impl fmt::Debug for SenderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SenderKey").field(&self.thumbprint()).finish()
    }
}
