//! How is shown what was found in a policy file? As `warded check` shows what it finds in a configuration.

use annotate_snippets::Level;
use serde_json::{Value, json};
use warded_policy::Finding;

use super::{excerpt::Excerpt, json::Lines};
use crate::finding::Severity;

/// A finding with the lines of the policy file that it is about.
pub(crate) fn plain(finding: &Finding, path: &str, source: &str) -> String {
    let level = match finding.severity {
        warded_policy::Severity::Error => Level::ERROR,
        warded_policy::Severity::Warning => Level::WARNING,
        warded_policy::Severity::Note => Level::NOTE,
    };
    let excerpt = Excerpt {
        level,
        code: finding.code,
        message: &finding.message,
        places: vec![(finding.span.clone(), &finding.label)],
        advice: finding.help.as_deref().into_iter().collect(),
    };
    excerpt.of(path, source)
}

/// Findings for programs, as `warded check` has its own.
pub(crate) fn json(findings: &[Finding], source: &str) -> Value {
    let lines = Lines::of(source);
    let one = |finding: &Finding| {
        json!({
            "code": finding.code,
            "severity": severity(finding.severity),
            "message": finding.message,
            "places": [lines.place(finding.span.start, &finding.label)],
            "help": finding.help.iter().collect::<Vec<_>>(),
        })
    };
    findings.iter().map(one).collect()
}

/// How bad it is, among everything that can be found.
pub(crate) const fn severity(severity: warded_policy::Severity) -> Severity {
    match severity {
        warded_policy::Severity::Error => Severity::High,
        warded_policy::Severity::Warning => Severity::Medium,
        warded_policy::Severity::Note => Severity::Note,
    }
}
