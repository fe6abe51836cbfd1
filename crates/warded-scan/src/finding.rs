//! What was found, and what could not be looked at.

use std::{ops::Range, path::PathBuf, sync::Arc};

use crate::rule::{Confidence, Rule, Severity};

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a plain description, read by whoever renders it")]
pub struct Spot {
    /// The file, beneath what was scanned, with `/` between its parts.
    pub path: Arc<str>,
    /// In bytes of the file.
    pub span: Range<usize>,
}

/// Something that was found.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a plain description, read by whoever renders it")]
pub struct Finding {
    /// Which kind.
    pub rule: &'static Rule,
    /// How bad this one is.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// Where.
    pub spot: Spot,
    /// What is wrong here, with the names in it.
    pub message: String,
    /// How it comes to that, in the order in which it happens; the last one is at [`Finding::spot`].
    pub steps: Vec<Leads>,
    /// What would mend it.
    pub fix: Option<Fix>,
}

/// A step on the way to what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain description, read by whoever renders it")]
pub struct Leads {
    /// Where.
    pub spot: Spot,
    /// What happens there.
    pub says: String,
}

/// What would mend a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain description, read by whoever renders it")]
pub struct Fix {
    /// What it does.
    pub says: String,
    /// Whether it can be done without somebody who thinks about it.
    pub safe: bool,
    /// What to write where. They do not overlap.
    pub edits: Vec<Edit>,
    /// Who may read the file of the finding afterwards, as Unix writes it; nothing where that stays as it is.
    pub mode: Option<u32>,
}

/// A part of a file that becomes another text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain description, read by whoever renders it")]
pub struct Edit {
    /// Where; an empty span inserts.
    pub spot: Spot,
    /// What stands there then.
    pub text: String,
}

/// Something that was not looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain description, read by whoever renders it")]
pub struct Unseen {
    /// The file, beneath what was scanned.
    pub path: PathBuf,
    /// Which part of it, in bytes; nothing for all of it.
    pub span: Option<Range<usize>>,
    /// Why.
    pub why: Why,
}

/// Why something was not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Why {
    /// It is larger than a file may be.
    Large,
    /// It is no text of UTF-8.
    Binary,
    /// It may not be read, or went away.
    Unreadable,
    /// It took longer than a file may.
    Long,
    /// Its syntax is broken, or newer than the grammar.
    Syntax,
    /// It stands too deep in brackets.
    Deep,
    /// A function has too many ways through it.
    Ways,
    /// A link that leads outside or back into itself.
    Link,
    /// It is packed in a way that is not read here, or behind a password.
    Packed,
}

/// In the order in which everything is told.
pub(crate) fn sort(findings: &mut [Finding], unseen: &mut [Unseen]) {
    findings.sort_by(|one, other| {
        let place = |of: &Finding| (Arc::clone(&of.spot.path), of.spot.span.start, of.rule.id);
        place(one).cmp(&place(other))
    });
    unseen.sort_by(|one, other| {
        let place =
            |of: &Unseen| (of.path.clone(), of.span.as_ref().map(|span| (span.start, span.end)), of.why);
        place(one).cmp(&place(other))
    });
}
