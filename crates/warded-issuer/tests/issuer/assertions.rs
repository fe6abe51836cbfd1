//! Clients that sign to be themselves (`private_key_jwt`, RFC 7523).

use http::StatusCode;
use serde_json::{Value, json};
use warded_core::{Clock as _, jose::base64url};
use warded_store::{Added, Client, Clients as _, GrantType, Method, Origin};

use super::{holder::Holder, token::claims};
use crate::stage::{ISSUER, LOOPBACK, NOTES, Stage, encoded, with, without};

pub(crate) const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A client of the operator's with the key of its holder.
pub(crate) async fn signer(stage: &Stage, id: &str, holder: &Holder) {
    let client = Client {
        issuer: stage.server.issuer().clone(),
        id: id.into(),
        name: None,
        method: Method::PrivateKeyJwt,
        secret: None,
        jwks: Some(json!({ "keys": [holder.jwk()] }).to_string()),
        jwks_uri: None,
        application_type: None,
        redirect_uris: vec![LOOPBACK.into()],
        grants: vec![GrantType::ClientCredentials, GrantType::AuthorizationCode, GrantType::RefreshToken],
        pinned: None,
        dpop_bound: false,
        origin: Origin::Operator,
        management: None,
        created: stage.clock.now(),
        used: None,
    };
    assert_eq!(stage.store.add_client(client).await.unwrap(), Added::Yes);
}

pub(crate) fn asking(assertion: &str) -> Vec<(&str, &str)> {
    vec![
        ("grant_type", "client_credentials"),
        ("client_assertion_type", KIND),
        ("client_assertion", assertion),
        ("resource", NOTES),
    ]
}

