//! A small MCP server of one's own, made with axum, that lets everybody in. `axum.rs` is the same behind a guard.

use axum::{
    Json, Router,
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::post,
};
use serde_json::{Value, json};

/// One exchange: every message stands for itself, and there is nothing to say unasked.
async fn mcp(Json(message): Json<Value>) -> Response {
    let Some(id) = message.get("id") else { return StatusCode::ACCEPTED.into_response() };
    let answer = match message["method"].as_str() {
        Some("initialize") => Ok(json!({
            "protocolVersion": "2025-11-25",
            "capabilities": { "tools": {} },
            "serverInfo": { "name": "notes", "version": "1.0.0" },
        })),
        Some("ping") => Ok(json!({})),
        Some("tools/list") => Ok(json!({ "tools": [
            { "name": "note", "inputSchema": {
                "type": "object", "properties": { "text": { "type": "string" } }, "required": ["text"],
            } },
            { "name": "whoami", "inputSchema": { "type": "object" } },
        ] })),
        Some("tools/call") => match message["params"]["name"].as_str() {
            Some("note") => Ok(said(message["params"]["arguments"]["text"].as_str().unwrap_or_default())),
            Some("whoami") => Ok(said("nobody in particular")),
            _ => Err(json!({ "code": -32602, "message": "there is no such tool" })),
        },
        _ => Err(json!({ "code": -32601, "message": "there is no such method" })),
    };
    Json(match answer {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err(error) => json!({ "jsonrpc": "2.0", "id": id, "error": error }),
    })
    .into_response()
}

fn said(text: &str) -> Value {
    json!({ "content": [{ "type": "text", "text": text }] })
}

pub(crate) fn router() -> Router {
    Router::new().route("/mcp", post(mcp))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let at = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8801".to_owned());
    let listener = tokio::net::TcpListener::bind(&at).await?;
    let url = format!("http://{at}/mcp");
    announce(&url);
    Ok(axum::serve(listener, router()).await?)
}

#[expect(clippy::print_stdout, reason = "whoever starts this program reads it")]
fn announce(url: &str) {
    println!("{url}");
}
