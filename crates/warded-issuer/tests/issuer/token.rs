//! The token endpoint: what it gives, what it refuses, and that refusing burns nothing.

use std::{collections::BTreeSet, sync::Arc};

use http::{Request, StatusCode, header};
use serde_json::{Value, json};
use warded_core::{Issuer, jose::base64url};
use warded_issuer::{AuthorizationServer, IssuerSetup};
use warded_store::{Grants as _, Users as _};

use crate::stage::{
    Answer, Browser, FILES, ISSUER, LOOPBACK, NOTES, PASSWORD, Stage, VERIFIER, WEB, encoded, random,
    registered, with, without,
};

pub(crate) fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64url::decode(part).unwrap()).unwrap()
}

#[tokio::test]
async fn a_token_says_what_rfc_9068_asks_and_names_one_server() {
    let stage = Stage::open().await;
    let question = with(&stage.question(NOTES), "scope", "notes:write notes:read other");
    let code = stage.code_for(&question).await;
    let answer = stage.token(&stage.redemption(&code)).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    let granted = answer.json();
    assert_eq!(
        (&granted["token_type"], &granted["expires_in"], &granted["scope"]),
        (&json!("Bearer"), &json!(600), &json!("notes:read notes:write"))
    );
    let token = answer.text("access_token");
    let header = base64url::decode(token.split('.').next().unwrap()).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&header).unwrap()["typ"], "at+jwt");
    let ada = stage.store.user_named("ada").await.unwrap().unwrap();
    let mut said = claims(&token);
    let id = said["jti"].take();
    assert_eq!(id.as_str().unwrap().len(), 22);
    // Says nothing but which tokens come from one grant.
    assert_eq!(said["grant_id"].take().as_str().unwrap().len(), 22);
    let status = said["status"].take();
    assert_eq!(status["status_list"]["uri"], format!("{ISSUER}/status/0"));
    assert!(status["status_list"]["idx"].as_u64().unwrap() < 1 << 20);
    assert_eq!(
        said,
        json!({
            "iss": ISSUER, "aud": NOTES, "sub": ada.id, "client_id": stage.editor, "jti": null, "grant_id": null, "status": null,
            "scope": "notes:read notes:write", "iat": 1_800_000_000, "exp": 1_800_000_600, "auth_time": 1_800_000_000,
        })
    );
    let (again, _) = stage.tokens(NOTES).await;
    assert_ne!(claims(&again)["jti"], id);
    stage.clock.pass(700);
    assert_eq!(stage.judge(&token, "notes").unwrap_err(), "expired");
}