#[tokio::test]
async fn a_client_that_signs_is_itself() {
    let (stage, holder) = (Stage::open().await, Holder::new());
    signer(&stage, "signer", &holder).await;
    let slash = format!("{ISSUER}/");
    let endpoint = format!("{ISSUER}/token");
    for (typ, aud) in [
        ("client-authentication+jwt", ISSUER),
        ("client-authentication+jwt", slash.as_str()),
        ("JWT", ISSUER),
        ("JWT", endpoint.as_str()),
    ] {
        let said = json!({ "iss": "signer", "sub": "signer", "aud": aud, "jti": format!("{typ}{aud}"),
            "exp": stage.clock.now().seconds() + 60 });
        let assertion = holder.sign(&json!({ "alg": "EdDSA", "typ": typ }), &said);
        let answer = stage.token(&asking(&assertion)).await;
        assert_eq!(answer.status, StatusCode::OK, "{typ} {aud}: {answer:?}");
        assert_eq!(claims(&answer.text("access_token"))["sub"], "client:signer");
    }
    let assertion = holder.assertion(&stage, "signer", &[]);
    let answer = stage.token(&with(&asking(&assertion), "client_id", "signer")).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn what_does_not_hold_lets_nobody_in() {
    let (stage, holder, thief) = (Stage::open().await, Holder::new(), Holder::new());
    signer(&stage, "signer", &holder).await;
    signer(&stage, "other", &thief).await;
    let now = stage.clock.now().seconds();
    let changed_to = |member: &str, value: Value| holder.assertion(&stage, "signer", &[(member, value)]);
    let jwk = json!({ "alg": "EdDSA", "typ": "client-authentication+jwt", "jwk": thief.jwk() });
    let said = json!({ "iss": "signer", "sub": "signer", "aud": ISSUER, "jti": "x", "exp": now + 60 });
    let typed = |typ: &str| holder.sign(&json!({ "alg": "EdDSA", "typ": typ }), &said);
    let other_issuer = "https://mcp.example.com/issuers/other";
    let token = stage.token(&stage.in_its_name()).await.text("access_token");
    let foreign = "The client assertion is for somebody else.";
    let malformed = "The client assertion is not one.";
    let time = "The client assertion is not good now.";
    let unsigned = "The client assertion is not signed with a key of the client.";
    for (name, assertion, told) in [
        ("for another issuer", changed_to("aud", json!(other_issuer)), foreign),
        ("for two", changed_to("aud", json!([ISSUER, other_issuer])), foreign),
        ("for the server", changed_to("aud", json!(NOTES)), foreign),
        ("for nobody", changed_to("aud", Value::Null), foreign),
        ("of another", changed_to("iss", json!("other")), foreign),
        ("about another", changed_to("sub", json!("other")), foreign),
        ("without a jti", changed_to("jti", Value::Null), malformed),
        ("without an end", changed_to("exp", Value::Null), malformed),
        ("over", changed_to("exp", json!(now - 61)), time),
        ("for ten years", changed_to("exp", json!(now + 315_360_000)), time),
        ("made tomorrow", changed_to("iat", json!(now + 86_400)), time),
        ("signed by another", thief.assertion(&stage, "signer", &[]), unsigned),
        ("with a key of its own", thief.sign(&jwk, &said), unsigned),
        ("an access token by its type", typed("at+jwt"), malformed),
        ("a proof by its type", typed("dpop+jwt"), malformed),
        ("a logout token by its type", typed("logout+jwt"), malformed),
        ("an access token of ours", token, malformed),
        (
            "an unsigned one",
            format!("{}.{}.", base64url::encode(r#"{"alg":"none"}"#), base64url::encode(said.to_string())),
            malformed,
        ),
        ("nothing", "x".into(), malformed),
    ] {
        let answer = stage.token(&asking(&assertion)).await;
        assert_eq!(answer.error(), (401, "invalid_client".into()), "{name}");
        assert_eq!(answer.text("error_description"), told, "{name}");
    }
}

#[tokio::test]
async fn a_client_that_has_a_key_is_nobody_without_it() {
    let (stage, holder) = (Stage::open().await, Holder::new());
    signer(&stage, "signer", &holder).await;
    let bare = [("grant_type", "client_credentials"), ("client_id", "signer"), ("resource", NOTES)];
    for (name, value) in [("client_secret", ""), ("client_secret", "x"), ("x", "x")] {
        let answer = stage.token(&with(&bare, name, value)).await;
        assert_eq!(answer.error(), (401, "invalid_client".into()), "{name}={value}");
    }
    // Nor is one that has a secret somebody else by a key.
    let (robot, secret) = &stage.robot;
    let assertion = holder.assertion(&stage, robot, &[]);
    assert_eq!(stage.token(&asking(&assertion)).await.error(), (401, "invalid_client".into()));
    let assertion = holder.assertion(&stage, "signer", &[]);
    for (form, error) in [
        (with(&asking(&assertion), "client_secret", secret), (400, "invalid_request")),
        (with(&asking(&assertion), "client_id", robot), (400, "invalid_request")),
        (without(&asking(&assertion), "client_assertion_type"), (401, "invalid_client")),
        (with(&asking(&assertion), "client_assertion_type", "urn:x"), (401, "invalid_client")),
    ] {
        let answer = stage.token(&form).await;
        assert_eq!(answer.error().1, error.1, "{form:?}: {answer:?}");
    }
    assert_eq!(stage.token(&asking(&assertion)).await.status, StatusCode::OK, "and none of it used it up");
}

#[tokio::test]
async fn an_assertion_is_good_once_and_not_for_what_is_refused() {
    let (stage, holder) = (Stage::open().await, Holder::new());
    signer(&stage, "signer", &holder).await;
    let assertion = holder.assertion(&stage, "signer", &[]);
    let form = asking(&assertion);
    assert_eq!(stage.token(&with(&form, "scope", "admin")).await.error().1, "invalid_scope");
    assert_eq!(stage.token(&form).await.status, StatusCode::OK);
    let again = stage.token(&form).await;
    assert_eq!(again.error(), (401, "invalid_client".into()));
    assert_eq!(again.text("error_description"), "The client assertion has been used before.");
    let renamed = holder.assertion(&stage, "signer", &[("jti", json!("0")), ("exp", json!(1_800_000_090))]);
    let used = holder.assertion(&stage, "signer", &[("jti", json!("0"))]);
    assert_eq!(stage.token(&asking(&used)).await.error().0, 401, "the jti counts, not the text");
    assert_eq!(stage.token(&asking(&renamed)).await.error().0, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_at_once_with_one_assertion_get_one_token() {
    let (stage, holder) = (std::sync::Arc::new(Stage::open().await), Holder::new());
    signer(&stage, "signer", &holder).await;
    let assertion = holder.assertion(&stage, "signer", &[]);
    let form = crate::stage::encoded(&asking(&assertion));
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let (stage, form) = (std::sync::Arc::clone(&stage), form.clone());
            tokio::spawn(async move { stage.post("token", "application/x-www-form-urlencoded", form).await })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        won += usize::from(task.await.unwrap().status == StatusCode::OK);
    }
    assert_eq!(won, 1);
}

#[tokio::test]
async fn a_code_needs_the_assertion_of_its_client_and_is_not_burned_without() {
    let (stage, holder) = (Stage::open().await, Holder::new());
    signer(&stage, "signer", &holder).await;
    let code = stage.code_for(&with(&stage.question(NOTES), "client_id", "signer")).await;
    let bare = with(&stage.redemption(&code), "client_id", "signer");
    assert_eq!(stage.token(&bare).await.error(), (401, "invalid_client".into()));
    let thief = Holder::new().assertion(&stage, "signer", &[]);
    let mut form = bare.clone();
    form.extend([("client_assertion_type", KIND), ("client_assertion", thief.as_str())]);
    assert_eq!(stage.token(&form).await.error(), (401, "invalid_client".into()));
    let own = holder.assertion(&stage, "signer", &[]);
    let refresh = stage.token(&with(&form, "client_assertion", &own)).await.text("refresh_token");
    // A spent refresh token ends nothing in the hands of somebody who cannot be the client.
    let next = holder.assertion(&stage, "signer", &[]);
    let mut form = with(&stage.refreshing(&refresh), "client_id", "signer");
    form.extend([("client_assertion_type", KIND), ("client_assertion", next.as_str())]);
    let second = stage.token(&form).await.text("refresh_token");
    assert_eq!(stage.token(&with(&form, "client_assertion", &thief)).await.error().1, "invalid_client");
    let last = holder.assertion(&stage, "signer", &[]);
    let form = with(&with(&form, "client_assertion", &last), "refresh_token", &second);
    assert_eq!(stage.token(&form).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_proof_that_was_used_before_leaves_the_assertion_good() {
    let (stage, holder) = (Stage::open().await, Holder::new());
    signer(&stage, "signer", &holder).await;
    let nonce = stage.nonce().await;
    let used = holder.proof(&stage, &nonce);
    assert_eq!(stage.token_with(&stage.in_its_name(), &[&used]).await.status, StatusCode::OK);
    let assertion = holder.assertion(&stage, "signer", &[]);
    let form = asking(&assertion);
    assert_eq!(stage.token_with(&form, &[&used]).await.error(), (400, "invalid_dpop_proof".into()));
    let proof = holder.proof(&stage, &nonce);
    assert_eq!(stage.token_with(&form, &[&proof]).await.text("token_type"), "DPoP");
    // Nor does an assertion that was used before use up the proof.
    let proof = holder.proof(&stage, &nonce);
    assert_eq!(stage.token_with(&form, &[&proof]).await.error(), (401, "invalid_client".into()));
    let other = holder.assertion(&stage, "signer", &[]);
    assert_eq!(stage.token_with(&asking(&other), &[&proof]).await.text("token_type"), "DPoP");
}

#[tokio::test]
async fn what_is_wrong_with_a_revocation_leaves_the_assertion_good() {
    let (stage, holder) = (Stage::open().await, Holder::new());
    signer(&stage, "signer", &holder).await;
    let token = stage.token(&asking(&holder.assertion(&stage, "signer", &[]))).await.text("access_token");
    let assertion = holder.assertion(&stage, "signer", &[]);
    let bare = [("client_assertion_type", KIND), ("client_assertion", &*assertion)];
    let revoke = async |form: &[(&str, &str)]| {
        stage.post("revoke", "application/x-www-form-urlencoded", encoded(form)).await
    };
    assert_eq!(revoke(&bare).await.error(), (400, "invalid_request".into()), "no token");
    assert_eq!(revoke(&with(&bare, "token", &token)).await.status, StatusCode::OK);
    assert!(stage.knows_of(&token));
    assert_eq!(revoke(&with(&bare, "token", &token)).await.error(), (401, "invalid_client".into()));
}
