//! Ten thousand streams on which nothing happens: what does each cost, and does anything still happen on them?

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::json;
use tokio::{net::TcpStream, time::Instant};

use crate::{
    caller::{get, ping, post},
    stage::Stage,
};

/// One process may have so many files open here; each stream is one towards the server behind, on both its sides.
const STREAMS: usize = 10_000;
/// So many share a connection to the gateway.
const SHARED: usize = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_idle_streams_are_held_and_each_is_still_heard() {
    let mut stage = Stage::start().await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    assert_eq!(post("/notes/mcp", &ping()).token(&token).send(to).await.status, 200);
    let (before, began) = (stage.gateway.resident(), Instant::now());
    let (mut bodies, mut behind) = (Vec::new(), Vec::new());
    for _ in 0..STREAMS / SHARED {
        let io = TokioIo::new(TcpStream::connect(to).await.unwrap());
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
        tokio::spawn(connection);
        for _ in 0..SHARED {
            let request = http::Request::get(format!("http://{to}/notes/mcp"))
                .header("authorization", format!("Bearer {token}"))
                .header("accept", "text/event-stream")
                .body(Empty::<Bytes>::new())
                .unwrap();
            let answer = sender.send_request(request).await.unwrap();
            assert_eq!(answer.status(), 200, "stream {}: {answer:?}", bodies.len());
            behind.push(stage.notes.streams.recv().await.unwrap());
            bodies.push(answer.into_body());
        }
    }
    let (open, opened) = (stage.gateway.resident(), began.elapsed());
    // Everybody hears, and a call beside them is answered.
    let other = stage.token("files", json!({}));
    assert_eq!(post("/files/mcp", &ping()).token(&other).send(to).await.status, 200);
    for sender in &mut behind {
        sender.send_data("data: {}\n\n".into()).await.unwrap();
    }
    for body in &mut bodies {
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "data: {}\n\n");
    }
    println!(
        "{STREAMS} idle streams, {SHARED} to a connection, opened in {opened:?}: {} bytes resident each",
        (open - before) * 1024 / STREAMS as u64
    );
    assert!((open - before) / (STREAMS as u64) < 128, "{before} KiB, then {open} KiB");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_for_each_idle_stream_costs_little_more() {
    const CONNECTIONS: usize = 4_000;
    let mut stage = Stage::start().await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    assert_eq!(post("/notes/mcp", &ping()).token(&token).send(to).await.status, 200);
    let before = stage.gateway.resident();
    let mut streams = Vec::new();
    for _ in 0..CONNECTIONS {
        let answer = get("/notes/mcp").token(&token).open(to).await;
        assert_eq!(answer.status(), 200);
        streams.push((stage.notes.streams.recv().await.unwrap(), answer.into_body()));
    }
    let open = stage.gateway.resident();
    println!(
        "{CONNECTIONS} idle streams with a connection each: {} bytes resident each",
        (open - before) * 1024 / CONNECTIONS as u64
    );
    assert!((open - before) / (CONNECTIONS as u64) < 192, "{before} KiB, then {open} KiB");
    for (sender, body) in &mut streams {
        sender.send_data("data: {}\n\n".into()).await.unwrap();
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "data: {}\n\n");
    }
}
