//! Whoever reads `Host` and whoever reads the target must not see two servers.

use serde_json::json;

use crate::{
    caller::{ping, post, raw},
    stage::Stage,
};

#[tokio::test]
async fn an_ambiguous_host_is_refused_with_a_good_token_too() {
    let stage = Stage::start().await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let body = ping().to_string();
    let request = |start: &str, hosts: &str| {
        format!(
            "{start}\r\n{hosts}Authorization: Bearer {token}\r\nContent-Type: application/json\r\n\
             Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    for (start, hosts) in [
        ("POST /notes/mcp HTTP/1.1", String::new()),
        ("POST /notes/mcp HTTP/1.1", format!("Host: {to}\r\nHost: {to}\r\n")),
        ("POST /notes/mcp HTTP/1.1", format!("Host: {to}\r\nHost: evil.example\r\n")),
        ("POST /notes/mcp HTTP/1.1", "Host:\r\n".to_owned()),
        ("POST /notes/mcp HTTP/1.1", format!("Host: evil.example@{to}\r\n")),
        ("POST http://evil.example/notes/mcp HTTP/1.1", format!("Host: {to}\r\n")),
        (&format!("POST http://{to}/notes/mcp HTTP/1.1"), "Host: evil.example\r\n".to_owned()),
        ("POST /notes/mcp HTTP/1.0", String::new()),
    ] {
        let answer = raw(to, &request(start, &hosts)).await;
        assert!(
            answer.starts_with("HTTP/1.") && answer.contains("host-invalid"),
            "{start} {hosts}\n{answer}"
        );
        assert!(answer.contains(" 400 "), "{answer}");
    }
    for (start, hosts) in [
        ("POST /notes/mcp HTTP/1.1", "Host: evil.example\r\n".to_owned()),
        ("POST /notes/mcp HTTP/1.1", "Host: localhost\r\n".to_owned()),
        ("POST /notes/mcp/ HTTP/1.1", format!("Host: {to}\r\n")),
        ("POST /notes/mcp/x HTTP/1.1", format!("Host: {to}\r\n")),
        ("POST /files/../notes/mcp HTTP/1.1", format!("Host: {to}\r\n")),
        ("POST /notes%2Fmcp HTTP/1.1", format!("Host: {to}\r\n")),
        ("POST //notes/mcp HTTP/1.1", format!("Host: {to}\r\n")),
        ("POST /NOTES/mcp HTTP/1.1", format!("Host: {to}\r\n")),
        ("POST /notes HTTP/1.1", format!("Host: {to}\r\n")),
        ("POST / HTTP/1.1", format!("Host: {to}\r\n")),
    ] {
        let answer = raw(to, &request(start, &hosts)).await;
        assert!(answer.contains(" 404 ") && answer.contains("server-unknown"), "{start} {hosts}\n{answer}");
        assert!(
            !answer.to_ascii_lowercase().contains("www-authenticate"),
            "nobody is sent anywhere: {answer}"
        );
    }
    assert!(stage.notes.requests().is_empty() && stage.files.requests().is_empty());
    for start in ["POST /notes/mcp HTTP/1.1", &format!("POST http://{to}/notes/mcp HTTP/1.1")] {
        let answer = raw(to, &request(start, &format!("Host: {to}\r\n"))).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    assert_eq!(stage.notes.requests().len(), 2);
}

#[tokio::test]
async fn what_connection_names_is_not_judged_either_since_it_is_not_sent_on() {
    let stage = Stage::start().await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let body = ping().to_string();
    let request = |named: &str, headers: &str| {
        format!(
            "POST /notes/mcp HTTP/1.1\r\nHost: {to}\r\nAuthorization: Bearer {token}\r\n{headers}\
             Content-Type: application/json\r\nConnection: close, {named}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let modern = "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: ping\r\n";
    for (named, headers, code) in [
        ("Mcp-Method", modern, "header-disagrees"),
        ("content-type", "", "media-type"),
        ("Authorization", "", "token-absent"),
    ] {
        let answer = raw(to, &request(named, headers)).await;
        assert!(answer.contains(code), "{named}\n{answer}");
    }
    assert!(stage.notes.requests().is_empty());
    let answer = raw(to, &request("x", modern)).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(stage.notes.last().headers["mcp-method"], "ping");
}

#[tokio::test]
async fn two_credentials_on_one_request_are_none() {
    let stage = Stage::start().await;
    let to = stage.gateway.address;
    let (ours, theirs) = (stage.token("notes", json!({})), stage.token("files", json!({})));
    for (first, second) in [(&ours, &theirs), (&theirs, &ours), (&ours, &ours)] {
        let answer = post("/notes/mcp", &ping()).token(first).token(second).send(to).await;
        assert_eq!(answer.code(), "credential-twice");
    }
    assert!(stage.notes.requests().is_empty());
}

#[tokio::test]
async fn a_head_without_end_is_not_read_to_its_end() {
    let stage = Stage::start().await;
    let to = stage.gateway.address;
    let start = format!("GET /notes/mcp HTTP/1.1\r\nHost: {to}\r\n");
    for more in ["X-Many: 1\r\n".repeat(200), format!("X-Long: {}\r\n", "x".repeat(100_000))] {
        let answer = raw(to, &format!("{start}{more}\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
    // The longest tokens that providers issue still fit.
    let call =
        post("/notes/mcp", &ping()).token(&stage.token("notes", json!({ "groups": "g".repeat(20_000) })));
    let answer = call.send(to).await;
    assert!(answer.status == 200 || answer.code() == "token-too-large", "{answer:?}");
}

#[tokio::test]
async fn health_is_told_to_whoever_asks_this_machine() {
    let stage = Stage::start().await;
    let to = stage.gateway.address;
    for path in ["/livez", "/healthz"] {
        let answer =
            raw(to, &format!("GET {path} HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("ok\n"), "{answer}");
    }
}

#[tokio::test]
async fn a_message_whose_end_others_would_see_elsewhere_is_refused() {
    let stage = Stage::start().await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let message = ping().to_string();
    let request = |framing: &str| {
        format!(
            "POST /notes/mcp HTTP/1.1\r\nHost: {to}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\n{framing}\r\n\r\n{:x}\r\n{message}\r\n0\r\n\r\n",
            message.len()
        )
    };
    for framing in [
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    ] {
        let answer = raw(to, &request(framing)).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{framing}: {answer}");
        assert!(answer.contains("body-unreadable") && answer.contains("connection: close"), "{answer}");
    }
    assert!(stage.notes.requests().is_empty());
    let answer = raw(to, &request("Connection: close\r\nTransfer-Encoding: Chunked")).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
