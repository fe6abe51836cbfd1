//! How is told what came of tests?

use serde_json::{Value, json};

use super::run::{Failed, Outcome, Tested};
use crate::{command::policy::shown, report};

pub(super) fn as_text(outcomes: &[Outcome], quiet: bool) -> String {
    let mut text = String::new();
    for outcome in outcomes {
        for test in &outcome.tests {
            if let Some(failed) = &test.failed {
                text += &failure(outcome, test, failed);
            }
        }
        if !quiet {
            text += &format!("{}: {}\n", report::escaped(&outcome.suite), counts(&outcome.tests));
        }
    }
    if quiet || outcomes.len() < 2 {
        return text;
    }
    let all = counts(outcomes.iter().flat_map(|outcome| &outcome.tests));
    text + &format!("{}\n", report::heading(&format!("{} files: {all}", outcomes.len())))
}

fn failure(outcome: &Outcome, tested: &Tested, failed: &Failed) -> String {
    let Failed { line, number, reached, differs, decision, explanation } = failed;
    let title =
        format!("FAILED {}:{line}: {}", report::escaped(&outcome.suite), report::escaped(&tested.name));
    let mut text = format!("{}\n", report::heading(&title));
    text +=
        &format!("  call {number}, {}: {}\n", report::escaped(&reached.words()), report::escaped(differs));
    text += &format!("  {}\n", shown::verdict(decision));
    for line in shown::explanation(explanation, decision).lines() {
        text += &format!("  {line}\n");
    }
    text.push('\n');
    text
}

fn counts<'t>(tests: impl IntoIterator<Item = &'t Tested>) -> String {
    let (failed, passed): (Vec<_>, Vec<_>) = tests.into_iter().partition(|test| test.failed.is_some());
    match failed.len() {
        0 => format!("{} passed", passed.len()),
        failed => format!("{} passed, {failed} FAILED", passed.len()),
    }
}

pub(super) fn as_json(outcomes: &[Outcome]) -> String {
    let suite = |outcome: &Outcome| {
        json!({
            "file": outcome.suite,
            "passed": !outcome.has_failed(),
            "tests": outcome.tests.iter().map(test).collect::<Vec<_>>(),
        })
    };
    let passed = !outcomes.iter().any(Outcome::has_failed);
    report::document(&json!({ "passed": passed, "files": outcomes.iter().map(suite).collect::<Vec<_>>() }))
}

fn test(test: &Tested) -> Value {
    let failed = test.failed.as_ref().map(|failed| {
        json!({
            "line": failed.line,
            "call": failed.number,
            "differs": failed.differs,
            "explanation": shown::as_json(&failed.explanation, &failed.decision),
        })
    });
    json!({ "name": test.name, "passed": test.failed.is_none(), "failed": failed })
}
