//! Clients that register themselves.

use axum::body::Body;
use http::{Request, StatusCode, header};
use serde_json::{Value, json};
use warded_store::{Clients as _, Origin, Sweep as _, UNUSED_CLIENT_SECONDS};

use crate::stage::{Answer, Browser, LOOPBACK, NOTES, Stage, with};

async fn register(stage: &Stage, document: &Value) -> Answer {
    stage.post("register", "application/json", document.to_string()).await
}

fn editor() -> Value {
    json!({
        "client_name": "Editor",
        "redirect_uris": ["http://localhost/callback", LOOPBACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "application_type": "native",
        "scope": "notes:read",
    })
}

#[tokio::test]
async fn a_client_registers_itself_and_gets_tokens_as_a_person_allows() {
    let stage = Stage::open().await;
    let answer = register(&stage, &editor()).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(answer.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    let told = answer.json();
    for member in
        ["redirect_uris", "grant_types", "response_types", "token_endpoint_auth_method", "application_type"]
    {
        assert_eq!(told[member], editor()[member], "{member}");
    }
    assert!(told.get("client_secret").is_none());
    let id = answer.text("client_id");
    let code = stage.code_for(&with(&stage.question(NOTES), "client_id", &id)).await;
    let answer = stage.token(&with(&stage.redemption(&code), "client_id", &id)).await;
    assert!(stage.judge(&answer.text("access_token"), "notes").is_ok());
    let refresh = answer.text("refresh_token");
    let answer = stage.token(&with(&stage.refreshing(&refresh), "client_id", &id)).await;
    assert_eq!(answer.status, StatusCode::OK);
    let held = stage.store.client(stage.server.issuer(), &id).await.unwrap().unwrap();
    assert_eq!(held.origin, Origin::Itself);
}

#[tokio::test]
async fn a_secret_is_told_once_and_kept_as_a_hash() {
    let stage = Stage::open().await;
    let answer = register(&stage, &json!({ "redirect_uris": ["https://portal.example.com/cb"] })).await;
    let (id, secret) = (answer.text("client_id"), answer.text("client_secret"));
    assert_eq!(answer.json()["client_secret_expires_at"], 0);
    assert_eq!(answer.json()["token_endpoint_auth_method"], "client_secret_basic");
    let file = std::fs::read(stage.folder.path().join("warded.db-wal")).unwrap();
    let holds = |text: &str| file.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds(&id) && !holds(&secret));
    // Neither is anything else that can be presented; the robot's secret would have gone the same way.
    let (access, refresh) = stage.tokens(NOTES).await;
    let code = stage.code(NOTES).await;
    let file = std::fs::read(stage.folder.path().join("warded.db-wal")).unwrap();
    let holds = |text: &str| file.windows(text.len()).any(|window| window == text.as_bytes());
    for presented in [&access, &refresh, &code, &stage.robot.1, crate::stage::PASSWORD] {
        assert!(!holds(presented));
    }
}

#[tokio::test]
async fn nobody_becomes_a_caller_by_registering() {
    let stage = Stage::open().await;
    let mut wanted = editor();
    wanted["grant_types"] = json!(["client_credentials", "authorization_code"]);
    wanted["token_endpoint_auth_method"] = json!("client_secret_post");
    let answer = register(&stage, &wanted).await;
    assert_eq!(answer.json()["grant_types"], json!(["authorization_code"]), "and it is said");
    let (id, secret) = (answer.text("client_id"), answer.text("client_secret"));
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", id.as_str()),
        ("client_secret", secret.as_str()),
        ("resource", NOTES),
    ];
    assert_eq!(stage.token(&form).await.error(), (400, "unauthorized_client".into()));
    wanted["grant_types"] = json!(["client_credentials"]);
    assert_eq!(register(&stage, &wanted).await.error(), (400, "invalid_client_metadata".into()));
}

#[tokio::test]
async fn a_scheme_of_an_application_is_accepted_where_the_operator_lists_it() {
    let cursor = "cursor://anysphere.cursor-mcp/oauth/callback";
    let mut wanted = editor();
    wanted["redirect_uris"] = json!([cursor]);
    let listing = |schemes: &[&str]| {
        let schemes = schemes.iter().map(|&scheme| scheme.to_owned()).collect();
        Stage::with(crate::stage::ISSUER, |setup| setup.policy.app_schemes = schemes)
    };
    let stage = listing(&["cursor"]).await;
    let answer = register(&stage, &wanted).await;
    assert_eq!(answer.json()["application_type"], "native");
    let id = answer.text("client_id");
    let question = with(&with(&stage.question(NOTES), "client_id", &id), "redirect_uri", cursor);
    let mut browser = Browser::default();
    let page = browser.log_in(&stage, &question).await;
    let sent = browser.decide(&stage, &page, "allow").await;
    assert!(sent.location().starts_with(&format!("{cursor}?code=")), "{sent:?}");
    // Listing what runs or shows something lists nothing.
    let stage = listing(&["javascript", "data"]).await;
    for uri in ["javascript:/alert(1)", "data:/text/html,x"] {
        wanted["redirect_uris"] = json!([uri]);
        assert_eq!(register(&stage, &wanted).await.error(), (400, "invalid_redirect_uri".into()), "{uri}");
    }
}

