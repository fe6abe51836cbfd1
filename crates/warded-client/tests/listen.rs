//! Whether the listener adds the token, passes everything else as it comes, and serves nobody but its own user.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod stage;

use std::sync::Arc;

use http_body_util::channel::Channel;
use serde_json::json;
use stage::{Stage, answer, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
};
use warded_client::listen::{Bearer, Listen};

struct Listening {
    address: std::net::SocketAddr,
    ends: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

async fn listening(stage: &Stage) -> Listening {
    listening_for(stage, None).await
}

async fn listening_for(stage: &Stage, bearer: Option<Bearer>) -> Listening {
    let listen = Listen::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = listen.address();
    let (ends, stop) = oneshot::channel::<()>();
    let session = Arc::new(stage.session());
    let task = tokio::spawn(listen.serve(session, bearer, async move { drop(stop.await) }));
    Listening { address, ends, task }
}

/// Sends a request as it stands, and reads until the end.
async fn raw(address: std::net::SocketAddr, head: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = if body.is_empty() { String::new() } else { format!("content-length: {}\r\n", body.len()) };
    stream.write_all(format!("{head}\r\nconnection: close\r\n{length}\r\n{body}").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer)
}

#[tokio::test]
async fn the_token_is_added_and_everything_else_passes() {
    let stage = Stage::new().await;
    stage.server.play(|_| {
        let mut answer = json(200, &json!({ "id": 1, "result": {} }));
        for (name, value) in [("mcp-session-id", "S"), ("set-cookie", "a=b"), ("x-other", "y")] {
            answer.headers_mut().insert(name, http::HeaderValue::from_static(value));
        }
        answer
    });
    let listening = listening(&stage).await;
    let origin = format!("http://localhost:{}", listening.address.port());
    let head = "POST /any/path?x=1 HTTP/1.1\r\nhost: localhost:1\r\nauthorization: Bearer INBOUND\r\ncookie: c=INBOUND\r\nmcp-session-id: S\r\nmcp-param-region: eu\r\naccept: application/json\r\ncontent-type: application/json";
    let body = r#"{ "id":1, "method":"ping" }"#;
    let head = format!("{head}\r\norigin: {origin}");
    let (status, answer) = raw(listening.address, &head, body).await;
    assert_eq!(status, 200);
    assert!(
        answer.contains("mcp-session-id: S")
            && answer.contains("x-other: y")
            && !answer.contains("set-cookie")
    );
    assert!(answer.ends_with(r#"{"id":1,"result":{}}"#), "{answer}");
    let seen = stage.server.log.at("/mcp").pop().unwrap();
    assert_eq!((seen.body.as_str(), seen.query.as_str()), (body, ""));
    assert_eq!((seen.header("mcp-session-id"), seen.header("mcp-param-region")), (Some("S"), Some("eu")));
    assert!(seen.header("authorization").unwrap().starts_with("Bearer ACCESS-one"));
    assert_eq!((seen.header("origin"), seen.header("cookie")), (None, None));
    assert!(!stage.server.log.has("INBOUND"));
}

#[tokio::test]
async fn nobody_but_this_machine_is_served() {
    let stage = Stage::new().await;
    let listening = listening(&stage).await;
    for head in [
        "POST /mcp HTTP/1.1\r\nhost: evil.example",
        "POST /mcp HTTP/1.1\r\nhost: localhost.evil.example:80",
        "POST /mcp HTTP/1.1\r\nhost: localhost\r\norigin: https://evil.example",
        "POST /mcp HTTP/1.1\r\nhost: localhost\r\norigin: null",
        "POST /mcp HTTP/1.1\r\nhost: localhost\r\norigin: http://localhost:1",
        "GET /mcp HTTP/1.1\r\nhost: localhost\r\nsec-fetch-site: cross-site\r\nsec-fetch-mode: navigate",
        "GET /mcp HTTP/1.1\r\nhost: evil.example",
        "DELETE /mcp HTTP/1.1\r\nhost: 127.0.0.1\r\norigin: http://evil.example",
        "GET /.well-known/oauth-protected-resource HTTP/1.1\r\nhost: evil.example",
        "POST /mcp HTTP/1.1\r\nhost: localhost\r\nhost: evil.example",
    ] {
        let (status, answer) = raw(listening.address, head, "").await;
        assert!(status == 403 || status == 400, "{head}: {answer}");
        assert!(!answer.to_lowercase().contains("access-control-allow"), "{answer}");
    }
    for head in ["OPTIONS /mcp HTTP/1.1\r\nhost: localhost", "PUT /mcp HTTP/1.1\r\nhost: localhost"] {
        assert_eq!(raw(listening.address, head, "").await.0, 405);
    }
    let head = "GET /.well-known/oauth-protected-resource/mcp HTTP/1.1\r\nhost: localhost";
    assert_eq!(raw(listening.address, head, "").await.0, 404);
    assert!(stage.server.log.at("/mcp").is_empty(), "the server was asked nothing");
    assert_eq!(stage.visits(), 0);
}

const ASK: &str = "POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json";

#[tokio::test]
async fn a_server_sends_no_client_to_another_listener() {
    let stage = Stage::new().await;
    for status in [300, 301, 302, 303, 304, 307, 308] {
        stage.server.play(move |_| {
            let mut answer = json(status, &json!({}));
            for name in ["location", "refresh"] {
                let value = http::HeaderValue::from_static("http://127.0.0.1:8701/notes/mcp");
                answer.headers_mut().insert(name, value);
            }
            answer
        });
        let listening = listening(&stage).await;
        let (answered, answer) = raw(listening.address, ASK, "{}").await;
        assert!(answered == 502 && !answer.contains("8701"), "{status}: {answer}");
    }
    stage.server.play(|_| {
        let mut answer = json(200, &json!({}));
        for name in ["location", "refresh"] {
            answer
                .headers_mut()
                .insert(name, http::HeaderValue::from_static("http://127.0.0.1:8701/notes/mcp"));
        }
        answer
    });
    let listening = listening(&stage).await;
    let (status, answer) = raw(listening.address, ASK, "{}").await;
    assert!(status == 200 && !answer.contains("8701"), "{answer}");
}

#[tokio::test]
async fn no_page_of_the_server_becomes_one_of_this_machine() {
    let stage = Stage::new().await;
    let listening = listening(&stage).await;
    for (status, kind, expected) in [
        (200, "text/html", 502),
        (200, "image/svg+xml", 502),
        (200, "application/xhtml+xml", 502),
        (404, "text/html", 404),
        (500, "text/html", 500),
        (202, "text/html", 202),
        (200, "application/json", 200),
        (200, "text/event-stream; charset=utf-8", 200),
    ] {
        stage.server.play(move |_| answer(status, kind, "<script>alert(1)</script>"));
        let (answered, answer) = raw(listening.address, ASK, "{}").await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert_eq!(answered, expected, "{kind}: {answer}");
        assert!(
            head.contains("x-content-type-options: nosniff")
                && head.contains("content-security-policy: sandbox"),
            "{head}"
        );
        let carries = kind.starts_with("application/json") || kind.starts_with("text/event-stream");
        assert_eq!(body.contains("<script>"), carries, "{kind}: {answer}");
        assert!(carries || !head.contains(kind), "{head}");
    }
    // A server that accepts a notification has nothing to add (MCP 2025-11-25).
    stage.server.play(|_| answer(202, "text/plain", ""));
    assert_eq!(raw(listening.address, ASK, "{}").await.0, 202);
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a test has randomness of its own")]
async fn whoever_does_not_show_the_bearer_speaks_as_nobody_and_no_server_hears_of_it() {
    let stage = Stage::new().await;
    let random = aws_lc_rs::rand::SystemRandom::new();
    let (bearer, other) = (Bearer::generate(&random).unwrap(), Bearer::generate(&random).unwrap());
    let text = bearer.reveal();
    let listening = listening_for(&stage, Some(bearer)).await;
    let shown = |value: &str| format!("{ASK}\r\nauthorization: Bearer {value}");
    for (head, error) in [
        (ASK.to_owned(), None),
        (shown("x"), Some("error=\"invalid_token\"")),
        (shown(&other.hand_over()), Some("error=\"invalid_token\"")),
        (format!("{}\r\nauthorization: Bearer {}", shown("x"), *text), Some("error=\"invalid_token\"")),
        ("DELETE /mcp HTTP/1.1\r\nhost: localhost".to_owned(), None),
        (format!("GET /mcp?access_token={} HTTP/1.1\r\nhost: localhost", *text), None),
    ] {
        let (status, answer) = raw(listening.address, &head, "").await;
        assert_eq!(status, 401, "{answer}");
        assert_eq!(answer.contains("invalid_token"), error.is_some(), "{answer}");
        // RFC 9728: what would send a client to an authorization server is not there.
        assert!(answer.contains("www-authenticate: Bearer realm") && !answer.contains("resource_metadata"));
    }
    assert!(stage.server.log.at("/mcp").is_empty() && stage.visits() == 0);
    let head = format!("{}\r\norigin: https://evil.example", shown(&text));
    assert_eq!(raw(listening.address, &head, "{}").await.0, 403, "a bearer opens nothing to a page");

    assert_eq!(raw(listening.address, &shown(&text), "{}").await.0, 200);
    let seen = stage.server.log.at("/mcp").pop().unwrap();
    assert!(seen.header("authorization").unwrap().starts_with("Bearer ACCESS-one"));
    for log in [&stage.server.log, &stage.one.log, &stage.two.log] {
        assert!(!log.has(&text), "the bearer has left this machine");
    }
}

#[tokio::test]
async fn a_form_of_somebody_else_is_no_message() {
    let stage = Stage::new().await;
    let listening = listening(&stage).await;
    for kind in ["", "\r\ncontent-type: text/plain", "\r\ncontent-type: application/x-www-form-urlencoded"] {
        let head = format!("POST /mcp HTTP/1.1\r\nhost: localhost{kind}");
        assert_eq!(raw(listening.address, &head, "{}").await.0, 415, "{kind}");
    }
    assert!(stage.server.log.at("/mcp").is_empty());
}

#[tokio::test]
async fn a_stream_passes_unbuffered() {
    let stage = Stage::new().await;
    let sender = Arc::new(std::sync::Mutex::new(None));
    let place = Arc::clone(&sender);
    stage.server.play(move |_| {
        let (sender, body) = Channel::<bytes::Bytes>::new(1);
        place.lock().unwrap().replace(sender);
        answer(200, "text/event-stream", axum::body::Body::new(body))
    });
    let listening = listening(&stage).await;
    let mut stream = TcpStream::connect(listening.address).await.unwrap();
    stream
        .write_all(b"GET /mcp HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\r\n")
        .await
        .unwrap();
    let mut heard = String::new();
    let mut hear = async |wanted: &str| {
        while !heard.contains(wanted) {
            let mut piece = [0; 4096];
            let length = stream.read(&mut piece).await.unwrap();
            assert!(length > 0, "{heard}");
            heard.push_str(std::str::from_utf8(&piece[..length]).unwrap());
        }
    };
    hear("text/event-stream").await;
    let mut sender = sender.lock().unwrap().take().unwrap();
    for number in 0..3 {
        sender.send_data(format!("data: event {number}\n\n").into()).await.unwrap();
        hear(&format!("event {number}")).await;
    }
    // Who hangs up is heard at the other end.
    drop(stream);
    while sender.send_data(": still there?\n\n".into()).await.is_ok() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn why_there_is_no_token_is_told() {
    let stage = Stage::new().await;
    stage.one.turn(|knobs| knobs.denies = true);
    let listening = listening(&stage).await;
    let (status, answer) = raw(
        listening.address,
        "POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json",
        "{}",
    )
    .await;
    assert_eq!(status, 502);
    assert!(
        answer.contains("access_denied") && !answer.to_lowercase().contains("www-authenticate"),
        "{answer}"
    );
}

#[tokio::test]
async fn the_end_closes_the_port() {
    let stage = Stage::new().await;
    let listening = listening(&stage).await;
    listening.ends.send(()).unwrap();
    listening.task.await.unwrap();
    assert!(TcpStream::connect(listening.address).await.is_err());
}
