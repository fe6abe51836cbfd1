//! What did a client get that lost the answer? (draft-ietf-oauth-v2-1 §4.3.1, RFC 9700 §4.14.2)
//!
//! Where the operator allows it, the answer to a refresh is kept for some seconds. It is sealed under a key that is made
//! of the spent token itself, which the store does not have: whoever reads the store cannot open it. And it is sealed
//! for one occasion: the same client, with the same key, asking the same.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf::{HKDF_SHA256, Salt},
    rand::SecureRandom,
};
use serde::{Deserialize, Serialize};
use warded_core::{Scopes, UnixTime, jose::Thumbprint};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::Granted;
use crate::{client::Client, form::Form, random::Secret, refused::Refused};

/// Longest time for which an answer is given once more, in seconds, whatever the operator says: a thief who is that quick
/// gets it too.
pub(super) const LONGEST: u32 = 60;

/// Who asks, with which key, for what.
pub(super) struct Occasion<'a> {
    token: &'a str,
    words: Vec<u8>,
}

/// An answer, as it is sealed.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
struct Answer {
    access_token: String,
    refresh_token: String,
    expires: i64,
    scope: String,
}

impl<'a> Occasion<'a> {
    /// The lengths of what is put together are written down, so that no two occasions run into one another.
    pub(super) fn of(token: &'a str, client: &Client, key: Option<Thumbprint>, form: &Form) -> Self {
        let key = key.map(|key| key.to_string()).unwrap_or_default();
        let mut words = Vec::new();
        let mut say = |text: &str| {
            words.extend((text.len() as u64).to_be_bytes());
            words.extend(text.as_bytes());
        };
        for text in [&*client.id, &key, form.get("scope").unwrap_or_default()] {
            say(text);
        }
        for resource in form.resources() {
            say(resource);
        }
        Self { token, words }
    }

    /// Seals an answer.
    pub(super) fn seal(&self, granted: &Granted, random: &dyn SecureRandom) -> Result<Vec<u8>, Refused> {
        let answer = Answer {
            access_token: granted.access_token.to_string(),
            refresh_token: granted.refresh_token.as_ref().map(Secret::reveal).unwrap_or_default().to_owned(),
            expires: granted.expires.seconds(),
            scope: granted.scopes.to_string(),
        };
        let mut text = Zeroizing::new(serde_json::to_vec(&answer).map_err(|_| Refused::Unable)?);
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce).map_err(|_| Refused::Unable)?;
        let key = self.key().ok_or(Refused::Unable)?;
        let for_this = Aad::from(self.words.as_slice());
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), for_this, &mut *text)
            .map_err(|_| Refused::Unable)?;
        Ok([nonce.as_slice(), text.as_slice()].concat())
    }

    /// Opens what was sealed for this occasion, and for no other.
    pub(super) fn open(&self, sealed: &[u8], key: Option<Thumbprint>) -> Option<Granted> {
        let (nonce, text) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut text = Zeroizing::new(text.to_vec());
        let for_this = Aad::from(self.words.as_slice());
        let opened =
            self.key()?.open_in_place(Nonce::assume_unique_for_key(*nonce), for_this, &mut text).ok()?;
        let answer: Answer = serde_json::from_slice(opened).ok()?;
        Some(Granted {
            access_token: Zeroizing::new(answer.access_token.clone()),
            expires: UnixTime::from_seconds(answer.expires),
            scopes: Scopes::parse(&answer.scope).ok()?,
            refresh_token: Some(Secret::again(&answer.refresh_token)),
            key,
            is_exchanged: false,
        })
    }

    fn key(&self) -> Option<LessSafeKey> {
        let salt = Salt::new(HKDF_SHA256, b"warded refresh retry");
        let secret = salt.extract(self.token.as_bytes());
        let key = secret.expand(&[b"AES-256-GCM"], &AES_256_GCM).ok()?;
        Some(LessSafeKey::new(UnboundKey::from(key)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "tests need randomness from somewhere")]
    fn random() -> aws_lc_rs::rand::SystemRandom {
        aws_lc_rs::rand::SystemRandom::new()
    }

    fn of<'a>(token: &'a str, words: &str) -> Occasion<'a> {
        Occasion { token, words: words.as_bytes().to_vec() }
    }

    #[test]
    fn an_answer_is_opened_on_its_own_occasion_and_on_no_other() {
        let granted = Granted {
            access_token: Zeroizing::new("access".into()),
            expires: UnixTime::from_seconds(1_800_000_600),
            scopes: Scopes::parse("read").unwrap(),
            refresh_token: Some(Secret::again("refresh")),
            key: None,
            is_exchanged: false,
        };
        let sealed = of("spent", "who").seal(&granted, &random()).unwrap();
        let opened = of("spent", "who").open(&sealed, None).unwrap();
        assert_eq!((opened.access_token.as_str(), opened.expires), ("access", granted.expires));
        assert_eq!(
            (opened.scopes, opened.refresh_token.unwrap().reveal()),
            (granted.scopes.clone(), "refresh")
        );
        assert!(of("another", "who").open(&sealed, None).is_none());
        assert!(of("spent", "another").open(&sealed, None).is_none());
        for index in [0, NONCE_LEN, sealed.len() - 1] {
            let mut broken = sealed.clone();
            broken[index] ^= 1;
            assert!(of("spent", "who").open(&broken, None).is_none(), "{index}");
        }
        assert!(of("spent", "who").open(&sealed[..8], None).is_none());
        let again = of("spent", "who").seal(&granted, &random()).unwrap();
        assert_ne!(again, sealed, "no two answers are sealed with one nonce");
        let seen = |text: &str| sealed.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(!seen("access") && !seen("refresh"));
    }
}
