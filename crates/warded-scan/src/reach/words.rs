//! Words: what stands in a text, without a look at what it means.

use std::{ops::Range, sync::LazyLock};

use aho_corasick::AhoCorasick;

use super::python;
use crate::{language::Language, project::File};

/// A word, as a number. Two words with one number are taken for one: then a function too many is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Word(u64);

impl Word {
    const THIS: Self = Self(0x2587_bcef_3249_3841);
    const SELF: Self = Self(0x2d19_e518_d407_92b7);

    /// That word.
    pub(super) fn new(word: &str) -> Self {
        Self::of(word.as_bytes())
    }

    /// That word where it is a key: `"token"`, `token: x`, `token = x`, `{ token }`, `query.token`.
    pub(super) fn key(word: &str) -> Self {
        Self::new(word).as_key()
    }

    /// What its number ends in.
    pub(super) fn end(self) -> usize {
        (self.0 & 0xffff) as usize
    }

    /// Any word with that in it: one of [`PARTS`].
    pub(super) fn with_part(part: &str) -> Self {
        Self(Self::new(part).0.rotate_left(43))
    }

    /// Both words with nothing but a `-` or a `.` between them: `access-token`.
    pub(super) fn pair(first: &str, second: &str) -> Self {
        Self::new(first).with(Self::new(second))
    }

    /// Several words with nothing but a `-` between them: `jwt-decode`.
    pub(super) fn joined(words: &str) -> Option<Self> {
        let is_word = |word: &str| !word.is_empty() && word.bytes().all(is_part);
        let all = words.contains('-') && words.split('-').all(is_word);
        all.then(|| words.split('-').map(Self::new).reduce(Self::with)).flatten()
    }

    fn with(self, next: Self) -> Self {
        Self(self.0.rotate_left(31) ^ next.0)
    }

    fn as_key(self) -> Self {
        Self(self.0.rotate_left(17) ^ 0x9e37_79b9_7f4a_7c15)
    }

    /// FNV-1a.
    fn of(bytes: &[u8]) -> Self {
        let add = |sum: u64, byte: &u8| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        Self(bytes.iter().fold(0xcbf2_9ce4_8422_2325, add))
    }
}

/// The words of a text, in their order, with where they begin. After a backslash stands an escape, or the word itself. What
/// stands in an address as `?a=` is the word `a=` too, and what stands as a key is that as well.
pub(super) fn words(text: &str) -> impl Iterator<Item = (usize, Word)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut more: [Option<(usize, Word)>; 4] = [None; 4];
    let mut is_itself = false;
    // The word before, where it may be the first of two, and where it ends.
    let mut first: Option<(Word, usize)> = None;
    // All words before that are joined by a `-`, and where they end.
    let mut joined: Option<(Word, usize)> = None;
    std::iter::from_fn(move || {
        if let Some(word) = more.iter_mut().find_map(Option::take) {
            return Some(word);
        }
        let start = at + bytes.get(at..)?.iter().position(|byte| is_part(*byte))?;
        let rest = bytes.get(start..)?;
        let length = rest.iter().position(|byte| !is_part(*byte)).unwrap_or(rest.len());
        at = start + length;
        let word = rest.get(..length)?;
        let before = start.checked_sub(1).and_then(|before| bytes.get(before));
        match before {
            // An option of a program.
            Some(b'-') if start.checked_sub(2).and_then(|before| bytes.get(before)) == Some(&b'-') => {
                more[0] = bytes.get(start - 2..at).map(|option| (start, Word::of(option)));
            }
            Some(b'\\') => more[0] = word.get(1..).map(|word| (start + 1, Word::of(word))),
            Some(b'?' | b'&' | b'"' | b'\'' | b'`' | b'}') if bytes.get(at) == Some(&b'=') => {
                more[0] = rest.get(..=length).map(|key| (start, Word::of(key)));
            }
            _ => {}
        }
        let named = word.split(|byte| *byte == b'$').next().unwrap_or(word);
        if named.len() < word.len() && !named.is_empty() {
            // Bundlers add numbers to names.
            more[0] = more[0].or(Some((start, Word::of(named))));
        }
        let begins = is_first(word);
        let word = Word::of(word);
        more[2] = first
            .filter(|(_, end)| end + 1 == start && matches!(before, Some(b'-' | b'.')))
            .map(|(first, _)| (start, first.with(word)));
        first = begins.then_some((word, at));
        let longer = joined.filter(|(_, end)| end + 1 == start && before == Some(&b'-'));
        let longer = longer.map(|(before, _)| before.with(word));
        joined = Some((longer.unwrap_or(word), at));
        more[3] = longer
            .filter(|longer| more[2].is_none_or(|(_, pair)| pair != *longer))
            .map(|longer| (start, longer));
        let is_member = before == Some(&b'.') && !is_itself;
        if is_member || is_key(bytes, start, at) {
            more[1] = Some((start, word.as_key()));
        }
        is_itself = [Word::THIS, Word::SELF].contains(&word);
        Some((start, word))
    })
}

