#![expect(clippy::string_slice, reason = "a test that cannot read its input has failed")]

mod addresses;
mod examples;
mod fixes;
mod hidden;
mod hostile;
mod places;
mod products;
mod read;
mod secrets;
mod shared;
mod words;

use std::path::Path;

use super::{File, Judged, is_config, judge};

/// A secret of each test's own. Nobody ever got it.
const SECRET: &str = "7c3e91d5fa20b84e66178d";
/// Another one.
const OTHER: &str = "9b1e6d40c7f2835a11ce07";
/// What looks like a token of GitHub.
const GITHUB: &str = "ghp_9aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA";

/// A configuration, as it would be read from there.
fn file(path: &str, text: &str) -> File {
    let product = is_config(Path::new(path)).unwrap_or_else(|| panic!("{path} is nobody's"));
    File { path: path.into(), product, bytes: text.into(), mode: None }
}

fn judged(path: &str, text: &str) -> Judged {
    judge(&[file(path, text)])
}

/// Which rules find something, and what they say.
fn said(path: &str, text: &str) -> Vec<String> {
    let judged = judged(path, text);
    assert_eq!(judged.unseen, [], "{text}");
    judged.findings.iter().map(|finding| format!("{} {}", finding.rule.id, finding.message)).collect()
}

/// The rules that find something.
fn found(path: &str, text: &str) -> Vec<&'static str> {
    let judged = judged(path, text);
    assert_eq!(judged.unseen, [], "{text}");
    judged.findings.iter().map(|finding| finding.rule.id).collect()
}

/// A server of Cursor, with these settings.
fn cursor(settings: &str) -> String {
    format!("{{\"mcpServers\": {{\"files\": {{{settings}}}}}}}")
}

/// A server of Claude Code that is started with these arguments.
fn started(command: &str, arguments: &[&str]) -> String {
    let quoted: Vec<_> = arguments.iter().map(|argument| format!("{argument:?}")).collect();
    cursor(&format!("\"command\": {command:?}, \"args\": [{}]", quoted.join(", ")))
}
