//! How an inspected token is shown.

use serde_json::{Value, json};
use warded_core::{Refusal, UnixTime, danger::Unverified};

use super::judged::{Answered, Signature};
use crate::{
    cli::{Answer, Format},
    finding::Severity,
    report,
};

/// A text that is no JWT has nothing to show but why.
pub(super) fn unreadable(refusal: &Refusal, format: Format) -> Answer {
    let text = match format {
        Format::Json => {
            let answer = json!({ "readable": false, "faults": [as_value(refusal)] });
            report::document(&answer)
        }
        Format::Text => format!(
            "{}: {refusal}\n\n{}\nMore: `warded explain {}`\n",
            report::heading(refusal.code()),
            refusal.entry().advice,
            refusal.code(),
        ),
    };
    Answer { text, exit: Severity::High.exit_code() }
}

fn as_value(refusal: &Refusal) -> Value {
    json!({ "code": refusal.code(), "message": refusal.to_string(), "status": refusal.entry().status })
}

pub(super) fn as_json(
    token: &Unverified,
    faults: &[Refusal],
    servers: Option<&[Answered]>,
    signature: &Signature,
) -> String {
    let servers = servers.map(|servers| {
        let one = |answered: &Answered| {
            let refused = answered.outcome.as_ref().err().or(answered.lacks.as_ref());
            let waived = answered.outcome.iter().flatten().map(as_value).collect::<Vec<_>>();
            json!({
                "server": answered.server.name(),
                "resource": answered.server.resource().as_str(),
                "admitted": answered.is_open(),
                "refusal": refused.map(as_value),
                "waived": waived,
            })
        };
        servers.iter().map(one).collect::<Vec<_>>()
    });
    let (checked, good) = match signature {
        Signature::NotChecked => (false, None),
        Signature::Checked { outcome, .. } => (true, Some(outcome.is_ok())),
    };
    let answer = json!({
        "readable": true,
        "signature": { "checked": checked, "good": good },
        "header": token.header(),
        "claims": token.claims(),
        "faults": faults.iter().map(as_value).collect::<Vec<_>>(),
        "servers": servers,
    });
    report::document(&answer)
}

pub(super) fn as_text(
    token: &Unverified,
    faults: &[Refusal],
    servers: Option<&[Answered]>,
    signature: &Signature,
    now: UnixTime,
) -> String {
    let mut text = format!("{}\n{}\n", report::heading("Header"), members(token.header(), now));
    text += &format!("{}\n{}\n", report::heading("Claims"), members(token.claims(), now));
    text += &format!("{}\n  {}\n", report::heading("Signature"), signature.words());
    if let Signature::Checked { skipped, .. } = signature {
        for key in skipped {
            text += &format!("  left out: {key}\n");
        }
    }
    text += &format!("\n{}\n", report::heading("Measured by RFC 9068"));
    if faults.is_empty() {
        text += "  nothing wrong with it\n";
    }
    for fault in faults {
        text += &format!("  {}: {fault}\n", fault.code());
    }
    let recipients = token.claims().get("aud").and_then(Value::as_array).map_or(0, Vec::len);
    if recipients > 1 {
        text += &format!(
            "  note: it names {recipients} recipients; a server admits it only beside its companions\n"
        );
    }
    if let Some(servers) = servers {
        text += &format!("\n{}\n", report::heading("At the configured servers"));
        let row = |answered: &Answered| {
            let (verdict, why) = answered.words();
            vec![format!("  {}", answered.server.name()), verdict, why]
        };
        text += &report::table(&servers.iter().map(row).collect::<Vec<_>>());
        if matches!(signature, Signature::NotChecked) {
            text += "  (if its signature is good, which was not checked)\n";
        }
    }
    let is_open = servers.is_some_and(|servers| servers.iter().any(Answered::is_open));
    let refused = servers.into_iter().flatten().find_map(|answered| answered.outcome.as_ref().err());
    match faults.first().or(refused).filter(|_| !is_open) {
        Some(refusal) => text + &format!("\nMore: `warded explain {}`\n", refusal.code()),
        None => text,
    }
}

/// Members one by one, with times in words.
fn members(members: &serde_json::Map<String, Value>, now: UnixTime) -> String {
    let row = |(name, value): (&String, &Value)| {
        let shown = report::escaped(&value.to_string());
        let time =
            ["exp", "iat", "nbf", "auth_time"].contains(&name.as_str()).then(|| value.as_i64()).flatten();
        let words = time.map_or(String::new(), |at| report::moment(UnixTime::from_seconds(at), now));
        vec![format!("  {}", report::escaped(name)), shown, words]
    };
    report::table(&members.iter().map(row).collect::<Vec<_>>())
}
