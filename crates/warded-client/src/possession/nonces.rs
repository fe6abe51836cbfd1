//! Which nonce does a receiver want to see? The last one that it gave (RFC 9449 §8.2); each origin has its own, and
//! issuer and server know nothing of each other's.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use http::HeaderMap;
use warded_core::ResourceUri;

/// RFC 9449 §8.1
const HEADER: &str = "dpop-nonce";
/// Longest nonce that is repeated. It stands in each proof, and its origin chooses it.
const MAX_NONCE: usize = 1024;
/// Most origins that are remembered: there is one server, and it names one issuer at a time.
const MAX_ORIGINS: usize = 32;

/// The nonces that others gave.
#[derive(Clone, Debug, Default)]
pub struct Nonces(Arc<Mutex<HashMap<Box<str>, Box<str>>>>);

impl Nonces {
    /// The nonce to use toward the origin of this URL.
    pub fn of(&self, url: &ResourceUri) -> Option<Box<str>> {
        self.held().get(url.origin()).cloned()
    }

    /// Takes the nonce out of an answer, if there is one. Whether it is another one than before, who made the request must
    /// say: many requests share what is held, and each was refused for what stood in its own proof.
    pub fn hear(&self, url: &ResourceUri, answer: &HeaderMap) -> Option<Box<str>> {
        let mut given = answer.get_all(HEADER).iter();
        // Two are none: which one counts would be anybody's guess.
        let (Some(nonce), None) = (given.next(), given.next()) else {
            return None;
        };
        let nonce = nonce.to_str().ok().filter(|nonce| is_one(nonce))?;
        let mut held = self.held();
        if held.len() >= MAX_ORIGINS && !held.contains_key(url.origin()) {
            held.clear();
        }
        held.insert(url.origin().into(), nonce.into());
        Some(nonce.into())
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Box<str>, Box<str>>> {
        // Only values are exchanged under it: whoever panicked left them whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// RFC 9449 §8.1: `1*NQCHAR`, RFC 6749 §A.
fn is_one(text: &str) -> bool {
    let is_nqchar = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
    !text.is_empty() && text.len() <= MAX_NONCE && text.bytes().all(is_nqchar)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn answer(nonces: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for nonce in nonces {
            headers.append(HEADER, HeaderValue::from_str(nonce).unwrap());
        }
        headers
    }

    #[test]
    fn each_origin_has_its_own_last_nonce() {
        let url = |text| ResourceUri::parse(text).unwrap();
        let (a, b) = (url("https://a.example/mcp"), url("https://b.example/token"));
        let nonces = Nonces::default();
        for (url, nonce) in [(&a, "one"), (&a, "one"), (&b, "two"), (&a, "three")] {
            assert_eq!(nonces.hear(url, &answer(&[nonce])).as_deref(), Some(nonce));
        }
        assert_eq!(nonces.of(&url("https://a.example/other")).as_deref(), Some("three"));
        assert_eq!(nonces.of(&b).as_deref(), Some("two"));
        assert_eq!(nonces.of(&url("https://a.example:8443/mcp")), None);
    }

    #[test]
    fn what_is_no_nonce_changes_nothing() {
        let url = ResourceUri::parse("https://a.example/mcp").unwrap();
        let nonces = Nonces::default();
        nonces.hear(&url, &answer(&["good"])).unwrap();
        for bad in [&[][..], &[""], &["a b"], &["a\"b"], &["a", "b"], &[&"x".repeat(MAX_NONCE + 1)]] {
            assert_eq!(nonces.hear(&url, &answer(bad)), None, "{bad:?}");
        }
        assert_eq!(nonces.of(&url).as_deref(), Some("good"));
    }
}
