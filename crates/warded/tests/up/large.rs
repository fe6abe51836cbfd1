//! How much memory does a body take that is larger than any buffer, or that nobody reads?

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
    caller::{ping, post, tool},
    stage::Stage,
};

const LARGE: usize = 100 * 1024 * 1024;

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

/// A client that writes everything before it reads anything, as simple ones do.
#[tokio::test]
async fn who_is_refused_while_it_is_still_writing_reads_why_afterwards() {
    const MUCH: usize = 10 * 1024 * 1024;
    let stage = Stage::start().await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    for (authorization, framing, status, code) in [
        (format!("Bearer {token}"), format!("Content-Length: {MUCH}"), 413, "body-too-large"),
        (format!("Bearer {token}"), "Transfer-Encoding: chunked".to_owned(), 413, "body-too-large"),
        ("Bearer somebody".to_owned(), format!("Content-Length: {MUCH}"), 401, "token-parts"),
    ] {
        let head = format!(
            "POST /notes/mcp HTTP/1.1\r\nHost: {to}\r\nAuthorization: {authorization}\r\n\
             Content-Type: application/json\r\n{framing}\r\n\r\n"
        );
        let (before, behind) =
            if framing.starts_with('T') { ("a00000\r\n", "\r\n0\r\n\r\n") } else { ("", "") };
        let body = vec![b' '; MUCH];
        let mut stream = TcpStream::connect(to).await.unwrap();
        for part in [head.as_bytes(), before.as_bytes(), &body, behind.as_bytes()] {
            stream.write_all(part).await.unwrap();
        }
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")) && answer.contains(code),
            "{framing}: {answer}"
        );
    }
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
