//! For programs: findings as JSON.

use serde_json::{Value, json};

use crate::finding::Finding;

/// Findings with their places as lines and columns (from 1, columns in characters).
pub(crate) fn findings(findings: &[Finding], source: &str) -> Value {
    let starts: Vec<_> = std::iter::once(0).chain(source.match_indices('\n').map(|(at, _)| at + 1)).collect();
    findings.iter().map(|finding| one(finding, source, &starts)).collect()
}

fn one(finding: &Finding, source: &str, starts: &[usize]) -> Value {
    let places: Vec<_> = finding
        .places
        .iter()
        .map(|place| {
            let at = place.span.range().start;
            let line = starts.partition_point(|start| *start <= at);
            let start = starts.get(line - 1).copied().unwrap_or_default();
            let column = source.get(start..at).unwrap_or_default().chars().count() + 1;
            json!({ "line": line, "column": column, "label": place.label })
        })
        .collect();
    json!({
        "code": finding.rule.code,
        "severity": finding.rule.severity,
        "message": finding.message,
        "places": places,
        "help": finding.advice().collect::<Vec<_>>(),
    })
}
