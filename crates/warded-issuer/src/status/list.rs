//! What does a list say? One bit for each of a million tokens, packed (draft-ietf-oauth-status-list §4, §5.1).

use std::sync::{Arc, LazyLock};

use miniz_oxide::deflate::compress_to_vec_zlib;
use serde_json::{Map, Value, json};
use warded_core::{Issuer, UnixTime, jose::base64url};
use warded_store::STATUS_LIST_LENGTH;

use super::{EXPIRES, TIME_TO_LIVE, place_of};

/// How hard it is tried to make a list small: most of it is zeros, which need no trying.
const LEVEL: u8 = 6;

/// A list in which nobody is revoked, packed once for all of them.
static EMPTY: LazyLock<Arc<str>> = LazyLock::new(|| packed(&[]).into());

/// A list in which nobody is revoked, as `lst` has it.
pub(super) fn empty() -> Arc<str> {
    Arc::clone(&EMPTY)
}

/// A list in which these are revoked, and all others are not, as `lst` has it.
pub(super) fn packed(revoked: &[u32]) -> String {
    let mut bits = vec![0_u8; STATUS_LIST_LENGTH.div_ceil(8) as usize];
    for index in revoked {
        // The first token of a byte is in its lowest bit.
        if let Some(byte) = bits.get_mut((index / 8) as usize) {
            *byte |= 1 << (index % 8);
        }
    }
    base64url::encode(compress_to_vec_zlib(&bits, LEVEL))
}

/// The claims of its JWT.
pub(super) fn claims(issuer: &Issuer, list: u32, packed: &str, now: UnixTime) -> Map<String, Value> {
    let mut claims = Map::new();
    let mut claim = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    claim("iss", issuer.as_str().into());
    claim("sub", place_of(issuer, list).into());
    claim("iat", now.seconds().into());
    claim("exp", now.plus(EXPIRES).seconds().into());
    claim("ttl", TIME_TO_LIVE.into());
    claim("status_list", json!({ "bits": 1, "lst": packed }));
    claims
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unpacked(revoked: &[u32]) -> Vec<u8> {
        let packed = base64url::decode(&packed(revoked)).unwrap();
        miniz_oxide::inflate::decompress_to_vec_zlib(&packed).unwrap()
    }

    #[test]
    fn each_bit_is_where_its_token_looks() {
        let last = STATUS_LIST_LENGTH - 1;
        let bits = unpacked(&[0, 9, last]);
        assert_eq!((bits[0], bits[1], bits[bits.len() - 1]), (0b0000_0001, 0b0000_0010, 0b1000_0000));
        assert_eq!(bits.iter().map(|byte| byte.count_ones()).sum::<u32>(), 3);
    }

    #[test]
    fn every_list_has_the_same_size_whoever_is_in_it() {
        let full = STATUS_LIST_LENGTH as usize / 8;
        assert_eq!(*empty(), packed(&[]));
        assert_eq!([unpacked(&[]).len(), unpacked(&[5, 700_000]).len()], [full, full]);
        assert_eq!(
            unpacked(&[STATUS_LIST_LENGTH, u32::MAX]),
            unpacked(&[]),
            "what is not in it changes nothing"
        );
    }
}
