//! JSON as editors write it: with comments, trailing commas and a byte order mark.
//!
//! A reader of our own, because what stands before a mistake must be seen all the same, and every value needs its
//! place: readers that are made for programs give one or the other.

use super::MOST_DEPTH;
use crate::{
    configs::tree::{Entry, Node, Read, What},
    finding::Why,
};

pub(super) fn read(source: &str) -> Read {
    let mut reader = Reader { source, at: 0, depth: 0, broken: None };
    if source.starts_with('\u{feff}') {
        reader.at = '\u{feff}'.len_utf8();
    }
    reader.space();
    if reader.peek().is_none() {
        return Read { root: None, broken: reader.broken };
    }
    let root = reader.value();
    reader.space();
    if reader.peek().is_some() {
        reader.stop(Why::Syntax);
    }
    Read { root: Some(root), broken: reader.broken }
}

struct Reader<'s> {
    source: &'s str,
    at: usize,
    depth: usize,
    /// The first mistake. Nothing is read behind it.
    broken: Option<(usize, Why)>,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.source.as_bytes().get(self.at).copied()
    }

    fn stop(&mut self, why: Why) {
        self.broken.get_or_insert((self.at, why));
    }

    /// Whether that stands here; if so it is behind us.
    fn take(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        self.at += usize::from(is_there);
        is_there
    }

    /// Past white space and comments.
    fn space(&mut self) {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
            let comment = match rest.get(blank..).unwrap_or_default() {
                text if text.starts_with("//") => text.find('\n').unwrap_or(text.len()),
                text if text.starts_with("/*") => {
                    let Some(end) = text.get(2..).and_then(|text| text.find("*/")) else {
                        self.at += blank;
                        return self.stop(Why::Syntax);
                    };
                    end + 4
                }
                _ => 0,
            };
            self.at += blank + comment;
            if comment == 0 {
                return;
            }
        }
    }

    fn value(&mut self) -> Node {
        let start = self.at;
        let what = match self.peek() {
            Some(b'{') => self.nested(Self::map),
            Some(b'[') => self.nested(Self::list),
            Some(b'"') => What::Text(self.text()),
            _ => self.word(),
        };
        Node { what, span: start..self.at }
    }

    fn nested(&mut self, read: fn(&mut Self) -> What) -> What {
        if self.depth == MOST_DEPTH {
            self.stop(Why::Deep);
            return What::Nothing;
        }
        self.depth += 1;
        self.at += 1;
        let what = read(self);
        self.depth -= 1;
        what
    }

    fn map(&mut self) -> What {
        let mut entries = Vec::new();
        loop {
            self.space();
            if self.take(b'}') {
                break;
            }
            let start = self.at;
            if self.peek() != Some(b'"') {
                self.stop(Why::Syntax);
                break;
            }
            let key = self.text();
            let key_span = start..self.at;
            self.space();
            if !self.take(b':') {
                self.stop(Why::Syntax);
                break;
            }
            self.space();
            let value = self.value();
            entries.push(Entry { key, key_span, value });
            if !self.goes_on(b'}') {
                break;
            }
        }
        What::Map(entries)
    }

    fn list(&mut self) -> What {
        let mut items = Vec::new();
        loop {
            self.space();
            if self.take(b']') {
                break;
            }
            items.push(self.value());
            if !self.goes_on(b']') {
                break;
            }
        }
        What::List(items)
    }

    /// Behind a value: whether another may follow, or the end.
    fn goes_on(&mut self, end: u8) -> bool {
        self.space();
        if self.broken.is_none() && !self.take(b',') && self.peek() != Some(end) {
            self.stop(Why::Syntax);
        }
        self.broken.is_none()
    }

    fn word(&mut self) -> What {
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        let length = self.rest().bytes().take_while(|byte| is_part(byte)).count();
        let word = self.rest().get(..length).unwrap_or_default().to_owned();
        match word.as_str() {
            "true" | "false" | "null" => {}
            _ if word.starts_with(|first: char| first == '-' || first.is_ascii_digit()) => {}
            _ => self.stop(Why::Syntax),
        }
        self.at += length;
        if word.starts_with(|first: char| first.is_ascii_digit()) { What::Text(word) } else { What::Nothing }
    }

    /// A text with its quotes. What is read of it up to a mistake counts.
    fn text(&mut self) -> String {
        self.at += 1;
        let mut text = String::new();
        loop {
            let plain = self.rest().find(['"', '\\', '\n']).unwrap_or(self.rest().len());
            text.push_str(self.rest().get(..plain).unwrap_or_default());
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return text;
                }
                Some(b'\\') => {
                    let Some(character) = self.escape() else {
                        self.stop(Why::Syntax);
                        return text;
                    };
                    text.push(character);
                }
                _ => {
                    self.stop(Why::Syntax);
                    return text;
                }
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        let character = match self.source.as_bytes().get(self.at + 1)? {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'u' => return self.unicode(),
            byte @ (b'"' | b'\\' | b'/') => char::from(*byte),
            _ => return None,
        };
        self.at += 2;
        Some(character)
    }

    /// `\u00e9`, or two of them for what lies beyond the first plane; half of a pair reads as U+FFFD.
    fn unicode(&mut self) -> Option<char> {
        let unit = |at: usize| {
            let digits = self.source.get(at + 2..at + 6)?;
            let is_escape = self.source.get(at..at + 2) == Some("\\u");
            u16::from_str_radix(digits, 16).ok().filter(|_| is_escape && !digits.starts_with('+'))
        };
        let first = unit(self.at)?;
        let pair = [Some(first), unit(self.at + 6)];
        let (character, length) = match char::decode_utf16(pair.into_iter().flatten()).next()? {
            Ok(character) if character.len_utf16() == 2 => (character, 12),
            Ok(character) => (character, 6),
            Err(_) => (char::REPLACEMENT_CHARACTER, 6),
        };
        self.at += length;
        Some(character)
    }
}
