//! How held calls are shown. Whoever made the call chose much of what stands in it.

use serde_json::{Value, json};
use warded_core::UnixTime;
use warded_store::{Approval, Parameters};

use crate::report::{self, escaped};

pub(super) fn json(approval: &Approval) -> Value {
    let Approval { call, created, expires, ruling, ruled } = approval;
    // Digit by digit what was sent, and not what a reader makes of it.
    let (parameters, cut) = match &call.parameters {
        Parameters::Whole(all) => (Some(&**all), None),
        Parameters::Ends(ends) => {
            let sha256 = hex(&ends.sha256);
            let cut =
                json!({ "first": ends.first, "last": ends.last, "bytes": ends.bytes, "sha256": sha256 });
            (None, Some(cut))
        }
    };
    json!({
        "id": call.id.as_str(),
        "ruling": ruling.as_str(),
        "server": call.server,
        "target": call.target,
        "parameters": parameters,
        "parameters_cut": cut,
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
    match &call.parameters {
        Parameters::Whole(all) => text += &format!("\nmade with\n{}\n", escaped(all)),
        Parameters::Ends(ends) => {
            let (first, last) = (escaped(&ends.first), escaped(&ends.last));
            text += &format!("\nmade with, at its beginning\n{first}...\n\nat its end\n...{last}\n");
        }
    }
    if let Some(why) = hidden(approval) {
        text += &format!("\nNot all of it can be shown: {why}.\n");
    }
    text
}

/// Why nobody can look at all that would be approved; none where everybody can.
pub(super) fn hidden(approval: &Approval) -> Option<String> {
    match &approval.call.parameters {
        Parameters::Whole(_) => None,
        Parameters::Ends(ends) => {
            let kept = ends.first.len() + ends.last.len();
            let sha256 = hex(&ends.sha256);
            Some(format!("of {} bytes, {kept} are kept; the SHA-256 of all of them is {sha256}", ends.bytes))
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
