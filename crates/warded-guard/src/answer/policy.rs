//! What is a caller told whose call the policy did not let through? As Intercept's policy format says it, so that agents read it:
//! a denied tool call is answered with a result that is an error, and a held one with an error of its own.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use warded_core::UnixTime;
use warded_policy::rfc3339;

use super::Asked;
use crate::call::{Call, Kind, Message, Revision};

/// What stands before every denial.
const DENIED: &str = "[INTERCEPT POLICY DENIED] ";
/// What stands before every call that waits.
const HELD: &str = "[INTERCEPT APPROVAL REQUIRED] ";
/// What an agent reads that asked for too much at once.
const TOO_MUCH: &str = "This is more than the policy can judge at once; ask for less in one request";
/// JSON-RPC 2.0 §5.1: for servers to define. A denial of what is no tool has no result to be told in.
const NOT_PERMITTED: i32 = -32000;
/// The format's own.
const APPROVAL_REQUIRED: i32 = -32003;

/// What is said of one message.
#[derive(Debug)]
pub(crate) enum Said {
    /// It is denied.
    Denied(Box<str>),
    /// It is more than is judged.
    Undecidable,
    /// It waits.
    Held {
        /// What the rule says.
        message: Box<str>,
        /// What it is called where it is approved.
        approval: Box<str>,
        /// How long it waits.
        expires: UnixTime,
    },
}

impl Asked {
    /// Answers a call of which some messages are not let through, by their places: none of it is made.
    pub(crate) fn says(&mut self, call: &Call, said: &[(usize, Said)]) {
        // The first that is said of a message; looked up, since a batch may have many.
        let said: BTreeMap<_, _> = said.iter().rev().map(|(place, said)| (*place, said)).collect();
        let answers = call.messages().iter().enumerate();
        let answers =
            answers.filter_map(|(at, message)| answer(message, said.get(&at).copied(), call.revision()));
        let mut answers: Vec<_> = answers.collect();
        // A batch is answered with a list (JSON-RPC 2.0 §6).
        let answer = if call.is_batch() { Value::Array(answers) } else { answers.pop().unwrap_or_default() };
        self.said = Some(answer.to_string().into());
    }
}

fn answer(message: &Message, said: Option<&Said>, revision: Revision) -> Option<Value> {
    let (denied, code) = match said {
        Some(Said::Denied(why)) => (Some(&**why), "policy-denied"),
        Some(Said::Undecidable) => (Some(TOO_MUCH), "policy-undecidable"),
        _ => (None, ""),
    };
    Some(match (denied, said) {
        (Some(why), _) if message.method() == Some("tools/call") => {
            let mut result =
                json!({ "content": [{ "type": "text", "text": format!("{DENIED}{why}") }], "isError": true });
            if revision >= Revision::V2026_07_28 {
                // Its results say whether they are all of it.
                result["resultType"] = "complete".into();
            }
            json!({ "jsonrpc": "2.0", "id": message.id(), "result": result })
        }
        (Some(why), _) => {
            let error = json!({ "code": NOT_PERMITTED, "message": format!("{DENIED}{why}"), "data": { "code": code } });
            json!({ "jsonrpc": "2.0", "id": message.id(), "error": error })
        }
        (None, Some(Said::Held { message: why, approval, expires })) => {
            let how = format!(
                "Ask whoever runs this server to approve it (`warded approvals approve {approval}`), then make the very same call again."
            );
            let data = json!({
                "approval_id": approval,
                "expires_at": rfc3339(*expires),
                "human_instructions": how,
            });
            let error = json!({ "code": APPROVAL_REQUIRED, "message": format!("{HELD}{why}"), "data": data });
            json!({ "jsonrpc": "2.0", "id": message.id(), "error": error })
        }
        _ if message.kind() == Kind::Request => {
            let why = "not made: another call of this batch was not let through";
            json!({ "jsonrpc": "2.0", "id": message.id(), "error": { "code": NOT_PERMITTED, "message": why } })
        }
        _ => return None,
    })
}
