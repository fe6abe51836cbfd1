//! Streams pass as they come, end when either side goes, and do not keep a gateway from stopping.

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde_json::json;
use tokio::net::TcpStream;

use crate::{
    caller::{get, ping, post, tool},
    stage::Stage,
};

async fn next(body: &mut Incoming) -> Option<String> {
    let frame = body.frame().await?.unwrap();
    Some(String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap())
}

#[tokio::test]
async fn an_event_arrives_before_the_next_is_sent() {
    let mut stage = Stage::start().await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    for call in [get("/notes/mcp"), post("/notes/mcp", &tool("stream", json!({})))] {
        let answer = call.token(&token).open(to).await;
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        assert_eq!(answer.headers()["x-accel-buffering"], "no");
        let mut body = answer.into_body();
        let mut events = stage.notes.streams.recv().await.unwrap();
        for number in 0..5 {
            let event = format!(": {number}\nevent: message\ndata: {{\"n\":{number}}}\n\n");
            events.send_data(event.clone().into()).await.unwrap();
            let mut arrived = String::new();
            while arrived.len() < event.len() {
                arrived += &next(&mut body).await.unwrap();
            }
            assert_eq!(arrived, event);
        }
        drop(events);
        assert_eq!(next(&mut body).await, None);
    }
}

#[tokio::test]
async fn a_caller_that_leaves_is_no_longer_served_behind() {
    let mut stage = Stage::start().await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let answer = get("/notes/mcp").token(&token).open(to).await;
    let mut events = stage.notes.streams.recv().await.unwrap();
    drop(answer);
    // The far end notices; a stream that nobody hears would be written to for ever.
    while events.send_data("data: {}\n\n".into()).await.is_ok() {}
}

#[tokio::test]
async fn a_stop_lets_calls_end_and_ends_streams() {
    let mut stage = Stage::start().await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let mut stream = get("/notes/mcp").token(&token).open(to).await.into_body();
    let events = stage.notes.streams.recv().await.unwrap();
    let call = tokio::spawn(post("/notes/mcp", &tool("hang", json!({}))).token(&token).send(to));
    stage.notes.hangs().await;

    stage.gateway.signal("TERM");
    assert_eq!(next(&mut stream).await, None, "the stream has ended properly");
    while TcpStream::connect(to).await.is_ok() {}
    stage.notes.release();
    let answer = call.await.unwrap();
    assert!(answer.body.contains("released"), "{answer:?}");
    let (status, _) = stage.gateway.ended().await;
    assert!(status.success(), "{status}\n{}", stage.gateway.log());
    drop(events);
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let mut stage = Stage::start().await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let call = tokio::spawn(post("/notes/mcp", &tool("hang", json!({}))).token(&token).send(to));
    stage.notes.hangs().await;
    stage.gateway.signal("TERM");
    while TcpStream::connect(to).await.is_ok() {}
    stage.gateway.signal("INT");
    let (status, _) = stage.gateway.ended().await;
    assert!(status.success(), "{status}");
    assert!(call.await.is_err(), "the call was cut off");
}

#[tokio::test]
async fn both_protocols_are_spoken() {
    let stage = Stage::start().await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let stream = TcpStream::connect(to).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http2::handshake(
        hyper_util::rt::TokioExecutor::new(),
        hyper_util::rt::TokioIo::new(stream),
    )
    .await
    .unwrap();
    tokio::spawn(connection);
    let request = |host: Option<&str>| {
        let mut request = http::Request::post(format!("http://{to}/notes/mcp"))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json");
        if let Some(host) = host {
            request = request.header("host", host);
        }
        request.body(http_body_util::Full::new(bytes::Bytes::from(ping().to_string()))).unwrap()
    };
    assert_eq!(sender.send_request(request(None)).await.unwrap().status(), 200);
    assert_eq!(sender.send_request(request(Some("evil.example"))).await.unwrap().status(), 400);
}