#[tokio::test]
async fn what_is_wrong_with_a_redemption_burns_no_code() {
    let stage = Stage::open().await;
    let code = stage.code(NOTES).await;
    let good = stage.redemption(&code);
    let (portal, secret) = (stage.portal.0.as_str(), stage.portal.1.as_str());
    let long = "a".repeat(129);
    for (name, value, error) in [
        ("code", "unknown", "invalid_grant"),
        ("code", "", "invalid_request"),
        ("redirect_uri", "http://127.0.0.1:4712/callback", "invalid_grant"),
        ("redirect_uri", "http://127.0.0.1/callback", "invalid_grant"),
        ("redirect_uri", "", "invalid_request"),
        ("code_verifier", "", "invalid_request"),
        ("code_verifier", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "invalid_grant"),
        ("code_verifier", "short", "invalid_grant"),
        ("code_verifier", &VERIFIER.to_lowercase(), "invalid_grant"),
        ("code_verifier", &long, "invalid_grant"),
        ("resource", FILES, "invalid_target"),
        ("grant_type", "refresh_token", "invalid_request"),
        ("grant_type", "client_credentials", "unauthorized_client"),
        ("grant_type", "password", "unsupported_grant_type"),
        ("grant_type", "AUTHORIZATION_CODE", "unsupported_grant_type"),
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange", "unauthorized_client"),
        ("grant_type", "", "invalid_request"),
        ("client_id", "", "invalid_request"),
    ] {
        let answer = stage.token(&with(&good, name, value)).await;
        assert_eq!(answer.error(), (400, error.into()), "{name}={value}");
    }
    // Another client, with everything else right, learns and changes nothing.
    let mut stolen = with(&good, "client_id", portal);
    stolen.push(("client_secret", secret));
    assert_eq!(stage.token(&stolen).await.error(), (400, "invalid_grant".into()));
    let answer = stage.token(&good).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    // Nor can another client end what came of it.
    assert_eq!(stage.token(&stolen).await.error(), (400, "invalid_grant".into()));
    assert_eq!(stage.token(&stage.refreshing(&answer.text("refresh_token"))).await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_is_wrong_with_a_refresh_burns_no_refresh_token() {
    let stage = Stage::open().await;
    let (_, refresh) = stage.tokens(NOTES).await;
    let good = stage.refreshing(&refresh);
    for (name, value, error) in [
        ("refresh_token", "unknown", "invalid_grant"),
        ("refresh_token", "", "invalid_request"),
        ("resource", FILES, "invalid_target"),
        ("scope", "notes:read notes:write", "invalid_scope"),
        ("scope", "files:read", "invalid_scope"),
        ("scope", "a\"b", "invalid_scope"),
    ] {
        let answer = stage.token(&with(&good, name, value)).await;
        assert_eq!(answer.error(), (400, error.into()), "{name}={value}");
    }
    let (portal, secret) = &stage.portal;
    let mut stolen = with(&good, "client_id", portal);
    stolen.push(("client_secret", secret));
    assert_eq!(stage.token(&stolen).await.error(), (400, "invalid_grant".into()));
    assert_eq!(stage.token(&good).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_code_is_good_once_and_its_replay_ends_what_came_of_it() {
    for late in [0, 59, 60, 3000] {
        let stage = Stage::open().await;
        let code = stage.code(NOTES).await;
        let first = stage.token(&stage.redemption(&code)).await.text("refresh_token");
        let second = stage.token(&stage.refreshing(&first)).await.text("refresh_token");
        stage.clock.pass(late);
        // Whatever else is wrong with the replay: a thief seldom has the verifier.
        let replay = with(&stage.redemption(&code), "code_verifier", "x");
        assert_eq!(stage.token(&replay).await.error(), (400, "invalid_grant".into()));
        let dead = stage.token(&stage.refreshing(&second)).await;
        assert_eq!(dead.error(), (400, "invalid_grant".into()), "{late} seconds later");
        assert_eq!(stage.store.count_grants().await.unwrap(), 0);
    }
}

#[tokio::test]
async fn a_code_that_lies_around_is_no_good() {
    let stage = Stage::open().await;
    let code = stage.code(NOTES).await;
    stage.clock.pass(60);
    assert_eq!(stage.token(&stage.redemption(&code)).await.error(), (400, "invalid_grant".into()));
}

#[tokio::test]
async fn a_refresh_token_is_good_once_and_its_reuse_ends_the_grant_whatever_else_is_wrong() {
    let stage = Stage::open().await;
    let (portal, secret) = &stage.portal;
    let changes: [Vec<(&str, &str)>; 5] = [
        vec![],
        vec![("scope", "admin")],
        vec![("scope", "a\"b")],
        vec![("resource", FILES)],
        vec![("client_id", portal), ("client_secret", secret)],
    ];
    for change in changes {
        let (_, first) = stage.tokens(NOTES).await;
        let second = stage.token(&stage.refreshing(&first)).await.text("refresh_token");
        let mut reuse = stage.refreshing(&first);
        for &(name, value) in &change {
            reuse = with(&reuse, name, value);
        }
        assert_eq!(stage.token(&reuse).await.error(), (400, "invalid_grant".into()), "{change:?}");
        let dead = stage.token(&stage.refreshing(&second)).await;
        assert_eq!(dead.error(), (400, "invalid_grant".into()), "{change:?}");
    }
}

#[tokio::test]
async fn grants_end() {
    let stage = Stage::open().await;
    let day = 24 * 60 * 60;
    let (_, idle) = stage.tokens(NOTES).await;
    let (_, mut used) = stage.tokens(NOTES).await;
    for _ in 0..3 {
        stage.clock.pass(29 * day);
        used = stage.token(&stage.refreshing(&used)).await.text("refresh_token");
    }
    assert_eq!(stage.token(&stage.refreshing(&idle)).await.error(), (400, "invalid_grant".into()), "idle");
    stage.clock.pass(3 * day);
    let over = stage.token(&stage.refreshing(&used)).await;
    assert_eq!(over.error(), (400, "invalid_grant".into()), "90 days, however often it was refreshed");
}

async fn race(stage: Arc<Stage>, form: &[(&str, &str)]) -> Vec<Answer> {
    let form = encoded(form);
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let (stage, form) = (Arc::clone(&stage), form.clone());
            tokio::spawn(async move { stage.post("token", "application/x-www-form-urlencoded", form).await })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}

async fn one_wins(stage: &Stage, answers: &[Answer]) {
    let won: Vec<_> = answers.iter().filter(|answer| answer.status == StatusCode::OK).collect();
    assert_eq!(won.len(), 1);
    for lost in answers.iter().filter(|answer| answer.status != StatusCode::OK) {
        assert_eq!(lost.error(), (400, "invalid_grant".into()));
    }
    assert_eq!(stage.store.count_grants().await.unwrap(), 0, "and the family is dead");
    let dead = stage.token(&stage.refreshing(&won[0].text("refresh_token"))).await;
    assert_eq!(dead.error(), (400, "invalid_grant".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_at_once_with_one_code_get_one_token() {
    let stage = Arc::new(Stage::open().await);
    let code = stage.code(NOTES).await;
    let answers = race(Arc::clone(&stage), &stage.redemption(&code)).await;
    one_wins(&stage, &answers).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_at_once_with_one_refresh_token_get_one_token() {
    let stage = Arc::new(Stage::open().await);
    let (_, refresh) = stage.tokens(NOTES).await;
    let answers = race(Arc::clone(&stage), &stage.refreshing(&refresh)).await;
    one_wins(&stage, &answers).await;
}

#[tokio::test]
async fn parameters_that_two_readers_would_read_differently_are_refused() {
    let stage = Stage::open().await;
    let code = stage.code(NOTES).await;
    let good = stage.redemption(&code);
    for name in ["grant_type", "client_id", "code", "redirect_uri", "code_verifier"] {
        let mut twice = good.clone();
        let (_, value) = *good.iter().find(|(held, _)| *held == name).unwrap();
        twice.push((name, value));
        assert_eq!(stage.token(&twice).await.error(), (400, "invalid_request".into()), "{name} twice");
    }
    let form = "application/x-www-form-urlencoded";
    let body = encoded(&good);
    let in_url = Request::post(format!("{}/token?{body}", stage.base)).header(header::CONTENT_TYPE, form);
    for body in ["", body.as_str()] {
        let request = in_url.body_ref(body);
        assert_eq!(stage.call(request).await.error(), (400, "invalid_request".into()));
    }
    for kind in
        ["application/json", "multipart/form-data", "text/plain", "application/x-www-form-urlencodedx"]
    {
        assert_eq!(
            stage.post("token", kind, body.clone()).await.error(),
            (400, "invalid_request".into()),
            "{kind}"
        );
    }
    let json = serde_json::to_string(&json!({ "grant_type": "authorization_code", "code": code })).unwrap();
    assert_eq!(stage.post("token", "application/json", json).await.status, StatusCode::BAD_REQUEST);
    let huge = format!("{body}&x={}", "a".repeat(1 << 20));
    assert_eq!(stage.post("token", form, huge).await.error(), (413, "invalid_request".into()));
    assert_eq!(
        stage.get(&format!("{}/token?{body}", stage.base)).await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
    assert_eq!(stage.token(&good).await.status, StatusCode::OK, "none of it burned the code");
}

trait BodyRef {
    fn body_ref(&self, body: &str) -> Request<axum::body::Body>;
}

impl BodyRef for http::request::Builder {
    fn body_ref(&self, body: &str) -> Request<axum::body::Body> {
        let (uri, headers) = (self.uri_ref().unwrap().clone(), self.headers_ref().unwrap().clone());
        let mut request = Request::post(uri).body(body.to_owned().into()).unwrap();
        *request.headers_mut() = headers;
        request
    }
}

#[tokio::test]
async fn a_refresh_narrows_for_once_and_the_grant_keeps_its_scopes() {
    let stage = Stage::open().await;
    let question = with(&stage.question(NOTES), "scope", "notes:read notes:write offline_access");
    let code = stage.code_for(&question).await;
    let refresh = stage.token(&stage.redemption(&code)).await.text("refresh_token");
    let narrow = stage.token(&with(&stage.refreshing(&refresh), "scope", "notes:read")).await;
    assert_eq!(narrow.text("scope"), "notes:read");
    assert_eq!(claims(&narrow.text("access_token"))["scope"], "notes:read");
    let whole = stage.token(&stage.refreshing(&narrow.text("refresh_token"))).await;
    assert_eq!(whole.text("scope"), "notes:read notes:write");
}

#[tokio::test]
async fn a_client_that_is_not_registered_for_refreshing_gets_nothing_to_refresh_with() {
    let stage = Stage::open().await;
    let body = json!({ "redirect_uris": [LOOPBACK], "token_endpoint_auth_method": "none" }).to_string();
    let id = stage.post("register", "application/json", body).await.text("client_id");
    let code = stage.code_for(&with(&stage.question(NOTES), "client_id", &id)).await;
    let answer = stage.token(&with(&stage.redemption(&code), "client_id", &id)).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.json().get("refresh_token").is_none());
}

#[tokio::test]
async fn one_issuers_codes_tokens_and_clients_are_nothing_at_another() {
    let stage = Stage::open().await;
    let other = Issuer::parse("https://mcp.example.com/issuers/other").unwrap();
    let setup = IssuerSetup::new("other", other, registered());
    let fetch = warded_client::fetch::Fetch::new(warded_client::fetch::Reach::public()).unwrap();
    let store = Arc::new(stage.another_store().await);
    let other =
        AuthorizationServer::open(setup, store.clone(), fetch, stage.clock.clone(), Arc::new(random()))
            .await
            .unwrap();
    let code = stage.code(NOTES).await;
    let (access, refresh) = stage.tokens(NOTES).await;
    let elsewhere =
        Stage { router: other.served(), server: other, base: "/issuers/other".into(), ..Stage::open().await };
    // The client is not even known there; where one of that id is, its codes still are not.
    let answer = elsewhere.token(&stage.redemption(&code)).await;
    assert_eq!(answer.error(), (401, "invalid_client".into()));
    let mut same =
        warded_store::Clients::client(&*store, stage.server.issuer(), &stage.editor).await.unwrap().unwrap();
    same.issuer = elsewhere.server.issuer().clone();
    assert_eq!(warded_store::Clients::add_client(&*store, same).await.unwrap(), warded_store::Added::Yes);
    let answer = elsewhere.token(&stage.redemption(&code)).await;
    assert_eq!(answer.error(), (400, "invalid_grant".into()));
    let answer = elsewhere.token(&stage.refreshing(&refresh)).await;
    assert_eq!(answer.error(), (400, "invalid_grant".into()));
    let (one, another) = (stage.server.key_set().unwrap(), elsewhere.server.key_set().unwrap());
    assert_ne!(one.keys()[0].thumbprint(), another.keys()[0].thumbprint(), "and their keys are two");
    assert_eq!(elsewhere.judge(&access, "notes").unwrap_err(), "issuer-unknown");
    assert_eq!(stage.token(&stage.redemption(&code)).await.status, StatusCode::OK);
    assert_eq!(stage.token(&stage.refreshing(&refresh)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn nobody_gets_tokens_in_the_name_of_somebody_who_is_gone() {
    let stage = Stage::open().await;
    let code = stage.code(NOTES).await;
    let (_, refresh) = stage.tokens(NOTES).await;
    let mut browser = Browser::default();
    let page = browser.log_in(&stage, &stage.question(NOTES)).await;
    assert!(warded_issuer::operator::remove_user(&*stage.store, "ada").await.unwrap());
    assert_eq!(stage.token(&stage.redemption(&code)).await.error(), (400, "invalid_grant".into()));
    assert_eq!(stage.token(&stage.refreshing(&refresh)).await.error(), (400, "invalid_grant".into()));
    assert!(browser.decide(&stage, &page, "allow").await.asks_again());
    // Nor does a successor of the same name inherit anything.
    let now = warded_core::Clock::now(&*stage.clock);
    let again =
        warded_issuer::operator::add_user(&*stage.store, "ada", PASSWORD, now, &random()).await.unwrap();
    assert_eq!(stage.token(&stage.refreshing(&refresh)).await.error(), (400, "invalid_grant".into()));
    assert_eq!(stage.store.user_named("ada").await.unwrap().unwrap().id, again.id);
}

#[tokio::test]
async fn a_program_speaks_in_its_own_name_and_never_in_a_persons() {
    let stage = Stage::open().await;
    let (id, secret) = &stage.robot;
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", id),
        ("client_secret", secret),
        ("resource", NOTES),
    ];
    let answer = stage.token(&form).await;
    assert_eq!(answer.text("scope"), "notes:read");
    let said = claims(&answer.text("access_token"));
    assert_eq!((&said["sub"], &said["client_id"]), (&json!(format!("client:{id}")), &json!(id)));
    assert!(said.get("auth_time").is_none());
    let people: BTreeSet<_> = stage.store.users().await.unwrap().into_iter().map(|user| user.id).collect();
    assert!(people.iter().all(|person| !person.contains(':')));
    assert_eq!(stage.token(&with(&form, "scope", "files:read")).await.error(), (400, "invalid_scope".into()));
    assert_eq!(
        stage.token(&with(&form, "scope", "notes:write files:read")).await.text("scope"),
        "notes:write"
    );
}

#[tokio::test]
async fn a_confidential_client_proves_itself_for_its_code_and_for_each_refresh() {
    let stage = Stage::open().await;
    let (id, secret) = &stage.portal;
    let question = with(&with(&stage.question(NOTES), "client_id", id), "redirect_uri", WEB);
    let code = stage.code_for(&question).await;
    let bare = with(&with(&stage.redemption(&code), "client_id", id), "redirect_uri", WEB);
    for wrong in ["", "wrong", &secret.to_uppercase(), &format!("{secret}x")] {
        let answer = stage.token(&with(&bare, "client_secret", wrong)).await;
        assert_eq!(answer.error(), (401, "invalid_client".into()), "{wrong}");
        assert!(!answer.headers.contains_key(header::WWW_AUTHENTICATE));
    }
    let refresh = stage.token(&with(&bare, "client_secret", secret)).await.text("refresh_token");
    let bare = with(&stage.refreshing(&refresh), "client_id", id);
    assert_eq!(stage.token(&bare).await.error(), (401, "invalid_client".into()));
    let as_another = stage.token(&stage.refreshing(&refresh)).await;
    assert_eq!(as_another.error(), (400, "invalid_grant".into()));
    assert_eq!(stage.token(&with(&bare, "client_secret", secret)).await.status, StatusCode::OK);
    assert!(without(&bare, "client_id").len() < bare.len());
}
