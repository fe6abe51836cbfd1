//! Who says who people are, with a login page of its own: a form that its page lets lead to us, and to nobody else.

use std::collections::BTreeMap;

use axum::{
    Form, Json, Router,
    extract::{Query, RawQuery},
    http::header::CONTENT_SECURITY_POLICY,
    response::{Html, IntoResponse, Redirect},
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use warded_core::Issuer;
use warded_issuer::{Admit, Provider, ProviderKind};

type Pairs = BTreeMap<String, String>;

/// Those whose page names where its form leads to name the origin of its client's callback.
const POLICY: &str = "default-src 'none'; form-action 'self' https://mcp.example.com";

/// It, as a login for everybody.
pub(crate) async fn open() -> Provider {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let site = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new()
        .route("/login/oauth/authorize", get(asks))
        .route("/session", post(knows))
        .route("/login/oauth/access_token", post(token))
        .route("/api/v3/user", get(async || Json(json!({ "id": 583_231, "login": "grace" }))));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let kind = ProviderKind::named("github", Some(Issuer::parse(&site).unwrap())).unwrap();
    let secret = "a secret of nobody".to_owned().into();
    Provider::new("git", "Example Git", kind, "warded", secret, Admit::Anyone).unwrap()
}

async fn asks(RawQuery(query): RawQuery) -> impl IntoResponse {
    let query = query.unwrap_or_default().replace('&', "&amp;");
    let page = format!(
        "<!doctype html><title>Example Git</title><form method=post action=\"/session?{query}\"><button>Sign in</button></form>"
    );
    ([(CONTENT_SECURITY_POLICY, POLICY)], Html(page))
}

async fn knows(Query(asked): Query<Pairs>) -> Redirect {
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("code", "good"), ("state", &asked["state"])])
        .finish();
    Redirect::to(&format!("{}?{query}", asked["redirect_uri"]))
}

async fn token(Form(form): Form<Pairs>) -> Json<Value> {
    assert_eq!(form["code"], "good");
    Json(json!({ "access_token": "gho_16C7e42F292c6912E7710c838347Ae178B4a", "token_type": "bearer" }))
}
