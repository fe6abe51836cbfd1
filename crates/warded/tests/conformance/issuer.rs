//! The issuer: the suite is an application that was added by hand, and a user logs in and allows.

use crate::{
    chain::{Chain, free_port},
    suite::{Suite, is_green},
};

#[test]
fn our_issuer_passes_every_scenario_of_an_authorization_server() {
    let Some(suite) = Suite::here() else { return };
    let chain = Chain::start(&suite);
    let port = free_port();
    let client = chain.add_client(port);
    let run = suite.at_issuer(&chain.issuer, &client, port, &chain.resource, |url| chain.browse(url));
    // Without a client the suite leaves the grant out and succeeds: what it counts must be counted.
    assert!(run.said.contains("Total: 2 passed, 0 failed"), "{}\n{}", run.said, run.failures());
    assert!(run.succeeded, "{}", run.failures());
    assert_eq!(run.report.len(), 2);
    assert!(run.report.values().all(|checks| is_green(checks)), "{}", run.failures());
}
