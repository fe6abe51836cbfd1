//! Was the proof made lately? Nonces that no node has to remember (RFC 9449 §8, §9).
//!
//! A nonce is a MAC over a slice of time. Every node that has the key accepts what another gave out, and nobody can
//! make one for tomorrow: a proof that was made ahead, by whoever had the key for a moment, ends with its slice.

use std::fmt;

use aws_lc_rs::hmac;

use crate::{jose::base64url, resource::ResourceUri, time::UnixTime};

/// Gives out nonces for one server, and knows them again.
pub struct Nonces {
    key: hmac::Key,
    place: ResourceUri,
}

impl Nonces {
    /// How long a slice is, in seconds. A nonce is good for one slice at least and for two at most.
    pub const SLICE: u32 = 150;

    /// Nonces of one server. The key is the same on every node.
    pub fn new(key: &[u8; 32], place: &ResourceUri) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, key), place: place.clone() }
    }

    /// The nonce to use from now on.
    pub fn current(&self, now: UnixTime) -> String {
        base64url::encode(hmac::sign(&self.key, &self.words(slice(now))))
    }

    /// Whether a nonce is of this slice or of the one before.
    pub(super) fn know(&self, nonce: &str, now: UnixTime) -> bool {
        let Some(tag) = base64url::decode(nonce) else {
            return false;
        };
        let now = slice(now);
        [now, now - 1].iter().any(|slice| hmac::verify(&self.key, &self.words(*slice), &tag).is_ok())
    }

    /// The server is part of it: what one gave out is nothing to its neighbour.
    fn words(&self, slice: i64) -> Vec<u8> {
        [b"dpop-nonce\0".as_slice(), &slice.to_be_bytes(), self.place.as_str().as_bytes()].concat()
    }
}

fn slice(now: UnixTime) -> i64 {
    now.seconds() / i64::from(Nonces::SLICE)
}

/// Says whose they are, never with which key.
impl fmt::Debug for Nonces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nonces").field("place", &self.place).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_800_000_000;

    fn nonces(key: u8, place: &str) -> Nonces {
        Nonces::new(&[key; 32], &ResourceUri::parse(place).unwrap())
    }

    fn at(seconds: i64) -> UnixTime {
        UnixTime::from_seconds(START + seconds)
    }

    #[test]
    fn a_nonce_lives_for_its_slice_and_the_next() {
        assert_eq!(START % 150, 0, "a slice begins there");
        let ours = nonces(7, "https://a.example");
        let nonce = ours.current(at(10));
        for (now, is_known) in
            [(-1, false), (0, true), (149, true), (150, true), (299, true), (300, false), (86_400, false)]
        {
            assert_eq!(ours.know(&nonce, at(now)), is_known, "{now}");
        }
    }

    #[test]
    fn every_node_knows_it_and_no_other_server_does() {
        let nonce = nonces(7, "https://a.example").current(at(0));
        assert!(nonces(7, "https://a.example").know(&nonce, at(0)));
        assert!(!nonces(7, "https://b.example").know(&nonce, at(0)));
        assert!(!nonces(8, "https://a.example").know(&nonce, at(0)));
        for made_up in
            ["", "A", &nonce.chars().rev().collect::<String>(), &format!("{nonce}="), &format!("{nonce}A")]
        {
            assert!(!nonces(7, "https://a.example").know(made_up, at(0)), "{made_up}");
        }
        assert_eq!(nonce.len(), 43);
        assert!(!format!("{:?}", nonces(77, "https://a.example")).contains("77"));
    }
}
