//! A token is asked for without saying for which server, on some ways.

use super::{Check, Found, REQUESTS, Seen, wrd101};
use crate::{
    flow::{request::Asks, value::Presence},
    language::Language::Python,
    rule::{Confidence, Rule, Severity, bad, good},
};

pub(super) const CHECK: Check = Check { rule: &RULE, heeds: REQUESTS, find };

const RULE: Rule = Rule {
    id: "WRD105",
    name: "resource-conditional",
    title: "Only sometimes is it said for which server a token is",
    severity: Severity::Note,
    cwe: &[345],
    clauses: &[
        "MCP authorization, \"Resource Parameter Implementation\": MUST send regardless of whether AS supports it",
    ],
    why: "Where the condition does not hold, the token may open other servers too.",
    fix: "Send `resource` always; where nothing is configured, the URL of the server that is called.",
    examples: &[
        bad(
            Python,
            "import requests\n\ndef redeem(code, resource=None):\n    data = {\"grant_type\": \"authorization_code\", \"code\": code}\n    if resource:\n        data[\"resource\"] = resource\n    return requests.post(TOKEN_URL, data=data)\n",
        ),
        good(
            Python,
            "import requests\n\ndef redeem(code, resource=None):\n    data = {\"grant_type\": \"authorization_code\", \"code\": code}\n    data[\"resource\"] = resource or SERVER_URL\n    return requests.post(TOKEN_URL, data=data)\n",
        ),
    ],
};

fn find(seen: &Seen<'_>) -> Vec<Found> {
    wrd101::worst(seen, |asks| matches!(asks, Asks::Token(_) | Asks::Authorization))
        .into_iter()
        .filter(|(_, request, _)| request.resource == Presence::Maybe)
        .map(|(at, request, event)| {
            let mut steps = wrd101::steps(&request, event);
            if let Some((_, written)) = &request.value {
                steps.insert(0, (written.clone(), "`resource` is given here, on some ways".to_owned()));
            }
            Found {
                at,
                confidence: Confidence::High,
                message: "`resource` is in this request only under a condition".to_owned(),
                steps,
            }
        })
        .collect()
}
