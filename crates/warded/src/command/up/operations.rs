//! What do operators see? Metrics and health, at an address of their own.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context as _;
use axum::{
    Router,
    extract::State,
    response::{IntoResponse as _, Response},
    routing::get,
};
use http::{StatusCode, header};
use tokio::{net::TcpListener, task::AbortHandle};
use warded_gateway::{Health, Limits, serve_aside};

use super::metrics::Page;

/// What Prometheus asks for, and what it gets.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Serves operators for as long as it is held.
pub(super) struct Operations {
    /// Where.
    pub(super) address: SocketAddr,
    task: AbortHandle,
}

impl Drop for Operations {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What can be asked for.
#[derive(Clone)]
struct Shown {
    page: Arc<Page>,
    health: Arc<Health>,
}

impl Operations {
    /// Takes the place.
    pub(super) async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
        let listener = TcpListener::bind(address).await;
        listener.with_context(|| format!("cannot listen at {address}, where `operations` are to be served"))
    }

    /// Serves there.
    pub(super) fn serve(listener: TcpListener, page: Arc<Page>) -> anyhow::Result<Self> {
        let address = listener.local_addr().context("the place of `operations` has no address")?;
        let health = Arc::clone(&page.health);
        let router = Router::new()
            .route("/metrics", get(metrics))
            .route("/healthz", get(live))
            .route("/livez", get(live))
            .route("/readyz", get(ready))
            .with_state(Shown { page, health });
        let task = tokio::spawn(async move { serve_aside(listener, &bounds(), router).await });
        Ok(Self { address, task: task.abort_handle() })
    }
}

/// A handful of programs look here, now and then. Nobody else keeps them from it, and nothing here lasts.
fn bounds() -> Limits {
    let mut limits = Limits::default();
    (limits.connections, limits.connections_per_address) = (64, 16);
    (limits.head, limits.first_byte) = (16 * 1024, Duration::from_secs(5));
    limits.stalled = Duration::from_secs(10);
    limits
}

async fn metrics(State(shown): State<Shown>) -> Response {
    match shown.page.text() {
        Ok(text) => ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn live() -> &'static str {
    "ok\n"
}

/// Names what is lacking: whoever reads this looks after it.
async fn ready(State(shown): State<Shown>) -> Response {
    let lacking = shown.health.lacking();
    if lacking.is_empty() {
        return "ok\n".into_response();
    }
    (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {}\n", lacking.join(", "))).into_response()
}
