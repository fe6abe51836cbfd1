//! Clients that look at what they registered, change it, and end it (RFC 7592).

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};
use warded_issuer::Registration;
use warded_store::{Clients as _, Digest, GrantType};

use crate::stage::{Answer, Browser, ISSUER, LOOPBACK, NOTES, Stage, WEB, with};

fn editor() -> Value {
    json!({
        "client_name": "Editor",
        "redirect_uris": [LOOPBACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
    })
}

async fn send(stage: &Stage, method: Method, path: &str, fields: &[String], document: &Value) -> Answer {
    let mut request = Request::builder().method(method).uri(format!("{}/{path}", stage.base));
    request = request.header(header::CONTENT_TYPE, "application/json");
    for field in fields {
        request = request.header(header::AUTHORIZATION, field);
    }
    let body = if document.is_null() { Body::empty() } else { Body::from(document.to_string()) };
    stage.call(request.body(body).unwrap()).await
}

/// A registration, as its answer told it.
struct Registered {
    id: String,
    token: String,
}

impl Registered {
    async fn new(stage: &Stage, document: &Value) -> (Self, Answer) {
        let answer = send(stage, Method::POST, "register", &[], document).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        let (id, token) = (answer.text("client_id"), answer.text("registration_access_token"));
        assert_eq!(
            answer.text("registration_client_uri"),
            format!("{}/register/{id}", stage.server.issuer())
        );
        (Self { id, token }, answer)
    }

    async fn manage(&self, stage: &Stage, method: Method, document: &Value) -> Answer {
        let path = format!("register/{}", self.id);
        send(stage, method, &path, &[format!("Bearer {}", self.token)], document).await
    }

    /// With a change, which brings another token.
    async fn change(&mut self, stage: &Stage, document: &Value) -> Answer {
        let mut document = document.clone();
        document["client_id"] = self.id.as_str().into();
        let answer = self.manage(stage, Method::PUT, &document).await;
        if answer.status == StatusCode::OK {
            self.token = answer.text("registration_access_token");
        }
        answer
    }
}

#[tokio::test]
async fn a_client_reads_changes_and_ends_what_it_registered() {
    let stage = Stage::open().await;
    let (mut registered, told) = Registered::new(&stage, &editor()).await;
    let read = registered.manage(&stage, Method::GET, &Value::Null).await;
    assert_eq!((read.status, read.json()), (StatusCode::OK, told.json()));
    assert_eq!(read.headers[header::CACHE_CONTROL], "no-store");

    let mut wanted = editor();
    wanted["client_name"] = "Another editor".into();
    wanted["redirect_uris"] = json!([WEB]);
    let changed = registered.change(&stage, &wanted).await.json();
    assert_eq!((&changed["client_name"], &changed["redirect_uris"]), (&wanted["client_name"], &json!([WEB])));
    assert_eq!(changed["client_id_issued_at"], told.json()["client_id_issued_at"]);
    // Where answers went before they go no more.
    let question = with(&stage.question(NOTES), "client_id", &registered.id);
    assert_eq!(Browser::default().ask(&stage, &question).await.refusal(), "redirect-unknown");

    let ended = registered.manage(&stage, Method::DELETE, &Value::Null).await;
    assert_eq!((ended.status, ended.body.as_str()), (StatusCode::NO_CONTENT, ""));
    let gone = registered.manage(&stage, Method::GET, &Value::Null).await;
    assert_eq!(gone.error(), (401, "invalid_token".into()));
    assert_eq!(stage.store.client(stage.server.issuer(), &registered.id).await.unwrap(), None);
}

#[tokio::test]
async fn a_registration_belongs_to_the_one_token_that_it_gave_last() {
    let stage = Stage::open().await;
    let (mut own, _) = Registered::new(&stage, &editor()).await;
    let (other, _) = Registered::new(&stage, &editor()).await;
    let before = own.token.clone();
    assert_eq!(own.change(&stage, &editor()).await.status, StatusCode::OK);
    assert_ne!(own.token, before);
    let bearer = |token: &str| vec![format!("Bearer {token}")];
    let (access, _) = stage.tokens(NOTES).await;
    let operators = stage.editor.clone();
    for (why, id, fields) in [
        ("the one before", &own.id, bearer(&before)),
        ("somebody else's", &own.id, bearer(&other.token)),
        ("an access token", &own.id, bearer(&access)),
        ("nothing", &own.id, vec![]),
        ("two", &own.id, [bearer(&own.token), bearer(&own.token)].concat()),
        ("another scheme", &own.id, vec![format!("Basic {}", own.token)]),
        ("none of that id", &"nobody".to_owned(), bearer(&own.token)),
        ("the operator's", &operators, bearer(&own.token)),
    ] {
        let path = format!("register/{id}");
        let mut change = editor();
        change["client_id"] = id.as_str().into();
        for (method, document) in
            [(Method::GET, Value::Null), (Method::PUT, change), (Method::DELETE, Value::Null)]
        {
            let answer = send(&stage, method.clone(), &path, &fields, &document).await;
            assert_eq!(answer.error(), (401, "invalid_token".into()), "{why} {method}");
            let challenge = answer.headers[header::WWW_AUTHENTICATE].to_str().unwrap();
            assert!(challenge.starts_with("Bearer "), "{challenge}");
        }
    }
    assert_eq!(
        own.manage(&stage, Method::GET, &Value::Null).await.status,
        StatusCode::OK,
        "nothing was changed"
    );
    let file = std::fs::read(stage.folder.path().join("warded.db-wal")).unwrap();
    let holds = |text: &str| file.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds(&own.id) && !holds(&own.token) && !holds(&before), "tokens are kept as hashes");
}

