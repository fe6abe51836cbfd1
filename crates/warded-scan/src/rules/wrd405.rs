//! A file with a secret in it can be read by others on the machine.

use crate::{
    configs::check::{Check, Looked},
    finding::{Finding, Fix},
    rule::{Rule, Severity, good_file},
};

pub(super) const CHECK: Check = Check { rule: &RULE, find };

const RULE: Rule = Rule {
    id: "WRD405",
    name: "config-readable-by-others",
    title: "A configuration with a secret in it can be read by others on the machine",
    severity: Severity::Medium,
    cwe: &[732],
    clauses: &["MCP authorization, \"Token Theft\": clients MUST implement secure token storage"],
    why: "Every other account and every service on the machine can take the secret.",
    fix: "Take the secret out of the file, or let nobody else read it: `chmod 600`.",
    // Who may read a file does not stand in it: there is nothing to show but a file without a secret.
    examples: &[good_file(
        ".cursor/mcp.json",
        "{\"mcpServers\": {\"files\": {\"url\": \"https://files.example.com/mcp\"}}}\n",
    )],
};

/// Reading, for the group and for others.
const OTHERS_READ: u32 = 0o044;

fn find(looked: &[Looked<'_>]) -> Vec<Finding> {
    let readable = looked.iter().filter(|looked| looked.mode().is_some_and(|mode| mode & OTHERS_READ != 0));
    let findings = readable.filter_map(|looked| {
        let (_, held) = looked.held().next()?;
        let message = format!(
            "`{}` holds {}, and others on this machine may read the file",
            held.piece.path, held.what
        );
        let mut finding = looked.finding(&RULE, held.text.span.clone(), message);
        finding.confidence = held.confidence;
        finding.fix = looked.mode().map(|mode| Fix {
            says: "let nobody else read the file: `chmod go-rwx`".to_owned(),
            safe: true,
            edits: Vec::new(),
            mode: Some(mode & 0o700),
        });
        Some(finding)
    });
    findings.collect()
}
