//! Does the caller's token stand in something that is about to be sent?
//!
//! An agent can paste its own token into a tool argument, and then it is escaped or encoded by whatever wrote
//! the message. So what is sent is searched as it is, percent-decoded, and for the token's base64; and once more in
//! the same way with JSON's escapes undone, as whoever gets it reads it.

use std::borrow::Cow;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use memchr::memmem;
use zeroize::Zeroizing;

/// What of the token's base64 depends on the token alone: for each offset, and in both alphabets where they differ.
/// Each copy is wiped, like the token.
pub(crate) struct Encoded(Vec<Zeroizing<Vec<u8>>>);

impl Encoded {
    pub(crate) fn of(token: &[u8]) -> Self {
        let mut forms: Vec<Zeroizing<Vec<u8>>> = Vec::with_capacity(6);
        for offset in 0..3 {
            for form in
                [in_base64(&URL_SAFE_NO_PAD, token, offset), in_base64(&STANDARD_NO_PAD, token, offset)]
            {
                if !forms.contains(&form) {
                    forms.push(form);
                }
            }
        }
        Self(forms)
    }
}

/// Whether the token stands in `bytes`. Its base64 is asked for only where there is room for it.
pub(crate) fn occurs<'e>(token: &[u8], encoded: impl Fn() -> &'e Encoded, bytes: &[u8]) -> bool {
    // No encoding that is looked for is shorter than what it encodes: most headers are done here.
    if token.is_empty() || bytes.len() < token.len() {
        return false;
    }
    let encoded = encoded();
    is_written_in(token, encoded, bytes)
        || changed(bytes, b'\\', unescaped).is_some_and(|plain| is_written_in(token, encoded, &plain))
}

fn is_written_in(token: &[u8], encoded: &Encoded, bytes: &[u8]) -> bool {
    let stands_in = |bytes: &[u8]| memmem::find(bytes, token).is_some();
    stands_in(bytes)
        || changed(bytes, b'%', percent_decoded).is_some_and(|plain| stands_in(&plain))
        || encoded.0.iter().any(|form| memmem::find(bytes, form).is_some())
}

/// Decodes only where the mark of the encoding is seen at all.
fn changed(bytes: &[u8], mark: u8, decode: fn(&[u8]) -> Vec<u8>) -> Option<Cow<'_, [u8]>> {
    memchr::memchr(mark, bytes).map(|_| decode(bytes).into())
}

/// The characters of base64 that depend on the token alone, where `offset` other bytes stand before it.
fn in_base64(engine: &impl Engine, token: &[u8], offset: usize) -> Zeroizing<Vec<u8>> {
    let bytes = Zeroizing::new([&vec![0; offset], token].concat());
    let text = Zeroizing::new(engine.encode(&*bytes).into_bytes());
    let (first, last) = ((offset * 8).div_ceil(6), bytes.len() * 8 / 6);
    Zeroizing::new(text.get(first..last).unwrap_or_default().to_vec())
}

/// JSON string escapes undone, wherever they stand (RFC 8259 §7). Only what can stand in a token matters.
fn unescaped(bytes: &[u8]) -> Vec<u8> {
    replaced(bytes, |rest| match rest {
        [b'\\', b'u', b'0', b'0', high, low, tail @ ..] => Some((octet(*high, *low)?, tail)),
        [b'\\', escaped, tail @ ..] => Some((*escaped, tail)),
        _ => None,
    })
}

fn percent_decoded(bytes: &[u8]) -> Vec<u8> {
    replaced(bytes, |rest| match rest {
        [b'%', high, low, tail @ ..] => Some((octet(*high, *low)?, tail)),
        _ => None,
    })
}

/// Copies, with what `decode` recognises replaced by the byte that it stands for.
fn replaced(bytes: &[u8], decode: impl Fn(&[u8]) -> Option<(u8, &[u8])>) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((byte, tail)) =
        decode(rest).or_else(|| rest.split_first().map(|(byte, tail)| (*byte, tail)))
    {
        plain.push(byte);
        rest = tail;
    }
    plain
}

