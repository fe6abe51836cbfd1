//! The authorization endpoint: whom it asks, whom it tells, and where it never sends anybody.

use http::StatusCode;

use crate::stage::{Browser, ISSUER, LOOPBACK, NOTES, Stage, WEB, encoded, with, without};

#[tokio::test]
async fn nobody_is_sent_to_a_place_that_the_client_did_not_register() {
    let stage = Stage::open().await;
    let good = stage.question(NOTES);
    for uri in [
        "",
        "https://evil.example/cb",
        "http://127.0.0.1:4711/callback/",
        "http://127.0.0.1:4711/callback?x=1",
        "http://127.0.0.1:4711/other",
        "http://localhost:4711/callback",
        "http://127.0.0.2:4711/callback",
        "http://127.0.0.1.evil.example/callback",
        "http://127.0.0.1:4711@evil.example/callback",
        "http://127.0.0.1:4711/callback#",
        "https://127.0.0.1:4711/callback",
        "//evil.example/cb",
        "javascript:alert(1)",
        "http://127.0.0.1:4711/callback\r\nSet-Cookie: a=b",
        WEB,
    ] {
        // Whatever else is wrong: the place comes first.
        for question in
            [with(&good, "redirect_uri", uri), with(&with(&good, "redirect_uri", uri), "resource", "x")]
        {
            let answer = Browser::default().ask(&stage, &question).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{uri}");
            let expected = if uri.is_empty() { "parameter-missing" } else { "redirect-unknown" };
            assert_eq!(answer.refusal(), expected, "{uri}");
            assert!(!answer.body.contains("evil"), "{uri}");
        }
    }
    for (id, code) in [("", "parameter-missing"), ("unknown", "client-unknown"), ("<b>", "client-unknown")] {
        let answer = Browser::default().ask(&stage, &with(&good, "client_id", id)).await;
        assert_eq!((answer.status, answer.refusal()), (StatusCode::BAD_REQUEST, code));
        assert!(!answer.body.contains("<b>"));
    }
    let long = "x".repeat(5000);
    assert_eq!(
        Browser::default().ask(&stage, &with(&good, "state", &long)).await.refusal(),
        "request-too-large"
    );
}

