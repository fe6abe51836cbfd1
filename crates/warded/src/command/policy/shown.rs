//! How is shown why a policy decides as it does? Every rule that was looked at, what its conditions saw, and what is counted.

use serde_json::{Value, json};
use warded_policy::{
    Amount, Answer, Counter, CounterKey, Decimal, Decision, Denial, Explanation, Hold, Limit, Looked,
    Outcome, Seen, Taking, Unit, Verdict, Window,
};

use crate::report::{self, escaped};

/// What was decided, in one line.
pub(super) fn verdict(decision: &Decision) -> String {
    match &decision.verdict {
        Verdict::Allow(_) => "allowed".to_owned(),
        Verdict::Deny(denial) => format!("denied by {}: {}", by(denial), escaped(&denial.message)),
        Verdict::Hold(hold, _) => {
            let seconds = i64::try_from(hold.timeout.as_secs()).unwrap_or(i64::MAX);
            let span = report::span_of_time(seconds);
            format!("held by {} for {span}: {}", by(&hold.denial), escaped(&hold.denial.message))
        }
    }
}

/// Which rule it is, and where it stands.
pub(super) fn by(denial: &Denial) -> String {
    let Denial { rule, file, line, .. } = denial;
    match line {
        0 => format!("{} ({})", escaped(rule), escaped(file)),
        line => format!("\"{}\" ({}:{line})", escaped(rule), escaped(file)),
    }
}

/// Everything that was looked at. What was decided in the end is told beside it: all of what is counted may not have been there.
pub(super) fn explanation(explanation: &Explanation, decision: &Decision) -> String {
    let mut text = String::new();
    let mut file = None;
    for looked in &explanation.looked {
        if file != Some(&looked.file) {
            text += &format!("{}\n", escaped(&looked.file));
            file = Some(&looked.file);
        }
        text += &rule(looked);
    }
    if explanation.looked.is_empty() {
        text += "no rule is about this call\n";
    }
    for denial in &decision.shadowed {
        text += &format!("only looked at: would be denied by {}: {}\n", by(denial), escaped(&denial.message));
    }
    text += &state(explanation);
    text
}

fn rule(looked: &Looked) -> String {
    let Looked { section, rule, line, outcome, conditions, .. } = looked;
    let section = section.as_ref().map_or(String::new(), |section| format!("{}: ", escaped(section)));
    let place = if *line == 0 { String::new() } else { format!("line {line}: ") };
    let name = if *line == 0 { escaped(rule) } else { format!("\"{}\"", escaped(rule)) };
    let mut text = format!("  {place}{section}{name} {}\n", words(*outcome));
    let rows: Vec<_> = conditions.iter().map(condition).collect();
    text += &report::table(&rows);
    text
}

const fn words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passes => "passes",
        Outcome::Denies => "DENIES",
        Outcome::Holds => "HOLDS the call",
        Outcome::WouldDeny => "would deny, and is only looked at",
        Outcome::WouldHold => "would hold the call, and is only looked at",
    }
}

fn condition(seen: &Seen) -> Vec<String> {
    let Seen { line, path, op, value, wanted, answer } = seen;
    let wanted = wanted.as_deref().map_or_else(|| "(nothing there)".to_owned(), escaped);
    let value = value
        .as_deref()
        .map_or_else(|| "there is nothing".to_owned(), |value| format!("it is {}", escaped(value)));
    vec![
        format!("    line {line}"),
        format!("{} {} {wanted}", escaped(path), op.text()),
        value,
        said(*answer).to_owned(),
    ]
}

const fn said(answer: Answer) -> &'static str {
    match answer {
        Answer::Yes => "holds",
        Answer::No => "does not hold",
        Answer::Incomparable => "cannot be compared",
    }
}

/// What is read, and what would be taken.
fn state(explanation: &Explanation) -> String {
    let mut text = String::new();
    if !explanation.counters.is_empty() {
        text += "state that is read\n";
        let row = |(counter, amount): &(Counter, Amount)| {
            vec![format!("  {}", of(&counter.key)), window(counter.window).to_owned(), number(*amount)]
        };
        text += &report::table(&explanation.counters.iter().map(row).collect::<Vec<_>>());
    }
    let (Verdict::Allow(takings) | Verdict::Hold(_, takings)) = &explanation.decision.verdict else {
        return text;
    };
    if !takings.is_empty() {
        text += "state that is taken, all of it or the call is denied\n";
        let row = |taking: &Taking| {
            let limit = match taking.limit {
                Limit::AtMost(most) => format!("of at most {}", number(most)),
                Limit::Below(end) => format!("of less than {}", number(end)),
            };
            let shadow = if taking.shadow { "only counted" } else { "" };
            let window = window(taking.window).to_owned();
            vec![format!("  {}", of(&taking.key)), window, number(taking.amount), limit, shadow.to_owned()]
        };
        text += &report::table(&takings.iter().map(row).collect::<Vec<_>>());
    }
    text
}

