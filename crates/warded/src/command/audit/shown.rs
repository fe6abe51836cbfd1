//! How is a record shown? To people as a row, to programs as its own JSON.

use serde_json::Value;
use warded_store::journal::segments::Record;

use crate::report;

/// What stands over the columns.
pub(super) fn head() -> Vec<String> {
    ["TIME (UTC)", "WHAT CAME OF IT", "SERVER", "ASKED", "WHO", "FROM", "TOKEN"].map(str::to_owned).to_vec()
}

/// A record in columns. Names are the callers' and the issuers' own: none of them is shown as it is.
pub(super) fn row(record: &Record<'_>) -> Vec<String> {
    let text = |text: &Option<std::borrow::Cow<'_, str>>| {
        text.as_deref().map_or_else(|| "-".to_owned(), report::escaped)
    };
    vec![
        time(record.time),
        outcome(record),
        place(record),
        asked(record),
        who(record),
        text(&record.from),
        text(&record.token),
    ]
}

/// A moment, to the second.
pub(super) fn time(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds)
        .map_or_else(|_| seconds.to_string(), |at| at.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// The record as JSON, in one line.
pub(super) fn json(record: &Record<'_>) -> String {
    let value = serde_json::to_value(record).unwrap_or(Value::Null);
    report::line(&value)
}

fn outcome(record: &Record<'_>) -> String {
    let count = record.count.unwrap_or(0);
    let code = record.code.as_deref();
    match &*record.event {
        "counted" => format!("refused {} ×{count}", code.map(report::escaped).unwrap_or_default()),
        "lost" => format!("{count} records lost"),
        "unbound" => "no resource".to_owned(),
        "act" if record.outcome.is_none() => "by hand".to_owned(),
        "act" => "failed by hand".to_owned(),
        "call" if record.outcome.is_none() => "open".to_owned(),
        "call" | "refused" | "stray" | "unproven" => {
            let outcome = record.outcome.as_deref().map(report::escaped).unwrap_or_default();
            let why = code.map(report::escaped).or_else(|| record.status.map(|status| status.to_string()));
            format!("{outcome} {}", why.unwrap_or_default()).trim_end().to_owned()
        }
        other => report::escaped(other),
    }
}

fn place(record: &Record<'_>) -> String {
    record.server.as_deref().map_or_else(|| "-".to_owned(), report::escaped)
}

fn asked(record: &Record<'_>) -> String {
    match &*record.event {
        "stray" => match record.meant.as_deref() {
            Some(meant) => format!("(a token for {})", report::escaped(meant)),
            None => "(a token for nobody)".to_owned(),
        },
        "unproven" => "(a token that is not known)".to_owned(),
        "unbound" => {
            format!("{} at {}", said(record.endpoint.as_deref()), said(record.issuer.as_deref()))
        }
        _ => {
            let words = record.method.iter().chain(&record.names).map(|word| report::escaped(word));
            let asked = words.collect::<Vec<_>>().join(" ");
            if asked.is_empty() { "-".to_owned() } else { asked }
        }
    }
}

fn said(text: Option<&str>) -> String {
    text.map_or_else(|| "?".to_owned(), report::escaped)
}

fn who(record: &Record<'_>) -> String {
    match (record.subject.as_deref(), record.client.as_deref()) {
        (Some(subject), Some(client)) => {
            format!("{} via {}", report::escaped(subject), report::escaped(client))
        }
        (Some(one), None) | (None, Some(one)) => report::escaped(one),
        (None, None) => "-".to_owned(),
    }
}
