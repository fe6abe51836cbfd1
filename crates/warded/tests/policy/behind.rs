//! A server behind, over HTTP: it keeps what reaches it, and ends calls in every way in which calls end.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Body,
    extract::Request,
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use futures_util::stream;
use http::{Method, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub(crate) struct Behind {
    pub(crate) url: String,
    reached: Arc<Mutex<Vec<String>>>,
}

impl Behind {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/mcp", listener.local_addr().unwrap());
        let reached = Arc::<Mutex<Vec<String>>>::default();
        let kept = Arc::clone(&reached);
        let router = Router::new().fallback(move |request: Request| answer(request, Arc::clone(&kept)));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, reached }
    }

    /// The bodies that got here, as they came.
    pub(crate) fn reached(&self) -> Vec<String> {
        self.reached.lock().unwrap().clone()
    }

    /// How many calls of a tool got here.
    pub(crate) fn calls(&self, tool: &str) -> usize {
        let reached = self.reached();
        let messages = reached.iter().map(|body| serde_json::from_str::<Value>(body).unwrap());
        messages.filter(|message| message["params"]["name"] == tool).count()
    }
}

async fn answer(request: Request, reached: Arc<Mutex<Vec<String>>>) -> Response {
    let method = request.method().clone();
    // Who has hung up has asked for nothing.
    let Ok(body) = request.into_body().collect().await else { return StatusCode::OK.into_response() };
    if method != Method::POST {
        return forever();
    }
    let body = String::from_utf8(body.to_bytes().to_vec()).unwrap();
    reached.lock().unwrap().push(body.clone());
    let message: Value = serde_json::from_str(&body).unwrap();
    if let Some(batch) = message.as_array() {
        let answers: Vec<_> = batch.iter().map(|one| text(&one["id"], "done")).collect();
        return as_json(&answers.into());
    }
    let id = &message["id"];
    if id.is_null() {
        return StatusCode::ACCEPTED.into_response();
    }
    let error = json!({ "jsonrpc": "2.0", "id": id, "error": { "code": -32603, "message": "it failed" } });
    let name = message["params"]["name"].as_str().unwrap_or_default();
    match (message["method"].as_str().unwrap(), name) {
        ("initialize", _) => as_json(&result(
            id,
            &json!({
                "protocolVersion": message["params"]["protocolVersion"],
                "capabilities": { "tools": {} },
                "serverInfo": { "name": "behind", "version": "1" },
            }),
        )),
        ("tools/list", _) => {
            let tools =
                ["note", "wipe"].map(|name| json!({ "name": name, "inputSchema": { "type": "object" } }));
            let list = result(id, &json!({ "tools": tools, "_meta": { "kept": true } }));
            if message["params"]["cursor"] == "events" { as_events(&[list]) } else { as_json(&list) }
        }
        (_, "fail") => as_json(&error),
        (_, "fail-in-events") => as_events(&[progress(), error]),
        (_, "is-error") => {
            let content = json!([{ "type": "text", "text": "no" }]);
            as_json(&result(id, &json!({ "content": content, "isError": true })))
        }
        (_, "events") => as_events(&[progress(), text(id, "done")]),
        (_, "cut") => as_events(&[progress()]),
        (_, "silent") => forever(),
        (_, "asks") if message["params"]["requestState"].is_null() => {
            let questions = json!({ "sure": { "method": "elicitation/create", "params": {} } });
            let asks =
                json!({ "resultType": "input_required", "inputRequests": questions, "requestState": "one" });
            as_json(&result(id, &asks))
        }
        _ => as_json(&text(id, "done")),
    }
}

fn result(id: &Value, result: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "result": result })
}

fn text(id: &Value, text: &str) -> Value {
    result(id, &json!({ "content": [{ "type": "text", "text": text }] }))
}

fn progress() -> Value {
    json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": { "progressToken": 1, "progress": 1 } })
}

fn as_json(value: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

fn as_events(events: &[Value]) -> Response {
    let text = events.iter().map(|event| format!("data: {event}\n\n")).collect::<Vec<_>>().concat();
    ([(header::CONTENT_TYPE, "text/event-stream")], text).into_response()
}

/// A stream of events that says nothing and does not end.
fn forever() -> Response {
    let nothing = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
    ([(header::CONTENT_TYPE, "text/event-stream")], nothing).into_response()
}
