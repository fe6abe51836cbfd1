//! The whole suite of `issuer`, at an issuer that is an origin.

#[path = "issuer/main.rs"]
mod suite;

use suite::stage;

#[test]
fn this_run_is_at_an_origin() {
    let path = stage::ISSUER.strip_prefix("https://").map(|rest| rest.contains('/'));
    assert_eq!(path, Some(false), "{}", stage::ISSUER);
}
