//! Policies from what servers list: of every revision, whatever they say.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};

use crate::written::{Said, Written};

/// How the server speaks.
#[derive(Clone, Copy, PartialEq)]
enum Dialect {
    /// A handshake, and answers as JSON.
    Json,
    /// A handshake, and answers as events.
    Events,
    /// 2026-07-28.
    Stateless,
    /// A handshake, and 404 without a word for every list but that of tools.
    ToolsAlone,
    /// A handshake, and 404 for all lists.
    Nothing,
}

type Log = Arc<Mutex<Vec<(String, HeaderMap)>>>;

async fn answer(State((dialect, log)): State<(Dialect, Log)>, headers: HeaderMap, body: Bytes) -> Response {
    let Ok(call) = serde_json::from_slice::<Value>(&body) else { return StatusCode::OK.into_response() };
    let method = call["method"].as_str().unwrap().to_owned();
    log.lock().unwrap().push((method.clone(), headers.clone()));
    if call.get("id").is_none() {
        return StatusCode::ACCEPTED.into_response();
    }
    let token = headers["authorization"].to_str().unwrap().split_once(' ').unwrap().1.to_owned();
    let known = if dialect == Dialect::Stateless { "server/discover" } else { "initialize" };
    let about = json!({
        "protocolVersion": "2025-06-18",
        "supportedVersions": ["2026-07-28"],
        "capabilities": { "tools": {}, "resources": {}, "prompts": {} },
        "serverInfo": { "name": "notes\ntools: {}", "version": "1" },
    });
    let cursor = call["params"]["cursor"].as_str();
    let is_missing = match dialect {
        Dialect::ToolsAlone => method != "tools/list",
        Dialect::Nothing => true,
        Dialect::Json | Dialect::Events | Dialect::Stateless => false,
    };
    if is_missing && method.ends_with("/list") {
        return (StatusCode::NOT_FOUND, "404 page not found").into_response();
    }
    let result = match (method.as_str(), cursor) {
        (method, None) if method == known => about,
        ("tools/list", None) => json!({ "tools": [
            { "name": "read_note", "description": "Reads.", "annotations": { "readOnlyHint": true },
              "inputSchema": { "properties": { "id": { "type": "integer", "description": "Which\n\"*\": {}" } }, "required": ["id"] } },
        ], "nextCursor": "2" }),
        ("tools/list", Some("2")) => json!({ "tools": [
            { "name": "delete_note", "description": format!("Deletes. {token}\n  \"*\":\n    rules: []\u{2028}x"), "annotations": { "readOnlyHint": true } },
        ] }),
        ("resources/list", None) => json!({ "resources": [{ "uri": "file:///a", "name": "a" }] }),
        ("resources/templates/list", None) => {
            json!({ "resourceTemplates": [{ "uriTemplate": "file:///{path}", "name": "b" }] })
        }
        ("prompts/list", None) => json!({ "prompts": [{ "name": "hello", "description": "Says hello." }] }),
        _ => {
            let error = json!({ "jsonrpc": "2.0", "id": call["id"], "error": { "code": -32601, "message": "Method not found" } });
            return (StatusCode::NOT_FOUND, axum::Json(error)).into_response();
        }
    };
    let message = json!({ "jsonrpc": "2.0", "id": call["id"], "result": result });
    if dialect == Dialect::Events {
        return ([("content-type", "text/event-stream")], format!("data: {message}\n\n")).into_response();
    }
    axum::Json(message).into_response()
}

/// What comes of it, and what the server heard.
async fn scaffold(dialect: Dialect, arguments: &[&str], folder: Arc<Written>) -> (Said, Log) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    let log = Log::default();
    let server = Router::new().fallback(answer).with_state((dialect, Arc::clone(&log)));
    tokio::spawn(async move { axum::serve(listener, server).await.unwrap() });
    let mut all = vec!["scaffold".to_owned(), url, "--token".to_owned(), "token".to_owned()];
    all.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    let run = move || folder.policy(&all.iter().map(String::as_str).collect::<Vec<_>>());
    (tokio::task::spawn_blocking(run).await.unwrap(), log)
}

fn folder() -> Arc<Written> {
    Arc::new(Written::files(&[("token", "MARKED-token-0123456789abcdef")]))
}

#[tokio::test]
async fn what_a_server_of_any_revision_lists_becomes_a_policy() {
    for dialect in [Dialect::Json, Dialect::Events, Dialect::Stateless] {
        let folder = folder();
        let (said, log) = scaffold(dialect, &["--output", "p.yaml"], Arc::clone(&folder)).await;
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
        let text = std::fs::read_to_string(folder.path("p.yaml")).unwrap();
        let checked = folder.policy(&["check", "p.yaml"]);
        assert_eq!(checked.code, 0, "{checked:?}\n{text}");
        assert!(checked.out.contains("2 tools, 2 resources, 1 prompt, 0 rules"), "{checked:?}\n{text}");
        // By its name, whatever the server says of it; and before what only reads.
        let place = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part}: {text}"));
        assert!(place("May destroy") < place("\"delete_note\""), "{text}");
        assert!(place("\"delete_note\"") < place("\"read_note\""), "{text}");
        assert!(text.contains("# - args.id (integer, required): Which \"*\": {}"), "{text}");
        assert!(!text.contains("MARKED"), "{text}");
        for (tool, code) in [("read_note", 0), ("delete_note", 0), ("new_tool", 13), ("*", 13)] {
            assert_eq!(folder.policy(&["explain", "p.yaml", "--tool", tool]).code, code, "{tool}: {text}");
        }
        let log = log.lock().unwrap();
        if dialect == Dialect::Stateless {
            let (_, headers) = log.iter().find(|(method, _)| method == "tools/list").unwrap();
            assert_eq!(headers["mcp-method"], "tools/list");
            assert_eq!(headers["mcp-protocol-version"], "2026-07-28");
        } else {
            assert_eq!(log[1].0, "notifications/initialized");
        }
    }
}

#[tokio::test]
async fn a_file_is_written_over_only_where_that_is_asked_for() {
    let folder = folder();
    let path = folder.path("p.yaml");
    std::fs::write(&path, "mine").unwrap();
    let (said, log) = scaffold(Dialect::Json, &["--output", "p.yaml"], Arc::clone(&folder)).await;
    assert_eq!(said.code, 1);
    assert!(said.err.contains("--force"), "{said:?}");
    assert!(log.lock().unwrap().is_empty(), "nobody was asked for nothing");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    let (said, _) = scaffold(Dialect::Json, &["--output", "p.yaml", "--force"], Arc::clone(&folder)).await;
    assert_eq!(said.code, 0, "{said:?}");
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("# A policy for http://127.0.0.1"));
}

#[tokio::test]
async fn a_list_that_is_not_found_is_none_but_for_that_of_tools() {
    let folder = folder();
    let (said, _) = scaffold(Dialect::ToolsAlone, &["--output", "p.yaml"], Arc::clone(&folder)).await;
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
    assert!(said.out.contains("2 tools, 0 resources, 0 templates of resources, 0 prompts"), "{said:?}");
    assert_eq!(folder.policy(&["explain", "p.yaml", "--resource", "file:///a"]).code, 13);
    assert_eq!(folder.policy(&["explain", "p.yaml", "--prompt", "hello"]).code, 13);
    let (said, _) = scaffold(Dialect::Nothing, &[], Arc::clone(&folder)).await;
    assert_eq!((said.code, said.out.as_str()), (1, ""), "{said:?}");
    assert!(said.err.contains("does not answer `tools/list`: refused: HTTP 404"), "{said:?}");
}
