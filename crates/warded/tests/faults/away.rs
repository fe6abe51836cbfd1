//! The issuer is away: whoever has a good token goes on with the keys that are known; nobody else gets in, and nobody
//! is told that a good token is bad.

use std::sync::Arc;

use axum::{Json, Router, routing::get};
use serde_json::json;
use tokio::{net::TcpListener, task::AbortHandle};

use crate::{
    caller::{ping, post},
    issuer::Issuer,
    stage::Gateway,
    upstream::Upstream,
};

/// An issuer at a place, for as long as it is let.
async fn issuer_at(place: &str) -> (Issuer, AbortHandle, String) {
    let listener = TcpListener::bind(place).await.unwrap();
    let place = listener.local_addr().unwrap().to_string();
    let (issuer, metadata, keys) = Issuer::called(format!("http://{place}"));
    let (metadata, keys) = (Arc::new(metadata), Arc::new(keys));
    let router = Router::new()
        .route("/.well-known/oauth-authorization-server", get(|| async move { Json((*metadata).clone()) }))
        .route("/jwks", get(|| async move { Json((*keys).clone()) }));
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    (issuer, serving.abort_handle(), place)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn good_tokens_go_on_while_their_issuer_is_away_and_nobody_else_gets_in() {
    let (issuer, serving, place) = issuer_at("127.0.0.1:0").await;
    let notes = Upstream::start().await;
    let gateway = Gateway::start(&format!(
        "public_url: http://127.0.0.1:PORT\nlisten: 127.0.0.1:PORT\nservers:\n  notes:\n    upstream: {}\n    \
         issuers: [corp]\nissuers:\n  corp: {{ url: \"{}\" }}\n",
        notes.url, issuer.url
    ))
    .await;
    let token = |number: usize| issuer.token(&gateway.url("notes"), json!({ "jti": number.to_string() }));
    let asks = async |gateway: &Gateway, token: &str| {
        post("/notes/mcp", &ping()).token(token).send(gateway.address).await
    };
    assert_eq!(asks(&gateway, &token(0)).await.status, 200);
    serving.abort();
    // Another has its name, and signs with a key of its own under the name of the known one.
    let (other, _, _) = Issuer::called(issuer.url.clone());
    let (mut good, mut bad) = (0, 0);
    for number in 0..100 {
        let answer = asks(&gateway, &token(number)).await;
        assert_eq!(answer.status, 200, "known and unknown tokens of known keys: {answer:?}");
        good += 1;
        let forged = other.token(&gateway.url("notes"), json!({ "jti": number.to_string() }));
        let answer = asks(&gateway, &forged).await;
        assert!([401, 503].contains(&answer.status.as_u16()), "{answer:?}");
        bad += 1;
    }
    assert_eq!(notes.requests().len(), 101);
    // Nobody knows the keys after a restart: that is our fault, and no caller's.
    let old = token(0);
    let gateway = gateway.restart().await;
    let mut unable = 0;
    for _ in 0..20 {
        let answer = asks(&gateway, &old).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (503, "keys-missing"));
        assert!(!answer.headers.contains_key("www-authenticate"), "nobody is sent for another token");
        assert!(answer.headers.contains_key("retry-after"));
        unable += 1;
    }
    assert_eq!(notes.requests().len(), 101);
    println!(
        "issuer {place} away: {good} good tokens went on, {bad} forged ones did not; after a restart {unable} calls \
         were answered with 503"
    );
}
