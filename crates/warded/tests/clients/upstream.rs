//! What lies behind the gateway? A real MCP server, made with the official Rust SDK, that notes what reaches it.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{Router, extract::Request, middleware::Next};
use http::HeaderMap;
use rmcp::{
    ServerHandler,
    handler::server::wrapper::Parameters,
    schemars, tool, tool_handler, tool_router,
    transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
    },
};
use tokio::net::TcpListener;

/// The header by which a test recognizes its request behind the gateway.
pub(crate) const ATTEMPT: &str = "x-request-id";

/// A server that runs until it is dropped.
pub(crate) struct Upstream {
    address: SocketAddr,
    reached: Arc<Mutex<Vec<HeaderMap>>>,
    serving: tokio::task::JoinHandle<()>,
}

impl Upstream {
    /// A server of notes: it has a tool `note`, which answers with its text, and a tool `whisper`.
    pub(crate) async fn of_notes() -> Self {
        let mcp = StreamableHttpService::new(
            || Ok(Notes),
            Arc::new(LocalSessionManager::default()),
            StreamableHttpServerConfig::default(),
        );
        Self::serving(Router::new().fallback_service(mcp)).await
    }

    /// A server that answers everything in the same way.
    pub(crate) async fn that_nods() -> Self {
        let answer = ([("content-type", "application/json")], r#"{"jsonrpc":"2.0","id":1,"result":{}}"#);
        Self::serving(Router::new().fallback(move || async move { answer })).await
    }

    async fn serving(router: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let reached = Arc::new(Mutex::new(Vec::new()));
        let visitors = Arc::clone(&reached);
        let router = router.layer(axum::middleware::from_fn(move |request: Request, next: Next| {
            visitors.lock().unwrap().push(request.headers().clone());
            async move { next.run(request).await }
        }));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, reached, serving }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/mcp", self.address)
    }

    /// The headers of every request that got here.
    pub(crate) fn reached(&self) -> Vec<HeaderMap> {
        self.reached.lock().unwrap().clone()
    }

    /// The numbers of the attempts that got here, in ascending order.
    pub(crate) fn attempts(&self) -> Vec<usize> {
        let attempt = |headers: &HeaderMap| headers.get(ATTEMPT)?.to_str().ok()?.parse().ok();
        let mut attempts: Vec<usize> = self.reached().iter().filter_map(attempt).collect();
        attempts.sort_unstable();
        attempts
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

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

    #[tool(description = "Reads a text back, quietly.")]
    async fn whisper(&self, Parameters(Note { text }): Parameters<Note>) -> String {
        text.to_lowercase()
    }
}

#[tool_handler]
impl ServerHandler for Notes {}
