//! The official conformance suite of MCP, as its authors run it: at a server directly and through the whole chain, at the
//! issuer, and at the client.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

mod client;
mod program;
mod suite;

use suite::{Suite, is_green};

/// The frozen requirements of both revisions that the suite knows a server's half of.
const REQUIREMENTS: [&str; 2] = ["2025-11-25", "2026-07-28"];

/// Otherwise what differs through Warded could be the fixture's own fault.
#[test]
fn the_server_of_the_tests_meets_every_requirement_by_itself() {
    let Some(suite) = Suite::here() else { return };
    let everything = suite.everything(&["serve"]);
    let url = everything.said_after("listening on ");
    for requirements in REQUIREMENTS {
        let run = suite.at_server(&url, requirements);
        assert!(run.succeeded, "at {requirements}:\n{}", run.failures());
        let scored: Vec<_> =
            run.report.iter().filter(|(scenario, _)| !scenario.starts_with("tasks-")).collect();
        assert!(scored.len() >= 30, "at {requirements} only {} scenarios ran", scored.len());
        // Also those that are too new to be scored.
        assert!(scored.iter().all(|(_, checks)| is_green(checks)), "at {requirements}:\n{}", run.failures());
    }
}
