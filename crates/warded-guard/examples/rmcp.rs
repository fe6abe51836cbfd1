//! An MCP server made with rmcp, the official Rust SDK, behind a guard. `rmcp_open.rs` is the same without one.

use std::sync::Arc;

use axum::Router;
use rmcp::{
    ServerHandler,
    handler::server::{common::Extension, wrapper::Parameters},
    schemars, tool, tool_handler, tool_router,
    transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
    },
};
use warded_guard::{Caller, Guard};

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
    async fn whoami(&self, Extension(parts): Extension<http::request::Parts>) -> Result<String, String> {
        let caller = Caller::of(&parts.extensions).map_err(|error| error.to_string())?;
        Ok(caller.subject().unwrap_or("nobody").to_owned())
    }
}

#[tool_handler]
impl ServerHandler for Notes {}

pub(crate) fn router(url: &str, issuer: &str) -> Result<Router, Box<dyn std::error::Error>> {
    let (sessions, config) = (LocalSessionManager::default(), StreamableHttpServerConfig::default());
    let mcp = StreamableHttpService::new(|| Ok(Notes), Arc::new(sessions), config);
    let guard = Guard::before(url).issuer(issuer).scope("notes:read").build()?;
    Ok(Router::new().route_service("/mcp", mcp).layer(guard))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let at = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8802".to_owned());
    let listener = tokio::net::TcpListener::bind(&at).await?;
    let url = format!("http://{at}/mcp");
    announce(&url);
    Ok(axum::serve(listener, router(&url, "https://login.example.com")?).await?)
}

#[expect(clippy::print_stdout, reason = "whoever starts this program reads it")]
fn announce(url: &str) {
    println!("{url}");
}
