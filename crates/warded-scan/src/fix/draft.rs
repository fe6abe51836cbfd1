//! A way in which a finding may be mended, before anybody has seen that it is.

use std::ops::Range;

use super::source::Source;
use crate::finding::{Edit, Fix, Spot};

/// Edits of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Draft {
    pub(super) says: String,
    pub(super) safe: bool,
    pub(super) edits: Vec<(Range<usize>, String)>,
}

impl Draft {
    /// One that needs nobody to think about it.
    pub(super) fn safe(says: impl Into<String>, edits: Vec<(Range<usize>, String)>) -> Self {
        Self { says: says.into(), safe: true, edits }
    }

    /// One that somebody has to look at.
    pub(super) fn weighed(says: impl Into<String>, edits: Vec<(Range<usize>, String)>) -> Self {
        Self { says: says.into(), safe: false, edits }
    }

    pub(super) fn fix(self, source: &Source<'_>) -> Fix {
        let edit = |(span, text): (Range<usize>, String)| Edit {
            spot: Spot { path: source.path.clone(), span },
            // Lines end as they do in the file.
            text: if source.newline() == "\r\n" {
                text.replace("\r\n", "\n").replace('\n', "\r\n")
            } else {
                text
            },
        };
        let mut edits = self.edits;
        edits.sort_by_key(|(span, _)| (span.start, span.end));
        Fix { says: self.says, safe: self.safe, edits: edits.into_iter().map(edit).collect(), mode: None }
    }
}
