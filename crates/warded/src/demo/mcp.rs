//! How does a small MCP server speak? Streamable HTTP without sessions, for the handshake revisions and for 2026-07-28.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::post,
};
use serde_json::{Map, Value, json};
use warded_core::json;
use zeroize::Zeroizing;

/// The revisions that begin with a handshake, the newest first.
const WITH_HANDSHAKE: [&str; 3] = ["2025-11-25", "2025-06-18", "2025-03-26"];
/// The revision in which every request stands for itself.
const WITHOUT_HANDSHAKE: &str = "2026-07-28";
/// Where such a request says which revision it is of.
const REVISION: &str = "io.modelcontextprotocol/protocolVersion";

/// The path at which a server of the demo listens.
pub(super) const PATH: &str = "/mcp";
/// What a server can do.
pub(super) trait Tools: Send + Sync + 'static {
    /// Its name for programs.
    fn name(&self) -> &'static str;
    /// Descriptions, as `tools/list` gives them.
    fn list(&self) -> Value;
    /// Calls one; an error is for the caller to read.
    fn call(&self, tool: &str, arguments: &Map<String, Value>) -> Result<String, String>;
}

/// The server. Whoever does not have `key` is turned away: the way to it is through the gateway.
pub(super) fn router(tools: Arc<dyn Tools>, key: &str) -> Router {
    let server = Arc::new(Server { tools, key: Zeroizing::new(format!("Bearer {key}")) });
    // GET and DELETE are answered with 405: there are no sessions and nothing to say unasked.
    Router::new().route(PATH, post(answer)).with_state(server)
}

struct Server {
    tools: Arc<dyn Tools>,
    key: Zeroizing<String>,
}

async fn answer(State(server): State<Arc<Server>>, headers: HeaderMap, body: Bytes) -> Response {
    if headers.get(header::AUTHORIZATION).is_none_or(|key| key.as_bytes() != server.key.as_bytes()) {
        return (StatusCode::UNAUTHORIZED, "the way to this server is through the gateway\n").into_response();
    }
    let Ok(message) = json::object(&body) else {
        return reply(StatusCode::BAD_REQUEST, &failure(&Value::Null, -32700, "not a JSON object"));
    };
    let Some(id) = message.get("id") else {
        return StatusCode::ACCEPTED.into_response();
    };
    let none = Map::new();
    let params = message.get("params").and_then(Value::as_object).unwrap_or(&none);
    let method = message.get("method").and_then(Value::as_str).unwrap_or_default();
    let revision = params.get("_meta").and_then(|meta| meta.get(REVISION)).and_then(Value::as_str);
    if let Some(other) = revision.filter(|revision| *revision != WITHOUT_HANDSHAKE) {
        let mut unsupported = failure(id, -32022, "Unsupported protocol version");
        unsupported["error"]["data"] = json!({ "supported": supported(), "requested": other });
        return reply(StatusCode::BAD_REQUEST, &unsupported);
    }
    match (server.result(method, params), revision) {
        (Some(Ok(mut result)), revision) => {
            if revision.is_some() {
                result["resultType"] = "complete".into();
            }
            reply(StatusCode::OK, &json!({ "jsonrpc": "2.0", "id": id, "result": result }))
        }
        (Some(Err(why)), _) => reply(StatusCode::OK, &failure(id, -32602, &why)),
        (None, Some(_)) => reply(StatusCode::NOT_FOUND, &failure(id, -32601, "Method not found")),
        (None, None) => reply(StatusCode::OK, &failure(id, -32601, "Method not found")),
    }
}

impl Server {
    /// The result of a request; none where there is no such method.
    fn result(&self, method: &str, params: &Map<String, Value>) -> Option<Result<Value, String>> {
        let about = json!({ "name": self.tools.name(), "version": env!("CARGO_PKG_VERSION") });
        let result = match method {
            "initialize" => {
                let asked = params.get("protocolVersion").and_then(Value::as_str);
                let agreed =
                    WITH_HANDSHAKE.iter().find(|known| asked == Some(known)).or(WITH_HANDSHAKE.first());
                json!({ "protocolVersion": agreed, "capabilities": { "tools": {} }, "serverInfo": about })
            }
            "ping" => json!({}),
            "server/discover" => json!({
                "supportedVersions": supported(),
                "capabilities": { "tools": {} },
                "serverInfo": about,
                "ttlMs": 0,
                "cacheScope": "private",
                "_meta": { "io.modelcontextprotocol/serverInfo": about },
            }),
            "tools/list" => json!({ "tools": self.tools.list(), "ttlMs": 0, "cacheScope": "private" }),
            "tools/call" => return Some(self.call(params)),
            _ => return None,
        };
        Some(Ok(result))
    }

    fn call(&self, params: &Map<String, Value>) -> Result<Value, String> {
        let name = params.get("name").and_then(Value::as_str).ok_or("`name` is missing")?;
        let none = Map::new();
        let arguments = match params.get("arguments") {
            None => &none,
            Some(arguments) => arguments.as_object().ok_or("`arguments` is not an object")?,
        };
        if !self.tools.list().as_array().is_some_and(|tools| tools.iter().any(|tool| tool["name"] == name)) {
            return Err(format!("Unknown tool: {name}"));
        }
        let (text, is_error) = match self.tools.call(name, arguments) {
            Ok(text) => (text, false),
            Err(text) => (text, true),
        };
        Ok(json!({ "content": [{ "type": "text", "text": text }], "isError": is_error }))
    }
}

fn supported() -> Vec<&'static str> {
    [WITHOUT_HANDSHAKE].into_iter().chain(WITH_HANDSHAKE).collect()
}

fn failure(id: &Value, code: i32, message: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
}

fn reply(status: StatusCode, body: &Value) -> Response {
    (status, axum::Json(body)).into_response()
}

/// A text among the arguments of a call.
pub(super) fn text<'a>(arguments: &'a Map<String, Value>, name: &str) -> Result<&'a str, String> {
    arguments.get(name).and_then(Value::as_str).ok_or_else(|| format!("`{name}` is missing or not a text"))
}

/// The description of a tool whose arguments are all required texts.
pub(super) fn tool(name: &str, description: &str, reads_only: bool, arguments: &[(&str, &str)]) -> Value {
    let properties: Map<_, _> = arguments
        .iter()
        .map(|(name, what)| ((*name).to_owned(), json!({ "type": "string", "description": what })))
        .collect();
    let required: Vec<_> = arguments.iter().map(|(name, _)| name).collect();
    json!({
        "name": name,
        "description": description,
        "inputSchema": { "type": "object", "properties": properties, "required": required },
        "annotations": { "readOnlyHint": reads_only, "destructiveHint": !reads_only },
    })
}
