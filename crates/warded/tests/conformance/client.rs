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

/// What the suite runs beside the requirements (it scores none of them), and our client does not do.
const NOT_OURS: &[(&str, &str)] = &[
    (
        "auth/client-credentials-jwt",
        "an extension: `warded connect` proves itself by a secret, not by a signature",
    ),
    ("auth/dpop", "an extension: our client presents bearer tokens only"),
    ("auth/dpop-nonce", "an extension: our client presents bearer tokens only"),
    ("auth/enterprise-managed-authorization", "an extension: our client exchanges no identity assertion"),
    ("auth/wif-jwt-bearer", "an extension: our client presents no assertion of a workload"),
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

/// Everything is green but what is on the list, and nothing on the list is green; and a client that was to reach a tool did.
fn judge(run: &Run) {
    let red =
        run.report.iter().filter(|(_, checks)| !is_green(checks)).map(|(scenario, _)| scenario.as_str());
    let ran = |scenario: &&str| run.report.contains_key(*scenario);
    let listed = NOT_OURS.iter().map(|(scenario, _)| *scenario).filter(ran);
    let (red, listed): (BTreeSet<_>, BTreeSet<_>) = (red.collect(), listed.collect());
    assert_eq!(red, listed, "{}", run.failures());
    let judged = |scenario: &str| scenario.starts_with("auth/") && !listed.contains(scenario);
    for (scenario, printed) in run.printed.iter().filter(|(scenario, _)| judged(scenario)) {
        let is_to_stop = STOPS.contains(&scenario.as_str());
        assert_eq!(printed.contains("called test-tool"), !is_to_stop, "in {scenario}: {printed}");
    }
}
