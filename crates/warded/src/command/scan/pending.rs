//! Stands in for what is written elsewhere, until it is here. Nothing else belongs into this file.

use serde_json::json;
use warded_scan::Scanned;

pub(super) fn suppress(_: &mut Scanned, _: bool) {}

/// Findings by their rules and files.
pub(super) struct Baseline(Vec<String>);

#[derive(Debug)]
pub(super) struct BaselineError;

impl std::error::Error for BaselineError {}

impl std::fmt::Display for BaselineError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("it is no baseline")
    }
}

fn keys(scanned: &Scanned) -> Vec<String> {
    let key = |finding: &warded_scan::Finding| format!("{} {}", finding.rule.id, finding.spot.path);
    scanned.findings.iter().map(key).collect()
}

impl Baseline {
    pub(super) fn of(scanned: &Scanned) -> Self {
        Self(keys(scanned))
    }

    pub(super) fn read(text: &str) -> Result<Self, BaselineError> {
        serde_json::from_str(text).map(Self).map_err(|_| BaselineError)
    }

    pub(super) fn to_json(&self) -> String {
        json!(self.0).to_string()
    }

    pub(super) fn leave_new(&self, scanned: &mut Scanned) -> usize {
        let before = scanned.findings.len();
        let mut keys = keys(scanned).into_iter();
        scanned.findings.retain(|_| keys.next().is_none_or(|key| !self.0.contains(&key)));
        before - scanned.findings.len()
    }
}

pub(super) fn json(scanned: &Scanned) -> String {
    let ids: Vec<_> = scanned.findings.iter().map(|finding| finding.rule.id).collect();
    crate::report::document(&json!({ "findings": ids }))
}

pub(super) fn sarif(scanned: &Scanned) -> String {
    json(scanned)
}

pub(super) fn github(scanned: &Scanned) -> String {
    json(scanned)
}
