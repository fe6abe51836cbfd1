//! What a command can find, beside refused tokens: one closed table with a code, a severity and advice for each.

use std::sync::Arc;

use serde::Serialize;

use crate::config::Span;

pub(crate) mod table;

/// How bad a finding is. The exit code of a command is that of its worst finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Weaker than it should be.
    Medium,
    /// Wrong: Warded would not start with it.
    High,
    /// A token opens more than one server.
    Critical,
}

impl Severity {
    /// The exit code.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Note => 11,
            Self::Medium => 12,
            Self::High => 13,
            Self::Critical => 14,
        }
    }

    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// One kind of finding.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rule {
    /// The stable name.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Whether nothing further can be said until it is corrected (exit code 1).
    pub fatal: bool,
    /// What it means.
    pub meaning: &'static str,
    /// What to do.
    pub advice: &'static str,
    /// What it looks like.
    pub example: &'static str,
}

/// A place in the file that a finding points at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// Where.
    pub span: Span,
    /// What stands there.
    pub label: String,
}

/// A file that is not the configuration.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceFile {
    /// What it is called.
    pub name: String,
    /// What stands in it.
    pub text: Arc<str>,
}

/// Something that a command found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// What kind of finding it is.
    pub rule: &'static Rule,
    /// What is wrong, with the names in it.
    pub message: String,
    /// Where; the first place is the main one.
    pub places: Vec<Place>,
    /// In which file, where that is not the configuration.
    pub file: Option<Arc<SourceFile>>,
    /// What to do about this one; where nothing is said, the rule's advice holds.
    pub help: Vec<String>,
}

impl Finding {
    /// A finding of that kind.
    pub fn new(rule: &'static Rule, message: impl Into<String>) -> Self {
        Self { rule, message: message.into(), places: Vec::new(), file: None, help: Vec::new() }
    }

    /// What was found in a policy file.
    pub(crate) fn in_policy(finding: &warded_policy::Finding, file: &Arc<SourceFile>) -> Self {
        let rule = Rule::of_policy(finding.code).unwrap_or(&table::POLICY_INVALID);
        let place = Place { span: Span::at(finding.span.clone()), label: finding.label.clone() };
        Self {
            rule,
            message: finding.message.clone(),
            places: vec![place],
            file: Some(Arc::clone(file)),
            help: finding.help.iter().cloned().collect(),
        }
    }

    /// The file that its places are in: its name, and what stands in it.
    pub(crate) fn seen_in<'a>(&'a self, configuration: &'a str, source: &'a str) -> (&'a str, &'a str) {
        self.file.as_ref().map_or((configuration, source), |file| (&file.name, &file.text))
    }

    /// Points at a place.
    #[must_use]
    pub fn at(mut self, span: Span, label: impl Into<String>) -> Self {
        self.places.push(Place { span, label: label.into() });
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    /// What to do about it, in sentences.
    pub fn advice(&self) -> impl Iterator<Item = &str> {
        let general = self.help.is_empty().then_some(self.rule.advice);
        self.help.iter().map(String::as_str).chain(general)
    }
}

impl Rule {
    /// The rule of that code.
    pub fn find(code: &str) -> Option<&'static Self> {
        Self::ALL.iter().copied().find(|rule| rule.code == code)
    }
}
