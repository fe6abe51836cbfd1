//! Which text is it? (RFC 8259 §7, §8.2)

use std::borrow::Cow;

use super::{Outcome, Reader, not_json};

/// Texts that are longer than so many bytes are looked at in blocks.
const SHORT: usize = 16;
const BLOCK: usize = 32;

/// A text as it is spelled between its quotes. What it is spelled with was looked at.
#[derive(Clone, Copy)]
pub(super) struct Spelled<'t> {
    pub(super) bytes: &'t [u8],
    /// Whether it has no escapes, and stands for itself.
    pub(super) is_plain: bool,
}

impl<'t> Spelled<'t> {
    /// What it stands for.
    pub(super) fn text(&self) -> Outcome<Cow<'t, str>> {
        let as_text = |bytes| str::from_utf8(bytes).map_err(|_| not_json());
        if self.is_plain {
            return as_text(self.bytes).map(Cow::Borrowed);
        }
        let mut reader = Reader { length: self.bytes.len(), rest: self.bytes, depth: 0, names: Vec::new() };
        let mut text = String::with_capacity(self.bytes.len());
        while !reader.rest.is_empty() {
            let (plain, rest) = reader.rest.split_at(plain(reader.rest));
            text.push_str(as_text(plain)?);
            reader.rest = rest;
            if let [_, rest @ ..] = rest {
                reader.rest = rest;
                text.push(reader.escape()?);
            }
        }
        Ok(Cow::Owned(text))
    }
}

impl<'t> Reader<'t> {
    /// The text whose quote was read. All of it is looked at, also where nobody asks what it is: what is no text to one
    /// reader is one to another.
    pub(super) fn spelled(&mut self) -> Outcome<Spelled<'t>> {
        let text = self.rest;
        let mut is_plain = true;
        loop {
            match self.rest.get(plain(self.rest)..) {
                Some([b'"', rest @ ..]) => {
                    let bytes = text.get(..text.len() - rest.len() - 1).unwrap_or_default();
                    self.rest = rest;
                    return Ok(Spelled { bytes, is_plain });
                }
                Some([b'\\', rest @ ..]) => {
                    (self.rest, is_plain) = (rest, false);
                    self.escape()?;
                }
                // RFC 8259 §7: control characters are written as escapes. Or it does not end at all.
                _ => return Err(not_json()),
            }
        }
    }

    /// The character that an escape stands for whose backslash was read.
    fn escape(&mut self) -> Outcome<char> {
        let (kind, rest) = self.rest.split_first().ok_or_else(not_json)?;
        self.rest = rest;
        Ok(match kind {
            b'"' | b'\\' | b'/' => char::from(*kind),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => self.code_point()?,
            _ => return Err(not_json()),
        })
    }

    /// RFC 8259 §8.2: half of a pair is no character, and every reader makes another thing of it.
    fn code_point(&mut self) -> Outcome<char> {
        let first = self.unit()?;
        if let Some(character) = char::from_u32(first.into()) {
            return Ok(character);
        }
        self.rest = self.rest.strip_prefix(b"\\u").ok_or_else(not_json)?;
        let pair = [first, self.unit()?];
        char::decode_utf16(pair).next().and_then(Result::ok).ok_or_else(not_json)
    }

    /// Four digits.
    fn unit(&mut self) -> Outcome<u16> {
        let (digits, rest) = self.rest.split_first_chunk::<4>().ok_or_else(not_json)?;
        self.rest = rest;
        let mut unit = 0;
        for digit in digits {
            let digit = char::from(*digit).to_digit(16).ok_or_else(not_json)?;
            unit = unit << 4 | u16::try_from(digit).unwrap_or_default();
        }
        Ok(unit)
    }
}

const fn is_mark(byte: u8) -> bool {
    byte < b' ' || byte == b'"' || byte == b'\\'
}

