//! How is what lies in a folder sealed, where the keychain holds the key? AES-256-GCM under random nonces. A file opens
//! under its own name only: whoever can write to the folder cannot put one server's token in the place of another's.

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rand::SecureRandom,
};
use zeroize::Zeroizing;

use super::StoreFailed;

/// How what is sealed begins. Another way to seal would begin with another byte; no JSON begins with this one.
const FIRST: u8 = 1;
/// Bytes of a key.
pub(super) const KEY: usize = 32;

/// Seals and opens the files of one folder.
pub(super) struct Seal {
    key: LessSafeKey,
    random: Arc<dyn SecureRandom + Send + Sync>,
}

impl Seal {
    /// None where that is no key.
    pub(super) fn new(key: &[u8], random: Arc<dyn SecureRandom + Send + Sync>) -> Option<Self> {
        let key = UnboundKey::new(&AES_256_GCM, key).ok()?;
        Some(Self { key: LessSafeKey::new(key), random })
    }

    /// Seals the content of a file of this name.
    pub(super) fn seal(&self, name: &str, plain: &[u8]) -> Result<Vec<u8>, StoreFailed> {
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce).map_err(|_| StoreFailed::Randomness)?;
        let mut sealed = Zeroizing::new(plain.to_vec());
        let tag = self
            .key
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(name.as_bytes()),
                &mut sealed,
            )
            .map_err(|_| StoreFailed::Randomness)?;
        Ok([&[FIRST], nonce.as_slice(), &sealed, tag.as_ref()].concat())
    }

    /// Opens a file of this name; none where it was sealed by another key, under another name, or was changed.
    pub(super) fn open(&self, name: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.strip_prefix(&[FIRST])?.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut bytes = Zeroizing::new(sealed.to_vec());
        let plain = self.key.open_in_place(nonce, Aad::from(name.as_bytes()), &mut bytes).ok()?.len();
        bytes.truncate(plain);
        Some(bytes)
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "a test has randomness of its own")]
    fn seal(key: u8) -> Seal {
        Seal::new(&[key; KEY], Arc::new(aws_lc_rs::rand::SystemRandom::new())).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_under_its_own_name_and_key_only() {
        let ours = seal(1);
        let sealed = ours.seal("a.token", b"MARKED").unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"MARKED"));
        assert_eq!(ours.open("a.token", &sealed).unwrap().as_slice(), b"MARKED");
        assert!(ours.open("b.token", &sealed).is_none(), "it was put in another's place");
        assert!(seal(2).open("a.token", &sealed).is_none());
        assert!(ours.open("a.token", b"MARKED").is_none(), "it was never sealed");
        assert!(ours.open("a.token", &[]).is_none());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(ours.open("a.token", &changed).is_none(), "byte {at}");
        }
    }

    #[test]
    fn the_same_content_is_sealed_in_another_way_each_time() {
        let ours = seal(1);
        assert_ne!(ours.seal("a", b"x").unwrap(), ours.seal("a", b"x").unwrap());
    }

    #[test]
    fn a_key_of_another_length_is_none() {
        #[expect(clippy::disallowed_methods, reason = "a test has randomness of its own")]
        let random = Arc::new(aws_lc_rs::rand::SystemRandom::new());
        assert!(Seal::new(&[1; KEY - 1], random.clone()).is_none());
        assert!(Seal::new(&[], random).is_none());
    }
}
