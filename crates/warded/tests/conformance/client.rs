//! Our client: an MCP client that knows nothing of authorization starts `warded connect`, and the suite plays the server and
//! the issuer, honest and not.

use std::collections::BTreeSet;

use crate::suite::{Run, Suite, is_green};

/// Where the suite wants to see that nothing comes of it.
const STOPS: &[&str] = &[
    "auth/iss-normalized",
    "auth/iss-supported-missing",
    "auth/iss-unexpected",
    "auth/iss-wrong-issuer",
    "auth/metadata-issuer-mismatch",
    "auth/resource-mismatch",
    "auth/scope-retry-limit",
];

#[test]
fn our_client_passes_the_suite_of_authorization() {
    let Some(suite) = Suite::here() else { return };
    let run = suite.at_client(&["--suite", "auth"]);
    assert!(run.succeeded, "{}", run.failures());
    assert!(run.report.len() >= 14, "only {} scenarios ran", run.report.len());
    judge(&run);
}

#[test]
fn our_client_passes_the_suite_of_extensions() {
    let Some(suite) = Suite::here() else { return };
    let run = suite.at_client(&["--suite", "extensions"]);
    assert!(run.succeeded, "{}", run.failures());
    assert!(run.report.len() >= 6, "only {} scenarios ran", run.report.len());
    judge(&run);
}

#[test]
fn our_client_meets_the_requirements_of_2025_11_25() {
    let Some(suite) = Suite::here() else { return };
    let run = suite.at_client(&["--requirements", "2025-11-25"]);
    assert!(run.report.len() >= 24, "only {} scenarios ran", run.report.len());
    judge(&run);
}

#[test]
fn our_client_meets_the_requirements_of_2026_07_28() {
    let Some(suite) = Suite::here() else { return };
    let run = suite.at_client(&["--requirements", "2026-07-28"]);
    assert!(run.report.len() >= 39, "only {} scenarios ran", run.report.len());
    judge(&run);
}

/// Everything is green, and a client that was to reach a tool did.
fn judge(run: &Run) {
    let is_red = |(_, checks): &(&String, &Vec<_>)| !is_green(checks);
    let red: BTreeSet<_> = run.report.iter().filter(is_red).map(|(scenario, _)| scenario.as_str()).collect();
    assert!(red.is_empty(), "{red:?}: {}", run.failures());
    for (scenario, printed) in run.printed.iter().filter(|(scenario, _)| scenario.starts_with("auth/")) {
        let is_to_stop = STOPS.contains(&scenario.as_str());
        assert_eq!(printed.contains("called test-tool"), !is_to_stop, "in {scenario}: {printed}");
    }
}
