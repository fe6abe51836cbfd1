//! What `warded call` makes of servers that lie, drag on or never end.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{Router, body::Body, extract::Request, response::Response};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::{
    process::{Person, person},
    stage::{Stage, answer, json as as_json},
};

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
    std::fs::write(&token, "TOKEN-1").unwrap();
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
async fn why_is_said_though_the_server_could_not_read_which_request_it_was() {
    for id in [json!({ "id": null }), json!({})] {
        let (code, said, error) = call(move |_| {
            let mut body = json!({ "jsonrpc": "2.0", "error": { "code": -32600, "message": "too old" } });
            body.as_object_mut().unwrap().extend(id.as_object().unwrap().clone());
            as_json(200, &body)
        })
        .await;
        assert_eq!(code, Some(1));
        assert!(said.starts_with("error -32600") && said.contains("too old"), "{said:?} {error:?}");
    }
    let (code, _, error) =
        call(|_| as_json(200, &json!({ "jsonrpc": "2.0", "id": null, "result": { "tools": [] } }))).await;
    assert!(code == Some(1) && error.contains("another request"), "only an error has no id: {error:?}");
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
    for quoted in ["TOKEN-1", "Bearer%20TOKEN-1", "VE9LRU4tMQ"] {
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

#[tokio::test]
async fn the_answer_to_another_request_is_none() {
    for id in [json!(1), json!("2"), json!(null)] {
        let (code, said, error) = call(move |_| {
            as_json(200, &json!({ "jsonrpc": "2.0", "id": id, "result": { "tools": [{ "name": "other" }] } }))
        })
        .await;
        assert_ne!(code, Some(0), "{said}");
        assert!(!said.contains("other") && error.contains("another request"), "{said} {error}");
    }
}

/// What a server is sent by a call with a token and these arguments, and what comes of it.
async fn sent(arguments: &[&str]) -> (Vec<http::HeaderMap>, std::process::Output) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let server = Router::new().fallback(move |request: Request| {
        log.lock().unwrap().push(request.headers().clone());
        async { answer(401, "text/plain", "") }
    });
    tokio::spawn(async move { axum::serve(listener, server).await.unwrap() });
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "TOKEN").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_warded"));
    command.args(["--color", "never", "call", &url]).args(arguments).arg("--token").arg(token);
    let output = command.env("NOTES_KEY", "K3Y-OF-NOTES").output().await.unwrap();
    let seen = seen.lock().unwrap().clone();
    (seen, output)
}

#[tokio::test]
async fn header_fields_of_the_users_own_go_beside_a_token_from_a_file() {
    let (seen, output) = sent(&["--header", "X-Api-Key=env:NOTES_KEY"]).await;
    assert_eq!(seen[0]["x-api-key"], "K3Y-OF-NOTES", "{output:?}");
    assert_eq!(seen[0]["authorization"], "Bearer TOKEN");
    let (seen, output) = sent(&["--header", "Authorization=env:NOTES_KEY"]).await;
    assert!(seen.is_empty() && !output.status.success());
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("`authorization` is given twice") && !error.contains("K3Y"), "{error}");
}

#[tokio::test]
async fn nobody_is_asked_to_log_in_for_a_farewell() {
    let stage = Stage::new().await;
    stage.server.play(|seen| {
        if seen.method == "DELETE" {
            return answer(401, "text/plain", "");
        }
        let call: Value = serde_json::from_str(&seen.body).unwrap();
        let mut answer = match call["method"].as_str().unwrap() {
            "initialize" => result(&call, &json!({ "protocolVersion": "2025-11-25" })),
            "tools/list" => result(&call, &json!({ "tools": [] })),
            _ => answer(202, "text/plain", ""),
        };
        answer.headers_mut().insert("mcp-session-id", http::HeaderValue::from_static("one"));
        answer
    });
    let mut command = Command::new(env!("CARGO_BIN_EXE_warded"));
    command.args(["call", &stage.server.url(), "--no-browser"]).env("XDG_STATE_HOME", stage.state());
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let said = tokio::spawn(person(child.stderr.take().unwrap(), Person::agreeing()));
    let output = child.wait_with_output().await.unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "no tools\n");
    assert!(stage.server.log.all().iter().any(|seen| seen.method == "DELETE"));
    assert_eq!(stage.one.authorizations().len(), 1, "{}", said.await.unwrap());
}
