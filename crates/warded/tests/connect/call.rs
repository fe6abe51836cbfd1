//! What `warded call` makes of servers that lie, drag on or never end.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{Router, body::Body, extract::Request, response::Response};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::stage::{answer, json as as_json};

/// What `warded call` says of a server whose tool list is this; exit code, standard output, standard error.
async fn call(
    lists: impl Fn(&Value) -> Response + Clone + Send + Sync + 'static,
) -> (Option<i32>, String, String) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    let handler = move |request: Request| {
        let lists = lists.clone();
        async move {
            let body = request.into_body().collect().await.unwrap().to_bytes();
            let call: Value = serde_json::from_slice(&body).unwrap();
            match call["method"].as_str().unwrap() {
                "initialize" => result(&call, &json!({ "protocolVersion": "2025-11-25" })),
                "tools/list" => lists(&call),
                _ => answer(202, "text/plain", ""),
            }
        }
    };
    let server = Router::new().fallback(handler);
    tokio::spawn(async move { axum::serve(listener, server).await.unwrap() });
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "TOKEN").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_warded"));
    command.args(["--color", "never", "call", &url, "--token"]).arg(token);
    let output = command.output().await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn result(call: &Value, result: &Value) -> Response {
    as_json(200, &json!({ "jsonrpc": "2.0", "id": call["id"], "result": result }))
}

#[tokio::test]
async fn a_result_that_is_no_object_holds_no_tools() {
    for strange in [json!(5), json!("tools"), json!([1]), json!({ "tools": 5, "nextCursor": 5 }), json!(true)]
    {
        let (code, said, error) = call(move |call| result(call, &strange)).await;
        assert_eq!((code, said.as_str(), error.as_str()), (Some(0), "no tools\n", ""));
    }
}

#[tokio::test]
async fn pages_without_tools_come_to_an_end() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let (code, said, _) = call(move |call| {
        count.fetch_add(1, Ordering::SeqCst);
        result(call, &json!({ "tools": [], "nextCursor": "again" }))
    })
    .await;
    assert_eq!((code, said.as_str(), asked.load(Ordering::SeqCst)), (Some(0), "no tools\n", 100));
}

#[tokio::test]
async fn an_error_code_commands_no_terminal() {
    let (code, said, _) = call(|call| {
        let error = json!({ "code": "\u{1b}[2J\u{9b}31m\n", "message": "\u{1b}]0;x" });
        as_json(200, &json!({ "jsonrpc": "2.0", "id": call["id"], "error": error }))
    })
    .await;
    assert_eq!(code, Some(1));
    assert!(said.starts_with("error ") && said.lines().count() == 1, "{said:?}");
    assert!(!said.trim_end().chars().any(char::is_control), "{said:?}");
}

#[tokio::test]
async fn an_answer_among_events_is_found_however_it_is_cut() {
    let whole = |call: &Value| {
        let message =
            json!({ "jsonrpc": "2.0", "id": call["id"], "result": { "tools": [{ "name": "found" }] } });
        let text = message.to_string();
        let (first, second) = text.split_at(text.find(',').unwrap() + 1);
        (first.to_owned(), second.to_owned())
    };
    for (end, last) in [("\n", "\n"), ("\r\n", "\r\n"), ("\n", ""), ("\r\n", "")] {
        let (code, said, error) = call(move |call| {
            let (first, second) = whole(call);
            let other = r#"{"jsonrpc":"2.0","method":"notifications/message"}"#;
            let text = format!(
                ": hello{end}{end}data: {other}{end}{end}id: 1{end}data: {first}{end}data:{second}{last}{last}"
            );
            // A piece for each byte.
            let pieces: Vec<_> = text.bytes().map(|byte| Ok::<_, std::io::Error>(vec![byte])).collect();
            answer(200, "text/event-stream", Body::from_stream(futures_util::stream::iter(pieces)))
        })
        .await;
        assert_eq!((code, said.trim_end()), (Some(0), "found"), "{error}");
    }
}

#[tokio::test]
async fn why_a_server_refuses_is_said_in_whatever_form_it_says_so() {
    let why = "The access token does not carry the scope that this call needs.";
    let error = json!({ "code": -32600, "message": why, "data": { "code": "scope-missing" } });
    for body in [
        json!({ "jsonrpc": "2.0", "id": 2, "error": error }),
        json!({ "code": "scope-missing", "error": "insufficient_scope", "error_description": why }),
    ] {
        let (code, said, _) = call(move |_| as_json(403, &body)).await;
        assert_eq!(code, Some(1));
        let expected =
            format!("refused: HTTP 403, scope-missing\n{why}\nMore: `warded explain scope-missing`\n");
        assert_eq!(said, expected);
    }
}

#[tokio::test]
async fn a_server_that_quotes_the_token_is_not_repeated() {
    for quoted in ["TOKEN", "Bearer%20TOKEN", "VE9LRU4"] {
        let (code, said, error) = call(move |_| {
            let mut answer = as_json(403, &json!({ "code": quoted, "error_description": quoted }));
            let challenge = format!("Bearer error_description=\"{quoted}\"");
            answer.headers_mut().insert("www-authenticate", challenge.parse().unwrap());
            answer
        })
        .await;
        assert_eq!(code, Some(1));
        assert!(said.starts_with("refused: HTTP 403") && !said.contains(quoted), "{said}");
        assert!(!error.contains(quoted), "{error}");
    }
}