/// The words of a text, and nothing of how they stand there.
pub(super) fn plain_words(text: &str) -> impl Iterator<Item = Word> {
    text.as_bytes().split(|byte| !is_part(*byte)).filter(|word| !word.is_empty()).map(Word::of)
}

/// The words of a file, but for those of its comments; and in no order what of [`PARTS`] is in words.
pub(super) fn words_of<'f>(file: &'f File<'_>) -> impl Iterator<Item = (usize, Word)> + 'f {
    code_of(&file.text, file.language).into_iter().flat_map(|(from, text)| {
        let all = words(text).chain(parts_of(text));
        all.map(move |(at, word)| (from + at, word))
    })
}

/// What is heeded in whatever word it is, in large letters or small ones: addresses and functions have many names.
pub(super) const PARTS: &[&str] =
    &["userinfo", "user_info", "user-info", "tokeninfo", "token_info", "introspect", "retrospecttoken"];

/// Where one of [`PARTS`] stands in a text.
pub(super) fn parts_of(text: &str) -> impl Iterator<Item = (usize, Word)> + '_ {
    static FIND: LazyLock<Option<AhoCorasick>> =
        LazyLock::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(PARTS).ok());
    let found = FIND.as_ref().into_iter().flat_map(move |find| find.find_iter(text));
    found.filter_map(|found| Some((found.start(), Word::with_part(PARTS.get(found.pattern().as_usize())?))))
}

/// What of a text is no comment, and documents nothing. Only what certainly begins a comment is taken for one: it stands
/// behind a space.
fn code_of(text: &str, language: Language) -> Vec<(usize, &str)> {
    if language == Language::Python {
        return python::code_of(text);
    }
    let mut rest = Some(0);
    let next = || {
        let from = rest?;
        let all = text.get(from..)?;
        let ends = |at: usize| {
            let is_apart =
                all.get(..at).is_none_or(|before| before.is_empty() || before.ends_with(char::is_whitespace));
            match all.as_bytes().get(at + 1) {
                _ if !is_apart => None,
                Some(b'/') => Some("\n"),
                Some(b'*') => Some("*/"),
                _ => None,
            }
        };
        let first = all.match_indices('/').find_map(|(at, _)| Some((at, ends(at)?)));
        let Some((at, end)) = first else {
            rest = None;
            return Some((from, all));
        };
        rest = all.get(at..).and_then(|comment| comment.find(end));
        rest = rest.map(|length| from + at + length + end.len());
        Some((from, all.get(..at)?))
    };
    std::iter::from_fn(next).collect()
}

/// Whether what stands there is between quotes, is given something, or is one of a list.
fn is_key(bytes: &[u8], start: usize, end: usize) -> bool {
    let is_space = |byte: &&u8| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
    let before = bytes.get(..start).unwrap_or_default();
    let after = bytes.get(end..).unwrap_or_default();
    let (last, next) = (before.last(), after.first());
    if matches!(last, Some(b'"' | b'\'' | b'`')) && next == last {
        return true;
    }
    let mut rest = after.iter().skip_while(|byte| !is_space(byte));
    match (rest.next(), rest.next()) {
        (Some(b':'), _) => true,
        (Some(b'='), then) => !matches!(then, Some(b'=' | b'>')),
        (Some(b',' | b'}'), _) => matches!(before.iter().rev().find(is_space), Some(b'{' | b',')),
        _ => false,
    }
}

