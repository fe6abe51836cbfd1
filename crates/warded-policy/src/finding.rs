//! What is wrong with a policy file, and where?

use std::ops::Range;

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
