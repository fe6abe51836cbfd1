//! A secret is written out in the configuration of a client.

use crate::{
    configs::{
        check::{Check, Looked},
        mend::Mender,
    },
    finding::Finding,
    rule::{Rule, Severity, bad_file, good_file},
};

pub(super) const CHECK: Check = Check { rule: &RULE, find };

const RULE: Rule = Rule {
    id: "WRD401",
    name: "config-hardcoded-token",
    title: "A secret is written out in the configuration of a client",
    severity: Severity::High,
    cwe: &[798],
    clauses: &["MCP authorization, \"Token Theft\""],
    why: "Whatever reads the file (a backup, a sync, a commit, another program of the same user) has the token, and can use it until somebody revokes it.",
    fix: "Name a variable or an input in its place, as the client reads it; then revoke the secret that stood there.",
    examples: &[
        bad_file(
            ".cursor/mcp.json",
            "{\"mcpServers\": {\"files\": {\"url\": \"https://files.example.com/mcp\", \"headers\": {\"Authorization\": \"Bearer 4f9d2c7be01a83f65520ab\"}}}}\n",
        ),
        good_file(
            ".cursor/mcp.json",
            "{\"mcpServers\": {\"files\": {\"url\": \"https://files.example.com/mcp\", \"headers\": {\"Authorization\": \"Bearer ${env:FILES_TOKEN}\"}}}}\n",
        ),
        bad_file(
            "claude_desktop_config.json",
            "{\"mcpServers\": {\"files\": {\"command\": \"npx\", \"args\": [\"mcp-remote@0.1.29\", \"https://files.example.com/mcp\", \"--header\", \"Authorization: Bearer 4f9d2c7be01a83f65520ab\"]}}}\n",
        ),
        good_file(
            ".codex/config.toml",
            "[mcp_servers.files]\nurl = \"https://files.example.com/mcp\"\nbearer_token_env_var = \"FILES_TOKEN\"\n",
        ),
    ],
};

fn find(looked: &[Looked<'_>]) -> Vec<Finding> {
    let mut all = Vec::new();
    for looked in looked {
        let mut mender = Mender::new(looked);
        for (server, held) in looked.held().filter(|(_, held)| !held.is_in_query) {
            let message = format!("`{}` holds {}", held.piece.path, held.what);
            let mut finding = looked.finding(&RULE, held.text.span.clone(), message);
            finding.confidence = held.confidence;
            finding.fix = mender.fix(server, &held);
            all.push(finding);
        }
    }
    all
}