fn octet(high: u8, low: u8) -> Option<u8> {
    let digit = |hex: u8| char::from(hex).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &[u8] = b"eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl-_x";

    fn occurs(token: &[u8], bytes: &[u8]) -> bool {
        let encoded = Encoded::of(token);
        super::occurs(token, || &encoded, bytes)
    }

    fn found(text: &str) -> bool {
        occurs(TOKEN, text.as_bytes())
    }

    #[test]
    fn no_form_is_shorter_than_the_token_so_what_is_shorter_holds_none() {
        for length in 2..200 {
            let token = vec![b'?'; length];
            assert!(Encoded::of(&token).0.iter().all(|form| form.len() >= length), "{length}");
            assert!(occurs(&token, &token), "{length}");
        }
        assert_eq!(Encoded::of(b"aaaa.bbbb.cccc").0.len(), 3, "both alphabets say the same");
        assert!(Encoded::of(b"opaque~token~~with~tildes").0.len() > 3, "`~` is where they part");
    }

    #[test]
    fn the_token_is_found_in_the_encodings_that_are_named() {
        let token = std::str::from_utf8(TOKEN).unwrap();
        let each = |encode: &dyn Fn(u8) -> String| TOKEN.iter().map(|byte| encode(*byte)).collect::<String>();
        assert!(found(token));
        assert!(found(&format!(r#"{{"x":"Bearer {token}"}}"#)));
        assert!(found(&format!("%20{}", token.replace('.', "%2E").replace('-', "%2d"))));
        assert!(found(&each(&|byte| format!("%{byte:02X}"))));
        assert!(found(&format!(r"\n{}", token.replace('.', r"\u002e").replace('_', r"\u005F"))));
        assert!(found(&each(&|byte| format!(r"\u{byte:04x}"))));
        for offset in 0..7 {
            for engine in [URL_SAFE_NO_PAD, STANDARD_NO_PAD] {
                let bytes = [&b"Bearer:"[..offset], TOKEN, b" tail"].concat();
                assert!(found(&engine.encode(bytes)), "{offset}");
            }
        }
    }

    #[test]
    fn both_alphabets_of_base64_are_known() {
        // `~` may stand in an opaque token, and is where the alphabets part.
        let token = b"opaque~token~~with~tildes";
        for engine in [URL_SAFE_NO_PAD, STANDARD_NO_PAD] {
            for offset in 0..3 {
                let bytes = [&b"xyz"[..offset], token, b"end"].concat();
                assert!(occurs(token, engine.encode(bytes).as_bytes()), "{offset}");
            }
        }
    }

    #[test]
    fn every_character_counts_in_base64_too() {
        for offset in 0..3 {
            let bytes = |tail: &[u8]| [&b"xyz"[..offset], TOKEN, tail].concat();
            let whole = bytes(b"tail");
            assert!(occurs(TOKEN, URL_SAFE_NO_PAD.encode(&whole).as_bytes()));
            // Up to the bits that the next byte shares a character with.
            for missing in [2, 3, 10] {
                let mut other = whole.clone();
                other[offset + TOKEN.len() - missing] ^= 4;
                assert!(!occurs(TOKEN, URL_SAFE_NO_PAD.encode(other).as_bytes()), "{offset} {missing}");
            }
        }
    }

    #[test]
    fn an_escape_hides_no_other_encoding() {
        let each = |text: &[u8], spell: &dyn Fn(u8) -> String| {
            text.iter().map(|byte| spell(*byte)).collect::<String>()
        };
        let escaped = |text: &str| each(text.as_bytes(), &|byte| format!(r"\u{byte:04x}"));
        let percent = each(TOKEN, &|byte| format!("%{byte:02x}"));
        assert!(found(&escaped(&percent)) && found(&percent.replace('%', r"\u0025")));
        for offset in 0..3 {
            for engine in [URL_SAFE_NO_PAD, STANDARD_NO_PAD] {
                let text = engine.encode([&b"xyz"[..offset], TOKEN].concat());
                assert!(found(&escaped(&text)) && found(&text.replace('e', r"\u0065")), "{offset}");
            }
        }
        // `/` of base64 is escaped by some who write JSON.
        let token = b"a~?~?opaque~token?";
        assert!(occurs(token, STANDARD_NO_PAD.encode(token).replace('/', r"\/").as_bytes()));
    }

    #[test]
    fn simple_escapes_are_undone() {
        assert!(occurs(b"opaque/token+of/words==", br#"{"x":"opaque\/token+of\/words=="}"#));
        assert!(!occurs(b"opaque/token", br"opaque\\/token"));
    }

    #[test]
    fn other_text_is_not_taken_for_it() {
        let token = std::str::from_utf8(TOKEN).unwrap();
        for text in [
            "",
            "%",
            "%2",
            r"\",
            r"\u00",
            r"\u00zz",
            "eyJhbGciOiJFUzI1NiJ9",
            token.trim_start_matches('e'),
            &token.to_lowercase(),
        ] {
            assert!(!found(text), "{text}");
        }
        assert!(!occurs(b"", b"anything"));
    }
}
