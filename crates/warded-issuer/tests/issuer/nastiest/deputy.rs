//! Number 8: The confused deputy: nobody who is logged in agrees to anything by following a link. What people see and click is
//! no matter of grants: see `elsewhere`.

use warded_store::Method;

use super::declines;
use crate::stage::{Browser, ISSUER, LOOPBACK, NOTES, Stage, with};

asked! {
    without_a_login: |question| question.set("prompt", "none") => "login_required" "login-required";
    a_scope_of_another_server: |question| question.set("scope", "files:read") => "invalid_scope" "scope-unknown";
    a_mode_that_shows_it_to_scripts: |question| question.set("response_mode", "fragment") => "invalid_request" "response-mode-unknown";
    a_token_in_the_url: |question| question.set("response_type", "token") => "unsupported_response_type" "response-type-unknown";
}

/// Somebody is logged in and has agreed to the one thing; another client's link, which must not ask, gets nothing.
#[tokio::test]
async fn a_login_is_no_consent() {
    let stage = Stage::open().await;
    stage.adds("another", Method::None, None, None).await;
    let mut browser = Browser::default();
    let page = browser.log_in(&stage, &stage.question(NOTES)).await;
    assert!(browser.decide(&stage, &page, "allow").await.sent().contains_key("code"));
    let question = with(&with(&stage.question(NOTES), "client_id", "another"), "prompt", "none");
    let answer = browser.ask(&stage, &question).await;
    assert!(answer.location().starts_with(&format!("{LOOPBACK}?error=")));
    let sent = answer.sent();
    assert_eq!((sent["error"].as_str(), sent["iss"].as_str()), ("consent_required", ISSUER));
    assert!(!sent.contains_key("code"));
}
