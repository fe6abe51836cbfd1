//! The issuer introduces itself: everywhere where clients look, byte for byte, and whatever the request calls it.

use axum::body::Body;
use http::{Request, StatusCode, header};
use serde_json::json;
use warded_core::{Issuer, jose::KeySet, metadata::AuthorizationServer};
use warded_issuer::{ClientDocuments, Registration};

use crate::stage::{Browser, ISSUER, NOTES, Stage};

const ISSUERS: [&str; 5] = [
    "https://mcp.example.com/issuers/default",
    "https://login.example.com",
    "https://login.example.com/",
    "https://login.example.com/tenant/",
    "http://127.0.0.1:8700/issuers/:odd",
];

fn path_of(url: &str) -> String {
    let (_, rest) = url.split_once("://").unwrap();
    rest.find('/').map_or("/".to_owned(), |at| rest.split_at(at).1.to_owned())
}

#[tokio::test]
async fn the_document_is_the_same_at_all_three_urls_and_names_the_issuer_byte_for_byte() {
    for issuer in ISSUERS {
        let stage = Stage::with(issuer, |_| ()).await;
        let mut seen = Vec::new();
        for url in AuthorizationServer::urls(&Issuer::parse(issuer).unwrap()) {
            let answer = stage.get(&path_of(&url)).await;
            assert_eq!(answer.status, StatusCode::OK, "{url}");
            assert_eq!(answer.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
            assert_eq!(answer.json()["issuer"], issuer, "{url}");
            seen.push(answer.body);
        }
        seen.dedup();
        let [document] = seen.as_slice() else { panic!("{seen:?}") };
        // The reader that our own client uses.
        let read = AuthorizationServer::parse(document.as_bytes(), &Issuer::parse(issuer).unwrap()).unwrap();
        let below = |name: &str| Some(format!("{}/{name}", issuer.trim_end_matches('/')));
        assert_eq!(read.authorization_endpoint, below("authorize"));
        assert_eq!(read.token_endpoint, below("token"));
        assert_eq!(read.registration_endpoint, below("register"));
        assert_eq!(read.jwks_uri, below("jwks"));
        assert_eq!(read.code_challenge_methods_supported, Some(vec!["S256".into()]));
        assert_eq!(read.response_types_supported, ["code"]);
        assert_eq!(read.authorization_response_iss_parameter_supported, Some(true));
        assert_eq!(read.client_id_metadata_document_supported, Some(true));
        assert_eq!(
            read.scopes_supported,
            Some(["files:read", "notes:read", "notes:write"].map(str::to_owned).to_vec())
        );
        assert_eq!(read.other["response_modes_supported"], json!(["query"]));
    }
}

#[tokio::test]
async fn an_issuer_with_a_path_says_nothing_at_the_root() {
    let stage = Stage::with("https://mcp.example.com/issuers/default", |_| ()).await;
    for path in [
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
        "/authorize",
        "/token",
        "/jwks",
        "/issuers/other/jwks",
    ] {
        assert_eq!(stage.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_keys_are_public_halves_that_verify_what_is_signed() {
    use warded_core::jose::Algorithm;
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256] {
        let stage = Stage::with(ISSUER, |setup| setup.policy.algorithm = algorithm).await;
        let answer = stage.get(&format!("{}/jwks", stage.base)).await;
        assert_eq!(answer.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        for private in ["\"d\"", "\"p\"", "\"k\""] {
            assert!(!answer.body.contains(private));
        }
        let keys = KeySet::parse(answer.body.as_bytes()).unwrap();
        assert!(keys.skipped().is_empty());
        assert_eq!(keys.keys().len(), 1);
        assert!(keys.keys()[0].algorithms().any(|held| held == algorithm));
        assert_eq!(keys.keys()[0].thumbprint(), stage.server.key_set().unwrap().keys()[0].thumbprint());
        let (token, _) = stage.tokens(NOTES).await;
        assert!(stage.judge(&token, "notes").is_ok(), "{algorithm}");
    }
}

#[tokio::test]
async fn what_a_request_calls_us_changes_nothing() {
    let stage = Stage::open().await;
    let honest = stage.get(&format!("{}/.well-known/openid-configuration", stage.base)).await.body;
    let question = stage.question(NOTES);
    let headers = [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "http"),
        ("forwarded", "host=evil.example"),
        ("x-original-url", "https://evil.example/"),
    ];
    let mut request = Request::get(format!("{}/.well-known/openid-configuration", stage.base));
    for (name, value) in headers {
        request = request.header(name, value);
    }
    assert_eq!(stage.call(request.body(Body::empty()).unwrap()).await.body, honest);

    let mut browser = Browser::default();
    let page = browser.log_in(&stage, &question).await;
    let form = [
        ("request", page.hidden("request")),
        ("token", page.hidden("token")),
        ("decision", "allow".to_owned()),
    ];
    let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let path = format!("{}/consent", stage.base);
    let answer = browser.send(&stage, http::Method::POST, &path, &form, &headers).await;
    assert_eq!(answer.sent()["iss"], ISSUER);
    assert!(!format!("{answer:?}").contains("evil"), "{answer:?}");
    let code = &answer.sent()["code"];
    let token = stage.token(&stage.redemption(code)).await.text("access_token");
    assert!(stage.judge(&token, "notes").is_ok());
}

#[tokio::test]
async fn browsers_may_read_what_needs_no_cookie_and_nothing_else() {
    let stage = Stage::open().await;
    for name in ["token", "register", "jwks", ".well-known/openid-configuration"] {
        let request = Request::options(format!("{}/{name}", stage.base))
            .header(header::ORIGIN, "https://app.example.com")
            .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST");
        let answer = stage.call(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{name}");
        assert_eq!(answer.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        assert!(!answer.headers.contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS));
    }
    assert_eq!(stage.token(&[]).await.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    for name in ["authorize", "login", "consent"] {
        let path = format!("{}/{name}", stage.base);
        for method in [http::Method::OPTIONS, http::Method::GET, http::Method::POST] {
            let request = Request::builder().method(method).uri(&path).header(header::ORIGIN, "null");
            let answer = stage.call(request.body(Body::empty()).unwrap()).await;
            assert!(!answer.headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN), "{name}");
        }
    }
}

#[tokio::test]
async fn what_is_switched_off_is_neither_announced_nor_served() {
    let stage = Stage::with(ISSUER, |setup| {
        setup.policy.registration = Registration::Off;
        setup.policy.client_documents = ClientDocuments::Off;
    })
    .await;
    let document = stage.get(&format!("{}/.well-known/openid-configuration", stage.base)).await.json();
    assert!(document.get("registration_endpoint").is_none());
    assert_eq!(document["client_id_metadata_document_supported"], false);
    assert_eq!(stage.post("register", "application/json", "{}").await.status, StatusCode::NOT_FOUND);
    let mut question = stage.question(NOTES);
    question[0].1 = "https://app.example.com/client.json";
    assert_eq!(Browser::default().ask(&stage, &question).await.refusal(), "client-unknown");
}
