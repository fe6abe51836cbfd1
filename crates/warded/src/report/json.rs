//! For programs: findings as JSON.

use serde_json::{Value, json};

use crate::finding::Finding;

/// Findings with their places as lines and columns (from 1, columns in characters).
pub(crate) fn findings(findings: &[Finding], source: &str) -> Value {
    findings.iter().map(|finding| one(finding, source)).collect()
}

fn one(finding: &Finding, source: &str) -> Value {
    let places: Vec<_> = finding
        .places
        .iter()
        .map(|place| {
            let before = source.get(..place.span.range().start).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
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
