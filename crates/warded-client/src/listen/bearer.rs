//! Who may speak as the user? Whoever shows what the listener said when it began, and nobody else on this machine.

use std::fmt;

use aws_lc_rs::{constant_time::verify_slices_are_equal, error::Unspecified, rand::SecureRandom};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, header::AUTHORIZATION};
use zeroize::Zeroizing;

/// The listener's own bearer token: for the listener, and for as long as it listens. No server ever hears of it.
pub struct Bearer(Zeroizing<String>);

impl Bearer {
    /// A new one, of 256 random bits.
    pub fn generate(random: &dyn SecureRandom) -> Result<Self, Unspecified> {
        let mut bits = Zeroizing::new([0; 32]);
        random.fill(&mut *bits)?;
        Ok(Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(*bits))))
    }

    /// Its text, for the user.
    pub fn reveal(&self) -> Zeroizing<String> {
        self.0.clone()
    }

    /// Whether a request shows it: in the one `Authorization` header that there is (RFC 6750 §2.1). How much of a guess is
    /// right must not show in how long the answer takes.
    pub(super) fn is_in(&self, headers: &HeaderMap) -> bool {
        let mut shown = headers.get_all(AUTHORIZATION).iter();
        let (Some(shown), None) = (shown.next(), shown.next()) else {
            return false;
        };
        let Some((scheme, token)) = shown.as_bytes().split_at_checked("Bearer ".len()) else {
            return false;
        };
        scheme.eq_ignore_ascii_case(b"Bearer ") && verify_slices_are_equal(token, self.0.as_bytes()).is_ok()
    }
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bearer")
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test has randomness of its own")]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn shows(bearer: &Bearer, values: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        }
        bearer.is_in(&headers)
    }

    #[test]
    fn a_bearer_is_shown_whole_and_once() {
        let random = aws_lc_rs::rand::SystemRandom::new();
        let (bearer, other) = (Bearer::generate(&random).unwrap(), Bearer::generate(&random).unwrap());
        let text = bearer.reveal();
        assert_eq!(text.len(), 43);
        assert!(shows(&bearer, &[&format!("Bearer {}", *text)]));
        assert!(shows(&bearer, &[&format!("bearer {}", *text)]));
        let whole = format!("Bearer {}", *text);
        let cut = whole.split_at(20).0.to_owned();
        for values in [
            &[][..],
            &["Bearer "],
            &["Bearer"],
            &[&text],
            &[&cut],
            &[&format!("{whole}x")],
            &[&format!("Bearer  {}", *text)],
            &[&format!("Basic {}", *text)],
            &[&format!("Bearer {}", *other.reveal())],
            &[&whole, &whole],
            &[&whole, "Bearer x"],
        ] {
            assert!(!shows(&bearer, values), "{values:?}");
        }
        assert_eq!(format!("{bearer:?}"), "Bearer");
    }
}
