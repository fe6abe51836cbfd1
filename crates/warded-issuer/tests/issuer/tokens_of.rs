//! What the operator decides about the tokens of one server.

use http::StatusCode;
use serde_json::Value;
use warded_core::jose::{Algorithm, base64url};

use super::token::claims;
use crate::stage::{FILES, ISSUER, NOTES, Stage};

fn header(token: &str) -> Value {
    let header = base64url::decode(token.split('.').next().unwrap()).unwrap();
    serde_json::from_slice(&header).unwrap()
}

#[tokio::test]
async fn each_server_has_its_own_lifetime_and_algorithm() {
    let stage = Stage::with(ISSUER, |setup| {
        setup.resources[1].algorithm = Some(Algorithm::Es256);
        setup.resources[1].lifetime = Some(60);
    })
    .await;
    for (resource, name, alg, lifetime) in [(NOTES, "notes", "EdDSA", 600), (FILES, "files", "ES256", 60)] {
        let code = stage.code(resource).await;
        let answer = stage.token(&stage.redemption(&code)).await;
        assert_eq!(answer.status, StatusCode::OK);
        let token = answer.text("access_token");
        assert_eq!(header(&token)["alg"], alg);
        assert_eq!(answer.json()["expires_in"], lifetime);
        assert_eq!(claims(&token)["exp"], 1_800_000_000 + lifetime);
        assert!(stage.judge(&token, name).is_ok());
    }
    let keys = stage.server.key_set().unwrap();
    assert_eq!(keys.keys().len(), 2);
}

/// Or a person could no longer take it back: what is over is not shown to them.
#[tokio::test]
async fn no_token_outlives_what_its_person_agreed_to() {
    let stage = Stage::with(ISSUER, |setup| {
        setup.policy.grant = 3600;
        setup.policy.access_token = 86_400;
    })
    .await;
    let code = stage.code(NOTES).await;
    let answer = stage.token(&stage.redemption(&code)).await;
    assert_eq!(answer.json()["expires_in"], 3600);
    stage.clock.pass(3000);
    let answer = stage.token(&stage.refreshing(&answer.text("refresh_token"))).await;
    assert_eq!(answer.json()["expires_in"], 600);
    assert_eq!(claims(&answer.text("access_token"))["exp"], 1_800_003_600_i64);
}

#[tokio::test]
async fn what_is_over_before_its_code_is_redeemed_gives_no_token() {
    let stage = Stage::with(ISSUER, |setup| setup.policy.grant = 10).await;
    let code = stage.code(NOTES).await;
    stage.clock.pass(10);
    assert_eq!(stage.token(&stage.redemption(&code)).await.error(), (400, "invalid_grant".into()));
}

#[tokio::test]
async fn after_a_sleep_of_years_tokens_are_signed_at_once() {
    let stage = Stage::open().await;
    let before = stage.server.key_set().unwrap().keys()[0].thumbprint();
    stage.clock.pass(3 * 365 * 24 * 60 * 60);
    let (token, _) = stage.tokens(NOTES).await;
    assert!(stage.judge(&token, "notes").is_ok());
    let after = stage.server.key_set().unwrap();
    assert!(after.keys().iter().all(|key| key.thumbprint() != before));
}

#[tokio::test]
async fn what_the_old_key_signed_is_good_to_its_end_after_another_has_followed() {
    const DAY: i64 = 24 * 60 * 60;
    let stage = Stage::with(ISSUER, |setup| setup.policy.access_token = 86_400).await;
    // The last seconds of the first key; the next has been published for most of an hour.
    stage.clock.pass(30 * DAY - 3000);
    let (old, _) = stage.tokens(NOTES).await;
    stage.get(&format!("{}/jwks", stage.base)).await;
    stage.clock.pass(DAY - 60);
    let (new, _) = stage.tokens(NOTES).await;
    assert_ne!(header(&old)["kid"], header(&new)["kid"]);
    for token in [&old, &new] {
        assert!(stage.judge(token, "notes").is_ok());
    }
}
