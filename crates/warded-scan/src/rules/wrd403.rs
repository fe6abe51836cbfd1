//! Two servers are given the same secret.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::Arc,
};

use crate::{
    configs::{
        check::{Check, Looked},
        refer::Source,
        secret,
        server::{Role, Server},
    },
    finding::{Finding, Leads},
    rule::{Rule, Severity, bad_file, good_file},
};

pub(super) const CHECK: Check = Check { rule: &RULE, find };

const RULE: Rule = Rule {
    id: "WRD403",
    name: "config-shared-token",
    title: "Two servers are given the same secret",
    severity: Severity::High,
    cwe: &[522],
    clauses: &[
        "MCP authorization, \"Token Handling\": clients MUST NOT send tokens to the MCP server other than ones issued for it",
    ],
    why: "Each of the servers can call the other one in the name of the user.",
    fix: "Get a token of its own for each server.",
    examples: &[
        bad_file(
            ".mcp.json",
            "{\"mcpServers\": {\n  \"files\": {\"url\": \"https://files.example.com/mcp\", \"headers\": {\"Authorization\": \"Bearer ${TOKEN}\"}},\n  \"mail\": {\"url\": \"https://mail.example.net/mcp\", \"headers\": {\"Authorization\": \"Bearer ${TOKEN}\"}}\n}}\n",
        ),
        good_file(
            ".mcp.json",
            "{\"mcpServers\": {\n  \"files\": {\"url\": \"https://files.example.com/mcp\", \"headers\": {\"Authorization\": \"Bearer ${FILES_TOKEN}\"}},\n  \"mail\": {\"url\": \"https://mail.example.net/mcp\", \"headers\": {\"Authorization\": \"Bearer ${MAIL_TOKEN}\"}}\n}}\n",
        ),
    ],
};

/// What makes two secrets the same one. It holds secrets, so there is no way to print it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Same {
    Value(String),
    Source(Source),
    /// An input of one file.
    Input(Arc<str>, String),
}

/// Where a secret goes.
struct Use<'l> {
    looked: &'l Looked<'l>,
    origin: String,
    path: String,
    span: Range<usize>,
}

fn find(looked: &[Looked<'_>]) -> Vec<Finding> {
    let mut uses: BTreeMap<Same, Vec<Use<'_>>> = BTreeMap::new();
    for looked in looked {
        for server in &looked.servers {
            let Some(origin) = server.origin() else { continue };
            for (same, path, span) in secrets(looked, server) {
                let one = Use { looked, origin: origin.clone(), path, span };
                uses.entry(same).or_default().push(one);
            }
        }
    }
    uses.into_values().flat_map(shared).collect()
}

/// Everything secret that a server is given.
fn secrets(looked: &Looked<'_>, server: &Server) -> Vec<(Same, String, Range<usize>)> {
    let held = server.pieces.iter().flat_map(secret::held);
    let held = held.map(|held| (Same::Value(held.text.value), held.piece.path.clone(), held.text.span));
    // What the server's own environment gives is that server's, whatever it is called.
    let own = server.pieces.iter().filter_map(|piece| match &piece.role {
        Role::Named(name) => Some(name.as_str()),
        _ => None,
    });
    let own: BTreeSet<_> = own.collect();
    let mentions = server.pieces.iter().flat_map(secret::mentions);
    let mentions = mentions.filter_map(|mention| {
        let same = match mention.source {
            Source::Variable(name) => {
                let is_itself = matches!(&mention.piece.role, Role::Named(own) if *own == name);
                if own.contains(name.as_str()) && !is_itself {
                    return None;
                }
                Same::Source(Source::Variable(name))
            }
            Source::Input(name) => Same::Input(looked.path(), name),
            kept @ Source::Kept(_) => Same::Source(kept),
        };
        Some((same, mention.piece.path.clone(), mention.text.span))
    });
    held.chain(mentions).collect()
}

/// One finding for each further server that gets it.
fn shared(uses: Vec<Use<'_>>) -> Vec<Finding> {
    let mut uses = uses.into_iter();
    let Some(first) = uses.next() else { return Vec::new() };
    let mut origins = BTreeSet::from([first.origin.clone()]);
    let mut all = Vec::new();
    for other in uses {
        if !origins.insert(other.origin.clone()) {
            continue;
        }
        let message = format!("`{}` gives this server the secret that another server gets too", other.path);
        let mut finding = other.looked.finding(&RULE, other.span.clone(), message);
        let step = |looked: &Looked<'_>, span: &Range<usize>, says: String| Leads {
            spot: looked.spot(span.clone()),
            says,
        };
        finding.steps = vec![
            step(first.looked, &first.span, format!("`{}` gives it to one server", first.path)),
            step(other.looked, &other.span, format!("`{}` gives it to another", other.path)),
        ];
        all.push(finding);
    }
    all
}
