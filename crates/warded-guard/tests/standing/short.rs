//! A guard in its short form: what it looks up without being told to.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};
use tower::{Layer as _, ServiceExt as _, service_fn};
use warded_client::clock::SystemClock;
use warded_core::Clock as _;
use warded_guard::{Body, Guard};

use crate::issuer::{Publisher, sign};

const HERE: &str = "http://127.0.0.1:8700/mcp";
const LIST: &str = "/lists/1";

/// What the guard answers: its status, and the code of a refusal.
async fn said(guard: &Guard, token: &str) -> (u16, Value) {
    let server = service_fn(|_: Request<Body>| async {
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from("{}"))))
    });
    let request = Request::post("/mcp")
        .header("Host", "127.0.0.1:8700")
        .header("Content-Type", "application/json")
        .header("Authorization", format!("Bearer {token}"))
        .body(Full::new(Bytes::from(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#)))
        .unwrap();
    let answer = guard.layer(server).oneshot(request).await.unwrap();
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice::<Value>(&body).unwrap()["code"].clone())
}

#[tokio::test]
async fn a_token_that_was_taken_back_is_refused_although_nobody_said_where_to_look() {
    let issuer = Publisher::start().await;
    let now = SystemClock.now().seconds();
    // Places 0 and 1 say valid and revoked.
    issuer.publishes(LIST, &[0b01_00], &json!({ "iat": now - 60 }));
    let guard = Guard::before(HERE).issuer(issuer.issuer().as_str()).build().unwrap();
    let token = |index: u64| {
        let mut claims = issuer.claims(HERE);
        claims.insert("iat".into(), (now - 10).into());
        claims.insert("exp".into(), (now + 300).into());
        let list = json!({ "status_list": { "idx": index, "uri": issuer.url(LIST) } });
        claims.insert("status".into(), list);
        sign("at+jwt", &claims)
    };
    assert_eq!(said(&guard, &token(0)).await, (200, Value::Null));
    assert_eq!(said(&guard, &token(1)).await, (401, json!("token-revoked")));
    assert_eq!(said(&guard, &token(0)).await, (200, Value::Null));
    assert_eq!(issuer.fetches(LIST), 1);
}
