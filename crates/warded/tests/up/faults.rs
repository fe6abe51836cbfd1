//! Whose fault was it? What a caller is told of a server behind that breaks off, and how often a call is sent.

use std::sync::atomic::Ordering;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    caller::{Answer, get, ping, post, raw, tool},
    stage::Stage,
    unruly::{Does, before, behind, secured, vanishing_http2},
};

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
async fn a_call_that_was_sent_over_http2_is_not_sent_again() {
    let (url, count) = vanishing_http2().await;
    let stage = before(&format!("{url}\n    upstream_http2: true"), "").await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    for sent in 1..4 {
        let answer = post("/notes/mcp", &tool("pay", json!({}))).token(&token).send(to).await;
        assert_eq!((answer.code().as_str(), answer.status.as_u16()), ("upstream-broke", 502));
        assert_eq!(count.load(Ordering::Relaxed), sent);
    }
}

#[tokio::test]
async fn a_server_that_speaks_no_http2_is_not_reached_by_it() {
    let (url, _seen) = behind(&[Does::Answer]).await;
    let stage = before(&format!("{url}\n    upstream_http2: true"), "limits: { connect: 1s }").await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let answer = post("/notes/mcp", &ping()).token(&token).send(to).await;
    assert_eq!((answer.code().as_str(), answer.status.as_u16()), ("upstream-unreachable", 502));
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
    let (impostor, _certificate) = secured(&[]).await;
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

#[tokio::test]
async fn over_https_both_sides_agree_on_http2_or_nothing_is_sent() {
    for (protocols, status, code) in [
        (&[&b"h2"[..], b"http/1.1"][..], 200, "200"),
        (&[], 502, "upstream-unreachable"),
        (&[b"http/1.1"], 502, "upstream-unproven"),
    ] {
        let (url, certificate) = secured(protocols).await;
        let url = format!("{url}\n    upstream_http2: true");
        let pem = STANDARD.encode(&certificate);
        let pem = format!("-----BEGIN CERTIFICATE-----\n{pem}\n-----END CERTIFICATE-----\n");
        let stage = Stage::start().await;
        std::fs::write(stage.gateway.folder.path().join("behind.crt"), pem).unwrap();
        let head = "network: { roots: [behind.crt] }\nservers:\n";
        let behind = stage.notes.url.clone();
        let stage = stage.rewritten(&[("servers:\n", head), (&behind, &url)]).await;
        let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
        let answer = post("/notes/mcp", &ping()).token(&token).send(to).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (status, code),
            "{}",
            stage.gateway.log()
        );
    }
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
