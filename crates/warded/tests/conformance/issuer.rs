//! The issuer: the suite is an application that was added by hand, and a user logs in and allows. With the server named
//! and without, at an issuer below a path and at one that is an origin.

use crate::{
    chain::Chain,
    port::free_port,
    suite::{Run, Suite},
};

/// How the suite asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asks {
    /// For the server, by its identifier.
    ForTheServer,
    /// For none: the client was added for one, or the issuer has one only.
    ForNone,
}

fn passes(chain: &Chain<'_>, suite: &Suite, asks: Asks) {
    let port = free_port();
    let client = chain.add_client(port);
    let resource = (asks == Asks::ForTheServer).then_some(chain.resource.as_str());
    let run = suite.at_issuer(&chain.issuer, &client, port, resource, |url| {
        assert_eq!(url.contains("resource="), resource.is_some(), "{url}");
        chain.browse(url);
    });
    found_nothing(&run);
}

fn found_nothing(run: &Run) {
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

#[test]
fn an_issuer_below_a_path_passes_every_scenario_of_an_authorization_server() {
    let Some(suite) = Suite::here() else { return };
    let chain = Chain::start(&suite);
    assert!(chain.issuer.ends_with("/issuers/default"), "{}", chain.issuer);
    passes(&chain, &suite, Asks::ForTheServer);
    passes(&chain, &suite, Asks::ForNone);
}

#[test]
fn an_issuer_that_is_an_origin_passes_every_scenario_of_an_authorization_server() {
    let Some(suite) = Suite::here() else { return };
    let chain = Chain::at_an_origin(&suite);
    assert_eq!(chain.issuer.matches('/').count(), 2, "{}", chain.issuer);
    passes(&chain, &suite, Asks::ForTheServer);
    passes(&chain, &suite, Asks::ForNone);
}
