//! Status lists through the real thing: what the rules of before let pass is verified anew by those that hold.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use axum::{Json, Router, http::header, response::IntoResponse as _, routing::get};
use serde_json::json;
use tokio::net::TcpListener;

use crate::{
    caller::{ping, post},
    issuer::{Issuer, now},
    reload::HOLDS,
    stage::Gateway,
    upstream::Upstream,
};

/// One byte of nothing but zeros, in zlib without compression: every token holds.
const ALL_HOLD: &str = "eAEBAQD-_wAAAQAB";

#[tokio::test]
async fn a_list_that_passed_by_the_rules_of_before_is_not_used_by_those_that_hold() {
    let notes = Upstream::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (corp, metadata, keys) = Issuer::called(url.clone());
    let place = format!("{url}/list");
    // Its issuer, or whoever has stolen its key, is three quarters of a minute ahead.
    let claims = json!({
        "sub": place, "aud": null, "client_id": null, "exp": null, "iat": now() + 45,
        "status_list": { "bits": 1, "lst": ALL_HOLD },
    });
    let (list, fetched) = (corp.token_of("statuslist+jwt", "", claims), Arc::<AtomicUsize>::default());
    let count = Arc::clone(&fetched);
    let router = Router::new()
        .route("/.well-known/oauth-authorization-server", get(|| async { Json(metadata) }))
        .route("/jwks", get(|| async { Json(keys) }))
        .route(
            "/list",
            get(async move || {
                count.fetch_add(1, Relaxed);
                ([(header::CONTENT_TYPE, "application/statuslist+jwt")], list).into_response()
            }),
        );
    tokio::spawn(async move { axum::serve(listener, router).await });
    let gateway = Gateway::start(&format!(
        "public_url: http://127.0.0.1:PORT
listen: 127.0.0.1:PORT
servers:
  notes: {{ upstream: \"{}\", issuers: [corp] }}
issuers:
  corp: {{ url: \"{url}\", leeway: 60s }}
",
        notes.url
    ))
    .await;
    let status = json!({ "status": { "status_list": { "idx": 0, "uri": place } } });
    let token = corp.token(&gateway.url("notes"), status);
    let asked = async || post("/notes/mcp", &ping()).token(&token).send(gateway.address).await.code();
    assert_eq!(asked().await, "200", "{}", gateway.log());
    gateway.rewritten(HOLDS, |source| format!("{source}# The same rules.\n")).await;
    assert_eq!((asked().await.as_str(), fetched.load(Relaxed)), ("200", 1));
    gateway.rewritten(HOLDS, |source| source.replace("leeway: 60s", "leeway: 0s")).await;
    assert_eq!((asked().await.as_str(), fetched.load(Relaxed)), ("status-unavailable", 2));
}
