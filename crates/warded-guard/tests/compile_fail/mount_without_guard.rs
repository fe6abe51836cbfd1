//! A handler that asks who calls, on a router that nobody guards.

use axum::{Router, routing::post};
use warded_guard::Caller;

async fn whoami(caller: Caller) -> String {
    caller.subject().unwrap_or_default().to_owned()
}

fn main() {
    let _router: Router = Router::new().route("/mcp", post(whoami));
}
