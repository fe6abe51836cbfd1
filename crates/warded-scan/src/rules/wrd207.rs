//! The credential that a caller came with goes on to somebody else.

mod examples;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{Check, Found, Heeds, Seen, questions};
use crate::{
    flow::{
        event::Event,
        inbound::{has_headers, is_access_token},
        outbound::{Entry, Sent, headers, queries},
        value::Mark,
    },
    project::{Place, Project},
    rule::{Confidence, Rule, Severity},
};

pub(super) const CHECK: Check = Check { rule: &RULE, heeds: &[Heeds::Inbound], find };

/// Where somebody else says which headers go on.
pub(super) const NOTE: Check = Check { rule: &RULE, heeds: &[Heeds::Inbound], find: perhaps };

const RULE: Rule = Rule {
    id: "WRD207",
    name: "token-passthrough",
    title: "The caller's token is passed on",
    severity: Severity::Critical,
    cwe: &[441],
    clauses: &["MCP authorization, \"Access Token Privilege Restriction\": MUST NOT pass through the token"],
    why: "The token is for this server alone. Whoever gets it can use it here as if they were the caller, and whoever takes it \
          there cannot tell for whom it was issued.",
    fix: "Exchange the token for one that is for the other server (RFC 8693), or use a credential of this server's own; where \
          headers are copied, leave `Authorization` out.",
    examples: examples::EXAMPLES,
};

/// Words in the address of who issued the token: he is asked about it, and has it already.
const ISSUER: &[&str] = &[
    "introspect",
    "userinfo",
    "user_info",
    "user-info",
    "tokeninfo",
    "token_info",
    "token-info",
    "token_endpoint",
    "token_url",
    "tokenurl",
    "tokenendpoint",
    "oauth/token",
    "oauth2/token",
    "revoke",
    "revocation",
    "verif",
    "validate",
];

/// Addresses of the process itself, or of one beside it.
const ITSELF: &[&str] = &["http://localhost", "http://127.0.0.1", "http://[::1]", "http://testserver"];

/// What the address of the request that came in is called: whoever goes there with its headers goes on with that request.
const CAME_TO: &[&str] =
    &["req.url", "request.url", "req.raw", "req.raw.url", "request.nexturl", "request.raw"];

/// Functions that only find out whether a token is good.
const VERIFIERS: &[&str] = &[
    "verifytoken",
    "verifyaccesstoken",
    "validatetoken",
    "checktoken",
    "introspect",
    "introspecttoken",
    "userinfo",
    "getuserinfo",
    "fetchuserinfo",
    "loadaccesstoken",
    "tokeninfo",
];

fn find(seen: &Seen<'_>) -> Vec<Found> {
    let mut all: BTreeMap<Place, Found> = BTreeMap::new();
    let (mut handed, mut through) = (BTreeMap::new(), BTreeSet::new());
    for event in seen.ran.iter().flat_map(|(_, ran)| &ran.events) {
        if let Event::Handed { to, value, at, trail } = event {
            let (value, url) = (value.clone(), vec![to.clone()]);
            let sent = Sent { entries: Vec::new(), url, at: at.clone(), trail: Arc::clone(trail) };
            let entry = Entry { key: None, value, at: at.clone() };
            note(&mut handed, found(seen, &sent, &entry).into_iter());
        }
        if is_made_for_itself(seen, event) {
            continue;
        }
        for sent in headers(event) {
            let leaks: Vec<_> = sent.entries.iter().filter_map(|entry| found(seen, &sent, entry)).collect();
            through.extend(leaks.iter().flat_map(|_| sent.trail.iter().cloned()));
            note(&mut all, leaks.into_iter());
        }
        for sent in queries(event) {
            let tokens = sent.entries.iter().filter(|entry| {
                // What was read of a query is not what is written to one.
                entry.key.as_deref().is_some_and(is_access_token) && entry.value.marks.has(Mark::Inbound)
            });
            note(&mut all, tokens.filter_map(|entry| found(seen, &sent, entry)));
        }
    }
    // Where it is seen what a client does with it, that is told.
    let is_told = |at: &Place| {
        let around = |call: &Place| call.file == at.file && call.start <= at.start && at.end <= call.end;
        through.iter().any(around)
    };
    note(&mut all, handed.into_values().filter(|found: &Found| !is_told(&found.at)));
    all.into_values().collect()
}

