//! Which way leads on from there? `.key`, `["a.key"]` and `[0]`, one behind the other.

use super::{InvalidPath, MOST_SEGMENTS};
use crate::Segment;

/// Reads what stands behind the beginning of a path: it begins with a dot or a bracket.
pub(super) fn parse(text: &str) -> Result<Vec<Segment>, InvalidPath> {
    let mut segments = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if segments.len() == MOST_SEGMENTS {
            return Err(InvalidPath::TooLong);
        }
        let (segment, after) = match rest.strip_prefix('.') {
            Some(rest) => key(rest)?,
            None if rest.starts_with('[') => bracket(rest)?,
            None => return Err(InvalidPath::AfterBracket),
        };
        segments.push(segment);
        rest = after;
    }
    Ok(segments)
}

/// A key as it stands, up to the next dot or bracket.
fn key(text: &str) -> Result<(Segment, &str), InvalidPath> {
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (key, rest) = text.split_at(end);
    if key.is_empty() { Err(InvalidPath::EmptyPart) } else { Ok((Segment::Key(key.into()), rest)) }
}

/// A bracket with a number or a quoted key in it, and what stands behind it.
pub(super) fn bracket(text: &str) -> Result<(Segment, &str), InvalidPath> {
    let inside = text.strip_prefix('[').ok_or(InvalidPath::Bracket)?;
    if let Some(quoted) = inside.strip_prefix('\'') {
        let (key, rest) = quoted.split_once('\'').ok_or(InvalidPath::Bracket)?;
        let rest = rest.strip_prefix(']').ok_or(InvalidPath::Bracket)?;
        return Ok((Segment::Key(key.into()), rest));
    }
    if inside.starts_with('"') {
        let (key, rest) = inside.split_at(quoted_len(inside).ok_or(InvalidPath::Bracket)?);
        // A text of JSON, with everything that can be escaped in one.
        let key: Box<str> = serde_json::from_str(key).map_err(|_| InvalidPath::Bracket)?;
        return Ok((Segment::Key(key), rest.strip_prefix(']').ok_or(InvalidPath::Bracket)?));
    }
    let (number, rest) = inside.split_once(']').ok_or(InvalidPath::Bracket)?;
    // `+1`, ` 1` and `01` are no numbers that JSON would have.
    let digits = number.strip_prefix('-').unwrap_or(number);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number || (digits.starts_with('0') && number != "0") {
        return Err(InvalidPath::Bracket);
    }
    // No list is longer, and whoever turns the sign of such a number around need not think of the least one.
    let index: i32 = number.parse().map_err(|_| InvalidPath::Bracket)?;
    Ok((Segment::Index(index.into()), rest))
}

/// How long the quoted text is that a text begins with, its quotes included.
pub(crate) fn quoted_len(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}
