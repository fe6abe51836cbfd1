//! The issuer: the suite is an application that was added by hand, and a user logs in and allows.

use crate::{chain::Chain, port::free_port, suite::Suite};

#[test]
fn our_issuer_passes_every_scenario_of_an_authorization_server() {
    let Some(suite) = Suite::here() else { return };
    let chain = Chain::start(&suite);
    let port = free_port();
    let client = chain.add_client(port);
    let run = suite.at_issuer(&chain.issuer, &client, port, &chain.resource, |url| chain.browse(url));
    assert!(run.succeeded, "{}", run.failures());
    // Without a client the suite leaves the grant out and still succeeds: its checks must be there, and be counted.
    let passed: Vec<_> =
        run.report.values().flatten().map(|check| (check.id.as_str(), check.status.as_str())).collect();
    assert_eq!(
        passed,
        [
            ("authorization-code-grant", "SUCCESS"),
            ("authorization-server-metadata", "SUCCESS"),
            ("authorization-server-metadata-cimd", "SUCCESS"),
        ]
    );
    assert!(run.said.contains("Total: 3 passed, 0 failed"), "{}", run.said);
}
