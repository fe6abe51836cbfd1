//! What of the answers of a server behind reaches the caller, and what it is told of the caller.

use serde_json::json;

use crate::{
    caller::{get, ping, post, tool},
    port::free_port,
    stage::Stage,
};

#[tokio::test]
async fn an_answer_that_would_mislead_the_caller_is_our_fault() {
    let stage = Stage::start().await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    for (name, code, status) in [
        ("unauthorized", "upstream-refused", 502),
        ("redirect", "upstream-unusable", 502),
        ("compressed", "upstream-unusable", 502),
        ("two-sessions", "upstream-unusable", 502),
    ] {
        let answer = post("/notes/mcp", &tool(name, json!({}))).token(&token).send(to).await;
        assert_eq!((answer.code().as_str(), answer.status.as_u16()), (code, status), "{name}");
        for header in ["www-authenticate", "location", "mcp-session-id"] {
            assert!(!answer.headers.contains_key(header), "{name}: {header}");
        }
    }
    // A 403 is about the call, and the call's answer; the challenge in it is about us.
    let answer = post("/notes/mcp", &tool("forbidden", json!({}))).token(&token).send(to).await;
    assert_eq!(answer.status, 403);
    assert!(!answer.headers.contains_key("www-authenticate"));
}

#[tokio::test]
async fn a_server_behind_speaks_for_itself_only() {
    let stage = Stage::start().await;
    let token = stage.token("notes", json!({}));
    let answer =
        post("/notes/mcp", &tool("cookie", json!({}))).token(&token).send(stage.gateway.address).await;
    for header in ["set-cookie", "access-control-allow-origin", "strict-transport-security"] {
        assert!(!answer.headers.contains_key(header), "{header}");
    }
    assert_eq!(answer.headers["x-ratelimit-remaining"], "7");
    assert_eq!(answer.headers["cache-control"], "no-store, no-transform");
}

#[tokio::test]
async fn our_own_credential_goes_behind_and_never_comes_back() {
    let auth = "    upstream_auth: { kind: header, name: X-Api-Key, value: env:UPSTREAM_KEY }";
    let stage = Stage::with(auth).await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let call = post("/notes/mcp", &tool("headers", json!({}))).token(&token);
    let answer =
        call.with("x-api-key", "the-callers-own").with("x_api_key", "another-spelling").send(to).await;
    let behind = stage.notes.last();
    assert_eq!(behind.headers["x-api-key"], "the-key-of-the-server-behind");
    assert_eq!(behind.headers.get_all("x-api-key").iter().count(), 1);
    assert!(!behind.headers.contains_key("x_api_key"));
    assert_eq!(answer.status, 200);
    assert!(!format!("{answer:?}").contains("the-key-of-the-server-behind"));
    assert!(answer.body.contains("****************************"), "{answer:?}");
    assert!(!answer.headers.contains_key("mcp-echo"));
    assert!(!stage.gateway.log().contains("the-key-of-the-server-behind"));
}

#[tokio::test]
async fn a_server_behind_learns_from_us_where_a_call_came_from() {
    let stage = Stage::start().await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let call = post("/notes/mcp", &ping()).token(&token);
    let call = call
        .with("x-forwarded-for", "10.0.0.1")
        .with("forwarded", "for=10.0.0.1")
        .with("x-real-ip", "10.0.0.1");
    let call = call.with("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    assert_eq!(call.send(to).await.status, 200);
    let behind = stage.notes.last().headers;
    assert_eq!(behind["x-forwarded-for"], "127.0.0.1");
    assert_eq!(behind["x-forwarded-host"], to.to_string());
    assert_eq!(behind["x-forwarded-proto"], "http");
    assert_eq!(format!("http://{}/mcp", behind["host"].to_str().unwrap()), stage.notes.url);
    assert!(behind.contains_key("traceparent"));
    for header in ["forwarded", "x-real-ip", "authorization"] {
        assert!(!behind.contains_key(header), "{header}");
    }
}

#[tokio::test]
async fn nothing_but_mcp_is_said_beside_our_credential() {
    let stage = Stage::start().await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let commands = [
        "sudo",
        "impersonate-user",
        "x-http-method-override",
        "x-vault-token",
        "private-token",
        "tailscale-user-login",
        "x-consumer-username",
        "mcp-session_id",
    ];
    let call = post("/notes/mcp", &ping()).token(&token).with("mcp-name-of-the-future", "kept");
    let call = commands.iter().fold(call, |call, name| call.with(name, "root"));
    assert_eq!(call.send(to).await.status, 200);
    let behind = stage.notes.last().headers;
    assert_eq!(behind["mcp-name-of-the-future"], "kept");
    assert!(!format!("{behind:?}").contains("root"), "{behind:?}");
}

#[tokio::test]
async fn what_was_judged_is_what_is_sent() {
    let stage = Stage::start().await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    // Spaces, escapes, numbers beyond a double: nothing of it is rewritten.
    let body = "{ \"jsonrpc\":\"2.0\" ,\n\t\"id\" : 9007199254740991, \"method\":\"tools/call\", \"params\":{\"name\":\"echo\",\
                \"arguments\":{\"n\":1.0e2,\"big\":123456789012345678901234567890,\"s\":\"\\u00e9\\/\\ud83d\\ude00\"}} }";
    let call = crate::caller::Call::new(http::Method::POST, "/notes/mcp?x=1", body);
    let call = call.token(&token).with("content-type", "application/json; charset=utf-8");
    assert_eq!(call.send(to).await.status, 200);
    let behind = stage.notes.last();
    assert_eq!(behind.body, body);
    assert_eq!(behind.target, "/mcp", "the target is the operator's, with nothing of the caller's");
}

#[tokio::test]
async fn a_server_that_is_away_is_a_502_and_one_that_is_slow_a_504() {
    let stage = Stage::with("    timeout: 1s").await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let answer = post("/notes/mcp", &tool("hang", json!({}))).token(&token).send(to).await;
    assert_eq!((answer.code().as_str(), answer.status.as_u16()), ("upstream-timeout", 504));
    // A stream may be silent for longer than an answer may take to begin.
    assert_eq!(get("/notes/mcp").token(&token).open(to).await.status(), 200);

    let file = stage.gateway.folder.path().join("warded.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    let away = format!("http://127.0.0.1:{}/mcp", free_port());
    std::fs::write(&file, text.replace(&stage.notes.url, &away)).unwrap();
    let gateway = stage.gateway.restart().await;
    let answer = post("/notes/mcp", &ping()).token(&token).send(gateway.address).await;
    assert_eq!((answer.code().as_str(), answer.status.as_u16()), ("upstream-unreachable", 502));
    assert!(gateway.log().contains("upstream-unreachable") || gateway.log().contains("cannot be reached"));
}

#[tokio::test]
async fn a_message_larger_than_the_limit_is_not_read() {
    let stage = Stage::with("    max_message: 1KiB").await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let call = |size: usize| {
        post("/notes/mcp", &tool("echo", json!({ "x": "y".repeat(size) }))).token(&token).send(to)
    };
    assert_eq!(call(512).await.status, 200);
    assert_eq!(call(1024).await.code(), "body-too-large");
}
