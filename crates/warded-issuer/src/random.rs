//! Where do codes, tokens and ids come from?

use aws_lc_rs::rand::SecureRandom;
use warded_core::jose::base64url;
use warded_store::Digest;
use zeroize::Zeroizing;

use crate::refused::Refused;

/// A bearer secret of 256 random bits. It leaves in one answer; the store gets its hash.
pub(crate) struct Secret(Zeroizing<String>);

impl Secret {
    pub(crate) fn new(random: &dyn SecureRandom) -> Result<Self, Refused> {
        let mut bytes = Zeroizing::new([0; 32]);
        random.fill(&mut *bytes).map_err(|_| Refused::Unable)?;
        Ok(Self(Zeroizing::new(base64url::encode(*bytes))))
    }

    /// One that was made before, for the one who got it then.
    pub(crate) fn again(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    pub(crate) fn digest(&self) -> Digest {
        Digest::of(self.0.as_bytes())
    }

    /// The text, for the one answer that carries it.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    pub(crate) fn into_inner(self) -> Zeroizing<String> {
        self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// A name of 127 random bits, without a colon: no user's id can look like a client's `sub`. It begins with a letter, because
/// on a command line something that begins with `-` is an option.
pub(crate) fn id(random: &dyn SecureRandom) -> Result<String, Refused> {
    name(random).map(base64url::encode)
}

/// The same, before it is a text.
pub(crate) fn name(random: &dyn SecureRandom) -> Result<[u8; 16], Refused> {
    let mut bytes = [0; 16];
    random.fill(&mut bytes).map_err(|_| Refused::Unable)?;
    bytes[0] &= 0x7f;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_begins_with_a_letter_and_has_no_colon() {
        #[expect(clippy::disallowed_methods, reason = "names of tests are nobody's")]
        let random = aws_lc_rs::rand::SystemRandom::new();
        for _ in 0..1000 {
            let id = id(&random).unwrap();
            assert_eq!((id.len(), id.contains(':')), (22, false), "{id}");
            assert!(id.starts_with(|first: char| first.is_ascii_alphabetic()), "{id}");
        }
    }
}
