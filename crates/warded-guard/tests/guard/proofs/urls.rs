//! A proof is for the URL that it came to, under whatever name the server has.

use axum::{Router, body::Body, routing::post};
use tower::ServiceExt as _;

use super::{holder::Holder, wire::Place};
use crate::stage::{HERE, builder, ping};

const ALL: &str = "https://mcp.example.com/all";

async fn asked(app: &Router, path: &str, htu: &str) -> u16 {
    let holder = Holder::new();
    let token = holder.token();
    let proof = holder.seal(holder.draft("POST", &token).claim("htu", htu));
    let request = http::Request::post(path)
        .header("Host", "mcp.example.com")
        .header("Content-Type", "application/json")
        .header("Authorization", format!("DPoP {token}"))
        .header("DPoP", proof)
        .body(Body::from(ping().to_string()))
        .unwrap();
    app.clone().oneshot(request).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_proof_for_one_route_opens_no_other_one_of_the_same_guard() {
    let routes = Router::new().route("/notes/mcp", post(async || "")).route("/all", post(async || ""));
    let app = builder().build().protects(routes, ());
    assert_eq!(asked(&app, "/notes/mcp", HERE).await, 200);
    assert_eq!(asked(&app, "/all", ALL).await, 200);
    assert_eq!(asked(&app, "/all", HERE).await, 401);
    assert_eq!(asked(&app, "/notes/mcp", ALL).await, 401);
}

#[tokio::test]
async fn a_nested_router_is_asked_at_its_whole_path() {
    let inner = builder().build().protects(Router::new().route("/mcp", post(async || "")), ());
    let app = Router::new().nest("/notes", inner);
    assert_eq!(asked(&app, "/notes/mcp", HERE).await, 200);
    assert_eq!(asked(&app, "/notes/mcp", "https://mcp.example.com/mcp").await, 401);
}

#[tokio::test]
async fn a_host_that_a_proxy_wrote_makes_no_good_proof_bad_and_no_bad_one_good() {
    let place = Place::of(builder().build()).await;
    let holder = Holder::new();
    let token = holder.token();
    for host in ["mcp.example.com:443", "10.0.0.7:8080"] {
        for (htu, status) in [
            (HERE, 200),
            ("https://evil.example/notes/mcp", 401),
            ("http://10.0.0.7:8080/notes/mcp", 401),
            (ALL, 401),
        ] {
            let proof = holder.seal(holder.draft("POST", &token).claim("htu", htu));
            let headers = [("Authorization", &*format!("DPoP {token}")), ("DPoP", &*proof)];
            let reply = place.ask_at("/notes/mcp", host, "POST", &headers).await;
            assert_eq!(reply.status, status, "{host} {htu}");
        }
    }
}
