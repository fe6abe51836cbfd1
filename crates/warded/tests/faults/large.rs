//! A hundred MiB, either way: refused where nobody can judge it, passed piece by piece where nobody has to.

use bytes::Bytes;
use http_body_util::BodyExt as _;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpStream, tcp::OwnedWriteHalf},
    time::Instant,
};

use crate::{
    caller::{get, ping, post},
    stage::Stage,
};

const MIB: usize = 1024 * 1024;
const HUNDRED: usize = 100 * MIB;

/// Writes a message of a hundred MiB for as long as anybody takes it.
async fn writes(mut stream: OwnedWriteHalf, head: String, is_announced: bool) {
    let (begun, ended) = (
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"x":""#,
        r#""}}}"#,
    );
    let filler = vec![b'x'; MIB];
    let middle = std::iter::repeat_n(filler.as_slice(), 100);
    let pieces = std::iter::once(begun.as_bytes()).chain(middle).chain([ended.as_bytes()]);
    let length = begun.len() + HUNDRED + ended.len();
    let framing =
        if is_announced { format!("Content-Length: {length}") } else { "Transfer-Encoding: chunked".into() };
    let mut is_taken = stream.write_all(format!("{head}{framing}\r\n\r\n").as_bytes()).await.is_ok();
    for piece in pieces {
        if !is_taken {
            return;
        }
        is_taken = if is_announced {
            stream.write_all(piece).await.is_ok()
        } else {
            let size = format!("{:x}\r\n", piece.len());
            stream.write_all(&[size.as_bytes(), piece, b"\r\n"].concat()).await.is_ok()
        };
    }
    assert!(!is_taken, "all of it was taken");
}

#[tokio::test]
async fn a_message_of_a_hundred_mib_is_refused_and_not_kept() {
    let stage = Stage::start().await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    assert_eq!(post("/notes/mcp", &ping()).token(&token).send(to).await.status, 200);
    let (before, began) = (stage.gateway.resident(), Instant::now());
    let mut most = 0;
    let head = format!(
        "POST /notes/mcp HTTP/1.1\r\nHost: {to}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
    );
    let mut told = 0;
    for is_announced in [true, false].repeat(4) {
        let (mut reading, writing) = TcpStream::connect(to).await.unwrap().into_split();
        let writer = tokio::spawn(writes(writing, head.clone(), is_announced));
        let mut answer = Vec::new();
        // Whoever still writes when the connection ends may lose the answer.
        let _ended = reading.read_to_end(&mut answer).await;
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413 "), "{answer}");
        told += usize::from(!answer.is_empty());
        writer.await.unwrap();
        most = most.max(stage.gateway.resident());
    }
    assert_eq!(stage.notes.requests().len(), 1);
    println!(
        "8 messages of 100 MiB were refused in {:?}, {told} of them with a word that was heard; resident before {before} KiB, at most {most} KiB",
        began.elapsed()
    );
    assert!(
        most < before + 40 * 1024,
        "more than the longest message was kept: {before} KiB, then {most} KiB"
    );
}

#[tokio::test]
async fn an_answer_of_a_hundred_mib_passes_piece_by_piece() {
    let mut stage = Stage::start().await;
    let token = stage.token("notes", json!({}));
    let answer = get("/notes/mcp").token(&token).open(stage.gateway.address).await;
    let mut behind = stage.notes.streams.recv().await.unwrap();
    let (before, began) = (stage.gateway.resident(), Instant::now());
    let sending = tokio::spawn(async move {
        // One event, in one line, with an id before it.
        behind.send_data("id: 1\ndata: ".into()).await.unwrap();
        let piece = Bytes::from(vec![b'x'; MIB]);
        for _ in 0..100 {
            behind.send_data(piece.clone()).await.unwrap();
        }
        behind.send_data("\n\n".into()).await.unwrap();
    });
    let (mut arrived, mut most, mut body) = (0, 0, answer.into_body());
    while let Some(frame) = body.frame().await {
        let data = frame.unwrap().into_data().unwrap();
        arrived += data.len();
        if arrived % 64 < 8 {
            most = most.max(stage.gateway.resident());
        }
    }
    sending.await.unwrap();
    let took = began.elapsed();
    println!("an event of 100 MiB passed in {took:?}; resident before {before} KiB, at most {most} KiB");
    assert!(arrived > HUNDRED);
    assert!(most < before + 20 * 1024, "the answer was kept: {before} KiB, then {most} KiB");
}
