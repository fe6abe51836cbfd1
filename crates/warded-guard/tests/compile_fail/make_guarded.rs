//! The state that stands for the guard, made by hand.

use axum::{Router, routing::post};
use warded_guard::{Caller, Guarded};

async fn whoami(caller: Caller) -> String {
    caller.subject().unwrap_or_default().to_owned()
}

fn main() {
    let _router: Router = Router::new().route("/mcp", post(whoami)).with_state(Guarded(()));
}
