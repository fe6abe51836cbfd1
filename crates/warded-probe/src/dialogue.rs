//! What does the probe say to an MCP server, and what did the server say? Calls that read and change nothing.

use http::{HeaderMap, header};
use serde_json::{Map, Value, json};
use warded_core::json;

use crate::case::Ask;

/// The revision that is offered to servers with sessions; they answer with the one that they speak.
const OFFERED: &str = "2025-11-25";
/// The revision without sessions.
const WITHOUT_SESSIONS: &str = "2026-07-28";
/// JSON-RPC 2.0 §5.1: the server knows no such method. Whoever is told that got past the door.
const METHOD_NOT_FOUND: i64 = -32_601;
/// Every call has this id: each has a connection of its own.
const ID: i64 = 1;

/// How a server wants to be spoken to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `initialize` first; the revision that was settled on, once it was.
    Initialize(Option<String>),
    /// Each call says everything (MCP 2026-07-28).
    Stateless,
}

impl Dialect {
    /// The value of `MCP-Protocol-Version`.
    pub(crate) fn revision(&self) -> Option<&str> {
        match self {
            Self::Initialize(settled) => settled.as_deref(),
            Self::Stateless => Some(WITHOUT_SESSIONS),
        }
    }

    /// The method that an ask calls.
    pub(crate) const fn method(&self, ask: Ask) -> Option<&'static str> {
        match (ask, self) {
            (Ask::Open, Self::Initialize(_)) => Some("initialize"),
            (Ask::Open, Self::Stateless) => Some("server/discover"),
            (Ask::List, _) => Some("tools/list"),
            (Ask::Stream | Ask::End, _) => None,
        }
    }

    /// The message of an ask.
    pub(crate) fn message(&self, ask: Ask) -> Option<Value> {
        let method = self.method(ask)?;
        let client = json!({ "name": "warded-probe", "version": env!("CARGO_PKG_VERSION") });
        let params = match (self, ask) {
            (Self::Initialize(_), Ask::Open) => {
                json!({ "protocolVersion": OFFERED, "capabilities": {}, "clientInfo": client })
            }
            (Self::Initialize(_), _) => json!({}),
            (Self::Stateless, _) => json!({ "_meta": {
                "io.modelcontextprotocol/protocolVersion": WITHOUT_SESSIONS,
                "io.modelcontextprotocol/clientCapabilities": {},
                "io.modelcontextprotocol/clientInfo": client,
            } }),
        };
        Some(json!({ "jsonrpc": "2.0", "id": ID, "method": method, "params": params }))
    }
}

/// What a client says once after `initialize`.
pub(crate) fn initialized() -> Value {
    json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })
}

/// What a server answered.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Reply {
    Result(Map<String, Value>),
    /// The code of an error.
    Error(i64),
}

impl Reply {
    /// Whether the server did what it was asked, or knows no such thing.
    pub(crate) fn got_through(&self) -> bool {
        matches!(self, Self::Result(_) | Self::Error(METHOD_NOT_FOUND))
    }
}

/// Finds the JSON-RPC answer in a body: the whole of it, or one event of a stream.
pub(crate) fn reply(headers: &HeaderMap, body: &[u8]) -> Option<Reply> {
    if media_type(headers) == "text/event-stream" {
        return events(body).into_iter().find_map(|event| read(event.as_bytes()));
    }
    read(body)
}

/// The media type, without its parameters.
pub(crate) fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn read(message: &[u8]) -> Option<Reply> {
    let mut message = json::object(message).ok()?;
    if message.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return None;
    }
    // A refusal may have no id (JSON-RPC 2.0 §5); a result is that of this call or of none.
    if let Some(error) = message.get("error") {
        return error.get("code").and_then(Value::as_i64).map(Reply::Error);
    }
    let is_ours = message.get("id").and_then(Value::as_i64) == Some(ID);
    match message.remove("result") {
        Some(Value::Object(result)) if is_ours => Some(Reply::Result(result)),
        _ => None,
    }
}

/// The data of each event that is complete (HTML, Server-sent events).
fn events(body: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(body).replace("\r\n", "\n").replace('\r', "\n");
    let Some((complete, _)) = text.rsplit_once("\n\n") else { return Vec::new() };
    let data = |event: &str| {
        let lines = event.lines().filter_map(|line| line.strip_prefix("data:"));
        lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
    };
    complete.split("\n\n").map(data).collect()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn replied(media: &'static str, body: &str) -> Option<Reply> {
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(media))]);
        reply(&headers, body.as_bytes())
    }

    #[test]
    fn an_answer_is_found_whole_and_in_a_stream() {
        let result = || Some(Reply::Result(Map::new()));
        let whole = r#"{"jsonrpc":"2.0","id":1,"result":{}}"#;
        assert_eq!(replied("application/json", whole), result());
        for stream in [
            format!("data: {whole}\n\n"),
            format!(": hello\n\nevent: message\r\ndata: {whole}\r\n\r\n"),
            format!("data: {{\"jsonrpc\":\"2.0\",\"method\":\"x\"}}\n\nid: 7\ndata:{whole}\n\ndata: more"),
            "data: {\"jsonrpc\":\"2.0\",\"id\":1,\ndata: \"result\":{}}\n\n".to_owned(),
        ] {
            assert_eq!(replied("text/event-stream; charset=utf-8", &stream), result(), "{stream}");
        }
        let error = r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"no"}}"#;
        assert_eq!(replied("application/json", error), Some(Reply::Error(-32_001)));
    }

    #[test]
    fn what_is_no_answer_is_none() {
        for body in [
            "",
            "<html>",
            "[]",
            r#"{"id":1,"result":{}}"#,
            r#"{"jsonrpc":"2.0","id":2,"result":{}}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":7}"#,
            r#"{"jsonrpc":"2.0","method":"x"}"#,
        ] {
            assert_eq!(replied("application/json", body), None, "{body}");
        }
        // An event that has not ended may say something else by its end.
        assert_eq!(
            replied("text/event-stream", "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n"),
            None
        );
    }

    #[test]
    fn a_server_without_tools_let_the_caller_in() {
        assert!(Reply::Error(METHOD_NOT_FOUND).got_through());
        assert!(!Reply::Error(-32_001).got_through());
    }
}