/// How many bytes stand before the first mark. It is found in eight bytes at once, and in more where it is far away.
fn plain(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(eight) = text.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let marks = marks(u64::from_le_bytes(*eight));
        if marks != 0 {
            return at + marks.trailing_zeros() as usize / 8;
        }
        at += 8;
        if at == SHORT {
            at += blocks(text.get(SHORT..).unwrap_or_default());
        }
    }
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().position(|byte| is_mark(*byte)).unwrap_or(rest.len())
}

/// How many bytes stand in whole blocks without a mark. Without a way out in between, a block is looked at in a few steps.
fn blocks(text: &[u8]) -> usize {
    let (blocks, _) = text.as_chunks::<BLOCK>();
    let is_plain = |block: &&[u8; BLOCK]| !block.iter().fold(false, |any, byte| any | is_mark(*byte));
    blocks.iter().take_while(is_plain).count() * BLOCK
}

/// The highest bit of the first byte that is a mark, and of no byte before it. Bytes behind it may be taken for marks,
/// since a borrow goes upwards.
fn marks(eight: u64) -> u64 {
    /// Multiplies a byte into each of eight.
    const EACH: u64 = u64::MAX / 0xff;
    let each = |byte: u8| EACH * u64::from(byte);
    let are_below = |eight: u64, byte: u8| eight.wrapping_sub(each(byte)) & !eight;
    let are = |byte: u8| are_below(eight ^ each(byte), 1);
    (are_below(eight, b' ') | are(b'"') | are(b'\\')) & each(0x80)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Cow<'_, str>> {
        let mut reader = Reader::of(text);
        assert_eq!(reader.take(), Ok(b'"'));
        let spelled = reader.spelled().ok()?;
        reader.end().ok().map(|()| spelled.text().unwrap())
    }

    #[test]
    fn a_mark_is_found_wherever_it_stands_and_nothing_else_is_one() {
        for length in 0..120_usize {
            for byte in 0..=u8::MAX {
                let mut text = vec![b'a'; length];
                assert_eq!(plain(&text), length);
                for at in [0, length / 2, length.saturating_sub(1)] {
                    if let Some(place) = text.get_mut(at) {
                        *place = byte;
                        assert_eq!(
                            plain(&text),
                            if is_mark(byte) { at } else { length },
                            "{length} {byte} {at}"
                        );
                        text[at] = b'a';
                    }
                }
            }
        }
    }

    #[test]
    fn the_first_of_several_marks_counts_whatever_stands_beside_it() {
        for (first, second) in
            [(b'"', b'#'), (b'\\', b']'), (0x1f, 0x20), (0, 0xff), (b'"', 0), (b'\\', b'"')]
        {
            for at in 0..7 {
                let mut text = [0xe9; 8];
                (text[at], text[at + 1]) = (first, second);
                assert_eq!(plain(&text), at, "{first} {second}");
            }
        }
    }

    #[test]
    fn every_escape_stands_for_its_character() {
        let text = r#""\"\\\/\b\f\n\r\t\u00e9\u00E9\ud83d\ude00\u0000 é""#;
        assert_eq!(read(text).as_deref(), Some("\"\\/\u{8}\u{c}\n\r\té\u{e9}😀\0 é"));
        assert!(matches!(read(r#""plain é \u007f""#), Some(Cow::Owned(_))));
        assert!(matches!(read("\"plain é \u{7f}\""), Some(Cow::Borrowed(_))));
    }

    #[test]
    fn what_is_no_text_to_somebody_is_none() {
        for text in [
            "\"",
            "\"a",
            "\"\\",
            r#""\""#,
            r#""\x""#,
            r#""\U0041""#,
            r#""\u""#,
            r#""\u00""#,
            r#""\u00g0""#,
            r#""\u+041""#,
            r#""\u 041""#,
            r#""\ud800""#,
            r#""\udc00""#,
            r#""\ud800a""#,
            r#""\ud800\n""#,
            r#""\ud800\u""#,
            r#""\ud800\u0041""#,
            r#""\ud800\ud800""#,
            r#""\ude00\ud83d""#,
            "\"\0\"",
            "\"a\nb\"",
            "\"\u{1f}\"",
            "\"\t\"",
            "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\"",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }
}
