//! How does somebody add the guard to a server of their own?

use std::{convert::Infallible, sync::Arc};

use axum::{
    Extension, Router,
    extract::{FromRef, State},
    routing::post,
};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use tower::{Layer as _, Service as _, ServiceExt as _, service_fn};
use warded_core::VerifiedToken;
use warded_guard::{Body, Caller, Guard, Guarded, NotGuarded};

use crate::stage::{Answer, HERE, ISSUER, body, builder, call_of, full, good, ping, token};

async fn whoami(Extension(token): Extension<Arc<VerifiedToken>>, message: String) -> String {
    format!("{} {message}", token.claims().subject().unwrap_or_default())
}

#[tokio::test]
async fn an_axum_server_adds_one_layer() {
    let mut app = Router::new().route("/notes/mcp", post(whoami)).layer(builder().build());
    let mut ask = async |request: Request<Full<Bytes>>| {
        let response = app.as_service::<Full<Bytes>>().ready().await.unwrap().call(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        (parts.status.as_u16(), String::from_utf8(bytes.to_vec()).unwrap())
    };
    assert_eq!(ask(good().body(body(&ping())).unwrap()).await, (200, format!("alice {}", ping())));
    assert_eq!(ask(crate::stage::post().body(body(&ping())).unwrap()).await.0, 401);
    assert_eq!(ask(good().body(body(&call_of("delete_note"))).unwrap()).await.0, 403);
    let document = Request::get("/.well-known/oauth-protected-resource/notes/mcp").body(full("")).unwrap();
    let (status, text) = ask(document).await;
    assert!(status == 200 && text.contains(HERE), "{text}");
}

#[tokio::test]
async fn the_server_gets_what_was_judged_and_no_credential() {
    let inner = service_fn(|request: Request<Body>| async move {
        let (parts, body) = request.into_parts();
        let token = parts.extensions.get::<Arc<VerifiedToken>>().unwrap();
        let seen = format!("{:?} {:?}", parts.headers, token.claims().client());
        assert!(parts.extensions.get::<warded_guard::Called>().is_some());
        let body = http_body_util::BodyExt::collect(body).await.unwrap().to_bytes();
        let seen = format!("{seen} {}", String::from_utf8_lossy(&body));
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(seen))))
    });
    let answer = builder().build().layer(inner).oneshot(good().body(body(&ping())).unwrap()).await.unwrap();
    let seen = String::from_utf8(Answer::of(answer).await.body.to_vec()).unwrap();
    assert!(seen.contains(&ping().to_string()) && seen.contains("agent"), "{seen}");
    assert!(!seen.contains(&token()) && !seen.to_lowercase().contains("authorization"), "{seen}");
}

async fn described(caller: Caller, State(greeting): State<Greeting>, message: String) -> String {
    let (subject, client) = (caller.subject().unwrap_or_default(), caller.client().unwrap_or_default());
    let has = caller.has("notes:read") && !caller.has("notes:write") && !caller.has("notes");
    let claim = caller.claim("scope").and_then(serde_json::Value::as_str).unwrap_or_default();
    let issuer = caller.issuer().as_str();
    format!("{} {subject} {client} {issuer} {has} {claim} {}", greeting.0, message.len())
}

#[derive(Clone)]
struct Greeting(&'static str);

#[derive(Clone)]
struct App {
    greeting: Greeting,
}

impl FromRef<Guarded<App>> for Greeting {
    fn from_ref(app: &Guarded<App>) -> Self {
        app.greeting.clone()
    }
}

const APP: App = App { greeting: Greeting("hello") };

#[tokio::test]
async fn a_handler_that_asks_for_its_caller_gets_it_and_the_state_besides() {
    let app = builder().build().protects(Router::new().route("/notes/mcp", post(described)), APP);
    let ask = async |request: Request<Full<Bytes>>| {
        let response = app.clone().oneshot(request.map(axum::body::Body::new)).await.unwrap();
        let status = response.status().as_u16();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    };
    let told = format!("hello alice agent {ISSUER} true notes:read {}", ping().to_string().len());
    assert_eq!(ask(good().body(body(&ping())).unwrap()).await, (200, told));
    assert_eq!(ask(crate::stage::post().body(body(&ping())).unwrap()).await.0, 401);
    // Whatever is no route is behind the guard too.
    assert_eq!(ask(crate::stage::post().uri("/elsewhere").body(body(&ping())).unwrap()).await.0, 401);
}

#[tokio::test]
async fn a_fallback_is_behind_the_guard_too() {
    let app = builder().build().protects(Router::new().fallback(described), APP);
    for path in ["/notes/mcp", "/elsewhere", "/"] {
        let request =
            crate::stage::post().uri(path).body(axum::body::Body::from(ping().to_string())).unwrap();
        assert_eq!(app.clone().oneshot(request).await.unwrap().status(), 401, "{path}");
    }
}

async fn told(app: &Router, host: &str, path: &str) -> (u16, String) {
    let request = Request::get(path).header("Host", host).body(axum::body::Body::empty()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

#[tokio::test]
async fn two_servers_in_one_application_introduce_themselves() {
    let other = Guard::before("https://mcp.example.com/other:/:mcp").issuer(ISSUER).build().unwrap();
    let here = builder().build().protects(Router::new().route("/notes/mcp", post(described)), APP);
    let there = other.protects(Router::new().route("/other:/{mcp}", post(described)), APP);
    for app in [here.clone().merge(there.clone()), there.merge(here)] {
        for (path, identifier) in
            [("/notes/mcp", HERE), ("/other:/:mcp", "https://mcp.example.com/other:/:mcp")]
        {
            let document = format!("/.well-known/oauth-protected-resource{path}");
            let (status, text) = told(&app, "mcp.example.com", &document).await;
            assert!(
                status == 200 && text.contains(&format!("\"resource\":\"{identifier}\"")),
                "{path}: {text}"
            );
            assert_eq!(told(&app, "mcp.example.com", path).await.0, 401);
        }
        assert_eq!(told(&app, "mcp.example.com", "/elsewhere").await.0, 401);
        let request = good().body(axum::body::Body::from(ping().to_string())).unwrap();
        assert_eq!(app.oneshot(request).await.unwrap().status(), 200);
    }
}

#[tokio::test]
async fn a_server_below_a_prefix_introduces_itself_at_the_root() {
    let guard = builder().build();
    let below = guard.protects(Router::new().route("/mcp", post(described)), APP);
    let app = guard.introductions().nest("/notes", below);
    let document = "/.well-known/oauth-protected-resource/notes/mcp";
    let (status, text) = told(&app, "mcp.example.com", document).await;
    assert!(status == 200 && text.contains(HERE), "{text}");
    assert_eq!(told(&app, "mcp.example.com", &format!("/notes{document}")).await.0, 401);
    assert_eq!(told(&app, "mcp.example.com", "/notes/mcp").await.0, 401);
    let request = good().body(axum::body::Body::from(ping().to_string())).unwrap();
    assert_eq!(app.oneshot(request).await.unwrap().status(), 200);
}

#[test]
fn who_does_not_come_through_a_guard_is_nobody() {
    assert_eq!(Caller::of(&http::Extensions::new()).unwrap_err(), NotGuarded);
}
