//! A token in an address.

mod examples;
mod finders;
mod named;
mod switched;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::{Check, Found, Heeds, Seen};
use crate::{
    flow::{
        event::Event,
        inbound::{ACCESS_TOKENS, is_access_token},
        outbound::queries,
        value::{Mark, Shape, Value},
    },
    project::{FunctionRef, Place},
    rule::{Confidence, Rule, Severity},
};

pub(super) const CHECK: Check = Check { rule: &RULE, heeds: HEEDS, find: told };

/// Where it is read by a function that only others may use.
pub(super) const NOTE: Check = Check { rule: &RULE, heeds: HEEDS, find: offered };

const RULE: Rule = Rule {
    id: "WRD208",
    name: "token-in-query",
    title: "A token stands in an address",
    severity: Severity::High,
    cwe: &[598],
    clauses: &[
        "MCP authorization, \"Token Requirements\": access tokens MUST NOT be included in the URI query string",
    ],
    why: "Addresses are written to logs and histories, and go to other sites as the referrer; whoever reads them has the token.",
    fix: "Send the token in the `Authorization` header, and refuse requests that have it in the query.",
    examples: examples::EXAMPLES,
};

/// What tokens in queries are called, in every usual spelling; and those that may be tokens, in addresses alone.
const HEEDS: &[Heeds] = &[
    Heeds::Written(ACCESS_TOKENS),
    Heeds::Written(named::SETTINGS),
    Heeds::Queries(&[
        "token", "Token", "TOKEN", "jwt", "Jwt", "JWT", "bearer", "Bearer", "BEARER", "auth", "Auth", "AUTH",
    ]),
];

/// Words that say that a token is another one: for one use, one page, one form.
const OTHERS: &[&str] = &[
    "csrf",
    "xsrf",
    "reset",
    "page",
    "next",
    "invit",
    "confirm",
    "unsubscribe",
    "magic",
    "captcha",
    "continuation",
    "activat",
    "email",
    "e-mail",
    "upload",
    "download",
    "share",
    "device",
    "sync",
    "once",
    "ticket",
    "cursor",
];

/// Words that say that a token opens something for whoever has it.
const OURS: &[&str] = &["access", "bearer", "oauth", "jwt", "auth"];

fn told(seen: &Seen<'_>) -> Vec<Found> {
    find(seen, false)
}

fn offered(seen: &Seen<'_>) -> Vec<Found> {
    find(seen, true)
}

/// What is found at a place, and whether that is so only where somebody has set it.
struct Candidate {
    found: Found,
    /// The same for each way to come there: where the function is run by itself, and where it is called.
    alone: bool,
    called: Vec<bool>,
}

impl Candidate {
    fn is_conditional(&self) -> bool {
        self.alone || !self.called.is_empty() && self.called.iter().all(|is_switched| *is_switched)
    }
}

/// What is so under a condition only, or what is so anyhow.
fn find(seen: &Seen<'_>, conditional: bool) -> Vec<Found> {
    let is_wanted =
        |one: &Candidate| conditional == (one.is_conditional() || finders::is_offered(seen, &one.found.at));
    all(seen).into_values().filter(is_wanted).map(|one| one.found).collect()
}

fn all(seen: &Seen<'_>) -> BTreeMap<Place, Candidate> {
    let mut all: BTreeMap<Place, Candidate> = BTreeMap::new();
    let mut answers: BTreeMap<FunctionRef, bool> = BTreeMap::new();
    let mut switches = switched::Switches::new(seen);
    let mut note = |found: Option<Found>, trail: &[Place], is_configured: bool| {
        // Of a text and the longer one that it is a part of, one is told.
        let is_same = |known: &Found, found: &Found| {
            let (one, other) = (&known.at, &found.at);
            one.file == other.file
                && one != other
                && (one.start.max(other.start) < one.end.min(other.end))
                && known.message == found.message
        };
        let Some(found) = found else { return };
        if all.values().any(|known| is_same(&known.found, &found))
            || found.message.contains("`oauth_token`") && is_first_version(seen, &found.at)
        {
            return;
        }
        let alone = is_configured || switches.is_switched(&found.at);
        let called =
            (!trail.is_empty()).then(|| alone || trail.iter().any(|call| switches.is_switched(call)));
        if let Some(known) = all.get_mut(&found.at) {
            known.called.extend(called);
            known.alone &= alone;
            if known.found.confidence < found.confidence {
                known.found = found;
            }
        } else {
            let candidate = Candidate { alone, called: called.into_iter().collect(), found };
            all.insert(candidate.found.at.clone(), candidate);
        }
    };
    for event in seen.ran.iter().flat_map(|(_, ran)| &ran.events) {
        match event {
            Event::Asked { key, at, .. } if !is_access_token(key) && is_about_others(seen, at) => {}
            Event::Asked { at, .. }
                if super::requests::enclosing(seen.project, at).is_some_and(|function| {
                    *answers.entry(function).or_insert_with(|| is_answer_of_issuer(seen, function))
                }) => {}
            Event::Asked { key, at, trail, by_name: false } => {
                let found = Found {
                    at: at.clone(),
                    confidence: Confidence::Medium,
                    message: format!("the token is read from the query of a request, as `{key}`"),
                    steps: steps(trail, at, "read here"),
                };
                note(Some(found), trail, false);
            }
            Event::Asked { key, at, trail, by_name: true } if named::is_of_token(seen, key, at) => {
                let found = Found {
                    at: at.clone(),
                    confidence: Confidence::Medium,
                    message: format!("the token is read from the query of a request, as what `{key}` says"),
                    steps: steps(trail, at, "read here"),
                };
                note(Some(found), trail, true);
            }
            Event::Built { key, value, before, at, trail } => {
                let about = before.to_ascii_lowercase();
                let found = built(key, value, &about).map(|(confidence, message)| Found {
                    at: at.clone(),
                    confidence,
                    message,
                    steps: steps(trail, at, "put into the address here"),
                });
                note(found, trail, false);
            }
            _ => {}
        }
        for sent in queries(event) {
            let about = sent.url.join(" ").to_ascii_lowercase();
            for entry in &sent.entries {
                let Some(key) = &entry.key else { continue };
                let found = built(key, &entry.value, &about).map(|(confidence, message)| Found {
                    at: entry.at.clone(),
                    confidence,
                    message,
                    steps: steps(&sent.trail, &entry.at, "put into the query here"),
                });
                note(found, &sent.trail, false);
            }
        }
    }
    all
}

