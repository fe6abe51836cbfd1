//! An issuer that gives the wrong thing: nothing of it reaches the server behind, and no caller is sent away for it.

use std::convert::Infallible;

use axum::{
    body::{Body, Bytes},
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};

use super::scene::{ACCESS_TOKEN, Asked, NOTES, Scene, granted, said};
use crate::issuer::{Issuer, now};

type Answer = fn(&Issuer, &Asked) -> Response;

fn with(issuer: &Issuer, asked: &Asked, changes: Value) -> Response {
    granted(asked, &issuer.token(NOTES, changes))
}

fn answer(issuer: &Issuer, changes: &Value) -> Response {
    let mut answer = json!({
        "access_token": issuer.token(NOTES, json!({})), "token_type": "Bearer", "expires_in": 600,
        "issued_token_type": ACCESS_TOKEN,
    });
    answer.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    said(200, answer)
}

const MISDIRECTED: &str = "upstream-credential-misdirected";
const REFUSED: &str = "upstream-credential-refused";
const UNAVAILABLE: &str = "upstream-credential-unavailable";

const ANSWERS: &[(&str, &str, Answer)] = &[
    ("another audience", MISDIRECTED, |i, a| with(i, a, json!({ "aud": "https://other.example" }))),
    ("two audiences", MISDIRECTED, |i, a| with(i, a, json!({ "aud": [NOTES, "https://other.example"] }))),
    ("an account beside it", MISDIRECTED, |i, a| with(i, a, json!({ "aud": [NOTES, "account"] }))),
    ("a part of the audience", MISDIRECTED, |i, a| {
        with(i, a, json!({ "aud": "https://notes.behind.example" }))
    }),
    ("a longer audience", MISDIRECTED, |i, a| with(i, a, json!({ "aud": format!("{NOTES}/more") }))),
    ("no audience", MISDIRECTED, |i, a| with(i, a, json!({ "aud": null }))),
    ("an empty audience", MISDIRECTED, |i, a| with(i, a, json!({ "aud": [] }))),
    ("any audience", MISDIRECTED, |i, a| with(i, a, json!({ "aud": "*" }))),
    ("a token that ended", MISDIRECTED, |i, a| with(i, a, json!({ "exp": now() - 3600 }))),
    ("a token without end", MISDIRECTED, |i, a| with(i, a, json!({ "exp": null }))),
    ("a token for a year", MISDIRECTED, |i, a| with(i, a, json!({ "exp": now() + 366 * 24 * 3600 }))),
    ("another issuer's name", MISDIRECTED, |i, a| with(i, a, json!({ "iss": "https://evil.example" }))),
    ("a token for whoever holds a key", MISDIRECTED, |i, a| {
        with(i, a, json!({ "cnf": { "jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" } }))
    }),
    ("a signature of nobody knows whom", UNAVAILABLE, |i, a| {
        let (other, ..) = Issuer::called(i.url.clone());
        // Its keys were fetched a moment ago, and this one may be younger: nothing is known of it.
        granted(a, &other.token(NOTES, json!({})))
    }),
    ("an opaque token", MISDIRECTED, |_, a| granted(a, "2YotnFZFEjr1zCsicMWpAA")),
    ("an unsigned token", MISDIRECTED, |_, a| granted(a, "eyJhbGciOiJub25lIn0.e30.")),
    ("the caller's own token", MISDIRECTED, |_, a| granted(a, a.get("subject_token").unwrap())),
    ("the caller's own token inside another", MISDIRECTED, |_, a| {
        granted(a, &format!("x{}x", a.get("subject_token").unwrap()))
    }),
    ("a header and a half", MISDIRECTED, |_, a| granted(a, "abc\r\nX-Admin: 1")),
    ("nothing", MISDIRECTED, |_, a| granted(a, "")),
    ("a bound token", MISDIRECTED, |i, _| answer(i, &json!({ "token_type": "DPoP" }))),
    ("no token type", MISDIRECTED, |i, _| answer(i, &json!({ "token_type": null }))),
    ("an ID token", MISDIRECTED, |i, _| {
        answer(i, &json!({ "issued_token_type": "urn:ietf:params:oauth:token-type:id_token" }))
    }),
    ("no kind of token", MISDIRECTED, |i, _| answer(i, &json!({ "issued_token_type": null }))),
    ("a token that is a number", MISDIRECTED, |i, _| answer(i, &json!({ "access_token": 7 }))),
    ("HTML", MISDIRECTED, |_, _| {
        (StatusCode::OK, [(header::CONTENT_TYPE, "text/html")], "<!doctype html>").into_response()
    }),
    ("much too much", UNAVAILABLE, |_, _| "x".repeat(1024 * 1024).into_response()),
    ("an answer that never ends", UNAVAILABLE, |_, _| {
        Body::from_stream(futures_util::stream::pending::<Result<Bytes, Infallible>>()).into_response()
    }),
    ("a redirect", MISDIRECTED, |_, _| {
        (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, "http://127.0.0.1:1/token")]).into_response()
    }),
    ("a bare 500", UNAVAILABLE, |_, _| StatusCode::INTERNAL_SERVER_ERROR.into_response()),
    ("not that client", REFUSED, |_, _| said(401, json!({ "error": "invalid_client" }))),
    ("not that audience", REFUSED, |_, _| said(400, json!({ "error": "invalid_target" }))),
    ("words that repeat the token", REFUSED, |_, a| {
        let description = format!("the token {} is unknown", a.get("subject_token").unwrap());
        said(400, json!({ "error": "invalid_grant", "error_description": description }))
    }),
    ("the token as an audience", MISDIRECTED, |i, a| with(i, a, json!({ "aud": a.get("subject_token") }))),
    ("not that token", REFUSED, |_, _| said(400, json!({ "error": "invalid_grant" }))),
];

