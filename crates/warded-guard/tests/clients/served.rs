//! The examples, each on a socket of its own.

use axum::Router;
use tokio::net::TcpListener;

#[path = "../../examples/axum.rs"]
#[expect(dead_code, reason = "the example's own `main` is not what runs here")]
mod with_axum;
#[path = "../../examples/rmcp.rs"]
#[expect(dead_code, reason = "the example's own `main` is not what runs here")]
mod with_rmcp;

/// An example that is served until the test ends.
pub(crate) struct Served {
    /// Its file.
    pub(crate) example: &'static str,
    /// Its identifier.
    pub(crate) url: String,
}

type Example = fn(&str, &str) -> Result<Router, Box<dyn std::error::Error>>;

/// Both examples: neighbours that trust one issuer.
pub(crate) async fn both(issuer: &str) -> [Served; 2] {
    let axum: Example = with_axum::router;
    let rmcp: Example = with_rmcp::router;
    [serve("axum.rs", axum, issuer).await, serve("rmcp.rs", rmcp, issuer).await]
}

async fn serve(example: &'static str, router: Example, issuer: &str) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    let router = router(&url, issuer).unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    Served { example, url }
}
