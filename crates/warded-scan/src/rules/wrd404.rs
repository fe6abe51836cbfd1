//! A server on a network is called without protection.

use crate::{
    configs::{
        address, bridge,
        check::{Check, Looked},
        mend::without,
        server::{Piece, Role, Server},
        words::Word,
    },
    finding::{Edit, Finding, Fix},
    rule::{Rule, Severity, bad_file, good_file},
};

pub(super) const CHECK: Check = Check { rule: &RULE, find };

const RULE: Rule = Rule {
    id: "WRD404",
    name: "config-insecure-remote",
    title: "A server on a network is called without protection",
    severity: Severity::Medium,
    cwe: &[319],
    clauses: &[
        "MCP authorization, \"Communication Security\"",
        "MCP authorization, \"Resource Parameter Implementation\"",
    ],
    why: "Whoever is on the way reads the token and everything that is done with it; and a token that was asked for without saying for which server opens others too.",
    fix: "Call the server by `https://`, and leave out options that switch protection off.",
    examples: &[
        bad_file(
            ".cursor/mcp.json",
            "{\"mcpServers\": {\"files\": {\"url\": \"http://files.example.com/mcp\"}}}\n",
        ),
        good_file(
            ".cursor/mcp.json",
            "{\"mcpServers\": {\"files\": {\"url\": \"https://files.example.com/mcp\"}}}\n",
        ),
        good_file(
            ".cursor/mcp.json",
            "{\"mcpServers\": {\"files\": {\"url\": \"http://localhost:8080/mcp\"}}}\n",
        ),
        bad_file(
            ".mcp.json",
            "{\"mcpServers\": {\"files\": {\"command\": \"npx\", \"args\": [\"mcp-remote@0.1.29\", \"https://files.example.com/mcp\", \"--allow-http\"]}}}\n",
        ),
    ],
};

fn find(looked: &[Looked<'_>]) -> Vec<Finding> {
    let mut all = Vec::new();
    for looked in looked {
        for server in &looked.servers {
            let before = all.len();
            plain(looked, server, &mut all);
            let is_plain = all.len() > before;
            if bridge::bridge(&server.words).is_some() {
                switched_off(looked, server, is_plain, &mut all);
            }
        }
    }
    all
}

fn plain(looked: &Looked<'_>, server: &Server, all: &mut Vec<Finding>) {
    for piece in server.pieces.iter().filter(|piece| matches!(piece.role, Role::Url { is_server: true })) {
        let address = address::parse(&piece.text.value);
        if address.is_some_and(|address| address.is_plain() && address.is_settled() && !address.is_local()) {
            let message = format!("`{}` is called over plain http", piece.path);
            let mut finding = looked.finding(&RULE, piece.text.span.clone(), message);
            finding.fix = protected(looked, piece);
            all.push(finding);
        }
    }
}

/// The same address with `https`; which port would be the other one is not known where one is named.
fn protected(looked: &Looked<'_>, piece: &Piece) -> Option<Fix> {
    let rest = piece.text.value.strip_prefix("http://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let has_port =
        authority.rsplit_once(':').is_some_and(|(_, port)| port.bytes().all(|c| c.is_ascii_digit()));
    let start = piece.text.span.start;
    let is_there = looked.source.get(start..start + 4) == Some("http");
    (piece.text.exact && is_there && !has_port).then(|| Fix {
        says: "call it by `https://`".to_owned(),
        safe: true,
        edits: vec![Edit { spot: looked.spot(start..start + 4), text: "https".to_owned() }],
        mode: None,
    })
}

/// The options of a bridge that switch protection off.
fn switched_off(looked: &Looked<'_>, server: &Server, is_plain: bool, all: &mut Vec<Finding>) {
    let is_local = server.is_local();
    for (at, word) in server.words.iter().enumerate() {
        let next = server.words.get(at + 1).map(|word| word.text.value.as_str());
        let mut gone = vec![word];
        let (message, safe) = match word.text.value.as_str() {
            // Where plain http is used, that was said; on this machine it does no harm.
            "--allow-http" if !is_plain && !is_local => ("lets this bridge call over plain http", true),
            text if drops_resource(text, next) => {
                gone.extend(server.words.get(at + 1).filter(|_| text == "--resource"));
                ("makes this bridge ask for tokens without saying for which server", false)
            }
            _ => continue,
        };
        let mut finding = at_word(looked, word, message);
        finding.fix = without(looked, &gone, &format!("leave `{}` out", word.text.value), safe);
        all.push(finding);
    }
}

fn drops_resource(text: &str, next: Option<&str>) -> bool {
    let is_none = |value: &str| {
        matches!(
            value.trim_matches(['"', '\'']).to_ascii_lowercase().as_str(),
            "" | "none" | "null" | "off" | "false"
        )
    };
    match text {
        "--no-resource" | "--omit-resource" | "--skip-resource" => true,
        "--resource" => next.is_some_and(is_none),
        _ => text.strip_prefix("--resource=").is_some_and(is_none),
    }
}

fn at_word(looked: &Looked<'_>, word: &Word, message: &str) -> Finding {
    looked.finding(&RULE, word.text.span.clone(), format!("`{}` {message}", word.path))
}
