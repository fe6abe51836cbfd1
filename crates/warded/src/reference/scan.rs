//! The pages about `warded scan`: one for each rule, their index, and the report for programs.

use schemars::schema_for;
use serde_json::Value;
use warded_scan::{Example, Rule, rules};

use super::{GENERATED, cell, section};
use crate::report::scan;

/// Every page: its path below `docs/`, and its text.
pub(super) fn pages() -> Vec<(String, String)> {
    let mut pages = vec![
        ("reference/rules/README.md".to_owned(), index()),
        ("reference/scan-report.md".to_owned(), report()),
        ("reference/scan-report.schema.json".to_owned(), format!("{:#}\n", schema())),
    ];
    pages.extend(rules().map(|rule| (format!("reference/rules/{}.md", rule.id), page(rule))));
    pages
}

fn index() -> String {
    let mut page = format!(
        "{GENERATED}# Rules of `warded scan`\n\nHow they are decided, and what they miss: [How a scan \
         decides](../../how-scan-decides.md). In pull requests: [Scan in CI](../../scan-in-ci.md). The exit code is that of \
         the worst finding: 11 note, 12 medium, 13 high, 14 critical.\n\n\
         | rule | name | severity | what is wrong |\n| --- | --- | --- | --- |\n"
    );
    for rule in rules() {
        page += &format!(
            "| [{0}]({0}.md) | `{1}` | {2} | {3} |\n",
            rule.id,
            rule.name,
            scan::severity(rule.severity).name(),
            cell(rule.title)
        );
    }
    page + "\nA comment leaves a finding out: see [Leave something \
            out](../../scan-in-ci.md#leave-something-out).\n"
}

fn page(rule: &Rule) -> String {
    let mut page = format!(
        "{GENERATED}# {}: {}\n\n`{}`, {}\n\n{}\n\n- **What to do**: {}\n",
        rule.id,
        rule.title,
        rule.name,
        scan::severity(rule.severity).name(),
        rule.why,
        rule.fix
    );
    page += &format!("- **What mends it**: {}\n", warded_scan::fix::mends(rule.id).says(rule.id));
    if !rule.clauses.is_empty() {
        page += &format!("- **Stands on**: {}\n", rule.clauses.join("; "));
    }
    if !rule.cwe.is_empty() {
        let link =
            |number: &u16| format!("[CWE-{number}](https://cwe.mitre.org/data/definitions/{number}.html)");
        page += &format!("- **Weakness**: {}\n", rule.cwe.iter().map(link).collect::<Vec<_>>().join(", "));
    }
    // By language, in the order in which the rule has them.
    let mut titles: Vec<&str> = Vec::new();
    for example in rule.examples {
        if !titles.contains(&title(example)) {
            titles.push(title(example));
        }
    }
    for language in titles {
        page += &format!("\n## {language}\n");
        for example in rule.examples.iter().filter(|example| title(example) == language) {
            page += &shown(example);
        }
    }
    page
}

const fn title(example: &Example) -> &'static str {
    match example.language {
        Some(language) => language.name(),
        None => "Configurations of clients",
    }
}

fn shown(example: &Example) -> String {
    let mut said = if example.bad { "Found".to_owned() } else { "Not found".to_owned() };
    if !example.file.is_empty() {
        said += &format!(" in `{}`", example.file);
    }
    if !example.about.is_empty() {
        said += &format!(": {}", example.about);
    }
    let kind = match example.language {
        Some(language) => language.extension(),
        None => example.file.rsplit('.').next().unwrap_or_default(),
    };
    // A fence is longer than any in what it fences.
    let longest = example.source.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("\n{said}:\n\n{fence}{kind}\n{}\n{fence}\n", example.source.trim_end())
}

fn schema() -> Value {
    schema_for!(scan::json::Report).to_value()
}

fn report() -> String {
    let schema = schema();
    let mut page = format!(
        "{GENERATED}# The report of `warded scan --format json`\n\nThe JSON schema is \
         [scan-report.schema.json](scan-report.schema.json). Secrets in configurations of clients do not stand in it.\n\n"
    );
    section(&schema, &schema, "", &mut page);
    page
}
