//! Was this form made by us, for this browser and this very question?
//!
//! Its hidden value is a hash under the browser's cookie, which neither another site nor another browser can know. Each
//! is its own, by a random part: where an answer may be given only once, the value is the mark of it.

use aws_lc_rs::{constant_time, digest};
use warded_core::jose::base64url;
use zeroize::Zeroizing;

use crate::{AuthorizationServer, random, refused::Refused};

/// What a form is for. A token for one is none for the other.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    /// To say who it is.
    Login,
    /// To agree, or not.
    Consent,
    /// To take back what was agreed to, and to log out.
    Apps,
}

impl AuthorizationServer {
    /// The hidden value of a form for the browser with this cookie.
    pub(crate) fn form_token(
        &self,
        cookie: &str,
        purpose: Purpose,
        question: &[&str],
    ) -> Result<String, Refused> {
        let once = random::id(&*self.random)?;
        let hash = hash(&once, cookie, purpose, question);
        Ok(format!("{once}.{hash}"))
    }
}

/// Whether that is the hidden value of such a form.
pub(crate) fn is_form_token(token: &str, cookie: &str, purpose: Purpose, question: &[&str]) -> bool {
    token.split_once('.').is_some_and(|(once, shown)| {
        let expected = hash(once, cookie, purpose, question);
        constant_time::verify_slices_are_equal(shown.as_bytes(), expected.as_bytes()).is_ok()
    })
}

/// By what the store knows that a form was answered: nothing that opens anything.
pub(crate) fn mark(token: &str) -> [u8; 32] {
    let hash = digest::digest(&digest::SHA256, token.as_bytes());
    hash.as_ref().first_chunk().copied().unwrap_or_default()
}

/// The cookie fills the hash's first block, and the truncated hash leaves no state to extend, as with the names of
/// tokens in `warded-core`.
fn hash(once: &str, cookie: &str, purpose: Purpose, question: &[&str]) -> String {
    let mut key = Zeroizing::new([0; 128]);
    key.iter_mut().zip(cookie.bytes()).for_each(|(to, from)| *to = from);
    let mut hash = digest::Context::new(&digest::SHA512_256);
    hash.update(&*key);
    hash.update(&message(once, purpose, question));
    base64url::encode(hash.finish())
}

/// Each part with its length: `("ab", "c")` and `("a", "bc")` are two questions.
fn message(once: &str, purpose: Purpose, question: &[&str]) -> Vec<u8> {
    let purpose = match purpose {
        Purpose::Login => "login",
        Purpose::Consent => "consent",
        Purpose::Apps => "apps",
    };
    let mut message = Vec::new();
    for part in [once, purpose].iter().chain(question) {
        message.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        message.extend_from_slice(part.as_bytes());
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_for_one_browser_and_one_question() {
        let token = format!("once.{}", hash("once", "cookie", Purpose::Consent, &["ab", "c"]));
        let is =
            |token: &str, cookie, purpose, question: &[&str]| is_form_token(token, cookie, purpose, question);
        assert!(is(&token, "cookie", Purpose::Consent, &["ab", "c"]));
        assert!(!is(&token, "other", Purpose::Consent, &["ab", "c"]));
        assert!(!is(&token, "cookie", Purpose::Login, &["ab", "c"]));
        assert!(!is(&token, "cookie", Purpose::Apps, &["ab", "c"]));
        assert!(!is(&token, "cookie", Purpose::Consent, &["a", "bc"]));
        assert!(!is(&token, "cookie", Purpose::Consent, &["ab", "c", ""]));
        let other = token.replacen("once", "twice", 1);
        let (_, alone) = token.split_once('.').unwrap();
        for forged in [&other, alone, "once.", ".", "", &format!("{token}."), &format!(".{alone}")] {
            assert!(!is(forged, "cookie", Purpose::Consent, &["ab", "c"]), "{forged}");
        }
    }

    #[test]
    fn the_random_part_is_no_part_of_the_question() {
        let hash = hash("a", "cookie", Purpose::Apps, &["b"]);
        assert!(!is_form_token(&format!("b.{hash}"), "cookie", Purpose::Apps, &["a"]));
        assert_ne!(mark("a"), mark("b"));
    }
}
