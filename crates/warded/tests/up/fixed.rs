//! What needs a restart is never said to hold without one, however much the configuration says.

use std::fmt::Write as _;

use crate::stage::Stage;

const STAYS: &str = "was not read again; everything runs on as before";

/// More than a reader of YAML takes that was not told otherwise.
fn many_scopes() -> String {
    let mut scopes = "    scopes:\n      tools:\n".to_owned();
    for tool in 0..90_000 {
        writeln!(scopes, "        t{tool}: [a]").unwrap();
    }
    scopes
}

#[tokio::test]
async fn a_large_configuration_is_compared_like_a_small_one() {
    let stage = Stage::with(&many_scopes()).await;
    for (from, to, key) in [
        ("listen: 127.0.0.1", "listen: 127.0.0.2", "listen"),
        ("listen: 127.0.0.2", "journal: { when_full: count }\nlisten: 127.0.0.1", "journal"),
    ] {
        stage.gateway.rewritten(STAYS, |source| source.replacen(from, to, 1)).await;
        let log = stage.gateway.log();
        let told = log.rsplit(STAYS).next().unwrap();
        assert!(told.contains(&format!("`{key}` has another value")), "{key}: {told}");
    }
}
