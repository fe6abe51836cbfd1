//! For programs of one's own: everything that a scan came to, in a shape that stays.

use std::{collections::BTreeMap, ops::Range};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use warded_scan::{Finding, Position, Scanned, Severity, fingerprints, fix::Mended};

use super::{changes, confidence, places::Places, severity, unseen};
use crate::report::tame;

/// The report of `warded scan --format json`.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "warded scan report")]
pub(crate) struct Report {
    /// The version of this shape. Members are added to it without another number; none is taken away or changes its meaning.
    version: u32,
    /// The version of Warded that looked.
    warded: &'static str,
    /// What was looked at, in numbers.
    summary: Summary,
    /// Which rules were asked, where not all of them were.
    rules: Option<Vec<&'static str>>,
    /// What was found, in the order of the files' names and of the places in them.
    findings: Vec<Found>,
    /// What was mended, where `--fix` was asked for; the findings are those that are left then.
    fixed: Option<Fixed>,
    /// What was not looked at, in the same order.
    not_looked_at: Vec<NotLookedAt>,
}

/// What was looked at, in numbers.
#[derive(Debug, Serialize, JsonSchema)]
struct Summary {
    /// How many files were looked at.
    files: usize,
    /// How many lines they have.
    lines: usize,
    /// How many findings are critical.
    critical: usize,
    /// How many findings are high.
    high: usize,
    /// How many findings are medium.
    medium: usize,
    /// How many findings are notes.
    note: usize,
}

/// What was mended.
#[derive(Debug, Serialize, JsonSchema)]
struct Fixed {
    /// How many findings.
    findings: usize,
    /// The files that were written.
    files: Vec<String>,
    /// How many findings are left, by why: `unsafe` (only `--fix=unsafe` would), `apart` (the fix does not hold together
    /// with the rest), `late` (it would take too long to work on it), `none` (there is no fix).
    left: BTreeMap<&'static str, usize>,
}

/// Something that was found.
#[derive(Debug, Serialize, JsonSchema)]
struct Found {
    /// The rule, such as `WRD101`. There is a page for each.
    rule: &'static str,
    /// The rule's name for people.
    name: &'static str,
    /// `note`, `medium`, `high` or `critical`.
    severity: &'static str,
    /// How sure it is: `low`, `medium` or `high`.
    confidence: &'static str,
    /// What is wrong here, with the names in it.
    message: String,
    /// Stays the same when lines are moved or indented, and when something else in the file changes.
    fingerprint: String,
    /// Where.
    place: Place,
    /// How it comes to that, in the order in which it happens.
    steps: Vec<Step>,
    /// What would mend it, where that is known.
    fix: Option<Mends>,
}

/// A place in a file.
#[derive(Debug, Serialize, JsonSchema)]
struct Place {
    /// The file, beneath what was scanned, with `/` between its parts.
    path: String,
    /// From which byte of the file to which one, the last not counted. Nothing for a whole file.
    bytes: Option<[usize; 2]>,
    /// Where it begins. Nothing where only the bytes are known.
    start: Option<LineAndColumn>,
    /// Where it ends: behind its last character.
    end: Option<LineAndColumn>,
}

/// As editors count.
#[derive(Debug, Serialize, JsonSchema)]
struct LineAndColumn {
    /// From 1.
    line: usize,
    /// From 1, in units of UTF-16.
    column: usize,
}

/// A step on the way to what is wrong.
#[derive(Debug, Serialize, JsonSchema)]
struct Step {
    /// What happens there.
    message: String,
    /// Where.
    place: Place,
}

/// What would mend a finding.
#[derive(Debug, Serialize, JsonSchema)]
struct Mends {
    /// What it does.
    message: String,
    /// Whether it can be done without somebody who thinks about it.
    safe: bool,
    /// What to write where. They do not overlap, and all places are those before any of them.
    edits: Vec<Write>,
    /// Who may read the file afterwards, as Unix writes it (`600`); nothing where that stays as it is.
    mode: Option<String>,
}

/// A part of a file that becomes another text.
#[derive(Debug, Serialize, JsonSchema)]
struct Write {
    /// Where.
    place: Place,
    /// What stands there then.
    text: String,
}

/// Something that was not looked at.
#[derive(Debug, Serialize, JsonSchema)]
struct NotLookedAt {
    /// Where.
    place: Place,
    /// `large`, `binary`, `unreadable`, `long`, `syntax`, `deep`, `ways`, `link`, `packed` or `other`.
    why: &'static str,
}

/// The whole report.
pub(crate) fn render(scanned: &Scanned, mended: Option<&Mended>) -> String {
    let places = Places::of(scanned);
    let found = scanned.findings.iter().zip(fingerprints(scanned));
    let report = Report {
        version: 1,
        warded: env!("CARGO_PKG_VERSION"),
        summary: summary(scanned),
        rules: scanned.rules.some().map(Iterator::collect),
        findings: found.map(|(finding, fingerprint)| one(finding, fingerprint, &places)).collect(),
        fixed: mended.map(|mended| Fixed {
            findings: mended.fixed,
            files: mended.changed.iter().map(|change| change.path.to_string()).collect(),
            left: mended.left.iter().map(|(why, count)| (changes::word(*why), *count)).collect(),
        }),
        not_looked_at: scanned
            .unseen
            .iter()
            .map(|one| {
                let path = one.path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
                NotLookedAt { place: place(&path, one.span.as_ref(), &places), why: unseen(one.why).0 }
            })
            .collect(),
    };
    tame::document(&json!(report))
}

fn summary(scanned: &Scanned) -> Summary {
    let count = |severity| scanned.findings.iter().filter(|finding| finding.severity == severity).count();
    Summary {
        files: scanned.files,
        lines: scanned.lines,
        critical: count(Severity::Critical),
        high: count(Severity::High),
        medium: count(Severity::Medium),
        note: count(Severity::Note),
    }
}

fn one(finding: &Finding, fingerprint: String, places: &Places<'_>) -> Found {
    let place = |spot: &warded_scan::Spot| place(&spot.path, Some(&spot.span), places);
    Found {
        rule: finding.rule.id,
        name: finding.rule.name,
        severity: severity(finding.severity).name(),
        confidence: confidence(finding.confidence),
        message: finding.message.clone(),
        fingerprint,
        place: place(&finding.spot),
        steps: finding
            .steps
            .iter()
            .map(|step| Step { message: step.says.clone(), place: place(&step.spot) })
            .collect(),
        fix: finding.fix.as_ref().map(|fix| Mends {
            message: fix.says.clone(),
            safe: fix.safe,
            edits: fix
                .edits
                .iter()
                .map(|edit| Write { place: place(&edit.spot), text: edit.text.clone() })
                .collect(),
            mode: fix.mode.map(|mode| format!("{mode:o}")),
        }),
    }
}

fn place(path: &str, span: Option<&Range<usize>>, places: &Places<'_>) -> Place {
    let range = span.and_then(|span| places.range(path, span));
    let at = |Position { line, column }| LineAndColumn { line, column };
    Place {
        path: path.to_owned(),
        bytes: span.map(|span| [span.start, span.end]),
        start: range.map(|(start, _)| at(start)),
        end: range.map(|(_, end)| at(end)),
    }
}
