//! What does a rule do, and how long does a call wait where it waits?

use std::time::Duration;

use super::{
    fields::Fields,
    findings::{Findings, shown},
};
use crate::{Action, Finding, duration, finding::table, nearest};

/// How long a call waits where nothing else is said.
const APPROVAL_TIMEOUT: Duration = Duration::from_mins(10);

const ACTIONS: [&str; 3] = ["evaluate", "deny", "require_approval"];

/// Reads the action; one that is none is taken for the usual one, once that is said.
pub(super) fn action(fields: &Fields<'_, '_>, found: &mut Findings) -> Action {
    let timeout = timeout(fields, found);
    let Some(node) = fields.get("action") else {
        unused(fields, found);
        return Action::Evaluate;
    };
    match found.text(node, "action") {
        Some("require_approval") => {
            let message = "what `require_approval` means is known from Intercept's pages only (provisional)";
            found.say(Finding::new(&table::PROVISIONAL, node.at.range(), message, "may still change"));
            return Action::RequireApproval { timeout };
        }
        Some("deny") => {
            unused(fields, found);
            return Action::Deny;
        }
        None | Some("" | "evaluate") => unused(fields, found),
        Some(other) => {
            let message = format!("`{}` is no action", shown(other));
            let finding = Finding::new(&table::ACTION, node.at.range(), message, "unknown action");
            found.say(match (meant(other), nearest(other, ACTIONS.into_iter())) {
                (Some(help), _) => finding.help(help),
                (None, Some(meant)) => finding.help(format!("Did you mean `{meant}`?")),
                (None, None) => finding,
            });
        }
    }
    Action::Evaluate
}

/// What others call it.
fn meant(action: &str) -> Option<&'static str> {
    Some(match &*action.to_ascii_lowercase() {
        "allow" | "permit" | "accept" | "pass" | "approve" | "ok" => {
            "No rule lets a call pass that another one denies. `evaluate` denies where its `conditions` do not hold; a tool that is to be called without conditions has none: `NAME: {}`."
        }
        "block" | "forbid" | "reject" | "refuse" | "drop" | "disallow" => "Did you mean `deny`?",
        "ask" | "confirm" | "hold" | "approval" | "prompt" => "Did you mean `require_approval`?",
        "hide" => "What nobody is to see stands in the list `hide:` of the file.",
        "log" | "warn" | "audit" | "shadow" | "dry_run" => {
            "A rule that only looks has `shadow: true` beside its action."
        }
        "limit" | "rate_limit" | "throttle" => "Write `rate_limit: 5/minute`, without an action.",
        _ => return None,
    })
}

fn timeout(fields: &Fields<'_, '_>, found: &mut Findings) -> Duration {
    let Some(node) = fields.get("approval_timeout") else { return APPROVAL_TIMEOUT };
    let Some(text) = found.text(node, "approval_timeout") else { return APPROVAL_TIMEOUT };
    duration::parse(text).unwrap_or_else(|why| {
        let message = format!("`{}` as `approval_timeout`: {why}", shown(text));
        found.say(Finding::new(&table::DURATION, node.at.range(), message, "this value"));
        APPROVAL_TIMEOUT
    })
}

fn unused(fields: &Fields<'_, '_>, found: &mut Findings) {
    if let Some(at) = fields.at("approval_timeout") {
        let message = "`approval_timeout` at a rule that holds nothing";
        found.say(Finding::new(&table::TIMEOUT_UNUSED, at.range(), message, "without effect"));
    }
}