#[tokio::test]
async fn what_else_is_wrong_is_told_to_the_client_with_its_state_and_our_name() {
    let stage = Stage::open().await;
    let good = stage.question(NOTES);
    for (name, value, error) in [
        ("response_type", "", "invalid_request"),
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "code token", "unsupported_response_type"),
        ("response_type", "CODE", "unsupported_response_type"),
        ("response_mode", "fragment", "invalid_request"),
        ("response_mode", "form_post", "invalid_request"),
        ("request", "a.b.c", "request_not_supported"),
        ("request_uri", "https://evil.example/", "request_uri_not_supported"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge", "short", "invalid_request"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM=", "invalid_request"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cMA", "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge_method", "s256", "invalid_request"),
        ("code_challenge_method", "S512", "invalid_request"),
        ("scope", "admin", "invalid_scope"),
        ("scope", "files:read", "invalid_scope"),
        ("scope", "a\"b", "invalid_scope"),
        ("resource", "https://mcp.example.com/other", "invalid_target"),
        ("prompt", "none", "login_required"),
    ] {
        let answer = Browser::default().ask(&stage, &with(&good, name, value)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{name}={value}: {answer:?}");
        assert!(answer.location().starts_with(&format!("{LOOPBACK}?error=")), "{}", answer.location());
        let sent = answer.sent();
        let told = [&sent["error"], &sent["state"], &sent["iss"]];
        assert_eq!(told, [error, "state&x=1", ISSUER], "{name}={value}");
        assert!(sent["error_description"].is_ascii());
    }
    let answer = Browser::default().ask(&stage, &without(&with(&good, "resource", "x"), "state")).await;
    assert!(!answer.sent().contains_key("state"), "no state was sent, none comes back");
}

#[tokio::test]
async fn an_error_sends_nobody_to_a_client_that_nobody_vouches_for() {
    let stage = Stage::open().await;
    let body = serde_json::json!({
        "client_name": "Your <bank>",
        "redirect_uris": ["https://evil.example/cb"],
        "token_endpoint_auth_method": "none",
    });
    let id = stage.post("register", "application/json", body.to_string()).await.text("client_id");
    let good =
        with(&with(&stage.question(NOTES), "client_id", &id), "redirect_uri", "https://evil.example/cb");
    let mut browser = Browser::default();
    for (name, value, code) in [
        ("response_type", "token", "response-type-unknown"),
        ("scope", "admin", "scope-unknown"),
        ("resource", "x", "target-unknown"),
        ("prompt", "none", "login-required"),
    ] {
        let answer = browser.ask(&stage, &with(&good, name, value)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name}: {answer:?}");
        assert!(!answer.headers.contains_key("location"), "an open redirector: {answer:?}");
        for shown in [code, "Your &#60;bank&#62;", "<dd>https://evil.example<br>"] {
            assert!(answer.body.contains(shown), "{shown}: {}", answer.body);
        }
        assert!(answer.body.contains("href=\"https://evil.example/cb?error="), "{}", answer.body);
    }
    // Whoever said no has seen where it goes.
    let page = browser.log_in(&stage, &good).await;
    assert_eq!(browser.decide(&stage, &page, "deny").await.sent()["error"], "access_denied");
}

#[tokio::test]
async fn on_loopback_a_page_of_another_site_cannot_make_us_ask_around() {
    let stage = Stage::with("http://127.0.0.1:8700/issuers/default", |_| ()).await;
    let path = format!("{}/authorize?{}", stage.base, encoded(&stage.question(NOTES)));
    let mut browser = Browser::default();
    let mut ask = async |site, mode, dest| {
        let said = [("sec-fetch-site", site), ("sec-fetch-mode", mode), ("sec-fetch-dest", dest)];
        browser.send(&stage, http::Method::GET, &path, &[], &said).await
    };
    for site in ["cross-site", "same-site"] {
        for (mode, dest) in [("no-cors", "image"), ("cors", "empty"), ("navigate", "iframe")] {
            assert_eq!(ask(site, mode, dest).await.refusal(), "form-foreign", "{site} {mode} {dest}");
        }
        assert_eq!(ask(site, "navigate", "document").await.status, StatusCode::OK, "{site}");
    }
    assert_eq!(ask("none", "navigate", "document").await.status, StatusCode::OK);
}

#[tokio::test]
async fn parameters_stand_once() {
    let stage = Stage::open().await;
    for name in ["client_id", "redirect_uri", "response_type", "code_challenge", "state", "scope"] {
        let mut twice = with(&stage.question(NOTES), "scope", "notes:read");
        let (_, value) = *twice.iter().find(|(held, _)| *held == name).unwrap();
        twice.push((name, value));
        let answer = Browser::default().ask(&stage, &twice).await;
        assert_eq!(
            (answer.status, answer.refusal()),
            (StatusCode::BAD_REQUEST, "parameter-repeated"),
            "{name}"
        );
    }
}

#[tokio::test]
async fn the_answer_names_its_issuer_once_and_carries_the_state_back() {
    let stage = Stage::open().await;
    let mut browser = Browser::default();
    let page = browser.log_in(&stage, &stage.question(NOTES)).await;
    let answer = browser.decide(&stage, &page, "allow").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "303: the form is not sent along");
    let sent = answer.sent();
    assert_eq!(sent.keys().collect::<Vec<_>>(), ["code", "iss", "state"]);
    assert_eq!((sent["iss"].as_str(), sent["state"].as_str()), (ISSUER, "state&x=1"));
    assert_eq!(sent["code"].len(), 43, "256 bits");
    assert_eq!(answer.headers["referrer-policy"], "no-referrer");
    assert_eq!(answer.headers["cache-control"], "no-store");

    let page = browser.ask(&stage, &stage.question(NOTES)).await;
    let denied = browser.decide(&stage, &page, "deny").await.sent();
    assert_eq!(
        (denied["error"].as_str(), denied["iss"].as_str(), denied["state"].as_str()),
        ("access_denied", ISSUER, "state&x=1")
    );
    let page = browser.ask(&stage, &stage.question(NOTES)).await;
    for neither in ["", "maybe", "ALLOW"] {
        assert_eq!(browser.decide(&stage, &page, neither).await.refusal(), "parameter-missing");
    }
}

#[tokio::test]
async fn whoever_must_not_be_asked_is_not() {
    let stage = Stage::open().await;
    let mut browser = Browser::default();
    let silent = with(&stage.question(NOTES), "prompt", "none");
    assert_eq!(browser.ask(&stage, &silent).await.sent()["error"], "login_required");
    browser.log_in(&stage, &stage.question(NOTES)).await;
    assert_eq!(browser.ask(&stage, &silent).await.sent()["error"], "consent_required");
}

#[tokio::test]
async fn the_authorization_endpoint_is_not_posted_to() {
    let stage = Stage::open().await;
    let body = encoded(&stage.question(NOTES));
    let answer = stage.post("authorize", "application/x-www-form-urlencoded", body).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    for name in ["login", "consent"] {
        let answer = stage.get(&format!("{}/{name}", stage.base)).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{name}");
    }
}
