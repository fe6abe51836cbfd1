//! For other people's programs: SARIF 2.1.0 (OASIS).

use std::{collections::BTreeMap, ops::Range};

use serde_json::{Value, json};
use warded_scan::{
    Confidence, Edit, Finding, Fix, Rule, Scanned, Severity, Spot, Unseen, configs::blanked_code,
    fingerprints, rules,
};

use super::{REASONS, confidence, places::Places, severity, unseen};
use crate::report::tame;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What relative paths begin at. Where that is on this machine is nobody's business.
const ROOT: &str = "SCANNED";

/// The longest excerpt of a file that is given along, in bytes.
const LONGEST: usize = 2048;

/// The whole log.
pub(crate) fn render(scanned: &Scanned) -> String {
    // Whoever keeps findings closes those of the rules that are listed and found nothing.
    let asked: Option<Vec<_>> = scanned.rules.some().map(Iterator::collect);
    let is_asked = |rule: &&Rule| asked.as_ref().is_none_or(|asked| asked.contains(&rule.id));
    let rules: Vec<_> = rules().filter(is_asked).collect();
    let places = Places::of(scanned);
    let found = scanned.findings.iter().zip(fingerprints(scanned));
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "Warded",
                "fullName": concat!("Warded ", env!("CARGO_PKG_VERSION")),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules.iter().map(|rule| self::rule(rule)).collect::<Value>(),
                "notifications": REASONS.iter().map(|why| {
                    let (word, says) = unseen(*why);
                    json!({ "id": word, "shortDescription": { "text": format!("Not looked at: {says}.") } })
                }).collect::<Value>(),
            } },
            "columnKind": "utf16CodeUnits",
            "originalUriBaseIds": { ROOT: { "description": { "text": "What was scanned." } } },
            "invocations": [{
                "executionSuccessful": true,
                "toolExecutionNotifications":
                    scanned.unseen.iter().map(|unseen| notification(unseen, &places)).collect::<Value>(),
            }],
            "results": found
                .map(|(finding, fingerprint)| result(finding, &fingerprint, &rules, &places))
                .collect::<Value>(),
        }],
    });
    tame::document(&log)
}

fn rule(rule: &Rule) -> Value {
    let stands_on = match rule.clauses {
        [] => String::new(),
        clauses => format!("\n\nStands on: {}.", clauses.join("; ")),
    };
    let mut tags = vec!["security".to_owned()];
    tags.extend(rule.cwe.iter().map(|number| format!("external/cwe/cwe-{number:03}")));
    json!({
        "id": rule.id,
        "name": rule.name,
        "shortDescription": { "text": sentence(rule.title) },
        "fullDescription": { "text": format!("{} {}", sentence(rule.title), rule.why) },
        "help": {
            "text": format!("{}\n\n{}{stands_on}", rule.why, rule.fix),
            "markdown": format!("{}\n\n**What to do**: {}{stands_on}", rule.why, rule.fix),
        },
        "defaultConfiguration": { "level": level(rule.severity) },
        "properties": {
            "precision": "high",
            "security-severity": score(rule.severity),
            "tags": tags,
        },
    })
}

fn sentence(text: &str) -> String {
    format!("{}.", text.trim_end_matches('.'))
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Note => "note",
    }
}

/// Code scanning of GitHub makes its own words of these: critical above 9, high from 7, medium from 4.
const fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Note => "2.0",
    }
}

const fn rank(confidence: Confidence) -> f64 {
    match confidence {
        Confidence::Low => 25.0,
        Confidence::Medium => 60.0,
        Confidence::High => 90.0,
    }
}

