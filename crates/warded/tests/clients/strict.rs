//! Libraries that refuse every response which is not as its RFC says: do they accept all of ours? A person logs in with a
//! real browser.

use serde_json::Value;

use crate::{
    bench::{end, told},
    browser::Person,
    peer::installed,
    scene::{ANOTHER, SERVER, Scene},
    visitor::newer_node,
};

/// What each library must have accepted at least; what the issuer says it can do besides, they try as well.
const OAUTH4WEBAPI: &[&str] = &[
    "the metadata of the issuer (RFC 8414)",
    "the metadata of the issuer (OpenID Connect Discovery)",
    "a registration (RFC 7591)",
    "an authorization response with `iss` (RFC 9207)",
    "a code for another server: invalid_target",
    "a code with another verifier: invalid_grant",
    "an answer to a code",
    "an access token (RFC 9068)",
    "an answer to the next refresh",
    "a refresh token that was used: invalid_grant",
    "an answer to client credentials, client_secret_basic",
];
const OPENID_CLIENT: &[&str] =
    &["an answer to a refresh", "the server lets its token in", "an answer to client credentials"];

/// What the libraries accepted, each with its version; none where they or the browser are not installed.
pub(crate) async fn accepted() -> Option<Vec<Value>> {
    let packages = installed("WARDED_APPS_NODE")?;
    let node = newer_node()?;
    let mut found = Vec::new();
    for (script, least) in [("oauth4webapi.mjs", OAUTH4WEBAPI), ("openid-client.mjs", OPENID_CLIENT)] {
        let scene = Scene::with_our_issuer(Person::named("ada")).await?;
        let (id, secret) = scene.gateway.add_machine("a program", "notes").await;
        let mut command = scene.bench.command(&node, &scene.person);
        command.arg(scene.bench.app(script, &packages));
        let places = [SERVER, ANOTHER, "/issuers/default"].map(|path| scene.gateway.url(path));
        command.args(places).args([id, secret]);
        let told = told(&end(command).await);
        eprintln!("{told:#}");
        let accepted: Vec<_> =
            told["accepted"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        for what in least {
            assert!(accepted.contains(what), "{what}: {told:#}");
        }
        found.push(told);
    }
    Some(found)
}
