//! For people: findings with excerpts of the file, aligned tables.

use std::borrow::Cow;

use annotate_snippets::Level;
use anstyle::{AnsiColor, Style};

use super::excerpt::Excerpt;
use crate::finding::{Finding, Severity, table};

/// A finding with the lines that it is about.
pub(crate) fn finding(finding: &Finding, path: &str, source: &str) -> String {
    let level = match finding.rule.severity {
        Severity::Critical | Severity::High => Level::ERROR,
        Severity::Medium => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let (path, source) = finding.seen_in(path, source);
    // The excerpt of a secret would show it.
    let is_secret = finding.rule == &table::SECRET_LITERAL;
    let source: Cow<'_, str> = if is_secret { masked(source).into() } else { source.into() };
    let places = finding.places.iter().map(|place| (place.span.range(), place.label.as_str()));
    let excerpt = Excerpt {
        level,
        code: finding.rule.code,
        message: &finding.message,
        places: places.collect(),
        advice: finding.advice().collect(),
    };
    excerpt.of(path, &source)
}

/// The same number of bytes with nothing to read in them, so that places stay where they are.
fn masked(source: &str) -> String {
    let hide = |byte| if byte == b'\n' { '\n' } else { '*' };
    source.bytes().map(hide).collect()
}

const HEADING: Style = AnsiColor::Green.on_default().bold();

/// A line that stands out.
pub(crate) fn heading(text: &str) -> String {
    format!("{HEADING}{text}{HEADING:#}")
}

/// The widest column that others are aligned beside. What is in it may be a stranger's, and one long cell would fill each
/// row with blanks; more than 65535 cannot be asked of `format!`.
const WIDEST: usize = 250;

/// Rows with their columns aligned. The last column is not padded.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<_> = (0..columns).map(|column| width(column).unwrap_or(0).min(WIDEST)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        format!("{}\n", cells.collect::<Vec<_>>().join("   ").trim_end())
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_of_any_length_is_shown_and_widens_no_other_row() {
        let rows = ["x".repeat(70_000), "a".to_owned()].map(|name| vec![name, "what it does".to_owned()]);
        let shown = table(&rows);
        let lines: Vec<_> = shown.lines().collect();
        assert_eq!(lines[0].chars().count(), 70_000 + 3 + "what it does".len());
        assert_eq!(lines[1].chars().count(), WIDEST + 3 + "what it does".len());
    }
}
