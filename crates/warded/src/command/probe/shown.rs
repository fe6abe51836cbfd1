//! How the verdicts are shown.

use serde_json::{Value, json};
use warded_probe::{CASES, Case, Outcome, Report, Seen, Severity, Side, Tried, Verdict};

use crate::report;

pub(super) fn as_json(report: &Report) -> String {
    let servers: Vec<_> = report
        .servers
        .iter()
        .map(|server| {
            json!({
                "name": server.side.to_string(),
                "url": server.url,
                "audience": server.audience,
                "revision": server.revision,
                "sessions": server.has_sessions,
                "stream": server.has_stream,
                "trouble": server.trouble,
            })
        })
        .collect();
    let answer = json!({
        "servers": servers,
        "conclusive": report.is_conclusive(),
        "worst": report.worst().map(warded_probe::Severity::name),
        "cases": report.outcomes.iter().map(outcome).collect::<Vec<_>>(),
    });
    report::document(&answer)
}

fn outcome(outcome: &Outcome) -> Value {
    let tried = |tried: &Tried| {
        json!({
            "sent": tried.sent,
            "status": tried.came.as_ref().map(|came| came.status),
            "challenge": tried.came.as_ref().and_then(|came| came.challenge.as_deref()),
            "verdict": tried.verdict.name(),
            "severity": tried.severity.map(warded_probe::Severity::name),
            "why": tried.why,
        })
    };
    let case = outcome.case;
    json!({
        "id": case.id,
        "name": case.name,
        "asks": case.asks,
        "at": outcome.at.map(|at| at.to_string()),
        "verdict": outcome.verdict.name(),
        "severity": outcome.severity.map(warded_probe::Severity::name),
        "why": outcome.why,
        "danger": case.danger,
        "advice": case.advice,
        "cites": case.cites,
        "tried": outcome.tried.iter().map(tried).collect::<Vec<_>>(),
    })
}

pub(super) fn as_text(report: &Report, quiet: bool) -> String {
    let mut text = String::new();
    if !quiet {
        text += &report::table(&report.servers.iter().map(server).collect::<Vec<_>>());
        text.push('\n');
        let head = ["CASE", "", "AT A", "AT B"].map(str::to_owned).to_vec();
        let rows = CASES.iter().map(|case| row(report, case));
        text += &report::table(&std::iter::once(head).chain(rows).collect::<Vec<_>>());
        text.push('\n');
    }
    for server in &report.servers {
        if let Some(trouble) = &server.trouble {
            let title = format!("Nothing can be said about {}: {}", server.side, report::escaped(trouble));
            text += &format!("{}\n\n", report::heading(&title));
        }
    }
    let is_probed = |outcome: &&Outcome| {
        outcome.at.is_none_or(|at| report.servers.iter().all(|s| s.side != at || s.trouble.is_none()))
    };
    for outcome in report.outcomes.iter().filter(is_probed) {
        if matches!(outcome.verdict, Verdict::Fail | Verdict::Inconclusive) && !follows(report, outcome) {
            text += &format!("{}\n", detail(report, outcome));
        }
    }
    if quiet { text } else { text + &format!("{}\n", report::heading(&summary(report))) }
}

fn server(server: &Seen) -> Vec<String> {
    let audience = match &server.audience {
        None => "token that cannot be read".to_owned(),
        Some(values) if values.is_empty() => "token that names nobody".to_owned(),
        Some(values) => format!("token for {}", report::escaped(&values.join(" and "))),
    };
    let mut speaks = vec![audience];
    speaks.extend(server.revision.as_ref().map(|revision| format!("speaks {revision}")));
    speaks.extend(server.has_sessions.then(|| "sessions".to_owned()));
    speaks.extend(server.has_stream.then(|| "stream".to_owned()));
    vec![server.side.to_string(), server.url.clone(), speaks.join(", ")]
}

fn row(report: &Report, case: &'static Case) -> Vec<String> {
    let at = |side: Side| {
        let is_it = |outcome: &&Outcome| outcome.case == case && outcome.at.is_none_or(|at| at == side);
        report.outcomes.iter().find(is_it).map_or_else(String::new, word)
    };
    vec![case.id.to_owned(), case.name.to_owned(), at(Side::A), at(Side::B)]
}

fn word(outcome: &Outcome) -> String {
    match (outcome.verdict, outcome.severity) {
        (Verdict::Fail, Some(severity)) => format!("FAIL {}", severity.name()),
        (Verdict::Fail, None) => "FAIL".to_owned(),
        (Verdict::Inconclusive, _) => "INCONCLUSIVE".to_owned(),
        (verdict, _) => verdict.name().to_owned(),
    }
}

/// Where the other server's token is admitted as it stands, it is admitted in every other way as well. One
/// explanation is enough.
fn follows(report: &Report, outcome: &Outcome) -> bool {
    let is_plain = |other: &&Outcome| {
        other.case.name == PLAIN && other.at == outcome.at && other.severity > Some(Severity::Note)
    };
    let mut failed = outcome.tried.iter().filter(|tried| tried.verdict == Verdict::Fail);
    outcome.verdict == Verdict::Fail
        && outcome.case.name != PLAIN
        && !outcome.tried.is_empty()
        && failed.all(|tried| tried.crosses)
        && report.outcomes.iter().any(|other| is_plain(&other))
}

/// The case that sends the other server's token as it stands.
const PLAIN: &str = "neighbour-token";

fn detail(report: &Report, outcome: &Outcome) -> String {
    let case = outcome.case;
    let place = outcome.at.map_or_else(String::new, |at| format!(" at {at}"));
    let title = format!("{}{place}: {} {}", word(outcome), case.id, case.name);
    let mut text = format!("{}\n", report::heading(&title));
    let mut say = |head: &str, body: &str| text += &format!("  {head:9} {}\n", report::escaped(body));
    say("asks", case.asks);
    let telling: Vec<_> = outcome.tried.iter().filter(|tried| tried.verdict == outcome.verdict).collect();
    if telling.is_empty() {
        say("why", &outcome.why);
    }
    for tried in telling {
        say("sent", &tried.sent);
        if let Some(came) = &tried.came {
            let challenge = came
                .challenge
                .as_ref()
                .map_or_else(String::new, |said| format!(", www-authenticate: {said}"));
            say("came", &format!("{}{challenge}", came.status));
        }
        say("so", &tried.why);
    }
    if outcome.verdict == Verdict::Fail {
        say("danger", case.danger);
        say("do", case.advice);
    }
    say("stands on", &case.cites.join("; "));
    if case.name == PLAIN {
        let same = report.outcomes.iter().filter(|other| other.at == outcome.at && follows(report, other));
        let same = same.map(|other| other.case.id).collect::<Vec<_>>().join(", ");
        if !same.is_empty() {
            say("also", &format!("{same}: it is admitted however it comes"));
        }
    }
    text
}

fn summary(report: &Report) -> String {
    let counts = [
        (Verdict::Pass, "passed"),
        (Verdict::Fail, "failed"),
        (Verdict::Inconclusive, "inconclusive"),
        (Verdict::Skipped, "skipped"),
    ];
    let counts = counts.map(|(verdict, word)| format!("{} {word}", report.count(verdict))).join(", ");
    let is_clean = report.worst().is_none() && report.is_conclusive();
    let end = if is_clean { ": each token opened its own server only" } else { "" };
    format!("{counts}{end}.")
}