#[tokio::test]
async fn a_change_is_as_narrow_as_a_registration() {
    let stage = Stage::open().await;
    let (mut registered, _) = Registered::new(&stage, &editor()).await;
    let change = |name: &str, value: Value| {
        let mut document = editor();
        document[name] = value;
        document
    };
    for (document, error) in [
        (change("redirect_uris", json!([])), "invalid_redirect_uri"),
        (change("redirect_uris", json!(["javascript:alert(1)"])), "invalid_redirect_uri"),
        (change("redirect_uris", json!(["com.example.app:/cb"])), "invalid_redirect_uri"),
        (change("grant_types", json!(["client_credentials"])), "invalid_client_metadata"),
        (change("token_endpoint_auth_method", json!("private_key_jwt")), "invalid_client_metadata"),
        (change("client_secret", json!("made up")), "invalid_client_metadata"),
        (change("registration_access_token", json!(registered.token)), "invalid_client_metadata"),
        (change("registration_client_uri", json!("https://evil.example")), "invalid_client_metadata"),
        (change("client_secret_expires_at", json!(0)), "invalid_client_metadata"),
        (change("client_id_issued_at", json!(0)), "invalid_client_metadata"),
    ] {
        assert_eq!(registered.change(&stage, &document).await.error(), (400, error.into()), "{document}");
    }
    let mut elsewhere = editor();
    elsewhere["client_id"] = stage.editor.as_str().into();
    for document in [editor(), elsewhere] {
        let answer = registered.manage(&stage, Method::PUT, &document).await;
        assert_eq!(answer.error(), (400, "invalid_client_metadata".into()), "of another id, or of none");
    }
    let wide = change(
        "grant_types",
        json!([
            "client_credentials",
            "authorization_code",
            "urn:ietf:params:oauth:grant-type:token-exchange"
        ]),
    );
    let mut wide = wide;
    wide["token_endpoint_auth_method"] = "client_secret_post".into();
    let answer = registered.change(&stage, &wide).await;
    assert_eq!(
        answer.json()["grant_types"],
        json!(["authorization_code"]),
        "nobody becomes a caller by changing"
    );
    let held = stage.store.client(stage.server.issuer(), &registered.id).await.unwrap().unwrap();
    assert_eq!((held.grants, held.pinned), (vec![GrantType::AuthorizationCode], None));
    let secret = answer.text("client_secret");
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", registered.id.as_str()),
        ("client_secret", secret.as_str()),
        ("resource", NOTES),
    ];
    assert_eq!(stage.token(&form).await.error(), (400, "unauthorized_client".into()));
}

