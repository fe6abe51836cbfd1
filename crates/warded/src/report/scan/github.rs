//! For GitHub Actions: workflow commands that become annotations beside the lines of a change.

use warded_scan::{Finding, Scanned, Severity};

use super::places::Places;
use crate::report::tame::escaped;

/// A line for each finding, and one for all that was not looked at.
pub(crate) fn render(scanned: &Scanned) -> String {
    let places = Places::of(scanned);
    let mut lines: String = scanned.findings.iter().map(|finding| line(finding, &places)).collect();
    let unseen = scanned.unseen.len();
    if unseen > 0 {
        let (are, what) =
            if unseen == 1 { ("was", "file or part of one") } else { ("were", "files or parts of them") };
        lines += &format!("::notice title=warded scan::{unseen} {what} {are} not looked at\n");
    }
    lines
}

fn line(finding: &Finding, places: &Places<'_>) -> String {
    let command = match finding.severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Note => "notice",
    };
    let mut properties = format!("file={}", property(&finding.spot.path));
    if let Some((start, end)) = places.range(&finding.spot.path, &finding.spot.span) {
        properties += &format!(",line={},endLine={}", start.line, end.line);
        // Columns are for places within one line.
        if start.line == end.line {
            properties += &format!(",col={},endColumn={}", start.column, end.column.max(start.column));
        }
    }
    let message = message(&format!("{}\n{}", finding.message, finding.rule.fix));
    format!("::{command} {properties},title={}::{message}\n", property(finding.rule.id))
}

/// A command ends with its line, and what comes behind it could be another one.
fn message(text: &str) -> String {
    let lines = text.split('\n').map(|line| escaped(line.trim_end_matches('\r')).replace('%', "%25"));
    lines.collect::<Vec<_>>().join("%0A")
}

fn property(text: &str) -> String {
    escaped(text).replace('%', "%25").replace(':', "%3A").replace(',', "%2C")
}
