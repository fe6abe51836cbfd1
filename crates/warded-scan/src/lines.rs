//! Where lines begin, and how far into one a place is.

use std::ops::Range;

/// After how many bytes what was counted so far is noted, so that a place in a line of megabytes is found at once.
const EVERY: usize = 4096;

/// The lines of a text.
#[derive(Debug)]
pub struct Lines<'t> {
    text: &'t str,
    /// Where each begins. A byte order mark is no part of the first one.
    starts: Vec<usize>,
    /// How many units of UTF-16 stand before each block of [`EVERY`] bytes.
    units: Vec<usize>,
}

/// A place as editors and reports count: both numbers from 1, columns in units of UTF-16.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_structs, reason = "a plain description, read by whoever renders it")]
pub struct Position {
    /// Which line.
    pub line: usize,
    /// How far into it.
    pub column: usize,
}

impl<'t> Lines<'t> {
    /// Lines end with a line feed, whatever stands before it.
    pub fn of(text: &'t str) -> Self {
        let first = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let starts = std::iter::once(first).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let mut before = 0;
        let blocks = text.as_bytes().chunks(EVERY).map(|block| {
            let noted = before;
            before += units(block);
            noted
        });
        Self { text, starts, units: blocks.collect() }
    }

    /// Which line a byte is in, from 1.
    pub fn line(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at).max(1)
    }

    /// Where a byte is.
    pub fn position(&self, at: usize) -> Position {
        let at = at.min(self.text.len());
        let line = self.line(at);
        let start = self.starts.get(line - 1).copied().unwrap_or_default();
        let column = self.units_before(at).saturating_sub(self.units_before(start)) + 1;
        Position { line, column }
    }

    /// A line without what ends it; empty where there is none of that number.
    pub fn text(&self, line: usize) -> &'t str {
        let start = line.checked_sub(1).and_then(|index| self.starts.get(index));
        let Some(start) = start else { return "" };
        let end = self.starts.get(line).copied().unwrap_or(self.text.len());
        self.text.get(*start..end).unwrap_or_default().trim_end_matches(['\n', '\r'])
    }

    /// All of the lines that a part of the text stands in.
    pub(crate) fn whole(&self, part: &Range<usize>) -> &'t str {
        let first = self.starts.get(self.line(part.start) - 1).copied().unwrap_or_default();
        let last = self.line(part.end.saturating_sub(1).max(part.start));
        let end = self.starts.get(last).copied().unwrap_or(self.text.len());
        self.text.get(first..end).unwrap_or_default()
    }

    fn units_before(&self, at: usize) -> usize {
        let block = at / EVERY;
        let noted = self.units.get(block).copied();
        let rest = self.text.as_bytes().get(block * EVERY..at).unwrap_or_default();
        // Behind the last block there is nothing to look up; a text that fills its blocks ends there.
        noted.unwrap_or_else(|| units(self.text.as_bytes())) + if noted.is_some() { units(rest) } else { 0 }
    }
}

/// Each character has one byte that does not go on with another; those of four bytes are two units.
fn units(bytes: &[u8]) -> usize {
    bytes.iter().map(|byte| usize::from(byte & 0xc0 != 0x80) + usize::from(*byte >= 0xf0)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, what: &str) -> (usize, usize) {
        let position = Lines::of(text).position(text.find(what).unwrap());
        (position.line, position.column)
    }

    #[test]
    fn columns_are_counted_in_units_of_utf_16() {
        assert_eq!(at("ab x", "x"), (1, 4));
        assert_eq!(at("é\té x", "x"), (1, 5));
        assert_eq!(at("\n😀𝕏x", "x"), (2, 5));
        assert_eq!(at("one\r\ntwo\r\n x", "x"), (3, 2));
        assert_eq!(at("\u{feff}x\n", "x"), (1, 1));
        assert_eq!(at("\u{feff}\nx", "x"), (2, 1));
    }

    #[test]
    fn a_place_in_a_long_line_is_counted_as_in_a_short_one() {
        for length in [EVERY - 3, EVERY - 1, EVERY, EVERY + 1, 3 * EVERY] {
            let before: String = "é😀a".chars().cycle().take(length).collect();
            let text = format!("\n{before}x");
            assert_eq!(at(&text, "x"), (2, before.encode_utf16().count() + 1), "{length}");
            let end = Lines::of(&text).position(text.len());
            assert_eq!(end.column, before.encode_utf16().count() + 2, "{length}");
        }
    }

    #[test]
    fn what_is_no_place_is_the_end() {
        let lines = Lines::of("a\nb");
        assert_eq!(lines.position(1000), Position { line: 2, column: 2 });
        assert_eq!(Lines::of("").position(7), Position { line: 1, column: 1 });
        assert_eq!((lines.text(2), lines.text(0), lines.text(3)), ("b", "", ""));
        assert_eq!(Lines::of("a\r\nb\r\n").text(1), "a");
    }

    #[test]
    fn the_lines_of_a_part_are_whole() {
        let text = "one\ntwo\nthree\n";
        let whole = |part| Lines::of(text).whole(&part);
        assert_eq!(whole(5..6), "two\n");
        assert_eq!(whole(5..9), "two\nthree\n");
        assert_eq!(whole(4..8), "two\n");
        assert_eq!(whole(4..4), "two\n");
        assert_eq!(whole(0..100), text);
    }
}