#[tokio::test]
async fn a_secret_stays_for_as_long_as_the_client_proves_itself_by_one() {
    let stage = Stage::open().await;
    let mut document = editor();
    document["token_endpoint_auth_method"] = "client_secret_basic".into();
    let (mut registered, told) = Registered::new(&stage, &document).await;
    let secret = told.text("client_secret");
    let held = async |id: &str| stage.store.client(stage.server.issuer(), id).await.unwrap().unwrap().secret;
    let first = held(&registered.id).await;
    assert!(first.is_some_and(|first| first.is_of(secret.as_bytes())));
    let read = registered.manage(&stage, Method::GET, &Value::Null).await.json();
    assert!(read.get("client_secret").is_none(), "it was told once");
    let silent = registered.change(&stage, &document).await.json();
    assert!(silent.get("client_secret").is_none());
    document["client_secret"] = secret.as_str().into();
    assert_eq!(registered.change(&stage, &document).await.text("client_secret"), secret);
    assert_eq!(held(&registered.id).await, first);
    document["client_secret"] = "another".into();
    assert_eq!(
        registered.change(&stage, &document).await.status,
        StatusCode::BAD_REQUEST,
        "it is not chosen"
    );
    assert_eq!(registered.change(&stage, &editor()).await.status, StatusCode::OK);
    assert_eq!(held(&registered.id).await, None);
    document.as_object_mut().unwrap().remove("client_secret");
    let again = registered.change(&stage, &document).await.text("client_secret");
    assert_ne!(again, secret);
}

#[tokio::test]
async fn two_changes_at_once_are_one() {
    let stage = Stage::open().await;
    let (registered, _) = Registered::new(&stage, &editor()).await;
    let mut document = editor();
    document["client_id"] = registered.id.as_str().into();
    let (one, other) = tokio::join!(
        registered.manage(&stage, Method::PUT, &document),
        registered.manage(&stage, Method::PUT, &document)
    );
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401]);
    let winner = if one.status == StatusCode::OK { one } else { other };
    let registered = Registered { token: winner.text("registration_access_token"), ..registered };
    assert_eq!(registered.manage(&stage, Method::GET, &Value::Null).await.status, StatusCode::OK);
}

#[tokio::test]
async fn with_a_registration_ends_what_people_allowed_it() {
    let stage = Stage::open().await;
    let (registered, _) = Registered::new(&stage, &editor()).await;
    let id = registered.id.as_str();
    let code = stage.code_for(&with(&stage.question(NOTES), "client_id", id)).await;
    let tokens = stage.token(&with(&stage.redemption(&code), "client_id", id)).await;
    let access = tokens.text("access_token");
    assert!(!stage.knows_of(&access));
    assert_eq!(registered.manage(&stage, Method::DELETE, &Value::Null).await.status, StatusCode::NO_CONTENT);
    assert!(stage.knows_of(&access), "guards in this process know at once");
    let refreshing =
        stage.token(&with(&stage.refreshing(&tokens.text("refresh_token")), "client_id", id)).await;
    assert_eq!(refreshing.error(), (401, "invalid_client".into()));
}

