//! Words: what stands in a text, without a look at what it means.

use std::ops::Range;

/// A word, as a number. Two words with one number are taken for one: then a function too many is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Word(u64);

impl Word {
    /// That word.
    pub(super) fn new(word: &str) -> Self {
        Self::of(word.as_bytes())
    }

    /// FNV-1a.
    fn of(bytes: &[u8]) -> Self {
        let add = |sum: u64, byte: &u8| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        Self(bytes.iter().fold(0xcbf2_9ce4_8422_2325, add))
    }
}

/// The words of a text, in their order, with where they begin. After a backslash stands an escape, or the word itself. What
/// stands in an address as `?a=` is the word `a=` too.
pub(super) fn words(text: &str) -> impl Iterator<Item = (usize, Word)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut more = None;
    std::iter::from_fn(move || {
        if let Some(word) = more.take() {
            return Some(word);
        }
        let start = at + bytes.get(at..)?.iter().position(|byte| is_part(*byte))?;
        let rest = bytes.get(start..)?;
        let length = rest.iter().position(|byte| !is_part(*byte)).unwrap_or(rest.len());
        at = start + length;
        let word = rest.get(..length)?;
        match start.checked_sub(1).and_then(|before| bytes.get(before)) {
            Some(b'\\') => more = word.get(1..).map(|word| (start + 1, Word::of(word))),
            Some(b'?' | b'&' | b'"' | b'\'' | b'`' | b'}') if bytes.get(at) == Some(&b'=') => {
                more = rest.get(..=length).map(|key| (start, Word::of(key)));
            }
            _ => {}
        }
        Some((start, Word::of(word)))
    })
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || !byte.is_ascii()
}

/// All words of a file, by where they stand.
#[derive(Debug)]
pub(super) struct Words(Vec<(usize, Word)>);

impl Words {
    /// Of that text.
    pub(super) fn of(text: &str) -> Self {
        Self(words(text).collect())
    }

    /// Those that stand there.
    pub(super) fn within(&self, span: &Range<usize>) -> impl Iterator<Item = Word> {
        let first = self.0.partition_point(|(at, _)| *at < span.start);
        let last = self.0.partition_point(|(at, _)| *at < span.end);
        self.0.get(first..last).unwrap_or_default().iter().map(|(_, word)| *word)
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = Word> {
        self.0.iter().map(|(_, word)| *word)
    }
}

#[cfg(test)]
mod tests {
    use super::{Word, Words, words};

    #[test]
    fn words_are_what_names_are_made_of() {
        let found: Vec<_> = words("a.b_c(d-1, $x) größe").collect();
        let expected = [(0, "a"), (2, "b_c"), (6, "d"), (8, "1"), (11, "$x"), (15, "größe")];
        assert_eq!(found, expected.map(|(at, word)| (at, Word::new(word))));
        let escaped = words(r"\na").map(|(_, word)| word);
        assert!(escaped.eq([Word::new("na"), Word::new("a")]));
        let key = words("?a=b&c==").map(|(_, word)| word);
        assert!(key.eq(["a", "a=", "b", "c", "c="].map(Word::new)));
        assert_eq!(words("(a=b)").count(), 2);
        assert_eq!(words("").count() + words(" .-").count(), 0);
    }

    #[test]
    fn a_span_has_the_words_that_begin_in_it() {
        let words = Words::of("one two three");
        assert!(words.within(&(4..8)).eq([Word::new("two")]));
        assert_eq!(words.within(&(20..30)).count(), 0);
        assert_eq!(words.all().count(), 3);
    }
}
