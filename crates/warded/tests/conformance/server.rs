//! The server's half: what the suite finds at a server directly, it finds through Warded, check by check.

use crate::{
    chain::Chain,
    suite::{Run, Suite, is_green},
};

/// The frozen requirements of both revisions.
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
        // The extension of tasks is none of the requirements; what is too new to be scored is green all the same.
        let asked: Vec<_> =
            run.report.iter().filter(|(scenario, _)| !scenario.starts_with("tasks-")).collect();
        assert!(asked.len() >= 33, "at {requirements} only {} scenarios ran", asked.len());
        assert!(asked.iter().all(|(_, checks)| is_green(checks)), "at {requirements}:\n{}", run.failures());
    }
}

#[test]
fn a_server_behind_the_whole_chain_gives_the_same_results_at_2025_11_25() {
    the_same_through_the_chain("2025-11-25");
}

#[test]
fn a_server_behind_the_whole_chain_gives_the_same_results_at_2026_07_28() {
    the_same_through_the_chain("2026-07-28");
}

/// Client, gateway and issuer in one pass: the suite cannot send a token, so our client adds it.
fn the_same_through_the_chain(requirements: &str) {
    let Some(suite) = Suite::here() else { return };
    let chain = Chain::start(&suite);
    let (_connect, url) = chain.listen();
    let (direct, through) =
        (suite.at_server(&chain.direct, requirements), suite.at_server(&url, requirements));
    let differences: Vec<_> = differences(&direct, &through);
    assert!(differences.is_empty(), "{}\nthrough the chain:\n{}", differences.join("\n"), through.failures());
    assert!(through.succeeded, "{}", through.failures());
}

fn differences(direct: &Run, through: &Run) -> Vec<String> {
    let scenarios =
        direct.report.keys().chain(through.report.keys().filter(|name| !direct.report.contains_key(*name)));
    let verdicts = |run: &Run, scenario: &str| {
        let checks = run.report.get(scenario).into_iter().flatten();
        let mut verdicts: Vec<_> = checks.map(|check| format!("{} {}", check.status, check.id)).collect();
        // Some checks arrive in the order in which answers do.
        verdicts.sort();
        verdicts
    };
    let differs =
        scenarios.map(|scenario| (scenario, verdicts(direct, scenario), verdicts(through, scenario)));
    let differs = differs.filter(|(_, direct, through)| direct != through);
    differs
        .map(|(scenario, direct, through)| {
            format!("{scenario}:\n  direct  {direct:?}\n  through {through:?}")
        })
        .collect()
}
