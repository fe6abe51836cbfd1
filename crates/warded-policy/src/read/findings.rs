//! Everything that is wrong with a file, gathered while it is read.

use crate::{Code, Finding, Reading, Severity, finding::table};

/// How many findings of a kind are kept: a file may be nothing but errors.
const MOST: usize = 1_000;

/// What was found so far.
#[derive(Debug)]
pub(super) struct Findings {
    kept: Vec<Finding>,
    reading: Reading,
    errors: usize,
    others: usize,
}

impl Findings {
    pub(super) fn new(reading: Reading) -> Self {
        Self { kept: Vec::new(), reading, errors: 0, others: 0 }
    }

    /// Takes one more.
    pub(super) fn say(&mut self, finding: Finding) {
        let severity = self.severity(finding.code, finding.severity);
        if self.has_room(severity) {
            self.kept.push(Finding { severity, ..finding });
        }
    }

    /// Takes one more of this kind, which takes time to write: where it would not be kept, nobody writes it.
    pub(super) fn say_by(&mut self, code: &'static Code, finding: impl FnOnce() -> Finding) {
        let severity = self.severity(code.code, code.severity);
        if self.has_room(severity) {
            self.kept.push(Finding { severity, ..finding() });
        }
    }

    /// How bad it is for this reading.
    fn severity(&self, code: &str, severity: Severity) -> Severity {
        let is_waived = [table::UNKNOWN_KEY.code, table::DOCUMENTS.code].contains(&code);
        if self.reading == Reading::Lenient && is_waived { severity.min(Severity::Warning) } else { severity }
    }

    /// Counts one more, and says whether it is kept.
    fn has_room(&mut self, severity: Severity) -> bool {
        let count = if severity == Severity::Error { &mut self.errors } else { &mut self.others };
        *count += 1;
        *count <= MOST
    }

    /// Whether the file is no policy.
    pub(super) fn has_error(&self) -> bool {
        self.errors > 0
    }

    /// How many errors there are so far.
    pub(super) fn errors(&self) -> usize {
        self.errors
    }

    /// All of them, in the order of the file.
    pub(super) fn into_sorted(mut self) -> Vec<Finding> {
        let left_out = self.errors.saturating_sub(MOST) + self.others.saturating_sub(MOST);
        self.kept.sort_by_key(|finding| {
            (finding.span.start, finding.span.end, std::cmp::Reverse(finding.severity))
        });
        // A rule that an alias repeats is wrong once.
        self.kept.dedup();
        if left_out > 0 {
            let message = format!("{left_out} more findings are left out");
            self.kept.push(Finding::new(&table::LEFT_OUT, 0..0, message, ""));
        }
        self.kept
    }
}

/// A text of the file as messages show it: on one line, and not longer than that.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut shown: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}
