//! How clients say who they are.

use axum::body::Body;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{Request, StatusCode, header};

use crate::stage::{Answer, NOTES, Stage, encoded, with};

async fn token(stage: &Stage, authorization: &[String], form: &[(&str, &str)]) -> Answer {
    let mut request = Request::post(format!("{}/token", stage.base))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded; charset=UTF-8");
    for field in authorization {
        request = request.header(header::AUTHORIZATION, field);
    }
    stage.call(request.body(Body::from(encoded(form))).unwrap()).await
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

#[tokio::test]
async fn a_client_authenticates_once_and_with_one_id() {
    let stage = Stage::open().await;
    let (id, secret) = &stage.robot;
    let form = [("grant_type", "client_credentials"), ("resource", NOTES)];
    let named = with(&form, "client_id", id);
    let with_secret = with(&named, "client_secret", secret);

    assert_eq!(token(&stage, &[basic(id, secret)], &form).await.status, StatusCode::OK);
    assert_eq!(token(&stage, &[basic(id, secret)], &named).await.status, StatusCode::OK);
    assert_eq!(token(&stage, &[], &with_secret).await.status, StatusCode::OK);

    let twice = [basic(id, secret), basic(id, secret)];
    let other = with(&form, "client_id", &stage.portal.0);
    for (authorization, form) in
        [(&twice[..1], &with_secret[..]), (&twice[..1], &other[..]), (&twice[..], &form[..])]
    {
        let answer = token(&stage, authorization, form).await;
        assert_eq!(answer.error(), (400, "invalid_request".into()), "{form:?}");
    }
    for wrong in [
        basic(id, "wrong"),
        basic(id, ""),
        basic("unknown", secret),
        basic(&stage.portal.0, secret),
        basic(&stage.editor, ""),
        format!("Bearer {secret}"),
        "Basic".to_owned(),
    ] {
        let answer = token(&stage, std::slice::from_ref(&wrong), &form).await;
        assert_eq!(answer.error(), (401, "invalid_client".into()), "{wrong}");
        assert_eq!(answer.headers[header::WWW_AUTHENTICATE], "Basic realm=\"token\"");
    }
    let assertion = with(&named, "client_assertion", "x.y.z");
    assert_eq!(token(&stage, &[], &assertion).await.error(), (401, "invalid_client".into()));
    let impostor = with(&with(&form, "client_id", &stage.editor), "client_secret", secret);
    assert_eq!(token(&stage, &[], &impostor).await.error(), (401, "invalid_client".into()));
}

#[tokio::test]
async fn only_those_whom_the_operator_made_so_are_programs_in_their_own_name() {
    let stage = Stage::open().await;
    let form = [("grant_type", "client_credentials"), ("resource", NOTES)];
    let public = with(&form, "client_id", &stage.editor);
    assert_eq!(token(&stage, &[], &public).await.error(), (400, "unauthorized_client".into()));
    let (id, secret) = &stage.portal;
    let answer = token(&stage, &[basic(id, secret)], &form).await;
    assert_eq!(answer.error(), (400, "unauthorized_client".into()));
    let (id, secret) = &stage.robot;
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    assert_eq!(token(&stage, &[basic(id, secret)], &refresh).await.error(), (400, "invalid_grant".into()));
}
