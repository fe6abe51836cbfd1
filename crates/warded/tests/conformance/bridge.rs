//! The bridge: an SDK's client that starts `warded connect` gets the same answers as one that starts the server itself, also
//! to what the server asks it in the middle of a call.

use crate::{chain::Chain, suite::Suite};

/// Every revision, and how many log messages a client hears there: 2026-07-28 has them on request only.
const REVISIONS: [(&str, &str); 4] =
    [("2025-03-26", "4"), ("2025-06-18", "4"), ("2025-11-25", "4"), ("2026-07-28", "0")];

#[test]
fn a_client_behind_the_bridge_hears_what_it_hears_from_the_server_itself() {
    let Some(suite) = Suite::here() else { return };
    let chain = Chain::start(&suite);
    let server = [suite.program().to_string_lossy().into_owned(), "serve".to_owned(), "--stdio".to_owned()];
    for (revision, logs) in REVISIONS {
        let (direct, through) =
            (heard(&suite, revision, logs, &server), heard(&suite, revision, logs, &chain.bridge()));
        assert_eq!(direct, through, "at {revision}");
        // Twenty-nine tools, three resources, five prompts, and the end.
        assert_eq!(direct.len(), 38, "at {revision}: {direct:#?}");
        assert!(direct.iter().filter(|line| line.starts_with("called ")).count() >= 18, "{direct:#?}");
    }
}

/// What a client says that uses everything its server has.
fn heard(suite: &Suite, revision: &str, logs: &str, server: &[String]) -> Vec<String> {
    let server: Vec<_> = server.iter().map(String::as_str).collect();
    let client =
        suite.everything(&[&["use", "--revision", revision, "--logs", logs], server.as_slice()].concat());
    // What fails by design makes the client fail.
    let (_, said) = client.ended();
    let is_outcome = |line: &&str| {
        ["called ", "read ", "got ", "heard ", "not "].iter().any(|word| line.starts_with(word))
    };
    said.lines().filter(is_outcome).map(str::to_owned).collect()
}
