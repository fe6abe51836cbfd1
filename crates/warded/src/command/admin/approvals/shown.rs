//! How held calls are shown. Whoever made the call chose much of what stands in it.

use serde_json::{Value, json};
use warded_core::UnixTime;
use warded_store::Approval;

use crate::report::{self, escaped};

/// No more of the arguments is shown to people; `--format json` has all of them.
const MAX_SHOWN: usize = 4_000;

pub(super) fn json(approval: &Approval) -> Value {
    let Approval { call, created, expires, ruling, ruled } = approval;
    // Digit by digit what was sent, and not what a reader makes of it.
    json!({
        "id": call.id.as_str(),
        "ruling": ruling.as_str(),
        "server": call.server,
        "target": call.target,
        "arguments": call.arguments,
        "rule": call.rule,
        "issuer": call.issuer,
        "subject": call.subject,
        "client": call.client,
        "created": created.seconds(),
        "expires": expires.seconds(),
        "by": ruled.as_ref().map(|ruled| &ruled.by),
        "at": ruled.as_ref().map(|ruled| ruled.at.seconds()),
    })
}

pub(super) fn listed(held: &[Approval], now: UnixTime) -> String {
    if held.is_empty() {
        return "no call waits\n".to_owned();
    }
    let mut rows =
        vec![["ID", "SERVER", "CALL", "CALLER", "RULE", "IS", "EXPIRES"].map(str::to_owned).to_vec()];
    rows.extend(held.iter().map(|approval| {
        let call = &approval.call;
        vec![
            call.id.to_string(),
            escaped(&call.server),
            escaped(&call.target),
            caller(approval),
            escaped(&call.rule),
            approval.ruling.as_str().to_owned(),
            format!("in {}", report::span_of_time(approval.expires.since(now).max(0))),
        ]
    }));
    report::table(&rows)
}

fn caller(approval: &Approval) -> String {
    let parts = [&approval.call.subject, &approval.call.client];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).map(|part| escaped(part)).collect();
    parts.join(" by ")
}

pub(super) fn one(approval: &Approval, now: UnixTime) -> String {
    let Approval { call, created, expires, ruling, ruled } = approval;
    let mut rows = vec![
        ("id", call.id.to_string()),
        ("it is", ruling.as_str().to_owned()),
        ("server", escaped(&call.server)),
        ("call", escaped(&call.target)),
        ("rule", escaped(&call.rule)),
        ("subject", escaped(&call.subject)),
        ("client", escaped(&call.client)),
        ("issuer", escaped(&call.issuer)),
        ("held since", report::moment(*created, now)),
        ("expires", report::moment(*expires, now)),
    ];
    if let Some(ruled) = ruled {
        rows.push(("said by", format!("{}, {}", escaped(&ruled.by), report::moment(ruled.at, now))));
    }
    let rows: Vec<_> = rows
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| vec![name.to_owned(), value])
        .collect();
    let mut text = report::table(&rows);
    match &call.arguments {
        Some(arguments) => {
            let shown: String = arguments.chars().take(MAX_SHOWN).collect();
            let more = if shown.len() < arguments.len() { "..." } else { "" };
            text += &format!("\narguments\n{}{more}\n", escaped(&shown));
        }
        None => {
            text += "\nits arguments are not kept: it has none, they are long, or a token stands in them\n"
        }
    }
    text
}
