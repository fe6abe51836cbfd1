//! The server's half: what the suite finds at a server directly, it finds through Warded, check by check.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    chain::Chain,
    suite::{Check, Run, Suite, is_green},
};

/// The frozen requirements, and how many scenarios they have at least. The extension of tasks is not counted: it is none
/// of the requirements, and the fixture has no tasks.
const REQUIRED: [(&[&str], usize); 2] =
    [(&["--requirements", "2025-11-25"], 33), (&["--requirements", "2026-07-28"], 40)];

/// Revisions that nobody froze requirements for: whatever the suite has for them.
const OLDER: [(&[&str], usize); 2] = [
    (&["--suite", "all", "--spec-version", "2025-03-26"], 1),
    (&["--suite", "all", "--spec-version", "2025-06-18"], 20),
];

/// Otherwise what differs through Warded could be the fixture's own fault.
#[test]
fn the_server_of_the_tests_meets_every_requirement_by_itself() {
    let Some(suite) = Suite::here() else { return };
    let everything = suite.everything(&["serve"]);
    let url = everything.said_after("listening on ");
    for (which, at_least) in REQUIRED.into_iter().chain(OLDER) {
        let run = suite.at_server(&url, which);
        assert!(run.succeeded, "at {which:?}:\n{}", run.failures());
        let asked: Vec<_> =
            run.report.iter().filter(|(scenario, _)| !scenario.starts_with("tasks-")).collect();
        assert!(asked.len() >= at_least, "at {which:?} only {} scenarios ran", asked.len());
        // Also those that are too new to be scored.
        assert!(asked.iter().all(|(_, checks)| is_green(checks)), "at {which:?}:\n{}", run.failures());
    }
}

#[test]
fn a_server_behind_the_whole_chain_gives_the_same_results_at_the_required_revisions() {
    the_same_through_the_chain(&REQUIRED);
}

#[test]
fn a_server_behind_the_whole_chain_gives_the_same_results_at_older_revisions() {
    the_same_through_the_chain(&OLDER);
}

/// Client, gateway and issuer in one pass: the suite cannot send a token, so our client adds it.
fn the_same_through_the_chain(selections: &[(&[&str], usize)]) {
    let Some(suite) = Suite::here() else { return };
    let chain = Chain::start(&suite);
    assert_eq!(chain.status_without_a_token(), "HTTP/1.1 401 Unauthorized");
    let (_connect, url) = chain.listen();
    for (which, _) in selections {
        let (direct, through) = (suite.at_server(&chain.direct, which), suite.at_server(&url, which));
        let differences = differences(&direct, &through);
        assert!(
            differences.is_empty(),
            "at {which:?}: {differences:#?}\nthrough the chain:\n{}",
            through.failures()
        );
        assert!(through.succeeded, "at {which:?}:\n{}", through.failures());
    }
}

/// What only a server that speaks HTTP itself can show, and why. Nothing fails in them: there is less to be seen.
const ONLY_OVER_HTTP: &[(&str, &str)] = &[
    (
        "server-sse-multiple-streams",
        "the tools answer at once, and an answer with nothing before it goes out as JSON: there are no streams to compare",
    ),
    (
        "server-sse-polling",
        "the tool ends its own HTTP stream, to be asked again for the rest; a pipe is no such stream, so the answer comes \
         as JSON when it is there",
    ),
];

/// The same server, but for its transport: the gateway is the HTTP server then.
#[test]
fn a_server_over_stdio_behind_the_whole_chain_gives_the_same_results_at_the_required_revisions() {
    let Some(suite) = Suite::here() else { return };
    let chain = Chain::over_stdio(&suite);
    assert_eq!(chain.status_without_a_token(), "HTTP/1.1 401 Unauthorized");
    let (_connect, url) = chain.listen();
    for (which, at_least) in REQUIRED {
        let (direct, through) = (suite.at_server(&chain.direct, which), suite.at_server(&url, which));
        assert!(through.report.len() >= at_least, "at {which:?} only {} ran", through.report.len());
        let differences = differences(&direct, &through);
        let ran = |scenario: &&str| direct.report.contains_key(*scenario);
        let listed: BTreeSet<_> = ONLY_OVER_HTTP.iter().map(|(scenario, _)| *scenario).filter(ran).collect();
        let is_well = |check: &Check| matches!(check.status.as_str(), "SUCCESS" | "SKIPPED");
        let asked = through.report.iter().filter(|(scenario, _)| !scenario.starts_with("tasks-"));
        let is_well = asked.flat_map(|(_, checks)| checks).all(is_well);
        assert!(is_well, "at {which:?}:\n{}", through.failures());
        // Neither may anything else differ, nor anything that is listed be the same.
        assert_eq!(
            differences.keys().copied().collect::<BTreeSet<_>>(),
            listed,
            "at {which:?}: {differences:#?}\n{}",
            through.failures()
        );
    }
}

/// The scenarios in which something else came out, and what.
fn differences<'r>(direct: &'r Run, through: &'r Run) -> BTreeMap<&'r str, String> {
    let verdicts = |run: &Run, scenario: &str| {
        let checks = run.report.get(scenario).into_iter().flatten();
        let mut verdicts: Vec<_> = checks.map(|check| format!("{} {}", check.status, check.id)).collect();
        // Some checks arrive in the order in which answers do.
        verdicts.sort();
        verdicts
    };
    let mut differences = BTreeMap::new();
    for scenario in direct.report.keys().chain(through.report.keys()) {
        let (there, here) = (verdicts(direct, scenario), verdicts(through, scenario));
        if there != here {
            differences.insert(scenario.as_str(), format!("direct {there:?}, through {here:?}"));
        }
    }
    differences
}
