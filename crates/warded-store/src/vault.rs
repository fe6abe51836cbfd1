//! With what are secrets and signing keys sealed while they are at rest? With a key that is not in the store: whoever gets
//! hold of its file, or of a copy of it, mints no tokens.
//!
//! AES-256-GCM under random nonces. What is sealed opens at its own place only, so that whoever can write the store cannot
//! put one issuer's key in the place of another's; and what lies there in plain is sealed at the step that makes a store
//! sealed, and never after it, so that they cannot put one of their own there. People, clients and grants are not sealed:
//! whoever can write the store can add those, or put a whole store of an older version in its place.

use std::{fmt, path::PathBuf, sync::Arc};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rand::SecureRandom,
};
use warded_core::jose::base64url;
use zeroize::Zeroizing;

use crate::StoreFailed;

mod file;

/// How what is sealed begins. Another way to seal would begin with another byte.
const FIRST: u8 = 1;

/// What everybody knows, sealed to find out whether a key is the right one.
const KNOWN: &[u8] = b"warded store";

/// The key of a store: 32 random bytes.
#[derive(Clone)]
pub struct StoreKey(Zeroizing<Vec<u8>>);

/// A text that is no store key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a store key is 43 characters of base64url: 32 random bytes")]
pub struct InvalidStoreKey;

impl StoreKey {
    const BYTES: usize = 32;

    /// Reads one: base64url without padding, with or without white space around it.
    pub fn parse(text: &str) -> Result<Self, InvalidStoreKey> {
        let bytes = base64url::decode(text.trim()).map(Zeroizing::new).ok_or(InvalidStoreKey)?;
        if bytes.len() == Self::BYTES { Ok(Self(bytes)) } else { Err(InvalidStoreKey) }
    }

    /// Makes one.
    pub fn fresh(random: &dyn SecureRandom) -> Result<Self, StoreFailed> {
        let mut bytes = Zeroizing::new(vec![0; Self::BYTES]);
        random.fill(&mut bytes).map_err(|_| StoreFailed::Randomness)?;
        Ok(Self(bytes))
    }

    /// The text that [`StoreKey::parse`] reads.
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(base64url::encode(&*self.0))
    }
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreKey")
    }
}

/// Where the key of a store comes from.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "whoever starts a store says which")]
pub enum KeyPlace {
    /// From whoever starts it: the environment, or a manager of secrets.
    Given(StoreKey),
    /// Out of a file, which is made where the store has no key yet.
    File(PathBuf),
}

impl KeyPlace {
    /// The key of a store that is sealed already: the one that was given, or the one in the file, which must be there.
    pub(crate) fn held(&self, store: &str) -> Result<StoreKey, StoreFailed> {
        match self {
            Self::Given(key) => Ok(key.clone()),
            Self::File(path) => {
                let key = file::read(path)?.ok_or_else(|| StoreFailed::KeyMissing {
                    store: store.to_owned(),
                    key: path.display().to_string(),
                })?;
                file::remove_copies(path, &key);
                Ok(key)
            }
        }
    }

    /// The key of a store that has none yet; a file is made where there is none.
    pub(crate) fn first(&self, random: &dyn SecureRandom) -> Result<StoreKey, StoreFailed> {
        let Self::File(path) = self else { return self.held("") };
        if let Some(key) = file::read(path)? {
            file::remove_copies(path, &key);
            return Ok(key);
        }
        file::write(path, StoreKey::fresh(random)?, random)
    }
}

/// What is sealed, and where it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place<'a> {
    /// What everybody knows.
    Known,
    /// The secret of that name.
    Secret(&'a str),
    /// The signing key of an issuer.
    SigningKey { issuer: &'a str, kid: &'a str },
}

impl Place<'_> {
    /// Every part behind its length: no two places read the same.
    fn written(self) -> Vec<u8> {
        let parts = match self {
            Self::Known => vec!["known"],
            Self::Secret(name) => vec!["secret", name],
            Self::SigningKey { issuer, kid } => vec!["signing key", issuer, kid],
        };
        let long = |part: &str| u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes();
        parts.into_iter().flat_map(|part| [&long(part), part.as_bytes()].concat()).collect()
    }
}

/// Seals and opens what a store holds.
pub(crate) struct Vault {
    key: LessSafeKey,
    random: Arc<dyn SecureRandom + Send + Sync>,
}

impl Vault {
    pub(crate) fn new(
        key: &StoreKey,
        random: Arc<dyn SecureRandom + Send + Sync>,
    ) -> Result<Self, InvalidStoreKey> {
        let key = UnboundKey::new(&AES_256_GCM, &key.0).map_err(|_| InvalidStoreKey)?;
        Ok(Self { key: LessSafeKey::new(key), random })
    }

    /// Seals something for its place.
    pub(crate) fn seal(&self, place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>, StoreFailed> {
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce).map_err(|_| StoreFailed::Randomness)?;
        let mut sealed = Zeroizing::new(plain.to_vec());
        let tag = self
            .key
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place.written()),
                &mut sealed,
            )
            .map_err(|_| StoreFailed::Randomness)?;
        Ok([&[FIRST], nonce.as_slice(), &sealed, tag.as_ref()].concat())
    }

    /// Opens what stands at a place; none where it was sealed by another key, for another place, or was changed.
    pub(crate) fn open(&self, place: Place<'_>, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.strip_prefix(&[FIRST])?.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut bytes = Zeroizing::new(sealed.to_vec());
        let plain = self.key.open_in_place(nonce, Aad::from(place.written()), &mut bytes).ok()?.len();
        bytes.truncate(plain);
        Some(bytes)
    }

    /// What everybody knows, sealed.
    pub(crate) fn seal_known(&self) -> Result<Vec<u8>, StoreFailed> {
        self.seal(Place::Known, KNOWN)
    }

    /// Whether that was sealed by this key.
    pub(crate) fn is_of(&self, known: &[u8]) -> bool {
        self.open(Place::Known, known).is_some_and(|plain| plain.as_slice() == KNOWN)
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault")
    }
}

#[cfg(test)]
pub(crate) mod tests;
