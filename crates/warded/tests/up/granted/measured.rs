//! How it goes with tokens for servers behind, as whoever looks after them sees it.

use http::StatusCode;
use serde_json::json;

use super::scene::{Scene, granted, honest, said};
use crate::{
    operations::{looked, value},
    wait::until,
};

#[tokio::test]
async fn what_is_kept_asked_refused_and_waited_for_is_counted_for_each_server() {
    let scene = Scene::configured(|source| format!("operations: 127.0.0.1:0\n{source}")).await;
    let operations = scene.gateway.operations.unwrap();
    let page = async || looked(operations, "/metrics").await.1;
    let (alices, bobs) = (scene.token("notes", "alice"), scene.token("notes", "bob"));
    let of = |metric: &str| format!("warded_upstream_tokens_{metric}{{server=\"notes\"}}");
    let failed = |code: &str| {
        format!("warded_upstream_tokens_failed_total{{server=\"notes\",code=\"upstream-credential-{code}\"}}")
    };
    for _ in 0..3 {
        assert_eq!(scene.ping("notes", &alices).await.status, StatusCode::OK);
    }
    let refused = bobs.clone();
    scene.answers(move |issuer, asked| match asked.get("subject_token") {
        Some(token) if token == refused => said(400, json!({ "error": "access_denied" })),
        _ => granted(asked, &honest(issuer, asked)),
    });
    for _ in 0..3 {
        assert_eq!(scene.ping("notes", &bobs).await.code(), "upstream-credential-refused");
    }
    let now = page().await;
    for (metric, expected) in [
        (of("kept"), 1.0),
        (of("asked_total"), 2.0),
        (of("waiting"), 0.0),
        (failed("refused"), 1.0),
        (failed("unavailable"), 0.0),
        (failed("misdirected"), 0.0),
        ("warded_upstream_tokens_kept{server=\"files\"}".to_owned(), 0.0),
    ] {
        assert_eq!(value(&now, &metric), Some(expected), "{metric}\n{now}");
    }
    assert!(!now.contains("tokens_kept{server=\"open\"}"), "it gets none");

    scene.answers(|_, _| {
        let never = futures_util::stream::pending::<Result<bytes::Bytes, std::convert::Infallible>>();
        axum::response::IntoResponse::into_response(axum::body::Body::from_stream(never))
    });
    let carols = scene.token("notes", "carol");
    let waits = super::scene::call("notes", &carols, &crate::caller::ping()).send(scene.gateway.address);
    let waits = tokio::spawn(waits);
    until("no call is shown that waits", async || value(&page().await, &of("waiting")) == Some(1.0)).await;
    waits.abort();
    until("a call that was hung up waits on", async || value(&page().await, &of("waiting")) == Some(0.0))
        .await;
}

#[tokio::test]
async fn processes_that_run_began_and_ended_are_counted_for_each_server() {
    let scene = Scene::configured(|source| {
        let silent = "[\"sh\", \"-c\", \"cat > /dev/null\"]";
        let commands = format!("servers:\n  silent: {{ stdio: {silent}, issuers: [corp] }}\n");
        format!("operations: 127.0.0.1:0\n{}", source.replace("servers:\n", &commands))
    })
    .await;
    let operations = scene.gateway.operations.unwrap();
    let shown = async |metric: &str| {
        let page = looked(operations, "/metrics").await.1;
        value(&page, &format!("warded_processes_{metric}}}"))
    };
    let (running, started) = ("running{server=\"silent\"", "started_total{server=\"silent\"");
    assert_eq!((shown(running).await, shown(started).await), (Some(0.0), Some(0.0)));
    // It hears everything, and answers nothing.
    let token = scene.token("silent", "alice");
    let asks = tokio::spawn(
        super::scene::call("silent", &token, &crate::caller::initialize()).send(scene.gateway.address),
    );
    until("no process is shown that runs", async || shown(running).await == Some(1.0)).await;
    asks.abort();
    until("a process that was let go runs on", async || shown(running).await == Some(0.0)).await;
    let ended = async |by: &str| shown(&format!("ended_total{{server=\"silent\",by=\"{by}\"")).await;
    assert_eq!(
        (ended("told").await, ended("idle").await, ended("itself").await),
        (Some(1.0), Some(0.0), Some(0.0))
    );
    assert_eq!(
        (shown(started).await, shown("refused_total{server=\"silent\"").await),
        (Some(1.0), Some(0.0))
    );
}
