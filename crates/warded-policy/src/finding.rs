//! What is wrong with a policy file, and where?

use std::ops::Range;

pub(crate) mod table;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "whoever renders findings must know each")]
pub enum Severity {
    /// Something that whoever comes from Intercept may want to know.
    Note,
    /// It works, and perhaps not as it was meant.
    Warning,
    /// The file is no policy.
    Error,
}

/// One thing that is wrong with a policy file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain description, read by whoever renders it")]
pub struct Finding {
    /// Which one it is: stable, such as `policy-unknown-key`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Where it stands, in bytes of the source.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What stands beside the place.
    pub label: String,
    /// What to do.
    pub help: Option<String>,
}

/// One kind of finding: what is always said of it.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a plain description, for pages that list all of them")]
pub struct Code {
    /// Stable, such as `policy-unknown-key`.
    pub code: &'static str,
    /// How bad it is, where nothing lenient was asked for.
    pub severity: Severity,
    /// What it means, and why it matters.
    pub meaning: &'static str,
    /// What to do, where nothing better is known of the place.
    pub advice: &'static str,
    /// A file in which it is found.
    pub example: &'static str,
}

impl Finding {
    /// One of this kind, at this place.
    pub(crate) fn new(
        code: &'static Code,
        span: Range<usize>,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> Self {
        Self {
            code: code.code,
            severity: code.severity,
            span,
            message: message.into(),
            label: label.into(),
            help: Some(code.advice.to_owned()),
        }
    }

    /// Says what to do here, instead of what is said in general.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