/// Whether it is the first version of OAuth, whose tokens are worth nothing without a signature.
fn is_first_version(seen: &Seen<'_>, at: &Place) -> bool {
    let text = &seen.project.file(at.file).text;
    ["oauth_verifier", "oauth_signature", "oauth_token_secret", "oauth_callback", "oauth_consumer_key"]
        .iter()
        .any(|word| text.contains(word))
}

fn steps(trail: &[Place], at: &Place, says: &str) -> Vec<(Place, String)> {
    let calls = trail.iter().map(|call| (call.clone(), "called from here".to_owned()));
    calls.chain([(at.clone(), says.to_owned())]).collect()
}

/// Whether that parameter of an address is a token, and how sure that is.
fn built(key: &str, value: &Value, about: &str) -> Option<(Confidence, String)> {
    let name = key.to_ascii_lowercase();
    let confidence = if is_access_token(&name) && name != "jwt" {
        Confidence::High
    } else if matches!(name.as_str(), "token" | "jwt" | "bearer" | "auth") && is_ours(value, about) {
        Confidence::Medium
    } else {
        return None;
    };
    Some((confidence, format!("a token is put into an address, as `{key}`")))
}

/// Parameters that are only called `token` are of many kinds: what it is says what it is called.
fn is_ours(value: &Value, about: &str) -> bool {
    let has = |text: &str, words: &[&str]| words.iter().any(|word| text.contains(word));
    if has(about, OTHERS) {
        return false;
    }
    value.marks.has(Mark::Inbound)
        || value.each().any(|one| match &one.shape {
            Shape::Unknown(Some(name)) | Shape::Foreign(name) => {
                let name = name.to_ascii_lowercase();
                has(&name, OURS) && !has(&name, OTHERS)
            }
            _ => false,
        })
}

/// How much of what stands before a function may say what it is for.
const BEFORE: usize = 120;

/// How much of a function is read for that.
const MOST_READ: usize = 4000;

/// Whether a function reads what an issuer sends back whoever has logged in there: a code or another token beside it, and
/// the state.
fn is_answer_of_issuer(seen: &Seen<'_>, function: FunctionRef) -> bool {
    let span = &seen.project.function(function).span;
    let text = seen.project.file(function.file).text.get(span.clone()).unwrap_or_default();
    let has =
        |name: &str| ['"', '\'', '`'].iter().any(|quote| text.contains(&format!("{quote}{name}{quote}")));
    has("state") && (has("code") || has("id_token"))
}

/// Whether what is only called `token` is one for one use, by what stands around it: `app.get('/verify-email', ..)`.
fn is_about_others(seen: &Seen<'_>, at: &Place) -> bool {
    let Some(function) = super::requests::enclosing(seen.project, at) else { return false };
    let span = &seen.project.function(function).span;
    let text = seen.project.file(at.file).text.as_bytes();
    let until = span.end.min(span.start.saturating_add(MOST_READ));
    let around = text.get(span.start.saturating_sub(BEFORE)..until.min(text.len())).unwrap_or_default();
    let around = String::from_utf8_lossy(around).to_ascii_lowercase();
    ["reset", "email", "invit", "unsubscribe", "magic", "confirm"].iter().any(|word| around.contains(word))
}
