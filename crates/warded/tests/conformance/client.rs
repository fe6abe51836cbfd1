//! Our client: an MCP client that knows nothing of authorization starts `warded connect`, and the suite plays the server and
//! the issuer, honest and not.

use crate::suite::{Run, Suite, is_green};

/// Where the suite wants to see that nothing comes of it.
pub(crate) const STOPS: &[&str] = &[
    "auth/iss-normalized",
    "auth/iss-supported-missing",
    "auth/iss-unexpected",
    "auth/iss-wrong-issuer",
    "auth/metadata-issuer-mismatch",
    "auth/resource-mismatch",
    "auth/scope-retry-limit",
];

const EXTENSIONS: [&str; 6] = [
    "auth/client-credentials-basic",
    "auth/client-credentials-jwt",
    "auth/dpop",
    "auth/dpop-nonce",
    "auth/enterprise-managed-authorization",
    "auth/wif-jwt-bearer",
];

const BACKCOMPAT: [&str; 2] =
    ["auth/2025-03-26-oauth-endpoint-fallback", "auth/2025-03-26-oauth-metadata-backcompat"];

#[test]
fn our_client_passes_the_suite_of_authorization() {
    let Some(suite) = Suite::here() else { return };
    let run = suite.at_client(&["--suite", "auth"]);
    assert!(run.succeeded, "{}", run.failures());
    assert!(run.report.len() >= 14, "only {} scenarios ran", run.report.len());
    judge(&run);
}

#[test]
fn our_client_meets_the_requirements_of_2025_11_25() {
    let Some(suite) = Suite::here() else { return };
    let run = suite.at_client(&["--requirements", "2025-11-25"]);
    assert!(run.succeeded, "{}", run.failures());
    assert!(run.report.len() >= 24, "only {} scenarios ran", run.report.len());
    judge(&run);
}

#[test]
fn our_client_meets_the_requirements_of_2026_07_28() {
    let Some(suite) = Suite::here() else { return };
    let run = suite.at_client(&["--requirements", "2026-07-28"]);
    assert!(run.succeeded, "{}", run.failures());
    assert!(run.report.len() >= 39, "only {} scenarios ran", run.report.len());
    judge(&run);
}

#[test]
fn our_client_passes_the_suite_of_extensions() {
    let Some(suite) = Suite::here() else { return };
    let run = suite.at_client(&["--suite", "extensions"]);
    assert!(run.succeeded, "{}", run.failures());
    let ran: Vec<_> = run.report.keys().map(String::as_str).collect();
    assert_eq!(ran, EXTENSIONS);
    judge(&run);
}

#[test]
fn our_client_passes_the_suite_of_older_servers() {
    let Some(suite) = Suite::here() else { return };
    let run = suite.at_client(&["--suite", "backcompat"]);
    assert!(run.succeeded, "{}", run.failures());
    let ran: Vec<_> = run.report.keys().map(String::as_str).collect();
    assert_eq!(ran, BACKCOMPAT);
    judge(&run);
}

/// Everything is green; and a client that was to reach a tool did.
fn judge(run: &Run) {
    let red: Vec<_> =
        run.report.iter().filter(|(_, checks)| !is_green(checks)).map(|(scenario, _)| scenario).collect();
    assert!(red.is_empty(), "{red:?}: {}", run.failures());
    for (scenario, printed) in run.printed.iter().filter(|(scenario, _)| scenario.starts_with("auth/")) {
        let is_to_stop = STOPS.contains(&scenario.as_str());
        assert_eq!(printed.contains("called test-tool"), !is_to_stop, "in {scenario}: {printed}");
    }
}
