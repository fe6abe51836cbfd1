//! What stands in a configuration and where, in whichever syntax it is written.

use std::ops::Range;

use crate::finding::Why;

/// A value. It may hold a secret, so there is no way to print it.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) what: What,
    /// In bytes of the file, quotes included.
    pub(crate) span: Range<usize>,
}

#[derive(Clone)]
pub(crate) enum What {
    /// A text, or a number as it was written.
    Text(String),
    List(Vec<Node>),
    /// In the order of the file; a key that stands there twice is there twice, for either may hold a secret.
    Map(Vec<Entry>),
    /// `null`, `true`, a date: nothing that could be a secret.
    Nothing,
}

#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_span: Range<usize>,
    pub(crate) value: Node,
}

/// What could be read of a file.
pub(crate) struct Read {
    pub(crate) root: Option<Node>,
    /// From where on it could not be read.
    pub(crate) broken: Option<(usize, Why)>,
}

impl Node {
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.what {
            What::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.what {
            What::Map(entries) => entries,
            _ => &[],
        }
    }

    pub(crate) fn items(&self) -> &[Self] {
        match &self.what {
            What::List(items) => items,
            _ => &[],
        }
    }

    /// The entry of that key; the last one, which is what readers of JSON take.
    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().rev().find(|entry| entry.key == key)
    }

    /// Where the text itself stands, without its quotes; nothing where it is not spelled as it reads.
    pub(crate) fn inside(&self, source: &str) -> Option<Range<usize>> {
        let text = self.text()?;
        let raw = source.get(self.span.clone())?;
        if raw == text {
            return Some(self.span.clone());
        }
        let inner = raw.get(1..raw.len().checked_sub(1)?)?;
        (inner == text).then(|| self.span.start + 1..self.span.end - 1)
    }
}
