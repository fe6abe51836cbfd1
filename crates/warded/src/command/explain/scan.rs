//! The rules of `warded scan`, explained.

use serde_json::{Value, json};
use warded_scan::{Example, Rule, rules};

use super::{Explained, first_sentence};
use crate::report::{self, scan::severity};

/// The rule of that id or name. Ids are found in small letters, too.
pub(super) fn find(code: &str) -> Option<&'static Rule> {
    Rule::named(code).ok()
}

pub(super) fn explained(rule: &'static Rule) -> Explained {
    let weaknesses: Vec<_> = rule.cwe.iter().map(|number| format!("CWE-{number}")).collect();
    let mut rows = vec![
        ("What it means", rule.title.to_owned()),
        ("Why it matters", rule.why.to_owned()),
        ("What to do", rule.fix.to_owned()),
        ("What mends it", warded_scan::fix::mends(rule.id).says(rule.id)),
        ("Stands on", rule.clauses.join("; ")),
        ("Weakness", weaknesses.join(", ")),
        ("Severity", severity(rule.severity).name().to_owned()),
    ];
    rows.retain(|(_, body)| !body.is_empty());
    (format!("{} {}", rule.id, rule.name), rows, as_json(rule))
}

/// What it looks like, and what it looks like where it is right: in one language, and the names of the others.
pub(super) fn examples(rule: &Rule) -> String {
    let first = |is_bad| rule.examples.iter().find(move |example| example.bad == is_bad);
    let headed = |head: &str, example: Option<&Example>| {
        let Some(example) = example else { return String::new() };
        let lines =
            example.source.trim_end().lines().map(|line| format!("    {line}").trim_end().to_owned() + "\n");
        format!("\n{} ({})\n\n{}", report::heading(head), kind(example), lines.collect::<String>())
    };
    let mut kinds: Vec<_> = rule.examples.iter().map(kind).collect();
    kinds.dedup();
    let shown = kinds.first().copied();
    kinds.retain(|kind| Some(*kind) != shown);
    let others =
        if kinds.is_empty() { String::new() } else { format!("\nAlso found in: {}\n", unique(&kinds)) };
    headed("What it looks like", first(true)) + &headed("What is right", first(false)) + &others
}

fn unique(words: &[&str]) -> String {
    let mut all: Vec<&str> = Vec::new();
    for word in words {
        if !all.contains(word) {
            all.push(word);
        }
    }
    all.join(", ")
}

fn kind(example: &Example) -> &'static str {
    example.language.map_or(example.file, warded_scan::Language::name)
}

pub(super) fn as_json(rule: &'static Rule) -> Value {
    let example = |example: &Example| {
        json!({
            "language": example.language.map(warded_scan::Language::name),
            "file": Some(example.file).filter(|file| !file.is_empty()),
            "bad": example.bad,
            "about": example.about,
            "source": example.source,
        })
    };
    json!({
        "code": rule.id,
        "name": rule.name,
        "kind": "scan-rule",
        "severity": severity(rule.severity),
        "cwe": rule.cwe,
        "clauses": rule.clauses,
        "meaning": rule.title,
        "why": rule.why,
        "advice": rule.fix,
        "mends": warded_scan::fix::mends(rule.id).says(rule.id),
        "examples": rule.examples.iter().map(example).collect::<Vec<_>>(),
    })
}

/// All of them, a row each.
pub(super) fn rows() -> Vec<Vec<String>> {
    let row = |rule: &Rule| {
        vec![rule.id.to_owned(), severity(rule.severity).name().to_owned(), first_sentence(rule.title)]
    };
    rules().map(row).collect()
}
