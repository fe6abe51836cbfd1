//! Servers and issuers that mean harm: too much, too slow, without end, and with words that a terminal would obey.

use std::{convert::Infallible, time::Duration};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use futures_util::stream;
use serde_json::json;

use crate::{
    run::{Person, told},
    stage::{answer, json as as_json},
    world::{METADATA, PRM, World},
};

/// A body that never ends: one piece a moment, or none at all.
fn endless(status: u16, kind: &str, piece: &'static str) -> Response {
    let pieces = stream::unfold((), move |()| async move {
        if piece.is_empty() {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
        Some((Ok::<_, Infallible>(Bytes::from_static(piece.as_bytes())), ()))
    });
    answer(status, kind, Body::from_stream(pieces))
}

#[tokio::test]
async fn what_never_ends_is_not_waited_for() {
    for (name, piece) in [("nothing", ""), ("blanks", " "), ("events", ": x\n\n")] {
        let world = World::new().await;
        world.page(PRM, move |_| endless(200, "application/json", piece));
        let late = world.doctor(&["--timeout", "1"]).await;
        let codes = late.codes();
        assert!(codes == ["answer-late"] || codes == ["answer-unusable"], "{name}: {late:?}");

        let world = World::new().await;
        world.issuer_page(METADATA, move |_| endless(200, "application/json", piece));
        let late = world.doctor(&["--timeout", "1"]).await;
        let codes = late.codes();
        assert!(codes == ["answer-late"] || codes == ["answer-unusable"], "{name}: {late:?}");

        let world = World::new().await;
        world.page("/mcp", move |_| endless(200, "text/event-stream", piece));
        let late = world.doctor(&["--timeout", "1"]).await;
        assert_eq!(late.codes(), ["not-mcp"], "{name}: {late:?}");

        let world = World::new().await;
        world.page("/mcp", move |_| endless(401, "text/plain", piece));
        let late = world.doctor(&["--timeout", "1"]).await;
        assert_eq!(late.codes(), ["challenge-absent"], "{name}: the status has been heard: {late:?}");
    }
}

#[tokio::test]
async fn what_is_too_large_is_not_read() {
    let world = World::new().await;
    world.page(PRM, |_| as_json(200, &json!({ "resource": "x".repeat(2 * 1024 * 1024) })));
    let told = world.doctor(&[]).await;
    assert_eq!(told.codes(), ["answer-unusable"], "{told:?}");
    assert!(told.text.len() < 10_000, "{}", told.text.len());

    let world = World::new().await;
    world.page("/mcp", |_| {
        let mut response = answer(401, "text/plain", "");
        let long = "x".repeat(64 * 1024);
        response
            .headers_mut()
            .insert("www-authenticate", format!("Bearer realm=\"{long}\"").parse().unwrap());
        response
    });
    let told = world.doctor(&[]).await;
    assert_eq!(told.codes(), ["answer-unusable"], "{told:?}");
}

#[tokio::test]
async fn long_lists_are_cut_short() {
    let world = World::new().await;
    let scopes: Vec<_> = (0..3_000).map(|number| format!("scope-{number}")).collect();
    let issuers: Vec<_> = (0..3_000).map(|number| format!("https://issuer-{number}.example")).collect();
    let all = [vec![world.issuer.clone()], issuers].concat();
    world.turn(|knobs| knobs.described = json!({ "scopes_supported": scopes, "authorization_servers": all }));
    let told = world.doctor(&[]).await;
    assert_eq!(told.exit, 0, "{told:?}");
    assert!(told.text.contains("and 2996 more") && told.text.len() < 20_000, "{}", told.text.len());
}

#[tokio::test]
async fn words_that_a_terminal_would_obey_are_written_out() {
    let world = World::new().await;
    world.turn(|knobs| {
        knobs.described = json!({ "scopes_supported": ["a\u{1b}[2J", "b"] });
        knobs.metadata = json!({ "token_endpoint_auth_methods_supported": ["none", "\u{1b}]0;x\u{7}"] });
        knobs.checks.revision = "\u{1b}[31m2025";
    });
    let person = Person::agreeing();
    for arguments in [&["--login"][..], &["--login", "--format", "json"]] {
        let told = told(&world.url(), world.state(), arguments, &person).await;
        let is_wild = |c: char| c.is_control() && c != '\n';
        assert!(!told.text.chars().any(is_wild) && !told.stderr.chars().any(is_wild), "{told:?}");
        assert!(told.text.contains("2025"), "{told:?}");
    }
}

#[tokio::test]
async fn a_key_in_the_url_of_a_server_is_in_no_report() {
    let person = Person::agreeing();
    for arguments in [&["--login"][..], &["--login", "--format", "json"], &["--strict-resource"]] {
        let world = World::new().await;
        let url = format!("{}?key=SECRET-OF-MINE", world.url());
        let told = told(&url, world.state(), arguments, &person).await;
        assert!(!told.text.contains("SECRET") && !told.stderr.contains("SECRET"), "{told:?}");
        assert!(told.text.contains("/mcp?…"), "{told:?}");
        let named = world.url();
        world.turn(|knobs| knobs.described = json!({ "resource": format!("{named}?key=SECRET-OF-MINE") }));
        let told = crate::run::told(&url, world.state(), &["--format", "json"], &person).await;
        assert!(!told.text.contains("SECRET"), "{told:?}");
    }
}

#[tokio::test]
async fn an_issuer_that_redirects_for_ever_is_asked_once() {
    let world = World::new().await;
    world.issuer_page(METADATA, |seen| {
        let mut response = answer(302, "text/plain", "");
        response.headers_mut().insert("location", seen.path.parse().unwrap());
        response
    });
    let told = world.doctor(&[]).await;
    assert_eq!(told.codes(), ["redirected"], "{told:?}");
    assert_eq!(world.issuer_log.at(METADATA).len(), 1);
}

#[tokio::test]
async fn a_key_set_behind_the_firewall_is_not_fetched() {
    let world = World::new().await;
    world.turn(|knobs| knobs.metadata = json!({ "jwks_uri": "https://169.254.169.254/jwks" }));
    let told = world.doctor(&["--login"]).await;
    assert_eq!(told.exit, 0, "{told:?}");
    assert!(
        told.text.contains("does not serve its keys: `169.254.169.254` was named by another party"),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_server_that_wants_another_scope_each_time_comes_to_an_end() {
    let world = World::new().await;
    let origin = world.server.clone();
    let count = std::sync::atomic::AtomicUsize::new(0);
    world.page("/mcp", move |seen| {
        let is_first = seen.header("authorization").is_none();
        let number = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let more = if is_first {
            String::new()
        } else {
            format!(r#", error="insufficient_scope", scope="more-{number}""#)
        };
        let mut response = answer(if is_first { 401 } else { 403 }, "text/plain", "");
        let challenge = format!(r#"Bearer resource_metadata="{origin}{PRM}"{more}"#);
        response.headers_mut().insert("www-authenticate", challenge.parse().unwrap());
        response
    });
    let told = world.doctor(&["--login"]).await;
    assert_eq!(told.codes(), ["refused-scope"], "{told:?}");
    assert_eq!(world.issuer_log.at("/authorize").len(), 3, "a person is asked three times at most");
}

#[tokio::test]
async fn what_a_server_repeats_of_what_it_was_sent_is_in_no_report() {
    let world = World::new().await;
    let key = world.state().join("key");
    std::fs::write(&key, "K3Y-0F-MINE").unwrap();
    let described = format!("Bearer resource_metadata=\"{}{PRM}\"", world.server);
    world.page("/mcp", move |seen| {
        if seen.header("authorization").is_none() {
            let mut response = answer(401, "text/plain", "");
            response.headers_mut().insert("www-authenticate", described.parse().unwrap());
            return response;
        }
        let key = seen.header("x-api-key").unwrap_or_default();
        as_json(403, &json!({ "error": "forbidden", "error_description": format!("no to {key}") }))
    });
    let header = format!("X-Api-Key=file:{}", key.display());
    for format in ["text", "json"] {
        let arguments = ["--login", "--format", format, "--header", &header];
        let told = told(&world.url(), world.state(), &arguments, &Person::agreeing()).await;
        assert!(told.text.contains("words that repeat") && !told.text.contains("K3Y"), "{told:?}");
    }
}
