//! A rule: what it is about, why, and what it looks like.

use crate::language::Language;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "whoever renders findings must know each")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Weaker than it should be.
    Medium,
    /// A token can open more than it should.
    High,
    /// It does.
    Critical,
}

/// How sure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "whoever renders findings must know each")]
pub enum Confidence {
    /// It looks like it.
    Low,
    /// Most of what looks like this is.
    Medium,
    /// Every way through the code was followed.
    High,
}

/// One kind of finding.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "a plain description, for pages that list all of them")]
pub struct Rule {
    /// The stable name: `WRD101`.
    pub id: &'static str,
    /// The name for people: `token-request-no-resource`.
    pub name: &'static str,
    /// What is wrong, in a sentence.
    pub title: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The weakness, by its number in the Common Weakness Enumeration.
    pub cwe: &'static [u16],
    /// What it stands on.
    pub clauses: &'static [&'static str],
    /// Why it matters.
    pub why: &'static str,
    /// What to do.
    pub fix: &'static str,
    /// What it looks like, and what it looks like where it is right. They are its tests and its page.
    pub examples: &'static [Example],
}

/// What a rule finds, or must not find.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "a plain description, for pages that list all of them")]
pub struct Example {
    /// In which language, or nothing for the configuration of a client.
    pub language: Option<Language>,
    /// Whether the rule finds something there.
    pub bad: bool,
    /// What is special about it; empty where it is the plain case.
    pub about: &'static str,
    /// What the file is called, where that tells whose configuration it is; empty for code.
    pub file: &'static str,
    /// The source; a whole file that parses.
    pub source: &'static str,
}

/// Code that the rule finds.
pub(crate) const fn bad(language: Language, source: &'static str) -> Example {
    Example { language: Some(language), bad: true, about: "", file: "", source }
}

/// Code in which the rule finds nothing.
pub(crate) const fn good(language: Language, source: &'static str) -> Example {
    Example { language: Some(language), bad: false, about: "", file: "", source }
}

/// A configuration in which the rule finds something.
pub(crate) const fn bad_file(file: &'static str, source: &'static str) -> Example {
    Example { language: None, bad: true, about: "", file, source }
}

/// A configuration in which the rule finds nothing.
pub(crate) const fn good_file(file: &'static str, source: &'static str) -> Example {
    Example { language: None, bad: false, about: "", file, source }
}
