//! A token is asked for without saying for which server.

use super::{Check, Found, REQUESTS, Seen};
use crate::{
    flow::{
        event::Event,
        request::{self, Asks, Grant, Request},
        value::Presence,
    },
    language::Language::{JavaScript, Python, TypeScript},
    project::Place,
    rule::{Confidence, Rule, Severity, bad, good},
};

pub(super) const CHECK: Check = Check { rule: &RULE, heeds: REQUESTS, find };

const RULE: Rule = Rule {
    id: "WRD101",
    name: "token-request-no-resource",
    title: "A token is asked for without saying for which server",
    severity: Severity::High,
    cwe: &[345],
    clauses: &["MCP authorization, \"Resource Parameter Implementation\" 1", "RFC 8707 §2.2"],
    why: "An authorization server that is not told for which server a token is gives one that opens several.",
    fix: "Send `resource` with the canonical URL of the MCP server in every token request.",
    examples: &[
        bad(
            Python,
            "import requests\n\ndef redeem(code):\n    data = {\"grant_type\": \"authorization_code\", \"code\": code}\n    return requests.post(TOKEN_URL, data=data)\n",
        ),
        good(
            Python,
            "import requests\n\ndef redeem(code):\n    data = {\"grant_type\": \"authorization_code\", \"code\": code}\n    data[\"resource\"] = SERVER_URL\n    return requests.post(TOKEN_URL, data=data)\n",
        ),
        bad(
            TypeScript,
            "export async function redeem(code: string) {\n  const body = new URLSearchParams({ grant_type: 'authorization_code', code });\n  return fetch(TOKEN_URL, { method: 'POST', body });\n}\n",
        ),
        good(
            TypeScript,
            "export async function redeem(code: string) {\n  const body = new URLSearchParams({ grant_type: 'authorization_code', code });\n  body.set('resource', SERVER_URL);\n  return fetch(TOKEN_URL, { method: 'POST', body });\n}\n",
        ),
        bad(
            JavaScript,
            "const axios = require('axios');\n\nexports.redeem = (code) => axios.post(TOKEN_URL, { grant_type: 'authorization_code', code });\n",
        ),
        good(
            JavaScript,
            "const axios = require('axios');\n\nexports.redeem = (code) =>\n  axios({ method: 'POST', url: TOKEN_URL, data: { grant_type: 'authorization_code', code, resource: SERVER_URL } });\n",
        ),
    ],
};

fn find(seen: &Seen<'_>) -> Vec<Found> {
    worst(seen, |asks| matches!(asks, Asks::Token(grant) if *grant != Grant::Refresh))
        .into_iter()
        .filter(|(_, request, _)| request.resource == Presence::Never)
        .map(|(at, request, event)| Found {
            at,
            confidence: Confidence::High,
            message: "this token request has no `resource`: the token may open other servers too".to_owned(),
            steps: steps(&request, event),
        })
        .collect()
}

/// Of all ways to each request, the one on which least is known of `resource`. Where parameters come from whoever calls,
/// only callers that are known count.
pub(super) fn worst<'s, 'p>(
    seen: &'s Seen<'p>,
    asks: impl Fn(&Asks) -> bool,
) -> Vec<(Place, Request, &'s Event<'p>)> {
    let mut all = Vec::new();
    for (at, events) in seen.by_place() {
        let requests = events.into_iter().filter_map(|event| Some((request::of(event)?, event)));
        let requests = requests.filter(|(request, _)| asks(&request.asks) && request.open.is_none());
        if let Some((request, event)) = requests.min_by_key(|(request, _)| request.resource) {
            all.push((at.clone(), request, event));
        }
    }
    all
}

/// How a request came to be.
pub(super) fn steps(request: &Request, event: &Event<'_>) -> Vec<(Place, String)> {
    let Event::Called { at, trail, .. } = event else { return Vec::new() };
    let born = request.born.iter().filter(|born| *born != at);
    let born = born.map(|born| (born.clone(), "the parameters are put together here".to_owned()));
    let calls = trail.iter().map(|call| (call.clone(), "called from here".to_owned()));
    let sent = std::iter::once((at.clone(), "sent here".to_owned()));
    calls.chain(born).chain(sent).collect()
}
