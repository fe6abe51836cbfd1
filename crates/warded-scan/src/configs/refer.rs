//! Values that name a secret instead of holding it, and values that somebody is to replace.

use std::ops::Range;

/// A mention of a secret that is kept elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Source {
    /// An environment variable.
    Variable(String),
    /// Something the client asks for, by its name within the file.
    Input(String),
    /// A secret that the client or another program keeps.
    Kept(String),
}

/// How long a mention may be. Without a bound, a text full of openings would be searched to its end from each.
const LONGEST: usize = 256;

/// The mentions in a text, and where.
pub(crate) fn references(text: &str) -> Vec<(Range<usize>, Source)> {
    let mut all: Vec<(Range<usize>, Source)> = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let step = rest.chars().next().map_or(1, char::len_utf8);
        match here(rest, before) {
            Some((length, source)) => {
                all.push((at..at + length, source));
                at += length;
            }
            None => at += step,
        }
    }
    all
}

/// A mention at the beginning of a text, and how long it is.
fn here(text: &str, before: Option<char>) -> Option<(usize, Source)> {
    let until = |start: &str, end: &str| {
        let rest = text.strip_prefix(start)?;
        let near = rest.get(..rest.floor_char_boundary(LONGEST))?;
        let inner = near.get(..near.find(end)?)?;
        Some((start.len() + inner.len() + end.len(), inner.trim()))
    };
    if let Some((length, inner)) = until("${{", "}}").or_else(|| until("{{", "}}")) {
        return Some((length, Source::Kept(inner.to_owned())));
    }
    if let Some((length, inner)) = until("${", "}") {
        return Some((length, named(inner)));
    }
    if let Some((length, inner)) = until("{env:", "}") {
        return Some((length, Source::Variable(inner.to_owned())));
    }
    if let Some((length, inner)) = until("{file:", "}").or_else(|| until("$(", ")")) {
        return Some((length, Source::Kept(inner.to_owned())));
    }
    if let Some(rest) = text.strip_prefix("$env:") {
        let length = name_length(rest)?;
        return Some((length + "$env:".len(), Source::Variable(rest.get(..length)?.to_owned())));
    }
    if let Some(rest) = text.strip_prefix('$') {
        // `$` in the middle of a word is part of a password.
        let is_start = before.is_none_or(|before| !before.is_ascii_alphanumeric() && before != '$');
        let length = name_length(rest).filter(|_| is_start)?;
        let after = rest.get(length..).and_then(|rest| rest.chars().next());
        let ends = after.is_none_or(|after| " \"'/:@&,;)}]".contains(after));
        return ends
            .then(|| (length + 1, Source::Variable(rest.get(..length).unwrap_or_default().to_owned())));
    }
    if let Some((length, inner)) = until("%", "%") {
        return (name_length(inner) == Some(inner.len()))
            .then(|| (length, Source::Variable(inner.to_owned())));
    }
    let kept = ["op://", "vault://", "keychain://", "arn:aws:secretsmanager:", "keyring:", "secret://"];
    let is_kept =
        before.is_none_or(|before| before == ' ') && kept.iter().any(|start| text.starts_with(start));
    is_kept.then(|| (text.len(), Source::Kept(text.to_owned())))
}

/// What `${…}` names.
fn named(inner: &str) -> Source {
    let name = inner.split(":-").next().unwrap_or(inner);
    match name.split_once(':') {
        Some(("env", name)) => Source::Variable(name.to_owned()),
        Some(("input", name)) => Source::Input(name.to_owned()),
        Some(_) => Source::Kept(inner.to_owned()),
        None => Source::Variable(name.trim().to_owned()),
    }
}

/// How long the name of a variable is; nothing where there is none.
fn name_length(text: &str) -> Option<usize> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let length = text.bytes().take_while(|byte| is_part(byte)).count();
    (length > 0 && !text.starts_with(|first: char| first.is_ascii_digit())).then_some(length)
}

/// Words with which somebody says that here is something to fill in.
const FILL_IN: &[&str] = &[
    "your",
    "my",
    "changeme",
    "change",
    "replace",
    "example",
    "placeholder",
    "insert",
    "todo",
    "dummy",
    "fake",
    "sample",
    "redacted",
    "here",
    "paste",
    "enter",
    "fill",
    "put",
    "demo",
    "hidden",
    "removed",
    "masked",
    "none",
    "null",
    "undefined",
    "set",
    "token",
    "secret",
    "password",
    "key",
    "apikey",
    "foo",
    "bar",
    "test",
    "testing",
];
/// The same in the middle of anything.
const FILL_IN_ANYWHERE: &[&str] = &[
    "xxx",
    "***",
    "...",
    "…",
    "•••",
    "your_",
    "your-",
    "_here",
    "-here",
    "changeme",
    "example",
    "placeholder",
    "redacted",
];

/// Whether it is there to be replaced: `<token>`, `YOUR_TOKEN`, `xxx`, nothing at all.
pub(crate) fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    let bracketed = |start: char, end: char| {
        text.find(start).is_some_and(|at| text.get(at..).is_some_and(|rest| rest.contains(end)))
    };
    let mut letters = text.chars().filter(|letter| letter.is_alphanumeric());
    let first = letters.next();
    if first.is_none()
        || letters.all(|letter| Some(letter) == first)
        || bracketed('<', '>')
        || bracketed('[', ']')
    {
        return true;
    }
    if FILL_IN_ANYWHERE.iter().any(|word| lower.contains(word)) || is_counted(&lower) {
        return true;
    }
    let words = lower.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    // A real secret has a part that is no word; what is made of words only is a name for one.
    let mut has_fill_in = false;
    for word in words {
        has_fill_in |= FILL_IN.contains(&word);
        let is_word = word.len() < 16 && word.bytes().all(|byte| byte.is_ascii_alphabetic());
        if !is_word && !FILL_IN.contains(&word) && word.len() > 3 {
            return false;
        }
    }
    has_fill_in
}

/// `123456…`, `abcdef…` and such.
fn is_counted(text: &str) -> bool {
    const ROWS: [&str; 2] = ["01234567890123456789", "abcdefghijklmnopqrstuvwxyz"];
    text.len() >= 4 && ROWS.iter().any(|row| row.contains(text))
        || matches!(text, "abc123" | "12345678" | "foobar")
}
