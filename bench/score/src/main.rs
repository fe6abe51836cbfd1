//! What does the scanner say of a folder? One JSON document, by lines instead of bytes, for `cargo xtask score`.
//!
//! A process for each folder: whoever runs it can end one that takes too long, and one that falls takes no other with it.

mod folder;
mod lines;

use std::{
    collections::BTreeMap,
    io::Write as _,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use warded_scan::{Confidence, Finding, Language, Looked, Severity, Unseen, Why, look};

use crate::{folder::Folder, lines::Lines};

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let folder = arguments.next().context("usage: warded-score FOLDER [FOLDER WITHIN IT ...]")?;
    let mut folder = Folder::read(&folder)?;
    let parts: Vec<_> = arguments.collect();
    if !parts.is_empty() {
        folder.keep(&parts);
    }
    #[expect(clippy::disallowed_methods, reason = "how long it takes is a part of what is told")]
    let began = Instant::now();
    let looked = look(folder.texts.clone());
    let seconds = began.elapsed().as_secs_f64();
    let report = report(&folder, &looked, seconds);
    writeln!(std::io::stdout().lock(), "{report}").context("nobody listens")
}

fn report(folder: &Folder, looked: &Looked, seconds: f64) -> Value {
    let lines: BTreeMap<&Path, Lines> =
        folder.texts.iter().map(|(path, text)| (path.as_path(), Lines::of(text))).collect();
    let sources: Vec<&PathBuf> =
        folder.texts.iter().map(|(path, _)| path).filter(|path| Language::of(path).is_some()).collect();
    let unseen = folder.unseen.iter().chain(&looked.unseen);
    json!({
        "files": sources.len(),
        "lines": sources.iter().map(|path| lines[path.as_path()].count()).sum::<usize>(),
        "seconds": seconds,
        "findings": looked.findings.iter().map(|finding| found(finding, &lines)).collect::<Vec<_>>(),
        "unseen": unseen.map(|unseen| left_out(unseen, &lines)).collect::<Vec<_>>(),
    })
}

fn found(finding: &Finding, lines: &BTreeMap<&Path, Lines>) -> Value {
    let (line, end) = place(&finding.spot.path, &finding.spot.span, lines);
    let steps = finding.steps.iter().map(|step| {
        let (line, _) = place(&step.spot.path, &step.spot.span, lines);
        json!({ "path": *step.spot.path, "line": line, "says": step.says })
    });
    json!({
        "rule": finding.rule.id,
        "severity": match finding.severity {
            Severity::Note => "note",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        },
        "confidence": match finding.confidence {
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
        },
        "path": *finding.spot.path,
        "line": line,
        "end": end,
        "message": finding.message,
        "steps": steps.collect::<Vec<_>>(),
    })
}

fn left_out(unseen: &Unseen, lines: &BTreeMap<&Path, Lines>) -> Value {
    let path = unseen.path.to_string_lossy();
    let place = unseen.span.as_ref().map(|span| place(&path, span, lines));
    json!({
        "path": path,
        "line": place.map(|(line, _)| line),
        "end": place.map(|(_, end)| end),
        "why": match unseen.why {
            Why::Large => "large",
            Why::Binary => "binary",
            Why::Unreadable => "unreadable",
            Why::Long => "long",
            Why::Syntax => "syntax",
            Why::Deep => "deep",
            Why::Ways => "ways",
            Why::Link => "link",
            Why::Packed => "packed",
            _ => "other",
        },
    })
}

/// The first and the last line of a span.
fn place(path: &str, span: &std::ops::Range<usize>, lines: &BTreeMap<&Path, Lines>) -> (usize, usize) {
    let Some(lines) = lines.get(Path::new(path)) else { return (1, 1) };
    let last = if span.is_empty() { span.start } else { span.end - 1 };
    (lines.at(span.start), lines.at(last))
}
