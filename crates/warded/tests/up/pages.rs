//! Clients in browsers: whose pages may call, and what they may read.

use http::Method;
use serde_json::json;

use crate::{
    caller::{Call, get, ping, post, tool},
    issuer::Issuer,
    stage::{Gateway, Stage},
    upstream::Upstream,
};

const INSPECTOR: &str = "https://inspector.example.com";

fn asks_first(path: &str, origin: &str) -> Call {
    Call::new(Method::OPTIONS, path, "")
        .with("origin", origin)
        .with("access-control-request-method", "POST")
        .with("access-control-request-headers", "authorization,content-type,mcp-protocol-version")
}

#[tokio::test]
async fn a_page_that_the_operator_named_calls_and_reads_every_answer() {
    let applications = "\"tauri://localhost\", \"HTTPS://Panel.example.com:443\"";
    let stage = Stage::with(&format!("    origins: [\"{INSPECTOR}\", {applications}]")).await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let named = [INSPECTOR, "tauri://localhost", "https://panel.example.com"];
    for origin in named.map(str::to_owned).into_iter().chain([format!("http://{to}")]) {
        let asked = asks_first("/notes/mcp", &origin).send(to).await;
        assert_eq!(
            (asked.status.as_u16(), asked.headers["access-control-allow-origin"].to_str().unwrap()),
            (204, &*origin)
        );
        let of = |call: Call| call.with("origin", &origin);
        for (call, status) in [
            (of(post("/notes/mcp", &ping())).token(&token), 200),
            (of(post("/notes/mcp", &tool("cookie", json!({})))).token(&token), 200),
            (of(post("/notes/mcp", &ping())), 401),
            (of(post("/notes/mcp", &tool("unauthorized", json!({})))).token(&token), 502),
            (of(get("/notes/mcp")), 401),
        ] {
            let answer = call.send(to).await;
            assert_eq!(answer.status, status);
            let allowed = answer.headers.get_all("access-control-allow-origin");
            let allowed: Vec<_> = allowed.iter().map(|origin| origin.to_str().unwrap()).collect();
            assert_eq!(allowed, [&*origin], "one opinion, and it is ours");
            let shown = answer.headers["access-control-expose-headers"].to_str().unwrap();
            assert!(shown.contains("WWW-Authenticate") && shown.contains("Mcp-Session-Id"), "{shown}");
        }
    }
}

#[tokio::test]
async fn a_page_that_nobody_named_calls_nothing_and_reads_nothing() {
    let stage = Stage::with(&format!("    origins: [\"{INSPECTOR}\"]")).await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let files = stage.token("files", json!({}));
    for call in [
        asks_first("/notes/mcp", "https://evil.example"),
        post("/notes/mcp", &ping()).token(&token).with("origin", "https://evil.example"),
        // What is said of one server says nothing of another.
        asks_first("/files/mcp", INSPECTOR),
        post("/files/mcp", &ping()).token(&files).with("origin", INSPECTOR),
    ] {
        let answer = call.send(to).await;
        assert_eq!((answer.status.as_u16(), &*answer.code()), (403, "origin-foreign"));
        assert!(!answer.headers.contains_key("access-control-allow-origin"));
    }
    assert!(stage.notes.requests().is_empty() && stage.files.requests().is_empty());
}

#[tokio::test]
async fn the_root_introduces_a_server_that_has_its_origin_to_itself() {
    let root = "/.well-known/oauth-protected-resource";
    let (issuer, upstream) = (Issuer::start().await, Upstream::start().await);
    let alone = Gateway::start(&format!(
        "public_url: http://127.0.0.1:PORT
listen: 127.0.0.1:PORT
servers:
  notes: {{ upstream: \"{}\", issuers: [corp], aliases: [\"http://127.0.0.1:PORT/n\"] }}
issuers:
  corp: {{ url: \"{}\" }}
",
        upstream.url, issuer.url
    ))
    .await;
    let document = Call::new(Method::GET, root, "").send(alone.address).await;
    let told: serde_json::Value = serde_json::from_str(&document.body).unwrap();
    assert_eq!((document.status.as_u16(), &told["resource"]), (200, &json!(alone.url("notes"))));
    let tag = document.headers["etag"].to_str().unwrap();
    let again = Call::new(Method::GET, root, "").with("if-none-match", tag).send(alone.address).await;
    assert_eq!((again.status.as_u16(), &*again.body), (304, ""));

    // Of several it could only name the wrong one.
    let stage = Stage::start().await;
    let answer = Call::new(Method::GET, root, "").send(stage.gateway.address).await;
    assert_eq!((answer.status.as_u16(), &*answer.code()), (404, "server-unknown"));
}
