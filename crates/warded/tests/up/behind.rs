//! How servers behind are spoken to: streams that last beside calls, callers that leave, servers that break off.

use bytes::Bytes;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

use crate::{
    caller::{Answer, get, ping, post, raw, tool},
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

/// What a server does with the requests of one connection, one after the other.
#[derive(Clone, Copy, Debug)]
enum Does {
    /// Answers.
    Answer,
    /// Reads the whole request and is gone.
    Vanish,
    /// Says something that is no HTTP.
    Babble,
    /// Begins an answer with a head that has no end.
    Boast,
    /// Sends half an answer and is gone.
    Halve,
    /// Begins a stream of events and is gone.
    HalveStream,
}

const OK: &str = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}";

/// A server behind that does as it is told, and tells of each request.
async fn behind(does: &'static [Does]) -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    let (seen, requests) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(connection(stream, does, seen.clone()));
        }
    });
    (url, requests)
}

async fn connection(mut stream: TcpStream, does: &'static [Does], seen: mpsc::UnboundedSender<String>) {
    for does in does {
        let Some(request) = whole(&mut stream).await else { return };
        seen.send(request).unwrap();
        let answer = match does {
            Does::Answer => {
                format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{OK}", OK.len())
            }
            Does::Vanish => return,
            Does::Babble => "SSH-2.0-OpenSSH_9.9\r\n\r\n".to_owned(),
            Does::Boast => format!("HTTP/1.1 200 OK\r\nX-Long: {}\r\n\r\n", "x".repeat(1024 * 1024)),
            Does::Halve => {
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"jsonrpc\":".to_owned()
            }
            Does::HalveStream => {
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n\
                 a\r\ndata: {}\n\n\r\n"
                    .to_owned()
            }
        };
        // Who does not want to hear the rest is gone already.
        drop(stream.write_all(answer.as_bytes()).await);
    }
}

/// A request with its body.
async fn whole(stream: &mut TcpStream) -> Option<String> {
    let mut read = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return Some(text);
            }
        }
        let mut chunk = [0; 4096];
        let length = stream.read(&mut chunk).await.ok().filter(|length| *length > 0)?;
        read.extend_from_slice(&chunk[..length]);
    }
}

/// A gateway whose server `notes` lies at this URL.
async fn before(url: &str, head: &str) -> Stage {
    let stage = Stage::with_head(head).await;
    let file = stage.gateway.folder.path().join("warded.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace(&stage.notes.url, url)).unwrap();
    let Stage { gateway, issuer, notes, files } = stage;
    Stage { gateway: gateway.restart().await, issuer, notes, files }
}

fn is_told_by_its_id(answer: &Answer) -> bool {
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    body["jsonrpc"] == "2.0" && body["id"] == 1 && body["error"]["code"] == -32603
}

#[tokio::test]
async fn a_call_that_was_sent_is_not_sent_again() {
    let (url, mut seen) = behind(&[Does::Answer, Does::Vanish]).await;
    let stage = before(&url, "").await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    assert_eq!(post("/notes/mcp", &ping()).token(&token).send(to).await.status, 200);
    // It goes over the connection that was kept, which is when a client would be tempted to try once more.
    let answer = post("/notes/mcp", &tool("pay", json!({}))).token(&token).send(to).await;
    assert_eq!((answer.code().as_str(), answer.status.as_u16()), ("upstream-broke", 502));
    assert!(is_told_by_its_id(&answer), "{answer:?}");
    assert_eq!(post("/notes/mcp", &ping()).token(&token).send(to).await.status, 200);
    drop(stage);
    let mut payments = 0;
    while let Ok(request) = seen.try_recv() {
        payments += usize::from(request.contains("\"pay\""));
    }
    assert_eq!(payments, 1);
}

#[tokio::test]
async fn it_is_said_whose_fault_it_was() {
    for (does, code) in [
        (&[Does::Vanish][..], "upstream-broke"),
        (&[Does::Babble], "upstream-unusable"),
        (&[Does::Boast], "upstream-unusable"),
    ] {
        let (url, _seen) = behind(does).await;
        let stage = before(&url, "").await;
        let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
        let answer = post("/notes/mcp", &ping()).token(&token).send(to).await;
        assert_eq!((answer.code().as_str(), answer.status.as_u16()), (code, 502), "{does:?}");
        assert!(is_told_by_its_id(&answer), "{answer:?}");
    }
    // What answers there has a certificate that nobody vouches for, speaks no TLS at all, or says nothing.
    let impostor = secured().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mute = format!("https://{}/mcp", listener.local_addr().unwrap());
    for (url, code) in [(impostor, "upstream-unproven"), (mute, "upstream-unreachable")] {
        let stage = before(&url, "limits: { connect: 1s }").await;
        let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
        let answer = post("/notes/mcp", &ping()).token(&token).send(to).await;
        assert_eq!((answer.code().as_str(), answer.status.as_u16()), (code, 502), "{}", stage.gateway.log());
        assert!(is_told_by_its_id(&answer), "{answer:?}");
    }
}

/// A server behind that says of itself who it is.
async fn secured() -> String {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/mcp", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            assert!(acceptor.accept(stream).await.is_err(), "nobody believes it");
        }
    });
    url
}

#[tokio::test]
async fn what_breaks_off_behind_breaks_off_for_the_caller() {
    for does in [&[Does::Halve][..], &[Does::HalveStream]] {
        let (url, _seen) = behind(does).await;
        let stage = before(&url, "").await;
        let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
        let body = tool("echo", json!({})).to_string();
        let call = format!(
            "POST /notes/mcp HTTP/1.1\r\nHost: {to}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = raw(to, &call).await;
        // Half an answer must not look like a whole: no last chunk, and less than was announced.
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        assert!(!body.ends_with("0\r\n\r\n") && body.len() < 1000, "{does:?}: {answer}");
        assert!(answer.is_empty() || answer.contains("content-length: 1000") || answer.contains("chunked"));
    }
}

#[tokio::test]
async fn an_answer_that_goes_silent_breaks_off_and_a_stream_goes_on() {
    let mut stage = Stage::with_head("limits: { silence: 1s }").await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let mut stream = get("/notes/mcp").token(&token).open(to).await.into_body();
    let mut events = stage.notes.streams.recv().await.unwrap();
    let answer = post("/notes/mcp", &tool("mute", json!({}))).token(&token).open(to).await;
    assert_eq!(answer.status(), 200);
    let held = stage.notes.streams.recv().await.unwrap();
    assert!(answer.into_body().collect().await.is_err());
    drop(held);
    // A comment by which a server keeps its stream alive is passed on like anything else.
    events.send_data(": still here\n\n".into()).await.unwrap();
    assert_eq!(stream.frame().await.unwrap().unwrap().into_data().unwrap(), ": still here\n\n");
}
