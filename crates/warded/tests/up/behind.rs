//! How servers behind are spoken to: streams that last beside calls, callers that leave, and what a server is called.

use bytes::Bytes;
use http_body_util::BodyExt as _;
use serde_json::json;

use crate::{
    caller::{get, ping, post, tool},
    stage::Stage,
    upstream::Upstream,
};

#[tokio::test]
async fn streams_that_last_keep_no_call_waiting_over_http2() {
    let mut stage = Stage::over_http2(Upstream::start_http2(4).await).await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let mut open = Vec::new();
    for _ in 0..50 {
        let answer = get("/notes/mcp").token(&token).open(to).await;
        assert_eq!(answer.status(), 200);
        open.push((answer.into_body(), stage.notes.streams.recv().await.unwrap()));
    }
    let calls = (0..40).map(|_| tokio::spawn(post("/notes/mcp", &ping()).token(&token).send(to)));
    for call in calls.collect::<Vec<_>>() {
        assert_eq!(call.await.unwrap().status, 200);
    }
    let connections = stage.notes.connections();
    assert!(
        (13..=23).contains(&connections),
        "{connections} connections for 50 streams and 40 calls, four on each"
    );
    // Each stream still has its own other end.
    for (number, (body, events)) in open.iter_mut().enumerate() {
        let event = format!("data: {number}\n\n");
        events.send_data(Bytes::from(event.clone())).await.unwrap();
        let mut arrived = Vec::new();
        while arrived.len() < event.len() {
            arrived.extend_from_slice(&body.frame().await.unwrap().unwrap().into_data().unwrap());
        }
        assert_eq!(arrived, event.as_bytes());
    }
    // What is given back is used again.
    drop(open);
    for _ in 0..20 {
        assert_eq!(post("/notes/mcp", &ping()).token(&token).send(to).await.status, 200);
    }
    assert_eq!(stage.notes.connections(), connections);
}

#[tokio::test]
async fn a_server_that_allows_one_stream_at_a_time_is_enough() {
    let stage = Stage::over_http2(Upstream::start_http2(1).await).await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let hanging = tokio::spawn(post("/notes/mcp", &tool("hang", json!({}))).token(&token).send(to));
    stage.notes.hangs().await;
    assert_eq!(post("/notes/mcp", &ping()).token(&token).send(to).await.status, 200);
    stage.notes.release();
    assert!(hanging.await.unwrap().body.contains("released"));
    let seen = stage.notes.last();
    assert_eq!(seen.headers.get("host"), None, "the host is said once, in `:authority`");
    assert_eq!(seen.target, stage.notes.url);
}

#[tokio::test]
async fn a_caller_that_leaves_is_no_longer_served_behind_over_either_protocol() {
    for mut stage in [Stage::start().await, Stage::over_http2(Upstream::start_http2(100).await).await] {
        let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
        // In the middle of a stream.
        for call in [get("/notes/mcp"), post("/notes/mcp", &tool("stream", json!({})))] {
            let answer = call.token(&token).open(to).await;
            let mut events = stage.notes.streams.recv().await.unwrap();
            drop(answer);
            while events.send_data("data: {}\n\n".into()).await.is_ok() {}
        }
        // And before there is any answer.
        let call = tokio::spawn(post("/notes/mcp", &tool("hang", json!({}))).token(&token).send(to));
        stage.notes.hangs().await;
        call.abort();
        stage.notes.left().await;
    }
}

#[tokio::test]
async fn a_server_behind_is_called_what_the_operator_says() {
    for (written, host) in [("preserve", None), ("notes.internal:3001", Some("notes.internal:3001"))] {
        let stage = Stage::with(&format!("    upstream_host: {written}")).await;
        let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
        assert_eq!(post("/notes/mcp", &ping()).token(&token).send(to).await.status, 200);
        let expected = host.map_or_else(|| to.to_string(), str::to_owned);
        assert_eq!(stage.notes.last().headers["host"], expected);
    }
}