#[tokio::test]
async fn a_person_is_asked_again_when_a_client_says_something_else_about_itself() {
    let stage = Stage::open().await;
    let mut document = editor();
    document["redirect_uris"] = json!([WEB]);
    let (mut registered, _) = Registered::new(&stage, &document).await;
    let id = registered.id.clone();
    let question = with(&with(&stage.question(NOTES), "client_id", &id), "redirect_uri", WEB);
    let mut browser = Browser::default();
    let page = browser.log_in(&stage, &question).await;
    browser.decide(&stage, &page, "allow").await;
    assert!(browser.ask(&stage, &question).await.sent().contains_key("code"), "the same is not asked twice");
    assert_eq!(registered.change(&stage, &document).await.status, StatusCode::OK);
    assert!(browser.ask(&stage, &question).await.sent().contains_key("code"), "nothing was changed");
    document["client_name"] = "Your bank".into();
    assert_eq!(registered.change(&stage, &document).await.status, StatusCode::OK);
    let page = browser.ask(&stage, &question).await;
    assert!(page.status == StatusCode::OK && page.body.contains("Your bank"), "{page:?}");
}

#[tokio::test]
async fn whoever_has_no_initial_token_registers_nothing() {
    let initial = "an-initial-access-token";
    let stage = Stage::with(ISSUER, |setup| {
        setup.policy.registration = Registration::WithToken(Digest::of(initial.as_bytes()));
    })
    .await;
    for fields in [
        vec![],
        vec!["Bearer wrong".to_owned()],
        vec![format!("Basic {initial}")],
        vec![format!("Bearer {initial}"), format!("Bearer {initial}")],
    ] {
        let answer = send(&stage, Method::POST, "register", &fields, &editor()).await;
        assert_eq!(answer.error(), (401, "invalid_token".into()), "{fields:?}");
        assert!(answer.headers.contains_key(header::WWW_AUTHENTICATE));
    }
    let held = stage.store.clients(stage.server.issuer()).await.unwrap();
    assert_eq!(held.len(), 3, "nothing was registered");
    let right = [format!("Bearer {initial}")];
    for guess in 0..100 {
        let fields = [format!("Bearer guess-{guess}")];
        let answer = send(&stage, Method::POST, "register", &fields, &editor()).await;
        assert_eq!(answer.error(), (401, "invalid_token".into()), "{guess}");
        assert_eq!(send(&stage, Method::POST, "register", &[], &editor()).await.error().0, 401);
    }
    let answer = send(&stage, Method::POST, "register", &right, &editor()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "whoever guesses keeps nobody else at that address out");
    let path = format!("register/{}", answer.text("client_id"));
    let managed = send(&stage, Method::GET, &path, &[format!("Bearer {initial}")], &Value::Null).await;
    assert_eq!(managed.error(), (401, "invalid_token".into()), "it is for registering only");
    let document = stage.get(&format!("/.well-known/oauth-authorization-server{}", stage.base)).await.json();
    assert_eq!(
        document["registration_endpoint"],
        format!("{}/register", stage.server.issuer().as_str().trim_end_matches('/'))
    );
}

#[tokio::test]
async fn where_nobody_registers_nobody_manages() {
    let stage = Stage::with(ISSUER, |setup| setup.policy.registration = Registration::Off).await;
    for (method, path) in
        [(Method::POST, "register"), (Method::GET, "register/x"), (Method::DELETE, "register/x")]
    {
        let answer = send(&stage, method, path, &["Bearer x".to_owned()], &Value::Null).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn changes_are_as_rare_as_registrations() {
    let stage = Stage::open().await;
    let (registered, _) = Registered::new(&stage, &editor()).await;
    let mut document = editor();
    document["client_id"] = registered.id.as_str().into();
    let mut token = registered.token.clone();
    for turn in 0..60 {
        let request = Request::put(format!("{}/register/{}", stage.base, registered.id))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {token}"));
        let answer = stage.call(request.body(Body::from(document.to_string())).unwrap()).await;
        if turn == 59 {
            assert_eq!(
                answer.status,
                StatusCode::TOO_MANY_REQUESTS,
                "the registration was the first of sixty"
            );
        } else {
            token = answer.text("registration_access_token");
        }
    }
    stage.clock.pass(900);
    let registered = Registered { token, ..registered };
    assert_eq!(
        registered.manage(&stage, Method::PUT, &document).await.status,
        StatusCode::OK,
        "it burnt nothing"
    );
}
