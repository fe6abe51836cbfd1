//! How is shown what a scan found, to people and to programs?

pub(crate) mod changes;
mod flow;
pub(crate) mod github;
pub(crate) mod json;
mod places;
pub(crate) mod sarif;
mod summary;
mod window;

use std::{path::PathBuf, time::Duration};

use warded_scan::{Confidence, Scanned, Why, fix::Mended};

use crate::{command::scan::packages::Source, finding::Severity};

/// Findings that are shown in full.
pub(crate) const SHOWN_FINDINGS: usize = 50;

/// What a person is told of a scan.
pub(crate) struct Told<'s> {
    pub(crate) scanned: &'s Scanned,
    pub(crate) took: Duration,
    /// How many findings were in the baseline.
    pub(crate) known: usize,
    /// How many have nothing to do with what was changed.
    pub(crate) untouched: usize,
    /// What was mended, where somebody asked for it; the scan is what it came to then.
    pub(crate) mended: Option<&'s Mended>,
    pub(crate) left_out: &'s [PathBuf],
    /// Where tokens are kept.
    pub(crate) token_stores: &'s [PathBuf],
    /// The packages that came from a registry of somebody's own.
    pub(crate) sources: &'s [Source],
    pub(crate) is_verbose: bool,
    pub(crate) is_quiet: bool,
}

/// Each finding with the lines of the file, and then what it all comes to.
pub(crate) fn text(told: &Told<'_>) -> String {
    let findings = &told.scanned.findings;
    let most = if told.is_verbose { findings.len() } else { SHOWN_FINDINGS };
    let mut text = String::new();
    for finding in findings.iter().take(most) {
        text += &flow::shown(finding, &told.scanned.texts);
        text += "\n\n";
    }
    if let Some(more @ 1..) = findings.len().checked_sub(most) {
        text += &format!("... and {more} more findings; -v shows all of them\n\n");
    }
    if told.is_verbose {
        text += &summary::lists(told);
    }
    if !told.is_quiet {
        text += &summary::summary(told);
    }
    text
}

/// How bad it is, among everything that can be found.
pub(crate) const fn severity(severity: warded_scan::Severity) -> Severity {
    match severity {
        warded_scan::Severity::Note => Severity::Note,
        warded_scan::Severity::Medium => Severity::Medium,
        warded_scan::Severity::High => Severity::High,
        warded_scan::Severity::Critical => Severity::Critical,
    }
}

const fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Low => "low",
        Confidence::Medium => "medium",
        Confidence::High => "high",
    }
}

/// Why something was not looked at: a word that stays, and the same for people.
const fn unseen(why: Why) -> (&'static str, &'static str) {
    match why {
        Why::Large => ("large", "larger than 4 MiB"),
        Why::Binary => ("binary", "no text in UTF-8"),
        Why::Unreadable => ("unreadable", "cannot be read"),
        Why::Long => ("long", "took longer than a file may"),
        Why::Syntax => ("syntax", "broken syntax, or newer than what is known"),
        Why::Deep => ("deep", "too deep in brackets"),
        Why::Ways => ("ways", "too many ways through a function: not all of them were followed"),
        Why::Link => ("link", "a link that leads outside, in a circle or nowhere"),
        Why::Packed => {
            ("packed", "packed with bzip2, LZMA or the like, or behind a password: not unpacked here")
        }
        _ => ("other", "not known why"),
    }
}

/// All of the reasons, for whoever lists them.
const REASONS: [Why; 9] = [
    Why::Large,
    Why::Binary,
    Why::Unreadable,
    Why::Long,
    Why::Syntax,
    Why::Deep,
    Why::Ways,
    Why::Link,
    Why::Packed,
];

#[cfg(test)]
mod tests;
