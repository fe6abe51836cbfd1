//! How much one caller, one server behind and all of them may take.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::{
    caller::{ping, post, raw, tool},
    stage::Stage,
};

const MIB: usize = 1024 * 1024;
const LARGE: usize = 100 * MIB;

#[tokio::test]
async fn one_server_that_hangs_does_not_take_what_the_others_need() {
    let stage = Stage::with_head("limits: { requests_per_server: 2 }").await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let hang = || tokio::spawn(post("/notes/mcp", &tool("hang", json!({}))).token(&token).send(to));
    let mut hanging = Vec::new();
    for _ in 0..2 {
        hanging.push(hang());
        stage.notes.hangs().await;
    }
    let answer = post("/notes/mcp", &ping()).token(&token).send(to).await;
    assert_eq!((answer.code().as_str(), answer.status.as_u16()), ("server-busy", 503));
    assert_eq!(answer.headers["retry-after"], "1");
    assert!(answer.body.contains("\"id\":1"), "{answer:?}");
    // A stranger takes no place, and is told nothing of how busy it is.
    assert_eq!(post("/notes/mcp", &ping()).send(to).await.code(), "token-absent");
    let other = stage.token("files", json!({}));
    assert_eq!(post("/files/mcp", &ping()).token(&other).send(to).await.status, 200);
    for call in hanging {
        stage.notes.release();
        assert_eq!(call.await.unwrap().status, 200);
    }
    assert_eq!(post("/notes/mcp", &ping()).token(&token).send(to).await.status, 200);
}

#[tokio::test]
async fn one_request_too_many_is_told_to_come_back() {
    let stage = Stage::with_head("limits: { requests: 1 }").await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let hanging = tokio::spawn(post("/notes/mcp", &tool("hang", json!({}))).token(&token).send(to));
    stage.notes.hangs().await;
    let answer = post("/notes/mcp", &ping()).token(&token).send(to).await;
    assert_eq!((answer.code().as_str(), answer.status.as_u16()), ("busy", 503));
    assert_eq!(answer.headers["retry-after"], "1");
    stage.notes.release();
    assert_eq!(hanging.await.unwrap().status, 200);
    assert_eq!(post("/notes/mcp", &ping()).token(&token).send(to).await.status, 200);
}

#[tokio::test]
async fn streams_that_last_do_not_count_as_requests() {
    let mut stage = Stage::with_head("limits: { requests: 1, requests_per_server: 1 }").await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let mut open = Vec::new();
    for _ in 0..10 {
        let answer = crate::caller::get("/notes/mcp").token(&token).open(to).await;
        assert_eq!(answer.status(), 200);
        open.push((answer, stage.notes.streams.recv().await.unwrap()));
    }
    assert_eq!(post("/notes/mcp", &ping()).token(&token).send(to).await.status, 200);
}