fn result(finding: &Finding, fingerprint: &str, rules: &[&Rule], places: &Places<'_>) -> Value {
    let mut result = json!({
        "ruleId": finding.rule.id,
        "level": level(finding.severity),
        "rank": rank(finding.confidence),
        "message": { "text": plain(&finding.message) },
        "locations": [{ "physicalLocation": physical(&finding.spot, places) }],
        "partialFingerprints": { "warded/v1": fingerprint },
        "properties": {
            "severity": severity(finding.severity).name(),
            "confidence": confidence(finding.confidence),
        },
    });
    if let Some(index) = rules.iter().position(|rule| rule.id == finding.rule.id) {
        result["ruleIndex"] = index.into();
    }
    if !finding.steps.is_empty() {
        let steps = || finding.steps.iter().map(|step| (&step.spot, plain(&step.says)));
        let flow = steps().map(|(spot, says)| {
            let location = json!({ "physicalLocation": physical(spot, places), "message": { "text": says } });
            json!({ "location": location })
        });
        result["codeFlows"] = json!([{ "threadFlows": [{ "locations": flow.collect::<Value>() }] }]);
        let others = steps().filter(|(spot, _)| **spot != finding.spot).enumerate();
        let others: Vec<_> = others
            .map(|(id, (spot, says))| {
                let location = physical(spot, places);
                json!({ "id": id, "physicalLocation": location, "message": { "text": says } })
            })
            .collect();
        if !others.is_empty() {
            result["relatedLocations"] = others.into();
        }
    }
    // One without edits, such as of a mode, has no place in SARIF.
    if let Some(fix) = finding.fix.as_ref().filter(|fix| !fix.edits.is_empty()) {
        result["fixes"] = json!([mends(fix, places)]);
    }
    result
}

fn mends(fix: &Fix, places: &Places<'_>) -> Value {
    let mut by_file: BTreeMap<&str, Vec<&Edit>> = BTreeMap::new();
    for edit in &fix.edits {
        by_file.entry(&edit.spot.path).or_default().push(edit);
    }
    let changes = by_file.into_iter().map(|(path, mut edits)| {
        edits.sort_by_key(|edit| edit.spot.span.start);
        let replacements = edits.into_iter().map(|edit| {
            json!({
                "deletedRegion": region(path, &edit.spot.span, places),
                "insertedContent": { "text": edit.text },
            })
        });
        json!({ "artifactLocation": artifact(path), "replacements": replacements.collect::<Value>() })
    });
    json!({
        "description": { "text": plain(&fix.says) },
        "artifactChanges": changes.collect::<Value>(),
        "properties": { "safe": fix.safe },
    })
}

fn notification(one: &Unseen, places: &Places<'_>) -> Value {
    let path = one.path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
    let (word, says) = unseen(one.why);
    let mut location = json!({ "artifactLocation": artifact(&path) });
    if let Some(span) = &one.span {
        location["region"] = region(&path, span, places);
    }
    json!({
        "descriptor": { "id": word },
        "level": "warning",
        "message": { "text": format!("This was not looked at: {says}.") },
        "locations": [{ "physicalLocation": location }],
    })
}

fn physical(spot: &Spot, places: &Places<'_>) -> Value {
    let mut region = region(&spot.path, &spot.span, places);
    let text = places.text(&spot.path, &spot.span);
    if let Some(text) = text.filter(|text| (1..=LONGEST).contains(&text.len())) {
        region["snippet"] = json!({ "text": blanked_code(text) });
    }
    json!({ "artifactLocation": artifact(&spot.path), "region": region })
}

/// Where the text of a file is not at hand, only its bytes can be counted.
fn region(path: &str, span: &Range<usize>, places: &Places<'_>) -> Value {
    match places.range(path, span) {
        Some((start, end)) => json!({
            "startLine": start.line,
            "startColumn": start.column,
            "endLine": end.line,
            "endColumn": end.column,
        }),
        None => json!({ "byteOffset": span.start, "byteLength": span.len() }),
    }
}

/// A file by its URI (RFC 3986): what could mean anything else in one is written as `%xx`.
fn artifact(path: &str) -> Value {
    let mut uri = String::new();
    for byte in path.bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => {
                uri.push(char::from(byte));
            }
            other => uri += &format!("%{other:02X}"),
        }
    }
    let is_drive = path.as_bytes().get(1) == Some(&b':') && path.as_bytes().get(2) == Some(&b'/');
    if path.starts_with('/') {
        json!({ "uri": format!("file://{uri}") })
    } else if is_drive {
        json!({ "uri": format!("file:///{}", uri.replacen("%3A", ":", 1)) })
    } else {
        json!({ "uri": uri, "uriBaseId": ROOT })
    }
}

/// A message names what stands in a file, and `[…](…)` in one would be a link (§3.11.6).
fn plain(message: &str) -> String {
    message.replace("](", "] (")
}
