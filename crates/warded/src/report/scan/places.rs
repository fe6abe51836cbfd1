//! Places in the files that were scanned, in lines and columns.

use std::{collections::BTreeMap, ops::Range};

use warded_scan::{Lines, Position, Scanned};

/// The lines of all files, each counted once.
pub(super) struct Places<'s> {
    files: BTreeMap<&'s str, (&'s str, Lines<'s>)>,
}

impl<'s> Places<'s> {
    pub(super) fn of(scanned: &'s Scanned) -> Self {
        let files = scanned.texts.iter().map(|(path, text)| (&**path, (&**text, Lines::of(text))));
        Self { files: files.collect() }
    }

    /// From where to where; nothing where the text of the file is not at hand.
    pub(super) fn range(&self, path: &str, span: &Range<usize>) -> Option<(Position, Position)> {
        let (_, lines) = self.files.get(path)?;
        Some((lines.position(span.start), lines.position(span.end.max(span.start))))
    }

    /// What stands there.
    pub(super) fn text(&self, path: &str, span: &Range<usize>) -> Option<&'s str> {
        self.files.get(path)?.0.get(span.clone())
    }
}
