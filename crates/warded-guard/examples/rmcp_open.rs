//! An MCP server made with rmcp, the official Rust SDK, that lets everybody in. `rmcp.rs` is the same behind a
//! guard.

use std::sync::Arc;

use axum::Router;
use rmcp::{
    ServerHandler,
    handler::server::wrapper::Parameters,
    schemars, tool, tool_handler, tool_router,
    transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
    },
};

#[derive(Clone)]
struct Notes;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Note {
    text: String,
}

#[tool_router]
impl Notes {
    #[tool(description = "Notes a text, and reads it back.")]
    async fn note(&self, Parameters(Note { text }): Parameters<Note>) -> String {
        text
    }

    #[tool(description = "Says who calls.")]
    async fn whoami(&self) -> String {
        "nobody in particular".to_owned()
    }
}

#[tool_handler]
impl ServerHandler for Notes {}

pub(crate) fn router() -> Router {
    let (sessions, config) = (LocalSessionManager::default(), StreamableHttpServerConfig::default());
    let mcp = StreamableHttpService::new(|| Ok(Notes), Arc::new(sessions), config);
    Router::new().route_service("/mcp", mcp)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let at = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8802".to_owned());
    let listener = tokio::net::TcpListener::bind(&at).await?;
    let url = format!("http://{at}/mcp");
    announce(&url);
    Ok(axum::serve(listener, router()).await?)
}

#[expect(clippy::print_stdout, reason = "whoever starts this program reads it")]
fn announce(url: &str) {
    println!("{url}");
}
