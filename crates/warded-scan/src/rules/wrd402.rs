//! A token is sent in the address of a server.

use std::collections::BTreeSet;

use crate::{
    configs::{
        check::{Check, Looked},
        secret,
    },
    finding::Finding,
    rule::{Rule, Severity, bad_file, good_file},
};

pub(super) const CHECK: Check = Check { rule: &RULE, find };

const RULE: Rule = Rule {
    id: "WRD402",
    name: "config-token-in-url",
    title: "A token is sent in the address of a server",
    severity: Severity::High,
    cwe: &[598],
    clauses: &[
        "MCP authorization, \"Token Requirements\": access tokens MUST NOT be included in the URI query string",
    ],
    why: "Addresses end up in the logs of every proxy and server on the way, in histories and in error messages.",
    fix: "Send the token in the `Authorization` header.",
    examples: &[
        bad_file(
            ".mcp.json",
            "{\"mcpServers\": {\"search\": {\"type\": \"http\", \"url\": \"https://search.example.com/mcp?api_key=${SEARCH_KEY}\"}}}\n",
        ),
        good_file(
            ".mcp.json",
            "{\"mcpServers\": {\"search\": {\"type\": \"http\", \"url\": \"https://search.example.com/mcp?index=docs\", \"headers\": {\"Authorization\": \"Bearer ${SEARCH_KEY}\"}}}}\n",
        ),
    ],
};

fn find(looked: &[Looked<'_>]) -> Vec<Finding> {
    let mut all = Vec::new();
    for looked in looked {
        for (_, held) in looked.held().filter(|(_, held)| held.is_in_query) {
            let message = format!("`{}` holds {} in the query of an address", held.piece.path, held.what);
            let mut finding = looked.finding(&RULE, held.text.span.clone(), message);
            finding.confidence = held.confidence;
            all.push(finding);
        }
        let mut seen = BTreeSet::new();
        let pieces = looked.servers.iter().flat_map(|server| &server.pieces);
        for mention in pieces.flat_map(secret::mentions).filter(|mention| mention.is_in_query) {
            if seen.insert(mention.text.span.start) {
                let message = format!("`{}` puts a token into the query of an address", mention.piece.path);
                all.push(looked.finding(&RULE, mention.text.span, message));
            }
        }
    }
    all
}
