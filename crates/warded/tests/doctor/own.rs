//! Header fields of the user's own (`--header`): the doctor sends them as `warded connect` does, with each request to the
//! server and nowhere else, and says what came of them.

use axum::response::Response;
use serde_json::json;

use crate::{
    stage::{Seen, answer, json as as_json},
    world::{PRM, World},
};

const KEY: &str = "KEY-0123456789-of-mine";

/// A flag that sends the key as a header.
fn sending(world: &World, header: &str) -> [String; 2] {
    std::fs::write(world.state().join("key"), KEY).unwrap();
    ["--header".to_owned(), format!("{header}=file:{}/key", world.state().display())]
}

fn words(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

fn opened(seen: &Seen) -> Response {
    let call: serde_json::Value = serde_json::from_str(&seen.body).unwrap_or_default();
    let result = json!({ "protocolVersion": "2025-11-25" });
    let mut response = as_json(200, &json!({ "jsonrpc": "2.0", "id": call["id"], "result": result }));
    response.headers_mut().insert("mcp-session-id", "SESSION".parse().unwrap());
    response
}

/// A server that knows no OAuth, and wants the key in a header.
async fn without_oauth(header: &'static str) -> World {
    let world = World::new().await;
    world.page(PRM, |_| answer(404, "text/plain", ""));
    world.page("/mcp", move |seen| match seen.header(header) {
        Some(KEY) => opened(seen),
        _ => answer(401, "text/plain", ""),
    });
    world
}

#[tokio::test]
async fn a_key_of_ones_own_goes_with_each_request_to_the_server_and_nowhere_else() {
    for header in ["x-api-key", "authorization"] {
        let world = without_oauth(header).await;
        for arguments in [&[][..], &["--login"]] {
            let told = world.doctor(&[&words(&sending(&world, header)), arguments].concat()).await;
            assert_eq!((told.codes(), told.exit), (vec![], 0), "{header}: {told:?}");
            let verdict = "A client gets in by what you send of your own; nobody is asked for a token.";
            assert_eq!(told.verdict(), verdict, "{header}: {told:?}");
            assert!(told.text.contains(&format!("`{header}`")) && !told.text.contains(KEY), "{told:?}");
            assert_eq!(told.steps().last().unwrap(), &("call".to_owned(), "good".to_owned()), "{told:?}");
        }
        let calls = world.log.at("/mcp");
        assert_eq!(calls.iter().filter(|seen| seen.method == "DELETE").count(), 2, "{header}");
        assert!(calls.iter().all(|seen| seen.header(header) == Some(KEY)), "{header}");
        assert!(world.log.at(PRM).iter().all(|seen| seen.header(header).is_none()), "{header}");
        assert!(world.issuer_log.all().is_empty(), "{header}");
    }
}

#[tokio::test]
async fn a_credential_of_ones_own_that_is_refused_is_the_end_of_the_way() {
    // The server has an issuer, and a client that is given `Authorization` does not ask for it.
    let world = World::new().await;
    world.turn(|knobs| knobs.checks.is_silent = false);
    let told = world.doctor(&[&words(&sending(&world, "Authorization"))[..], &["--login"]].concat()).await;
    assert_eq!((told.codes(), told.exit), (vec!["header-refused".to_owned()], 13), "{told:?}");
    let verdict = "A client does not get in: the server answers 401 to what you send as `authorization`.";
    assert_eq!(told.verdict(), verdict, "{told:?}");
    assert!(world.log.at(PRM).is_empty() && world.issuer_log.all().is_empty(), "{told:?}");
}

#[tokio::test]
async fn a_gateway_that_wants_a_key_beside_the_token_gets_both() {
    let world = World::new().await;
    let inner = world.clone();
    world.page("/mcp", move |seen| match seen.header("x-api-key") {
        Some(KEY) => inner.mcp(seen),
        _ => answer(401, "text/plain", "the gateway knows nobody without a key"),
    });
    let told = world.doctor(&[&words(&sending(&world, "X-Api-Key"))[..], &["--login"]].concat()).await;
    assert_eq!((told.codes(), told.exit), (vec![], 0), "{told:?}");
    let calls = world.log.at("/mcp");
    assert!(calls.iter().any(|seen| seen.method == "DELETE"), "{told:?}");
    assert!(calls.iter().all(|seen| seen.header("x-api-key") == Some(KEY)), "{told:?}");
    let others = [world.log.at(PRM), world.issuer_log.all()].concat();
    assert!(!others.is_empty() && others.iter().all(|seen| seen.header("x-api-key").is_none()), "{told:?}");
}

#[tokio::test]
async fn a_server_that_quotes_the_key_does_not_have_it_shown() {
    type Quotes = fn(&mut Response, &str);
    let quotes: [(&str, u16, Quotes); 5] = [
        ("in its scopes", 401, |response, key| challenge(response, &format!(r#"Bearer scope="{key}""#))),
        ("as a scheme", 401, |response, key| challenge(response, &format!("{key} realm=\"x\""))),
        ("in a description", 401, |response, key| {
            challenge(response, &format!(r#"Bearer error="invalid_token", error_description="not {key}""#));
        }),
        ("where words are cut short", 401, |response, key| {
            let long = format!("{}{key}", "x".repeat(80));
            challenge(response, &format!(r#"Bearer error="invalid_token", error_description="{long}""#));
        }),
        ("in a redirect", 302, |response, key| {
            response.headers_mut().insert("location", format!("/at/{key}").parse().unwrap());
        }),
    ];
    for (name, status, quote) in quotes {
        for header in ["X-Api-Key", "Authorization"] {
            let world = World::new().await;
            world.page("/mcp", move |_| {
                let mut response = answer(status, "text/plain", "");
                quote(&mut response, KEY);
                response
            });
            let told = world.doctor(&words(&sending(&world, header))).await;
            assert!(told.exit >= 11, "{name}: {told:?}");
            let output = told.text.clone() + &told.stderr;
            assert!(!output.contains("KEY-0123"), "{name}, {header}: {told:?}");
        }
    }
}

fn challenge(response: &mut Response, challenge: &str) {
    response.headers_mut().insert("www-authenticate", challenge.parse().unwrap());
}
