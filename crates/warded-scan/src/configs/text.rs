//! A text out of a configuration, and where it stands there.

use std::ops::Range;

use super::tree::Node;

/// It may hold a secret, so there is no way to print it.
#[derive(Clone)]
pub(crate) struct Text {
    pub(crate) value: String,
    /// In bytes of the file.
    pub(crate) span: Range<usize>,
    /// Whether it is spelled there as it reads, so that a part of it can be pointed at.
    pub(crate) exact: bool,
}

impl Text {
    pub(crate) fn of(node: &Node, source: &str) -> Option<Self> {
        let inside = node.inside(source);
        let exact = inside.is_some();
        Some(Self {
            value: node.text()?.to_owned(),
            span: inside.unwrap_or_else(|| node.span.clone()),
            exact,
        })
    }

    pub(crate) fn part(&self, range: Range<usize>) -> Self {
        let value = self.value.get(range.clone()).unwrap_or_default().to_owned();
        let start = self.span.start;
        let span = if self.exact { start + range.start..start + range.end } else { self.span.clone() };
        Self { value, span, exact: self.exact }
    }

    /// What stands behind the first occurrence of that, and before it.
    pub(crate) fn split_once(&self, at: char) -> Option<(Self, Self)> {
        let middle = self.value.find(at)?;
        Some((self.part(0..middle), self.part(middle + at.len_utf8()..self.value.len())))
    }

    pub(crate) fn trimmed(&self) -> Self {
        let start = self.value.len() - self.value.trim_start().len();
        self.part(start..start + self.value.trim().len())
    }
}
