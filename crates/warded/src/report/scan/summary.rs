//! What a scan comes to, in as many lines as somebody reads in ten seconds.

use std::{collections::BTreeMap, path::Path};

use warded_scan::{Finding, Unseen};

use super::{Told, changes, severity, unseen as why};
use crate::{
    command::scan::packages::Source,
    finding::Severity,
    report::{escaped, heading, json::Lines, table},
};

/// The rules that are listed; there are more findings than anybody reads where there are more rules.
const LISTED_RULES: usize = 5;

pub(super) fn summary(told: &Told<'_>) -> String {
    let findings = &told.scanned.findings;
    let mut head = told.mended.map_or(String::new(), |mended| changes::said(mended, false));
    let text = match findings.len() {
        0 => format!("{}\n", heading("nothing found")),
        count => format!(
            "{}: {}\n{}",
            heading(&counted(count, "finding")),
            by_severity(findings),
            by_rule(findings)
        ),
    };
    head += &text;
    let mut text = head;
    if let Some(asked) = told.scanned.rules.some() {
        text += &format!("asked: nothing but {}\n", asked.collect::<Vec<_>>().join(", "));
    }
    let mut apart = Vec::new();
    if told.known > 0 {
        apart.push(format!("{} in the baseline", told.known));
    }
    if told.untouched > 0 {
        apart.push(format!("{} away from what was changed", told.untouched));
    }
    if !apart.is_empty() {
        text += &format!("not told: {}\n", apart.join(", "));
    }
    text += &format!(
        "{}, {} in {:.1} s\n",
        counted(told.scanned.files, "file"),
        counted(told.scanned.lines, "line"),
        told.took.as_secs_f64()
    );
    let hint = if told.is_verbose { "" } else { " (-v lists them)" };
    if !told.scanned.unseen.is_empty() {
        text += &format!("not looked at: {}{hint}\n", grouped(told.scanned.unseen.len()));
    }
    if !told.left_out.is_empty() {
        text += &format!("left out: {}{hint}\n", grouped(told.left_out.len()));
    }
    text += &from_elsewhere(told.sources);
    if !told.token_stores.is_empty() {
        text += "tokens are kept here (not read):\n";
        for path in told.token_stores {
            text += &format!("  {}\n", shown(path));
        }
    }
    if told.mended.is_none() {
        text += &mendable(findings);
    }
    if let Some(first) = findings.iter().max_by_key(|finding| (finding.severity, finding.confidence)) {
        text += &format!("why it matters, and what to do: `warded explain {}`\n", first.rule.id);
    }
    text
}

/// Which packages did not come from the registry that everybody asks: somebody's settings said so, or those of a project.
fn from_elsewhere(sources: &[Source]) -> String {
    let mut by_registry: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for source in sources {
        by_registry.entry(&source.registry).or_default().push(escaped(&source.package));
    }
    let lines =
        by_registry.iter().map(|(registry, packages)| format!("from {registry}: {}\n", packages.join(", ")));
    lines.collect()
}

/// How much of it `--fix` would mend.
fn mendable(findings: &[Finding]) -> String {
    let count = |is_safe| {
        findings.iter().filter(|one| one.fix.as_ref().is_some_and(|fix| fix.safe == is_safe)).count()
    };
    match (count(true), count(false)) {
        (0, 0) => String::new(),
        (safe, 0) => format!("can be mended: {} by `--fix`\n", grouped(safe)),
        (0, more) => format!("can be mended: {} by `--fix=unsafe`, to be looked at\n", grouped(more)),
        (safe, more) => {
            format!(
                "can be mended: {} by `--fix`, {} more by `--fix=unsafe`, to be looked at\n",
                grouped(safe),
                grouped(more)
            )
        }
    }
}

/// What is only counted in the summary.
pub(super) fn lists(told: &Told<'_>) -> String {
    let mut text = String::new();
    if !told.scanned.unseen.is_empty() {
        let rows: Vec<_> = told.scanned.unseen.iter().map(|unseen| row(told, unseen)).collect();
        text += &format!("{}\n{}\n", heading("Not looked at"), table(&rows));
    }
    if !told.left_out.is_empty() {
        let paths = told.left_out.iter().map(|path| format!("{}\n", shown(path)));
        text += &format!("{}\n{}\n", heading("Left out"), paths.collect::<String>());
    }
    text
}

fn row(told: &Told<'_>, unseen: &Unseen) -> Vec<String> {
    let path = shown(&unseen.path);
    let text = told.scanned.texts.get(&*unseen.path.to_string_lossy());
    let place = match (&unseen.span, text) {
        (Some(span), Some(text)) => format!("{path}:{}", Lines::of(text).line(span.start)),
        (Some(span), None) => format!("{path} (from byte {})", span.start),
        (None, _) => path,
    };
    vec![place, why(unseen.why).1.to_owned()]
}

fn by_severity(findings: &[Finding]) -> String {
    let all = [Severity::Critical, Severity::High, Severity::Medium, Severity::Note];
    let counts = all.into_iter().filter_map(|bad| {
        let count = findings.iter().filter(|finding| severity(finding.severity) == bad).count();
        (count > 0).then(|| format!("{} {}", grouped(count), bad.name()))
    });
    counts.collect::<Vec<_>>().join(", ")
}

fn by_rule(findings: &[Finding]) -> String {
    let mut rules: BTreeMap<&str, (usize, &Finding)> = BTreeMap::new();
    for finding in findings {
        rules.entry(finding.rule.id).or_insert((0, finding)).0 += 1;
    }
    let mut rules: Vec<_> = rules.into_iter().collect();
    rules.sort_by_key(|(id, (count, finding))| (std::cmp::Reverse((finding.severity, *count)), *id));
    let more = rules.len().saturating_sub(LISTED_RULES);
    let row = |(id, (count, finding)): &(&str, (usize, &Finding))| {
        vec![format!("  {id}"), grouped(*count), finding.rule.title.to_owned()]
    };
    let rows: Vec<_> = rules.iter().take(LISTED_RULES).map(row).collect();
    let more = if more > 0 { format!("  and {} more\n", counted(more, "rule")) } else { String::new() };
    table(&rows) + &more
}

fn counted(count: usize, word: &str) -> String {
    format!("{} {word}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// 1,234,567.
fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn shown(path: &Path) -> String {
    escaped(&path.display().to_string())
}
