//! What do keys mean to a line that nobody sees? What they mean to a line of the terminal's own, as far as one has to correct
//! it blindly.

use zeroize::Zeroizing;

/// The longest line; what is longer is no answer of an issuer. Room for all of it at once: a buffer that grows leaves copies
/// behind.
const LONGEST: usize = 32 * 1024;

/// A line, as it is typed.
pub(super) struct Typing {
    line: Zeroizing<String>,
    escape: Escape,
}

/// Within a sequence that a key sends, or a terminal around what is pasted.
#[derive(Clone, Copy)]
enum Escape {
    None,
    Begun,
    /// One more letter.
    Letter,
    /// Until a letter ends it (ECMA-48 §5.4).
    Control,
}

/// What a key meant.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Key {
    More,
    Enter,
    Interrupt,
    End,
}

impl Default for Typing {
    fn default() -> Self {
        Self { line: Zeroizing::new(String::with_capacity(LONGEST)), escape: Escape::None }
    }
}

impl Typing {
    /// One key more. What cannot stand in a URL is passed over.
    pub(super) fn key(&mut self, byte: u8) -> Key {
        let escape = std::mem::replace(&mut self.escape, Escape::None);
        match (escape, byte) {
            (Escape::None, b'\r' | b'\n') => return Key::Enter,
            (Escape::None, 0x03) => return Key::Interrupt,
            (Escape::None, 0x04) if self.line.is_empty() => return Key::End,
            (Escape::None, 0x08 | 0x7f) => drop(self.line.pop()),
            (Escape::None, 0x15) => self.line.clear(),
            (Escape::None, 0x1b) => self.escape = Escape::Begun,
            (Escape::None, b' '..=b'~') if self.line.len() < LONGEST => self.line.push(byte.into()),
            (Escape::Begun, b'O') => self.escape = Escape::Letter,
            (Escape::Begun, b'[') | (Escape::Control, 0x20..=0x3f) => self.escape = Escape::Control,
            _ => {}
        }
        Key::More
    }

    /// The line.
    pub(super) fn line(self) -> Zeroizing<String> {
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[u8]) -> (String, Option<Key>) {
        let mut typing = Typing::default();
        let end = keys.iter().map(|key| typing.key(*key)).find(|key| *key != Key::More);
        (typing.line().as_str().to_owned(), end)
    }

    #[test]
    fn keys_mean_what_they_mean_at_a_terminal() {
        for (keys, line, end) in [
            (&b"http://a?b=c\n"[..], "http://a?b=c", Some(Key::Enter)),
            (b"ab\x7f\x08c\r", "c", Some(Key::Enter)),
            (b"wrong\x15right\n", "right", Some(Key::Enter)),
            (b"\x7f\n", "", Some(Key::Enter)),
            (b"\x04", "", Some(Key::End)),
            (b"a\x04b", "ab", None),
            (b"a\x03", "a", Some(Key::Interrupt)),
            // What is pasted, where the terminal says so; arrows, other keys, and what is no ASCII.
            (b"\x1b[200~http://a\x1b[201~\n", "http://a", Some(Key::Enter)),
            (b"a\x1b[A\x1bOPb\x1b[1;5Cc\x1bxd\n", "abcd", Some(Key::Enter)),
            (b"a\xc3\xa9\x00\x1ab\n", "ab", Some(Key::Enter)),
        ] {
            assert_eq!(typed(keys), (line.to_owned(), end), "{keys:?}");
        }
    }

    #[test]
    fn a_line_without_an_end_takes_no_more_room_than_it_had() {
        let mut typing = Typing::default();
        for _ in 0..3 * LONGEST {
            assert_eq!(typing.key(b'a'), Key::More);
        }
        let line = typing.line();
        assert_eq!((line.len(), line.capacity()), (LONGEST, LONGEST));
    }
}
