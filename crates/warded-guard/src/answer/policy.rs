//! What is a caller told whose call the policy did not let through? As Intercept's policy format says it, so that agents read it:
//! a denied tool call is answered with a result that is an error, and a held one with an error of its own.

use serde_json::{Value, json};
use warded_core::UnixTime;
use warded_policy::rfc3339;

use super::Asked;
use crate::call::{Call, Kind, Message, Revision};

/// What stands before every denial.
const DENIED: &str = "[INTERCEPT POLICY DENIED] ";
/// What stands before every call that waits.
const HELD: &str = "[INTERCEPT APPROVAL REQUIRED] ";
/// JSON-RPC 2.0 §5.1: for servers to define. A denial of what is no tool has no result to be told in.
const NOT_PERMITTED: i32 = -32000;
/// The format's own.
const APPROVAL_REQUIRED: i32 = -32003;

/// What is said of one message.
#[derive(Debug)]
pub(crate) enum Said {
    /// It is denied.
    Denied(Box<str>),
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
        let answers = call.messages().iter().enumerate().filter_map(|(at, message)| {
            let said = said.iter().find(|(place, _)| *place == at).map(|(_, said)| said);
            answer(message, said, call.revision())
        });
        let mut answers: Vec<_> = answers.collect();
        // A batch is answered with a list (JSON-RPC 2.0 §6).
        let answer = if call.is_batch() { Value::Array(answers) } else { answers.pop().unwrap_or_default() };
        self.said = Some(answer.to_string().into());
    }
}

fn answer(message: &Message, said: Option<&Said>, revision: Revision) -> Option<Value> {
    Some(match said {
        Some(Said::Denied(why)) if message.method() == Some("tools/call") => {
            let mut result =
                json!({ "content": [{ "type": "text", "text": format!("{DENIED}{why}") }], "isError": true });
            if revision >= Revision::V2026_07_28 {
                // Its results say whether they are all of it.
                result["resultType"] = "complete".into();
            }
            json!({ "jsonrpc": "2.0", "id": message.id(), "result": result })
        }
        Some(Said::Denied(why)) => {
            let error = json!({ "code": NOT_PERMITTED, "message": format!("{DENIED}{why}"), "data": { "code": "policy-denied" } });
            json!({ "jsonrpc": "2.0", "id": message.id(), "error": error })
        }
        Some(Said::Held { message: why, approval, expires }) => {
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
        None if message.kind() == Kind::Request => {
            let why = "not made: another call of this batch was not let through";
            json!({ "jsonrpc": "2.0", "id": message.id(), "error": { "code": NOT_PERMITTED, "message": why } })
        }
        None => return None,
    })
}
