//! What is held that must not be shown? Tokens, which leave in the requests of their cases and in nothing else.

use std::fmt;

use warded_core::{InboundToken, danger::Unverified};
use zeroize::Zeroizing;

/// Longest token that is sent, in bytes: more than servers take in a header.
const MAX_BYTES: usize = 64 * 1024;
/// As much of a token as would be of use to anybody.
const TELLING: usize = 12;

/// A token that was issued to whoever runs the probe.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential(Zeroizing<String>);

/// Why a text is not sent as a token. The text is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidCredential {
    /// There is none.
    #[error("the token is empty")]
    Empty,
    /// More than any server takes.
    #[error("the token is longer than {MAX_BYTES} bytes")]
    TooLong,
    /// Blanks, line breaks or letters beyond ASCII.
    #[error("the token holds a character that no token has (RFC 6749 §A.12)")]
    Character,
}

impl Credential {
    /// Takes a token. A line break in it would be the end of a header and the begin of another (RFC 9110 §5.5).
    pub fn parse(text: impl Into<Zeroizing<String>>) -> Result<Self, InvalidCredential> {
        let text = text.into();
        if text.is_empty() {
            return Err(InvalidCredential::Empty);
        }
        if text.len() > MAX_BYTES {
            return Err(InvalidCredential::TooLong);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(InvalidCredential::Character);
        }
        Ok(Self(text))
    }

    /// The text, for the request that carries it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// What the token says, where it can be read at all.
    pub(crate) fn read(&self) -> Option<Unverified> {
        Unverified::read(InboundToken::new(self.0.to_string())).ok()
    }

    /// Whether a telling part of the token stands in `text`.
    fn tells(&self, text: &str) -> bool {
        let parts = self.0.as_bytes().windows(TELLING.min(self.0.len()));
        text.len() >= TELLING.min(self.0.len())
            && parts.into_iter().any(|part| std::str::from_utf8(part).is_ok_and(|part| text.contains(part)))
    }
}

/// Says that it is one, never which.
impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential")
    }
}

/// What a server says, without the tokens that it may repeat: servers do that in `error_description`.
pub(crate) fn masked<'a>(said: &str, tokens: &(impl Iterator<Item = &'a Credential> + Clone)) -> String {
    let is_of_token = |c: char| c.is_ascii_alphanumeric() || "-._~+/=".contains(c);
    let mut shown = String::with_capacity(said.len());
    let mut rest = said;
    while !rest.is_empty() {
        let (word, after) = rest.split_at(rest.find(|c| !is_of_token(c)).unwrap_or(rest.len()));
        let tells = tokens.clone().any(|token| token.tells(word));
        shown.push_str(if tells { "<a token>" } else { word });
        let (between, after) = after.split_at(after.find(is_of_token).unwrap_or(after.len()));
        shown.push_str(between);
        rest = after;
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credential(text: &str) -> Result<Credential, InvalidCredential> {
        Credential::parse(text.to_owned())
    }

    #[test]
    fn what_would_end_a_header_is_no_token() {
        assert_eq!(credential(""), Err(InvalidCredential::Empty));
        for text in ["a b", "a\r\nHost: x", "a\u{e9}", "a\t", "a\0"] {
            assert_eq!(credential(text), Err(InvalidCredential::Character), "{text:?}");
        }
        assert_eq!(credential(&"a".repeat(MAX_BYTES + 1)), Err(InvalidCredential::TooLong));
        assert!(credential("eyJ.a_-~+/=").is_ok());
    }

    #[test]
    fn a_credential_shows_nothing() {
        assert_eq!(format!("{:?}", credential("MARKED-token").unwrap()), "Credential");
    }

    #[test]
    fn a_server_that_repeats_the_token_is_not_repeated() {
        let token = credential("eyJhbGciOi.MARKEDMARKED0123456789.sig").unwrap();
        let tokens = [token];
        for (said, shown) in [
            (r#"Bearer error="invalid_token""#, r#"Bearer error="invalid_token""#),
            (r#"bad: "eyJhbGciOi.MARKEDMARKED0123456789.sig"!"#, r#"bad: "<a token>"!"#),
            ("part MARKEDMARKED0123 of it", "part <a token> of it"),
            ("MARKED is short", "MARKED is short"),
            ("", ""),
            ("é<", "é<"),
        ] {
            assert_eq!(masked(said, &tokens.iter()), shown);
        }
        let short = [credential("short").unwrap()];
        assert_eq!(masked("it is short, is it", &short.iter()), "it is <a token>, is it");
        assert_eq!(masked("a", &short.iter()), "a");
    }
}
