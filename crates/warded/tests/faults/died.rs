//! A server behind dies in the middle of an answer: its caller must not take half of it for the whole.

use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    sync::watch,
    time::Instant,
};

use crate::{
    caller::{Answer, get, ping, post},
    issuer::Issuer,
    stage::Gateway,
};

/// Where a server behind dies.
const DEATHS: [(&str, &[u8]); 6] = [
    ("before it says anything", b""),
    ("in the head", b"HTTP/1.1 200 OK\r\nContent-Ty"),
    ("before the message", b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 38\r\n\r\n"),
    (
        "in the message",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 38\r\n\r\n{\"jsonrpc\":\"2.0\",",
    ),
    (
        "in a chunk",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n26\r\n{\"jsonrpc\":\"2.0\",",
    ),
    (
        "after an event",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\na\r\ndata: {}\n\n\r\n",
    ),
];

/// A gateway before a server, and a token for it.
async fn before(url: &str) -> (Gateway, String) {
    let issuer = Issuer::start().await;
    let gateway = Gateway::start(&format!(
        "public_url: http://127.0.0.1:PORT\nlisten: 127.0.0.1:PORT\nservers:\n  notes:\n    upstream: {url}\n    \
         issuers: [corp]\nissuers:\n  corp: {{ url: \"{}\" }}\n",
        issuer.url
    ))
    .await;
    let token = issuer.token(&gateway.url("notes"), json!({}));
    (gateway, token)
}

#[tokio::test]
async fn half_an_answer_is_never_taken_for_the_whole() {
    // It reads a whole request, says so much, and is gone.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    tokio::spawn(async move {
        for (_, said) in DEATHS.into_iter().cycle() {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(ping().to_string().as_bytes()) {
                let mut buffer = [0; 4096];
                let read = stream.read(&mut buffer).await.unwrap();
                assert_ne!(read, 0, "the gateway asks whole");
                request.extend_from_slice(&buffer[..read]);
            }
            stream.write_all(said).await.unwrap();
        }
    });
    let (mut gateway, token) = before(&url).await;
    let (mut refused, mut broken) = (0, 0);
    for _ in 0..10 {
        for (place, said) in DEATHS {
            let answer = post("/notes/mcp", &ping()).token(&token).attempt(gateway.address).await;
            // A head behind which nothing comes may not be sent at all.
            let Ok(answer) = answer else {
                broken += 1;
                continue;
            };
            if answer.status() == 200 {
                assert!(answer.into_body().collect().await.is_err(), "{place}: the answer seems whole");
                broken += 1;
            } else {
                let answer = Answer::read(answer).await;
                assert!([502, 504].contains(&answer.status.as_u16()), "{place}: {answer:?}");
                assert!(answer.code().starts_with("upstream-"), "{place}: {answer:?}");
                assert!(!String::from_utf8_lossy(said).contains("\r\n\r\n"), "{place}: {answer:?}");
                refused += 1;
            }
        }
    }
    gateway.signal("TERM");
    assert!(gateway.ended().await.0.success());
    let outcomes = outcomes(&gateway);
    let count = |outcome: &str| outcomes.iter().filter(|seen| *seen == outcome).count();
    println!(
        "{broken} answers broke off and {refused} never began; on record: {} broken, {} failed",
        count("broken"),
        count("failed")
    );
    assert_eq!((broken, refused), (40, 20));
    assert_eq!(count("broken"), broken, "each answer that broke off is on record as that");
    assert_eq!(count("answered"), 0);
}

/// How the calls ended, as the journal has it.
fn outcomes(gateway: &Gateway) -> Vec<String> {
    let mut text = String::new();
    for entry in std::fs::read_dir(gateway.folder.path().join("warded-journal")).unwrap() {
        text += &String::from_utf8_lossy(&std::fs::read(entry.unwrap().path()).unwrap());
    }
    let records = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    records.filter_map(|record| record["outcome"].as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn a_stream_that_breaks_behind_breaks_in_front() {
    // Every connection of it ends at once, and no stream ends as streams do: it was killed.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    let (kill, killed) = watch::channel(false);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut killed = killed.clone();
            tokio::spawn(async move {
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    request.push(stream.read_u8().await.unwrap());
                }
                let (_, begun) = DEATHS[5];
                stream.write_all(begun).await.unwrap();
                killed.wait_for(|is_killed| *is_killed).await.unwrap();
                stream.write_all(b"f\r\ndata: {").await.unwrap();
            });
        }
    });
    let (mut gateway, token) = before(&url).await;
    let mut bodies = Vec::new();
    for _ in 0..50 {
        let mut body = get("/notes/mcp").token(&token).open(gateway.address).await.into_body();
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "data: {}\n\n");
        bodies.push(body);
    }
    let began = Instant::now();
    kill.send(true).unwrap();
    for mut body in bodies {
        let rest = loop {
            match body.frame().await {
                Some(Ok(_)) => {}
                other => break other,
            }
        };
        assert!(rest.is_some(), "the stream seems to have ended as it should");
    }
    println!("50 streams broke in front within {:?}", began.elapsed());
    gateway.signal("TERM");
    assert!(gateway.ended().await.0.success());
    assert_eq!(outcomes(&gateway).iter().filter(|outcome| *outcome == "broken").count(), 50);
}
