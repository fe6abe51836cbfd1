//! For programs: findings as JSON.

use serde_json::{Value, json};

use crate::finding::Finding;

/// Findings with their places as lines and columns (from 1, columns in characters).
pub(crate) fn findings(findings: &[Finding], source: &str) -> Value {
    let lines = Lines::of(source);
    let one = |finding: &Finding| match &finding.file {
        Some(file) => {
            let mut said = one(finding, &Lines::of(&file.text));
            said["file"] = file.name.as_str().into();
            said
        }
        None => one(finding, &lines),
    };
    findings.iter().map(one).collect()
}

fn one(finding: &Finding, lines: &Lines<'_>) -> Value {
    let places = finding.places.iter().map(|place| lines.place(place.span.range().start, &place.label));
    json!({
        "code": finding.rule.code,
        "severity": finding.rule.severity,
        "message": finding.message,
        "places": places.collect::<Vec<_>>(),
        "help": finding.advice().collect::<Vec<_>>(),
    })
}

/// Where the lines of a file begin.
pub(super) struct Lines<'s> {
    source: &'s str,
    starts: Vec<usize>,
}

impl<'s> Lines<'s> {
    pub(super) fn of(source: &'s str) -> Self {
        let starts = std::iter::once(0).chain(source.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { source, starts }
    }

    /// The number of the line, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at)
    }

    /// A place, and what is said of it.
    pub(super) fn place(&self, at: usize, label: &str) -> Value {
        let line = self.line(at);
        let start = self.starts.get(line - 1).copied().unwrap_or_default();
        let column = self.source.get(start..at).unwrap_or_default().chars().count() + 1;
        json!({ "line": line, "column": column, "label": label })
    }
}
