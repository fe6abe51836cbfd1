//! The program that holds a token is another one each time it is fetched.

use crate::{
    configs::{
        bridge,
        check::{Check, Looked},
    },
    finding::Finding,
    rule::{Rule, Severity, bad_file, good_file},
};

pub(super) const CHECK: Check = Check { rule: &RULE, find };

const RULE: Rule = Rule {
    id: "WRD406",
    name: "config-unpinned-bridge",
    title: "The program that gets the token is whatever was published last",
    severity: Severity::Medium,
    cwe: &[494, 829],
    clauses: &["MCP security best practices, \"Local MCP Server Compromise\""],
    why: "A bridge sees every token and every call. Whoever takes over its package has them with the next start of the client.",
    fix: "Name the exact version: `mcp-remote@0.1.29`.",
    examples: &[
        bad_file(
            ".mcp.json",
            "{\"mcpServers\": {\"files\": {\"command\": \"npx\", \"args\": [\"-y\", \"mcp-remote\", \"https://files.example.com/mcp\"]}}}\n",
        ),
        bad_file(
            ".mcp.json",
            "{\"mcpServers\": {\"files\": {\"command\": \"npx\", \"args\": [\"-y\", \"files-mcp-server@latest\"]}}}\n",
        ),
        good_file(
            ".mcp.json",
            "{\"mcpServers\": {\"files\": {\"command\": \"npx\", \"args\": [\"-y\", \"mcp-remote@0.1.29\", \"https://files.example.com/mcp\"]}}}\n",
        ),
    ],
};

fn find(looked: &[Looked<'_>]) -> Vec<Finding> {
    let mut all = Vec::new();
    for looked in looked {
        for server in &looked.servers {
            for package in bridge::packages(&server.words) {
                // Servers are run without a version nearly everywhere; only asking for the last one is told of them.
                let (severity, message) = match (package.is_bridge(), package.is_moving()) {
                    (true, _) if !package.is_pinned() => {
                        (Severity::Medium, "fetches this bridge in any version")
                    }
                    (false, true) => {
                        (Severity::Note, "fetches whatever version of this package was published last")
                    }
                    _ => continue,
                };
                let message = format!("`{}` {message}", package.word.path);
                let mut finding = looked.finding(&RULE, package.word.text.span.clone(), message);
                finding.severity = severity;
                all.push(finding);
            }
        }
    }
    all
}