#[tokio::test]
async fn a_client_of_this_computer_answers_at_any_port_of_its_name() {
    let stage = Stage::open().await;
    for (registered, good, bad) in [
        ("http://127.0.0.1/cb", "http://127.0.0.1:4711/cb", "http://localhost:4711/cb"),
        ("http://[::1]:1/cb", "http://[::1]:4711/cb", "http://127.0.0.1:1/cb"),
        ("http://localhost/cb", "http://localhost:4711/cb", "http://localhost:4711/cb/"),
        ("https://localhost/cb", "https://localhost/cb", "https://localhost:4711/cb"),
    ] {
        let mut wanted = editor();
        wanted["redirect_uris"] = json!([registered]);
        let id = register(&stage, &wanted).await.text("client_id");
        let question = with(&stage.question(NOTES), "client_id", &id);
        let asked = Browser::default().ask(&stage, &with(&question, "redirect_uri", good)).await;
        assert_eq!(asked.status, StatusCode::OK, "{good}");
        let asked = Browser::default().ask(&stage, &with(&question, "redirect_uri", bad)).await;
        assert_eq!(asked.refusal(), "redirect-unknown", "{bad}");
    }
}

#[tokio::test]
async fn what_cannot_be_accepted_is_not() {
    let stage = Stage::open().await;
    let change = |name: &str, value: Value| {
        let mut document = editor();
        document[name] = value;
        document
    };
    for (document, error) in [
        (change("redirect_uris", json!([])), "invalid_redirect_uri"),
        (change("redirect_uris", json!(["javascript:alert(1)"])), "invalid_redirect_uri"),
        (change("redirect_uris", json!(["http://evil.example/cb"])), "invalid_redirect_uri"),
        (change("redirect_uris", json!(["https://a.example/cb#x"])), "invalid_redirect_uri"),
        (change("redirect_uris", json!(["https://a.example/cb", "data:x"])), "invalid_redirect_uri"),
        (change("redirect_uris", json!(["com.example.app:/cb"])), "invalid_redirect_uri"),
        (
            change("redirect_uris", json!(["cursor://anysphere.cursor-mcp/oauth/callback"])),
            "invalid_redirect_uri",
        ),
        (change("redirect_uris", json!("https://a.example/cb")), "invalid_client_metadata"),
        (change("token_endpoint_auth_method", json!("private_key_jwt")), "invalid_client_metadata"),
        (change("application_type", json!("web")), "invalid_redirect_uri"),
        (json!([]), "invalid_client_metadata"),
        (json!({}), "invalid_redirect_uri"),
    ] {
        assert_eq!(register(&stage, &document).await.error(), (400, error.into()), "{document}");
    }
    let twice = r#"{"redirect_uris":["https://a.example/cb"],"redirect_uris":["https://b.example/cb"]}"#;
    assert_eq!(stage.post("register", "application/json", twice).await.status, StatusCode::BAD_REQUEST);
    let huge = change("client_name", "x".repeat(20_000).into());
    assert_eq!(register(&stage, &huge).await.error(), (413, "invalid_request".into()));
    let form = stage.post("register", "application/x-www-form-urlencoded", editor().to_string()).await;
    assert_eq!(form.error(), (400, "invalid_client_metadata".into()));
    let held = stage.store.clients(stage.server.issuer()).await.unwrap();
    assert_eq!(held.len(), 3, "nothing was registered");
}

#[tokio::test]
async fn a_flood_of_registrations_ends_and_is_forgotten() {
    let stage = Stage::open().await;
    let from = async |address: &str| {
        let request = Request::post(format!("{}/register", stage.base))
            .header(header::CONTENT_TYPE, "application/json")
            .extension(address.parse::<std::net::SocketAddr>().unwrap());
        stage.call(request.body(Body::from(editor().to_string())).unwrap()).await
    };
    for _ in 0..60 {
        assert_eq!(from("192.0.2.1:1").await.status, StatusCode::CREATED);
    }
    let refused = from("192.0.2.1:2").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers[header::RETRY_AFTER], "900");
    let other = from("192.0.2.2:1").await;
    assert_eq!(other.status, StatusCode::CREATED);
    // The one that somebody used stays.
    let id = other.text("client_id");
    let mut browser = Browser::default();
    let page = browser.log_in(&stage, &with(&stage.question(NOTES), "client_id", &id)).await;
    browser.decide(&stage, &page, "allow").await;
    stage.clock.pass(i64::from(UNUSED_CLIENT_SECONDS));
    stage.store.sweep(warded_core::Clock::now(&*stage.clock)).await.unwrap();
    let left = stage.store.clients(stage.server.issuer()).await.unwrap();
    let left: Vec<_> = left.iter().filter(|client| client.origin == Origin::Itself).collect();
    assert_eq!(left.iter().map(|client| client.id.as_str()).collect::<Vec<_>>(), [id]);
}
