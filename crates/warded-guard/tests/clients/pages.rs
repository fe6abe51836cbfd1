//! A client in a real browser: the page of a friend works and reads why it is refused, the page of a stranger gets
//! nothing out of the browser.

use axum::{
    Router,
    response::Html,
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use warded_core::ResourceUri;
use warded_guard::Guard;

use crate::{
    issuer::Issuer,
    peer::{BROWSER, place},
};

/// A page of nobody in particular, at an origin of its own.
async fn page() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/", get(|| async { Html("<!doctype html><title>A page</title>") }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    origin
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_shows_the_challenge_to_the_page_of_a_friend_only() {
    let (Some(installed), Some(_)) = (BROWSER.installed(), place("WARDED_CHROMIUM")) else { return };
    let (issuer, friend, stranger) = (Issuer::start().await, page().await, page().await);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    let guard = Guard::before(&url).issuer(&issuer.url).scope("notes:read").in_long().unwrap();
    let guard = guard.origin(&ResourceUri::parse(&friend).unwrap()).build();
    let answer = r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"note"}]}}"#;
    let mcp = post(move || async move { ([("content-type", "application/json")], answer) });
    let router = Router::new().route("/mcp", mcp).layer(guard);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let token = issuer.token(&url);

    let told = BROWSER.opens(&installed, &friend, &url, &token).await;
    assert_eq!((&told["with"]["status"], &told["with"]["tools"]), (&json!(200), &json!(["note"])), "{told}");
    assert_eq!(told["without"]["status"], 401, "{told}");
    let challenge = told["without"]["challenge"].as_str().unwrap_or_default();
    let metadata = url.replace("/mcp", "/.well-known/oauth-protected-resource/mcp");
    assert!(challenge.contains(&format!("resource_metadata=\"{metadata}\"")), "{told}");

    let told = BROWSER.opens(&installed, &stranger, &url, &token).await;
    let nothing = json!("the browser says nothing");
    assert_eq!(told, Value::from_iter([("with", nothing.clone()), ("without", nothing)]));
}