/// As it stands in paths, and whose it is.
fn of(key: &CounterKey) -> String {
    let path = format!("state.{}.{}", escaped(&key.scope), escaped(&key.counter));
    let place = escaped(&key.place);
    if key.per.is_empty() {
        format!("{path} of {place}")
    } else {
        format!("{path} of {place}, each on its own")
    }
}

const fn window(window: Window) -> &'static str {
    match (window.unit, window.sliding) {
        (Unit::Minute, false) => "this minute",
        (Unit::Hour, false) => "this hour",
        (Unit::Day, false) => "this day",
        (Unit::Minute, true) => "the last minute",
        (Unit::Hour, true) => "the last hour",
        (Unit::Day, true) => "the last day",
    }
}

fn number(amount: Amount) -> String {
    Decimal::from(amount).to_string()
}

/// The same for programs.
pub(super) fn as_json(explanation: &Explanation, decision: &Decision) -> Value {
    let looked = |looked: &Looked| {
        let condition = |seen: &Seen| {
            json!({
                "line": seen.line,
                "path": seen.path,
                "op": seen.op.text(),
                "value": seen.value,
                "wanted": seen.wanted,
                "answer": said(seen.answer),
            })
        };
        json!({
            "file": looked.file.as_ref(),
            "section": looked.section.as_deref(),
            "rule": looked.rule.as_ref(),
            "line": looked.line,
            "outcome": outcome(looked.outcome),
            "conditions": looked.conditions.iter().map(condition).collect::<Vec<_>>(),
        })
    };
    let read = |(counter, amount): &(Counter, Amount)| counted(&counter.key, counter.window, *amount);
    let taken = match &explanation.decision.verdict {
        Verdict::Allow(takings) | Verdict::Hold(_, takings) => takings.as_slice(),
        Verdict::Deny(_) => &[],
    };
    let taking = |taking: &Taking| {
        let mut value = counted(&taking.key, taking.window, taking.amount);
        let (op, limit) = match taking.limit {
            Limit::AtMost(most) => ("lte", most),
            Limit::Below(end) => ("lt", end),
        };
        value["limit"] = json!({ "op": op, "value": number(limit) });
        value["shadow"] = taking.shadow.into();
        value
    };
    let mut value = decided(decision);
    value["looked"] = explanation.looked.iter().map(looked).collect();
    value["read"] = explanation.counters.iter().map(read).collect();
    value["taken"] = taken.iter().map(taking).collect();
    value["steps"] = explanation.steps.into();
    value
}

/// What was decided, for programs.
fn decided(decision: &Decision) -> Value {
    let shadowed: Vec<_> = decision.shadowed.iter().map(denied).collect();
    let mut value = match &decision.verdict {
        Verdict::Allow(_) => json!({ "verdict": "allow" }),
        Verdict::Deny(denial) => json!({ "verdict": "deny", "denial": denied(denial) }),
        Verdict::Hold(Hold { denial, timeout, .. }, _) => {
            json!({ "verdict": "hold", "denial": denied(denial), "seconds": timeout.as_secs() })
        }
    };
    value["shadowed"] = shadowed.into();
    value
}

fn denied(denial: &Denial) -> Value {
    let Denial { rule, message, file, line } = denial;
    json!({ "rule": rule.as_ref(), "message": message, "file": file.as_ref(), "line": line })
}

fn counted(key: &CounterKey, at: Window, amount: Amount) -> Value {
    json!({
        "place": key.place.as_ref(),
        "scope": key.scope.as_ref(),
        "counter": key.counter.as_ref(),
        "per": !key.per.is_empty(),
        "window": at.unit.text(),
        "sliding": at.sliding,
        "amount": number(amount),
    })
}

const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passes => "passes",
        Outcome::Denies => "denies",
        Outcome::Holds => "holds",
        Outcome::WouldDeny => "would-deny",
        Outcome::WouldHold => "would-hold",
    }
}
