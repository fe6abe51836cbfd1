//! One value of a file, and where it stands.

use std::{ops::Range, rc::Rc};

use granit_parser::{Marker, Span};

use super::Scalar;

/// One value. What an alias stands for is shared, and never copied.
#[derive(Clone, Debug)]
pub(in crate::read) struct Node<'s> {
    pub(in crate::read) what: What<'s>,
    pub(in crate::read) at: At,
    /// How many nodes it has, everything that an alias stands for counted each time.
    pub(super) weight: u32,
    /// How deep it is; one of a scalar.
    pub(super) depth: u8,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(in crate::read) enum What<'s> {
    Scalar(Scalar<'s>),
    List(Rc<[Node<'s>]>),
    Map(Rc<[Pair<'s>]>),
}

/// One entry of a mapping.
#[derive(Clone, Debug)]
pub(in crate::read) struct Pair<'s> {
    pub(in crate::read) key: Scalar<'s>,
    pub(in crate::read) key_at: At,
    pub(in crate::read) value: Node<'s>,
}

/// Where a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::read) struct At {
    start: u32,
    end: u32,
    line: u32,
}

impl At {
    pub(super) fn of(span: Span) -> Self {
        let offset = |marker: Marker| narrow(marker.byte_offset().unwrap_or_default());
        Self { start: offset(span.start), end: offset(span.end), line: narrow(span.start.line()) }
    }

    /// The beginning of the file.
    #[cfg(test)]
    pub(in crate::read) const fn nowhere() -> Self {
        Self { start: 0, end: 0, line: 1 }
    }

    /// The character at a place; the last one of the file for its end.
    pub(super) fn of_marker(marker: &Marker, source: &str) -> Self {
        let start = marker.byte_offset().unwrap_or(source.len()).min(source.len());
        let after = source.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        Self { start: narrow(start), end: narrow(start + after), line: narrow(marker.line()) }
    }

    /// From here to the end of another.
    pub(super) fn to(self, end: Self) -> Self {
        Self { end: end.end.max(self.start), ..self }
    }

    /// In bytes of the source.
    pub(in crate::read) fn range(self) -> Range<usize> {
        self.start as usize..self.end.max(self.start) as usize
    }

    /// Counted from one.
    pub(in crate::read) fn line(self) -> u32 {
        self.line
    }
}

/// No file that is read is larger.
fn narrow(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

impl Node<'_> {
    /// Whether nothing stands there.
    pub(in crate::read) fn is_null(&self) -> bool {
        matches!(&self.what, What::Scalar(scalar) if scalar.is_null())
    }

    /// Whether it is a mapping.
    pub(in crate::read) const fn is_mapping(&self) -> bool {
        matches!(self.what, What::Map(_))
    }

    /// What it is, in words.
    pub(in crate::read) fn kind(&self) -> &'static str {
        match &self.what {
            What::Scalar(scalar) if scalar.is_null() => "nothing",
            What::Scalar(_) => "a single value",
            What::List(_) => "a list",
            What::Map(_) => "a mapping",
        }
    }
}
