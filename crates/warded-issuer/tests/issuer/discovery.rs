//! The issuer introduces itself: everywhere where clients look, byte for byte, and whatever the request calls it.

use axum::body::Body;
use http::{Request, StatusCode, header};
use serde_json::json;
use warded_core::{
    Issuer, Scopes,
    jose::{Algorithm, KeySet},
    metadata::AuthorizationServer,
};
use warded_issuer::{ClientDocuments, Dpop, ENDPOINTS, Exchange, IssuerSetup, Registration};
use warded_store::{Digest, GrantType};

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
        let said: serde_json::Value = serde_json::from_str(document).unwrap();
        let urls = said
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri");
        for (name, url) in urls {
            let is_named = ENDPOINTS.iter().any(|endpoint| url.as_str() == below(endpoint).as_deref());
            assert!(is_named, "{name} is none of those that a server of others may not be called by");
        }
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
    for name in ["token", "register", "revoke", "status/0", "jwks", ".well-known/openid-configuration"] {
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

/// A way of setting an issuer up.
type Change = fn(&mut IssuerSetup);

const SETUPS: [Change; 5] = [
    |_| (),
    |setup| {
        setup.policy.registration = Registration::Off;
        setup.policy.client_documents = ClientDocuments::Off;
        setup.policy.dpop = Dpop::Off;
    },
    |setup| setup.policy.registration = Registration::WithToken(Digest::of(b"initial")),
    |setup| setup.resources[0].secret = Some(Digest::of(b"secret")),
    |setup| {
        let (client, from, to) = ("notes".into(), "notes".into(), "files".into());
        setup.exchanges = vec![Exchange { client, from, to, scopes: Scopes::default(), act: false }];
        setup.policy.dpop = Dpop::Required;
    },
];

#[tokio::test]
async fn what_is_announced_is_there_and_what_is_not_announced_is_not() {
    for (number, setup) in SETUPS.into_iter().enumerate() {
        let stage = Stage::with(ISSUER, setup).await;
        let document = stage.get(&format!("{}/.well-known/openid-configuration", stage.base)).await.json();
        let announced = |name: &str| document.get(name).cloned();
        let form = "application/x-www-form-urlencoded";
        for (member, name, body) in [
            ("token_endpoint", "token", form),
            ("registration_endpoint", "register", "application/json"),
            ("revocation_endpoint", "revoke", form),
            ("introspection_endpoint", "introspect", form),
        ] {
            let url = announced(member).map(|url| url.as_str().unwrap().to_owned());
            let expected = format!("{}/{name}", ISSUER.trim_end_matches('/'));
            assert!(url.is_none_or(|url| url == expected), "{number} {member}");
            let is_there = stage.post(name, body, "").await.status != StatusCode::NOT_FOUND;
            assert_eq!(is_there, announced(member).is_some(), "{number} {member}");
        }
        for (member, name) in [("authorization_endpoint", "authorize"), ("jwks_uri", "jwks")] {
            let expected = format!("{}/{name}", ISSUER.trim_end_matches('/'));
            assert_eq!(announced(member), Some(json!(expected)));
            let status = stage.get(&format!("{}/{name}", stage.base)).await.status;
            assert_ne!(status, StatusCode::NOT_FOUND);
        }
        let list = |name: &str| -> Vec<String> {
            let list = announced(name).unwrap_or_else(|| json!([]));
            list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
        };
        let grants = list("grant_types_supported");
        for grant in GrantType::ALL {
            let (id, secret) = &stage.robot;
            let form = [("grant_type", grant.name()), ("client_id", id), ("client_secret", secret)];
            let (_, error) = stage.token(&form).await.error();
            assert_ne!(error, "unsupported_grant_type", "{number} {grant:?}");
            // Of a table with nothing in it nobody needs to know.
            let is_of_use = grant != GrantType::TokenExchange || number == 4;
            assert_eq!(grants.contains(&grant.name().to_owned()), is_of_use, "{number} {grant:?}");
        }
        assert_eq!(grants.len(), if number == 4 { 4 } else { 3 });
        let has_proofs = !list("dpop_signing_alg_values_supported").is_empty();
        let answer = stage.token_with(&stage.in_its_name(), &["not a proof"]).await;
        assert_eq!(answer.status == StatusCode::BAD_REQUEST, has_proofs, "{number} {answer:?}");
        for name in [
            "dpop_signing_alg_values_supported",
            "token_endpoint_auth_signing_alg_values_supported",
            "revocation_endpoint_auth_signing_alg_values_supported",
        ] {
            let algorithms = list(name);
            assert!(algorithms.iter().all(|name| Algorithm::named(name).is_some()), "no `none`, no secrets");
        }
        for endpoint in ["token", "revocation", "introspection"] {
            let methods = list(&format!("{endpoint}_endpoint_auth_methods_supported"));
            let keys = list(&format!("{endpoint}_endpoint_auth_signing_alg_values_supported"));
            assert_eq!(methods.contains(&"private_key_jwt".into()), !keys.is_empty(), "RFC 8414 §2");
            let is_there = announced(&format!("{endpoint}_endpoint")).is_some();
            assert_eq!(is_there, !methods.is_empty(), "{number} {endpoint}");
        }
        assert_eq!(document["request_uri_parameter_supported"], false);
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
