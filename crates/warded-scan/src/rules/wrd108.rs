//! Tokens of several servers are kept under one key.

mod keys;
#[cfg(test)]
mod tests;

use super::{Check, Found, Heeds, Seen, requests::enclosing};
use crate::{
    flow::{
        event::Event,
        request,
        value::{Mark, Shape, Value},
    },
    language::Language::{CSharp, Go, Java, JavaScript, Python, Rust, TypeScript},
    library::Does,
    rule::{Confidence, Rule, Severity, bad, good},
};

pub(super) const CHECK: Check = Check { rule: &RULE, heeds: &[Heeds::all(Does::Store)], find };

/// Where it may be that nobody else has the same store.
pub(super) const NOTE: Check = Check { rule: &RULE, heeds: &[Heeds::all(Does::Store)], find: perhaps };

const RULE: Rule = Rule {
    id: "WRD108",
    name: "token-cache-not-resource-keyed",
    title: "Tokens are kept under a key that does not say for which server they are",
    severity: Severity::High,
    cwe: &[524, 345],
    clauses: &[
        "MCP authorization, \"Authorization Server Binding\"",
        "MCP authorization: MUST NOT send tokens to the MCP server other than ones issued for it",
    ],
    why: "The token of one server is found when another one is asked for, and sent there.",
    fix: "Make the issuer and the `resource` both part of the key.",
    examples: &[
        bad(
            Python,
            "import keyring\n\ndef keep(client_id, resource, token):\n    keyring.set_password(\"tokens\", f\"oauth-{client_id}\", token)\n",
        ),
        good(
            Python,
            "import keyring\n\ndef keep(client_id, resource, token):\n    keyring.set_password(\"tokens\", f\"oauth-{client_id}-{resource}\", token)\n",
        ),
        bad(
            TypeScript,
            "import keytar from 'keytar';\n\nexport const keep = (issuer: string, resource: string, token: string) =>\n  keytar.setPassword('tokens', `${issuer}`, token);\n",
        ),
        good(
            TypeScript,
            "import keytar from 'keytar';\n\nexport const keep = (issuer: string, resource: string, token: string) =>\n  keytar.setPassword('tokens', `${issuer} ${resource}`, token);\n",
        ),
        bad(
            JavaScript,
            "const keytar = require('keytar');\n\nexports.keep = (clientId, resource, token) => keytar.setPassword('tokens', clientId, token);\n",
        ),
        good(
            JavaScript,
            "const keytar = require('keytar');\n\nexports.keep = (clientId, resource, token) => keytar.setPassword('tokens', clientId + resource, token);\n",
        ),
        bad(
            Go,
            "package a\n\nimport \"github.com/zalando/go-keyring\"\n\nfunc keep(issuer, resource, token string) error {\n\treturn keyring.Set(\"tokens\", issuer, token)\n}\n",
        ),
        good(
            Go,
            "package a\n\nimport \"github.com/zalando/go-keyring\"\n\nfunc keep(issuer, resource, token string) error {\n\treturn keyring.Set(\"tokens\", issuer+\" \"+resource, token)\n}\n",
        ),
        bad(
            Rust,
            "fn keep(issuer: &str, resource: &str) -> keyring::Result<keyring::Entry> {\n    keyring::Entry::new(\"tokens\", &format!(\"{issuer}\"))\n}\n",
        ),
        good(
            Rust,
            "fn keep(issuer: &str, resource: &str) -> keyring::Result<keyring::Entry> {\n    keyring::Entry::new(\"tokens\", &format!(\"{issuer} {resource}\"))\n}\n",
        ),
        bad(
            Java,
            "class Tokens {\n    Token find(String issuer, String clientId, String resource) {\n        String tokenKey = issuer + \" \" + clientId;\n        return tokens.get(tokenKey);\n    }\n}\n",
        ),
        good(
            Java,
            "class Tokens {\n    Token find(String issuer, String clientId, String resource) {\n        String tokenKey = issuer + \" \" + clientId + \" \" + resource;\n        return tokens.get(tokenKey);\n    }\n}\n",
        ),
        bad(
            CSharp,
            "class Tokens\n{\n    Token Find(string issuer, string clientId, string resource)\n    {\n        var tokenKey = $\"{issuer} {clientId}\";\n        return tokens[tokenKey];\n    }\n}\n",
        ),
        good(
            CSharp,
            "class Tokens\n{\n    Token Find(string issuer, string clientId, string resource)\n    {\n        var tokenKey = $\"{issuer} {clientId} {resource}\";\n        return tokens[tokenKey];\n    }\n}\n",
        ),
    ],
};

