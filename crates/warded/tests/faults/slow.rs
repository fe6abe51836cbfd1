//! Slow callers cost bounded memory and nobody else's time, and are not waited for.

use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, timeout},
};

use crate::{
    caller::{get, ping, post},
    stage::Stage,
};

const SHORT: &str = "limits: { first_byte: 2s, body: 2s, stalled: 2s }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_does_not_read_is_sent_no_more_than_fits_on_the_way() {
    let mut stage = Stage::with_head("limits: { stalled: 5m }").await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let before = stage.gateway.resident();
    let (mut held, mut sent) = (Vec::new(), 0_usize);
    let piece = Bytes::from(vec![b'x'; 64 * 1024]);
    for _ in 0..20 {
        let answer = get("/notes/mcp").token(&token).open(to).await;
        let mut behind = stage.notes.streams.recv().await.unwrap();
        // As much as anybody takes: the caller reads nothing after the head.
        while let Ok(Ok(())) = timeout(Duration::from_millis(300), behind.send_data(piece.clone())).await {
            sent += piece.len();
            assert!(sent < 2_000_000_000, "somebody keeps everything");
        }
        held.push((answer, behind));
    }
    let after = stage.gateway.resident();
    println!(
        "20 callers that read nothing: {} KiB each were taken, nearly all of it by the sockets; resident {} KiB each",
        sent / 20 / 1024,
        after.saturating_sub(before) / 20
    );
    assert!(after < before + 20 * 2048, "{before} KiB, then {after} KiB");
    let other = stage.token("files", json!({}));
    let answer = post("/files/mcp", &ping()).token(&other).send(to).await;
    assert_eq!(answer.status, 200, "nobody waits for them");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_does_not_come_to_an_end_is_not_waited_for() {
    let stage = Stage::with_head(SHORT).await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let body = ping().to_string();
    let whole = format!(
        "POST /notes/mcp HTTP/1.1\r\nHost: {to}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let (before, began) = (stage.gateway.resident(), Instant::now());
    let mut lines = Vec::new();
    // Two hundred that stop somewhere in a request: in the head, right behind it, in the message.
    let behind_head = whole.len() - body.len();
    for number in 0..200 {
        let mut stream = TcpStream::connect(to).await.unwrap();
        let end = [7, behind_head - 2, behind_head, behind_head + 5][number % 4];
        stream.write_all(&whole.as_bytes()[..end]).await.unwrap();
        lines.push(stream);
    }
    let most = stage.gateway.resident();
    // The others are served meanwhile.
    let mut served = 0;
    for _ in 0..20 {
        assert_eq!(post("/notes/mcp", &ping()).token(&token).send(to).await.status, 200);
        served += 1;
    }
    let mut answers = std::collections::BTreeMap::<String, usize>::new();
    for mut stream in lines {
        let mut answer = Vec::new();
        // A reset is an end, too.
        let _ended = stream.read_to_end(&mut answer).await;
        let line = String::from_utf8_lossy(&answer).lines().next().unwrap_or("nothing").to_owned();
        *answers.entry(line).or_default() += 1;
    }
    println!(
        "200 callers that stopped were left after {:?}: {answers:?}; {served} others were served meanwhile; resident \
         before {before} KiB, at most {most} KiB",
        began.elapsed()
    );
    assert!(answers.keys().all(|line| !line.contains(" 200 ")), "{answers:?}");
    assert_eq!(stage.notes.requests().len(), 20);
    assert!(most < before + 200 * 128, "{before} KiB, then {most} KiB");
}