#[tokio::test]
async fn a_connection_too_many_waits_for_its_turn() {
    let stage = Stage::with_head("limits: { connections: 2 }").await;
    let to = stage.gateway.address;
    let held = [TcpStream::connect(to).await.unwrap(), TcpStream::connect(to).await.unwrap()];
    let waiting = tokio::spawn(async move {
        raw(to, "GET /livez HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n").await
    });
    let [one, _other] = held;
    drop(one);
    assert!(waiting.await.unwrap().starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn who_says_nothing_or_half_a_head_is_not_waited_for() {
    let stage = Stage::with_head("limits: { first_byte: 1s }").await;
    let to = stage.gateway.address;
    for said in ["", "GET /livez HTTP/1.1\r\nHost: pro"] {
        let mut stream = TcpStream::connect(to).await.unwrap();
        stream.write_all(said.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();
        assert!(!String::from_utf8_lossy(&rest).contains("200"), "{said}");
    }
}

#[tokio::test]
async fn the_head_of_a_request_has_the_size_and_the_lines_that_the_operator_says() {
    let stage = Stage::with_head("limits: { head: 8KiB, headers: 20 }").await;
    let to = stage.gateway.address;
    let ask = |more: String| async move {
        raw(to, &format!("GET /livez HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n{more}\r\n")).await
    };
    assert!(ask("X-Many: 1\r\n".repeat(18)).await.starts_with("HTTP/1.1 200"));
    assert!(ask("X-Many: 1\r\n".repeat(19)).await.starts_with("HTTP/1.1 431"));
    assert!(ask(format!("X-Long: {}\r\n", "x".repeat(9 * 1024))).await.starts_with("HTTP/1.1 431"));
}

/// A frame of HTTP/2 (RFC 9113 §4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

#[tokio::test]
async fn a_head_that_goes_on_for_ever_ends_the_connection() {
    let stage = Stage::start().await;
    let mut stream = TcpStream::connect(stage.gateway.address).await.unwrap();
    let begin =
        [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], &frame(4, 0, 0, &[]), &frame(1, 0, 1, &[0x82])].concat();
    stream.write_all(&begin).await.unwrap();
    // CVE-2024-27316: a literal header in each CONTINUATION, and never END_HEADERS.
    let field = [&[0x00, 0x01, b'x', 0x7f, 0x81, 0x7e][..], &[b'y'; 16 * 1024]].concat();
    let more = frame(9, 0, 1, &field[..16 * 1024]);
    let mut sent = 0;
    let ended = async {
        while stream.write_all(&more).await.is_ok() {
            sent += more.len();
            assert!(sent < 64 * MIB, "it is read for ever");
        }
    };
    ended.await;
    let answer =
        raw(stage.gateway.address, "GET /livez HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn streams_that_are_reset_as_fast_as_they_are_opened_end_the_connection() {
    let stage = Stage::start().await;
    let mut stream = TcpStream::connect(stage.gateway.address).await.unwrap();
    let begin = [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], &frame(4, 0, 0, &[])].concat();
    stream.write_all(&begin).await.unwrap();
    // CVE-2023-44487: `GET https://a/`, and at once RST_STREAM with CANCEL.
    let head = [0x82, 0x84, 0x87, 0x41, 0x01, b'a'];
    let mut flood = Vec::new();
    for stream in (1..40_000).step_by(2) {
        flood.extend(frame(1, 0x5, stream, &head));
        flood.extend(frame(3, 0, stream, &8_u32.to_be_bytes()));
    }
    let (mut reader, mut writer) = stream.split();
    let writing = async { drop(writer.write_all(&flood).await) };
    let mut said = Vec::new();
    let reading = async { drop(reader.read_to_end(&mut said).await) };
    tokio::join!(writing, reading);
    // GOAWAY with ENHANCE_YOUR_CALM, unless the connection was gone before it could be read.
    let calm = [0, 0, 0, 0xb];
    assert!(said.is_empty() || said.windows(4).any(|window| window == calm), "{said:?}");
    let answer =
        raw(stage.gateway.address, "GET /livez HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_body_of_100_mib_streams_through_and_takes_no_memory() {
    let mut stage = Stage::start().await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    assert_eq!(post("/notes/mcp", &ping()).token(&token).send(to).await.status, 200);
    let before = stage.gateway.memory();
    let mut answer = post("/notes/mcp", &tool("mute", json!({}))).token(&token).open(to).await.into_body();
    let mut sender = stage.notes.streams.recv().await.unwrap();
    let chunk = Bytes::from(vec![b' '; 64 * 1024]);
    // The caller does not read: what is sent stays where it is, in buffers of the system and a few of ours.
    let mut sent = 0;
    while let Ok(Ok(())) = timeout(Duration::from_secs(1), sender.send_data(chunk.clone())).await {
        sent += chunk.len();
        assert!(sent < LARGE, "somebody holds it all");
    }
    let held = stage.gateway.memory().saturating_sub(before);
    // It reads, and gets everything.
    let sending = tokio::spawn(async move {
        while sent < LARGE {
            sender.send_data(chunk.clone()).await.unwrap();
            sent += chunk.len();
        }
        sent
    });
    let mut read = 0;
    while let Some(frame) = answer.frame().await {
        read += frame.unwrap().into_data().unwrap().len();
    }
    assert_eq!(read, sending.await.unwrap());
    let grown = stage.gateway.memory().saturating_sub(before);
    println!("100 MiB down: {held} KiB while nobody read, {grown} KiB in the end");
    assert!(grown < 16 * 1024, "{grown} KiB");
}

#[tokio::test]
async fn a_message_of_100_mib_is_refused_before_it_is_read() {
    let stage = Stage::start().await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let before = stage.gateway.memory();
    let head = format!(
        "POST /notes/mcp HTTP/1.1\r\nHost: {to}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
    );
    for framing in [format!("Content-Length: {LARGE}"), "Transfer-Encoding: chunked".to_owned()] {
        let mut stream = TcpStream::connect(to).await.unwrap();
        stream.write_all(format!("{head}{framing}\r\n\r\n").as_bytes()).await.unwrap();
        let (mut reader, mut writer) = stream.into_split();
        let is_chunked = framing.starts_with("Transfer");
        let writing = tokio::spawn(async move {
            let data = vec![b' '; 64 * 1024];
            let chunk = if is_chunked { [b"10000\r\n", &data[..], b"\r\n"].concat() } else { data };
            let mut written = 0;
            while written < LARGE && writer.write_all(&chunk).await.is_ok() {
                written += 64 * 1024;
            }
            written
        });
        let mut answer = Vec::new();
        drop(reader.read_to_end(&mut answer).await);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(
            answer.starts_with("HTTP/1.1 413") && answer.contains("body-too-large"),
            "{framing}: {answer}"
        );
        let written = writing.await.unwrap();
        println!("{framing}: {} KiB were taken", written / 1024);
        assert!(written < LARGE / 2, "{framing}: {written} bytes were read");
    }
    let grown = stage.gateway.memory().saturating_sub(before);
    println!("100 MiB up: {grown} KiB");
    assert!(grown < 24 * 1024, "{grown} KiB");
    assert!(stage.notes.requests().is_empty());
}

#[tokio::test]
async fn over_http2_a_slow_caller_holds_no_more_than_its_window() {
    let mut stage = Stage::start().await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let io = TokioIo::new(TcpStream::connect(to).await.unwrap());
    let (mut caller, connection) =
        hyper::client::conn::http2::handshake(hyper_util::rt::TokioExecutor::new(), io).await.unwrap();
    tokio::spawn(connection);
    let before = stage.gateway.memory();
    let mut answers = Vec::new();
    for _ in 0..8 {
        let request = http::Request::post(format!("http://{to}/notes/mcp"))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .body(http_body_util::Full::new(Bytes::from(tool("mute", json!({})).to_string())));
        let answer = caller.send_request(request.unwrap()).await.unwrap();
        assert_eq!(answer.status(), 200);
        let mut sender = stage.notes.streams.recv().await.unwrap();
        let chunk = Bytes::from(vec![b' '; 64 * 1024]);
        let mut sent = 0;
        while let Ok(Ok(())) = timeout(Duration::from_millis(300), sender.send_data(chunk.clone())).await {
            sent += chunk.len();
            assert!(sent < LARGE, "somebody holds it all");
        }
        answers.push((answer, sender));
    }
    let grown = stage.gateway.memory().saturating_sub(before);
    println!("eight stalled streams on one connection: {grown} KiB");
    assert!(grown < 16 * 1024, "{grown} KiB");
}