fn find(seen: &Seen<'_>) -> Vec<Found> {
    let named = keys::of_nobody(seen).into_iter().map(|at| Found {
        steps: vec![(at.clone(), "the key is made here".to_owned())],
        at,
        confidence: Confidence::Medium,
        message: "this key of tokens does not say for which server they are: one is found for another"
            .to_owned(),
    });
    let by_name = keys::of_names(seen).into_iter().map(|at| Found {
        steps: vec![(at.clone(), "kept here".to_owned())],
        at,
        confidence: Confidence::Medium,
        message: "tokens are kept by the name of a server alone: whatever server gets that name gets them"
            .to_owned(),
    });
    let known = named.chain(by_name).collect();
    kept(seen, false, "tokens are kept by WHAT alone: the token of one server is found for another", known)
}

fn perhaps(seen: &Seen<'_>) -> Vec<Found> {
    let known = find(seen);
    let told = known.len();
    kept(
        seen,
        true,
        "tokens are kept by WHAT alone: where clients of several servers share this, they share tokens",
        known,
    )
    .split_off(told)
}

/// Where tokens are kept, or looked up, under the name of an issuer or a client; in a store of which that much is known.
/// What is told of a place already stays what is told of it.
fn kept(seen: &Seen<'_>, is_own: bool, message: &str, mut all: Vec<Found>) -> Vec<Found> {
    for event in seen.ran.iter().flat_map(|(_, ran)| &ran.events) {
        let Event::Called { known, at, .. } = event else { continue };
        if known.does != Does::Store || known.lenient != is_own || all.iter().any(|found| found.at == *at) {
            continue;
        }
        let Some(of) = known.key.as_ref().and_then(|path| request::given(event, std::slice::from_ref(path)))
        else {
            continue;
        };
        let Some(what) = names_only(&of) else { continue };
        // An issuer keeps tokens by their clients, and is right to. Where one function looks several times, one note is
        // enough.
        let around = enclosing(seen.project, at);
        let is_told = all.iter().any(|found| enclosing(seen.project, &found.at) == around);
        if is_own && (what != ISSUER || is_told) {
            continue;
        }
        all.push(Found {
            at: at.clone(),
            confidence: Confidence::Medium,
            message: message.replace("WHAT", what),
            steps: vec![(at.clone(), "kept or looked up here".to_owned())],
        });
    }
    all
}

/// What a key is that is the name of an issuer.
const ISSUER: &str = "their issuer";

/// What a key is made of, where that is an issuer or a client and nothing that could be a server.
fn names_only(key: &Value) -> Option<&'static str> {
    let (parts, whole) = match &key.shape {
        Shape::Template(parts) => (parts.as_ref(), false),
        _ => (std::slice::from_ref(key), true),
    };
    let is_about = |part: &Value| part.marks.has(Mark::Issuer) || part.marks.has(Mark::Client);
    let is_fixed = |part: &Value| part.text().is_some();
    let all_known = parts
        .iter()
        .all(|part| (is_about(part) && !part.marks.has(Mark::Server)) || (!whole && is_fixed(part)));
    (all_known && parts.iter().any(is_about))
        .then(|| if parts.iter().any(|part| part.marks.has(Mark::Issuer)) { ISSUER } else { "their client" })
}
