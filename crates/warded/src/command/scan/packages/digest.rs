//! Is an archive the one that the registry speaks of?

use anyhow::{bail, ensure};
use aws_lc_rs::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512, digest};
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// The digests that an archive may have, all of the best algorithm that was named.
#[derive(Clone, Debug, Default)]
pub(super) struct Digests {
    rank: usize,
    expected: Vec<Vec<u8>>,
}

/// From the weakest to the strongest. Old packages of npm have the first one only, and npm takes it.
const ALGORITHMS: [(&str, &Algorithm); 4] =
    [("sha1", &SHA1_FOR_LEGACY_USE_ONLY), ("sha256", &SHA256), ("sha384", &SHA384), ("sha512", &SHA512)];

impl Digests {
    /// In hexadecimal digits. An algorithm that nobody knows here, and a digest that is none, are as good as none.
    pub(super) fn add_hex(&mut self, algorithm: &str, text: &str) {
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let bytes: Option<Vec<u8>> =
            pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
        if let Some(bytes) = bytes.filter(|_| rest.is_empty()) {
            self.add(algorithm, bytes);
        }
    }

    /// As `integrity` has them: several, separated by blanks (Subresource Integrity §3.5).
    pub(super) fn add_integrity(&mut self, text: &str) {
        for one in text.split_ascii_whitespace() {
            if let Some((algorithm, encoded)) = one.split_once('-') {
                // Options may stand behind it, and mean nothing.
                let encoded = encoded.split('?').next().unwrap_or_default();
                if let Ok(bytes) = STANDARD.decode(encoded) {
                    self.add(algorithm, bytes);
                }
            }
        }
    }

    fn add(&mut self, algorithm: &str, bytes: Vec<u8>) {
        let known = ALGORITHMS.iter().position(|(name, _)| *name == algorithm);
        let Some(rank) = known.filter(|rank| ALGORITHMS[*rank].1.output_len() == bytes.len()) else { return };
        if rank > self.rank {
            self.expected.clear();
        }
        if self.expected.is_empty() || rank == self.rank {
            self.rank = rank;
            self.expected.push(bytes);
        }
    }

    /// Whether nothing weaker than SHA-256 is named.
    pub(super) fn is_strong(&self) -> bool {
        !self.expected.is_empty() && self.rank > 0
    }

    pub(super) fn check(&self, archive: &[u8]) -> anyhow::Result<()> {
        let Some((name, algorithm)) = ALGORITHMS.get(self.rank).filter(|_| !self.expected.is_empty()) else {
            bail!("the registry does not say which digest its archive has, so nobody knows whose it is");
        };
        let found = digest(algorithm, archive);
        ensure!(
            self.expected.iter().any(|expected| expected == found.as_ref()),
            "what came is not what the registry speaks of: its {name} is another one; it is not looked at"
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA256_OF_A: &str = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";
    const SHA1_OF_A: &str = "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8";

    fn hex(pairs: &[(&str, &str)]) -> Digests {
        let mut digests = Digests::default();
        for (algorithm, text) in pairs {
            digests.add_hex(algorithm, text);
        }
        digests
    }

    #[test]
    fn the_best_digest_decides() {
        let right = ("sha256", SHA256_OF_A);
        assert!(hex(&[right]).check(b"a").is_ok() && hex(&[right]).is_strong());
        assert!(hex(&[right]).check(b"b").is_err());
        assert!(hex(&[("sha1", SHA1_OF_A)]).check(b"a").is_ok());
        assert!(!hex(&[("sha1", SHA1_OF_A)]).is_strong());
        // A good weak one does not help, wherever it stands.
        let wrong = SHA256_OF_A.replace('c', "d");
        assert!(hex(&[("sha1", SHA1_OF_A), ("sha256", &wrong)]).check(b"a").is_err());
        assert!(hex(&[("sha256", &wrong), ("sha1", SHA1_OF_A)]).check(b"a").is_err());
        for none in
            [("md5", "0cc175b9c0f1b6a831c399e269772661"), ("sha256", "ca97"), ("sha256", "x"), ("sha256", "")]
        {
            let error = hex(&[none]).check(b"a").unwrap_err().to_string();
            assert!(error.contains("does not say"), "{error}");
        }
    }

    #[test]
    fn integrity_is_read_as_npm_writes_it() {
        let of = |text: &str| {
            let mut digests = Digests::default();
            digests.add_integrity(text);
            digests
        };
        let right = format!("sha512-{}", STANDARD.encode(digest(&SHA512, b"a")));
        let weak = format!("sha1-{}", STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, b"b")));
        let other = format!("sha512-{}", STANDARD.encode(digest(&SHA512, b"c")));
        for text in
            [right.clone(), format!("{weak} {right}"), format!("{right}?x"), format!("{other}\n{right}")]
        {
            assert!(of(&text).check(b"a").is_ok(), "{text}");
        }
        for text in [other, weak, String::new(), "sha512-".to_owned(), "sha512-!!".to_owned()] {
            assert!(of(&text).check(b"a").is_err(), "{text}");
        }
    }
}