/// Whether a request is made that nobody sends there: `new Request(..)` of JavaScript is what one's own handlers are called with
/// as well.
fn is_made_for_itself(seen: &Seen<'_>, event: &Event<'_>) -> bool {
    let Event::Called { what, at, .. } = event else { return false };
    let function = seen.project.innermost(at).map(|function| &seen.project.function(function).span);
    let text = function.and_then(|span| seen.project.file(at.file).text.get(span.clone()));
    &**what == "Request" && !text.is_some_and(|text| text.contains("fetch("))
}

/// One for each place: the surest.
fn note(all: &mut BTreeMap<Place, Found>, found: impl Iterator<Item = Found>) {
    for found in found {
        match all.get(&found.at) {
            Some(known) if known.confidence >= found.confidence => {}
            _ => {
                all.insert(found.at.clone(), found);
            }
        }
    }
}

/// Where headers go on one by one that a list of somebody else names: `Authorization` only where that is among them.
fn perhaps(seen: &Seen<'_>) -> Vec<Found> {
    let mut all = BTreeMap::new();
    for event in seen.ran.iter().flat_map(|(_, ran)| &ran.events) {
        if is_made_for_itself(seen, event) {
            continue;
        }
        for sent in headers(event) {
            let chosen = sent.entries.iter().filter(|entry| {
                let marks = &entry.value.marks;
                marks.has(Mark::Chosen) && !marks.has(Mark::Inbound) && !has_headers(marks)
            });
            let listed = chosen
                .filter(|entry| !is_for_issuer(&sent) && questions::is_repeated(seen.project, &entry.at));
            let told = listed.map(|entry| Found {
                at: entry.at.clone(),
                confidence: if seen.is_mcp() { Confidence::Medium } else { Confidence::Low },
                message: "headers of the caller go on to another server as a list says: `Authorization` too, where it is \
                          on it"
                    .to_owned(),
                steps: steps(&sent, entry, "the headers are put in here"),
            });
            note(&mut all, told);
        }
    }
    all.into_values().collect()
}

fn steps(sent: &Sent, entry: &Entry, says: &str) -> Vec<(Place, String)> {
    let calls = sent.trail.iter().map(|call| (call.clone(), "called from here".to_owned()));
    let mut steps: Vec<_> = calls.collect();
    if sent.at != entry.at {
        steps.push((sent.at.clone(), "the request is made here".to_owned()));
    }
    steps.push((entry.at.clone(), says.to_owned()));
    steps
}

fn found(seen: &Seen<'_>, sent: &Sent, entry: &Entry) -> Option<Found> {
    let itself = entry.value.marks.has(Mark::Inbound);
    if !(itself || has_headers(&entry.value.marks))
        || is_for_issuer(sent)
        || is_in_verifier(seen.project, sent, entry)
    {
        return None;
    }
    let message = match (&entry.key, itself) {
        (Some(key), true) => format!("the caller's credential goes on to another server, as `{key}`"),
        (None, true) => "the caller's credential goes on to another server".to_owned(),
        (_, false) => {
            "all headers of the caller go on to another server, `Authorization` among them".to_owned()
        }
    };
    let confidence = match (seen.is_mcp(), itself) {
        (true, true) => Confidence::High,
        (false, false) => Confidence::Low,
        _ => Confidence::Medium,
    };
    let steps = steps(sent, entry, "the credential is put in here");
    Some(Found { at: entry.at.clone(), confidence, message, steps })
}

/// Whoever issued it is asked about it, or nobody outside.
fn is_for_issuer(sent: &Sent) -> bool {
    let words: Vec<_> = sent.url.iter().map(|word| word.to_ascii_lowercase()).collect();
    words.iter().any(|word| ISSUER.iter().any(|known| word.contains(known)))
        || words.first().is_some_and(|first| {
            ITSELF.iter().any(|known| first.starts_with(known))
                || CAME_TO.iter().any(|known| first.ends_with(known))
        })
}

fn is_in_verifier(project: &Project<'_>, sent: &Sent, entry: &Entry) -> bool {
    let around = |place: &Place| {
        let functions = project.functions_of(place.file);
        let around = functions.map(|function| project.function(function)).filter(|function| {
            !function.name.is_empty()
                && function.span.start <= place.start as usize
                && place.end as usize <= function.span.end
        });
        around.min_by_key(|function| function.span.len()).map(|function| function.name.clone())
    };
    [&sent.at, &entry.at].into_iter().filter_map(around).any(|name| {
        let plain: String = name.chars().filter(char::is_ascii_alphabetic).collect();
        VERIFIERS.contains(&plain.to_ascii_lowercase().as_str())
    })
}
