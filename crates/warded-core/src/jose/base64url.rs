//! base64url without padding, one text per value (RFC 7515 §2).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// Decodes; padding, other alphabets, blanks and stray trailing bits are refused, or two texts would be one token.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Encodes.
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Encodes onto the end of a text.
pub(super) fn encode_onto(text: &mut String, bytes: &[u8]) {
    URL_SAFE_NO_PAD.encode_string(bytes, text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_has_one_text() {
        assert_eq!(decode("_-8"), Some(vec![0xff, 0xef]));
        assert_eq!(decode(""), Some(vec![]));
        for other in ["_-8=", "/+8", "_-9", "_ -8", "_-8\n", "_", "_-8A_"] {
            assert_eq!(decode(other), None, "{other:?}");
        }
        assert_eq!(encode([0xff, 0xef]), "_-8");
    }
}
