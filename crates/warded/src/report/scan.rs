//! What a scan came to, for other programs.
#![cfg_attr(not(test), expect(dead_code, reason = "the command `scan` is what asks for these"))]

pub(crate) mod github;
pub(crate) mod json;
mod places;
pub(crate) mod sarif;

#[cfg(test)]
mod tests;

use warded_scan::{Confidence, Severity, Why};

/// The word in reports and on pages.
pub(crate) const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

const fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Low => "low",
        Confidence::Medium => "medium",
        Confidence::High => "high",
    }
}

/// Why something was not looked at: a word that stays, and a sentence.
const fn unseen(why: Why) -> (&'static str, &'static str) {
    match why {
        Why::Large => ("large", "It is larger than a file may be."),
        Why::Binary => ("binary", "It is no text of UTF-8."),
        Why::Unreadable => ("unreadable", "It may not be read, or went away."),
        Why::Long => ("long", "It took longer than a file may."),
        Why::Syntax => ("syntax", "Its syntax is broken, or newer than what is known."),
        Why::Deep => ("deep", "It stands too deep in brackets."),
        Why::Ways => ("ways", "The function has too many ways through it."),
        Why::Link => ("link", "It is a link that leads outside or back into itself."),
        _ => ("other", "It could not be looked at."),
    }
}

/// All of the reasons, for whoever lists them.
const REASONS: [Why; 8] =
    [Why::Large, Why::Binary, Why::Unreadable, Why::Long, Why::Syntax, Why::Deep, Why::Ways, Why::Link];