/// Whether that may be the first of two words that are one name.
pub(super) fn is_first(word: &[u8]) -> bool {
    [&b"access"[..], b"oauth", b"bearer", b"auth"].iter().any(|known| word.eq_ignore_ascii_case(known))
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || !byte.is_ascii()
}

/// All words of a file, by where they stand.
#[derive(Debug)]
pub(super) struct Words(Vec<(usize, Word)>);

impl Words {
    /// Of that text.
    pub(super) fn of(words: impl Iterator<Item = (usize, Word)>) -> Self {
        let mut words: Vec<_> = words.collect();
        words.sort_by_key(|(at, _)| *at);
        Self(words)
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
    use super::{Word, Words, plain_words, words};
    use crate::language::Language;

    #[test]
    fn words_are_what_names_are_made_of() {
        let found: Vec<_> = words("a b_c(d -1, $x) größe").collect();
        let expected = [(0, "a"), (2, "b_c"), (6, "d"), (9, "1"), (12, "$x"), (16, "größe")];
        assert_eq!(found, expected.map(|(at, word)| (at, Word::new(word))));
        let keys =
            words("a.b, c: d = e == f => \"g\" {h, i} this.j").map(|(_, word)| word).collect::<Vec<_>>();
        for key in ["b", "c", "d", "g", "h", "i"] {
            assert!(keys.contains(&Word::key(key)), "{key}");
        }
        for other in ["a", "e", "f", "this", "j"] {
            assert!(keys.contains(&Word::new(other)) && !keys.contains(&Word::key(other)), "{other}");
        }
        assert!(plain_words("a.b: c").eq(["a", "b", "c"].map(Word::new)));
        let escaped = words(r"\na").map(|(_, word)| word);
        assert!(escaped.eq([Word::new("na"), Word::new("a")]));
        let three: Vec<_> = words("'a-b-c'").map(|(_, word)| word).collect();
        assert!(["a-b", "a-b-c"].iter().all(|name| three.contains(&Word::joined(name).unwrap())));
        assert_eq!([Word::joined("a"), Word::joined("a-"), Word::joined("-a")], [None; 3]);
        assert!(words("'--a'").any(|(_, word)| word == Word::new("--a")));
        let two = words("access-token auth. token a-b").map(|(_, word)| word);
        let expected =
            [Word::new("access"), Word::new("token"), Word::pair("access", "token"), Word::new("auth")];
        assert!(two.take(4).eq(expected));
        let key = words("?a=b&c==").map(|(_, word)| word).collect::<Vec<_>>();
        assert!(["a", "a=", "b", "c", "c="].iter().all(|word| key.contains(&Word::new(word))));
        assert!(!words("(a=b)").any(|(_, word)| word == Word::new("a=")));
        assert_eq!(words("").count() + words(" .-").count(), 0);
    }

    #[test]
    fn comments_are_no_words() {
        let code = |text, language| {
            super::code_of(text, language)
                .into_iter()
                .map(|(at, text)| format!("{at}{text}"))
                .collect::<Vec<_>>()
                .concat()
        };
        let go = "a // b\nc /* d\n */e \"https://f\" \"*/*\"/g";
        assert_eq!(code(go, Language::Go), "0a 7c 17e \"https://f\" \"*/*\"/g");
        assert_eq!(code("# a\nb['#c'] # d\n", Language::Python), "04b['#c'] 16");
        assert_eq!(code("a /*", Language::Rust), "0a ");
        assert_eq!(code("", Language::Rust), "0");
        let documented = "\"\"\"a # b\"\"\"\nclass C:\n  '''d'''\n  e = \"\"\"f\"\"\"\n  def g(\n  ):\n    \"\"\"h\n\"\"\"\n    i";
        assert_eq!(
            code(documented, Language::Python),
            "011\nclass C:\n  30\n  e = \"\"\"f\"\"\"\n  def g(\n  ):\n    71\n    i"
        );
    }

    #[test]
    fn a_span_has_the_words_that_begin_in_it() {
        let words = Words::of(words("one two three"));
        assert!(words.within(&(4..8)).eq([Word::new("two")]));
        assert_eq!(words.within(&(20..30)).count(), 0);
        assert_eq!(words.all().count(), 3);
    }
}
