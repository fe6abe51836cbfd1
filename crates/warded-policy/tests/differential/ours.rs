//! What Warded answers.

use std::collections::BTreeMap;

use warded_policy::{Document, Name, Reading, Severity, read};

use crate::{
    case::{Answer, Case, Decided, Made, Outcome},
    memory::{Reserved, Session},
};

pub(crate) fn answer(case: &Case) -> Answer {
    let found = read(&case.policy, Reading::Strict);
    if let Some(document) = &found.document {
        return Answer::Calls(played(document, &case.calls));
    }
    let errors = found.findings.iter().filter(|finding| finding.severity == Severity::Error);
    let errors: Vec<_> = errors.map(|finding| finding.code.to_owned()).collect();
    assert!(!errors.is_empty(), "refused without an error:\n{}", case.policy);
    Answer::Errors(errors)
}

fn played(document: &Document, calls: &[Made]) -> Vec<Decided> {
    let mut session = Session::new(document);
    let mut begun: Vec<(usize, Outcome, Reserved)> = Vec::new();
    let mut answers = Vec::new();
    for (place, made) in calls.iter().enumerate() {
        let arguments = made.arguments.as_deref().map(serde_json::value::RawValue::get);
        let denial = match session.call(&made.tool, arguments, made.at) {
            Ok(reserved) => {
                begun.push((place + made.hold, made.outcome, reserved));
                None
            }
            Err(denial) => Some(denial),
        };
        for (_, outcome, reserved) in begun.extract_if(.., |(end, ..)| *end <= place) {
            if outcome == Outcome::Error {
                session.roll_back(reserved);
            }
        }
        answers.push(Decided {
            rule: denial.as_ref().map(|denial| denial.rule.to_string()),
            message: denial.map(|denial| denial.message.into()),
            counters: counted(document, &session, made.at),
        });
    }
    answers
}

/// What each counter of the policy is at.
fn counted(document: &Document, session: &Session, now: u64) -> Vec<(String, i64)> {
    let mut windows = BTreeMap::new();
    for section in &document.tools {
        let scope = match &section.name {
            Name::Every => "_global",
            // Its counters are its own.
            Name::Exactly(name) if &**name == "_global" => "tool:_global",
            Name::Exactly(name) | Name::Like(name) => name,
        };
        for state in section.rules.iter().filter_map(|rule| rule.state.as_ref()) {
            windows.insert((scope, &*state.counter), state.window.unit);
        }
    }
    windows
        .into_iter()
        .map(|((scope, counter), unit)| {
            (format!("{scope}.{counter}"), session.count(scope, counter, unit, now))
        })
        .collect()
}