#[tokio::test]
async fn nothing_that_is_not_for_the_server_behind_alone_reaches_it() {
    let scene = Scene::start().await;
    for (number, (what, code, behaviour)) in ANSWERS.iter().enumerate() {
        // An issuer that fails for everybody is left alone for a moment, so each has its own; and each caller is new.
        let scene = if matches!(*code, UNAVAILABLE) || *what == "not that client" {
            &Scene::start().await
        } else {
            &scene
        };
        scene.answers(behaviour);
        let token = scene.token("notes", &format!("person-{number}"));
        let answer = scene.ping("notes", &token).await;
        assert_eq!(answer.code(), *code, "{what}: {}", scene.gateway.log());
        assert_eq!(answer.status.as_u16(), if *code == UNAVAILABLE { 503 } else { 502 }, "{what}");
        assert!(!answer.headers.contains_key("www-authenticate"), "{what}");
        assert!(answer.body.contains("\"jsonrpc\""), "{what}: {}", answer.body);
        assert!(scene.notes.requests().is_empty(), "{what}");
        assert!(!scene.keeps(&token), "{what}");
    }
    assert!(scene.notes.bytes().is_empty());
}

#[tokio::test]
async fn a_server_behind_that_comes_back_with_its_token_finds_no_door_that_waives_it() {
    let scene = Scene::start().await;
    let alices = scene.token("notes", "alice");
    assert_eq!(scene.ping("notes", &alices).await.status, StatusCode::OK, "{}", scene.gateway.log());
    let shown = scene.notes.last().headers["authorization"].to_str().unwrap().to_owned();
    let exchanged = shown.strip_prefix("Bearer ").unwrap();
    for server in ["open", "notes", "files"] {
        let answer = scene.ping(server, exchanged).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (401, "audience-elsewhere"), "{server}");
    }
    let stranger = scene.issued("https://nobody.example", "alice");
    assert_eq!(scene.ping("open", &stranger).await.status, StatusCode::OK, "it is permissive");
}
