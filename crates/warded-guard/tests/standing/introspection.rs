//! An issuer is asked about opaque tokens: what it may say, what it may not, and who is never asked.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures_util::future::join_all;
use serde_json::{Value, json};
use warded_core::{IssuerRules, jose::base64url};

use crate::{
    door::{HERE, SIBLING, Setup},
    issuer::{NOW, Publisher, STUCK, sign},
};

const GOOD: &str = "opaque-good-token";

async fn asked() -> (Publisher, Setup) {
    let issuer = Publisher::start().await;
    issuer.answers(GOOD, &issuer.active(HERE));
    let setup = Setup { asked: Some(issuer.clone()), ..Setup::new() };
    (issuer, setup)
}

#[tokio::test]
async fn an_opaque_token_is_good_where_its_issuer_says_so() {
    let (issuer, setup) = asked().await;
    let door = setup.serve().await;
    door.admits(GOOD).await;
    door.refuses("opaque-unknown-token", "token-inactive").await;
    let questions = issuer.questions();
    assert_eq!(questions.len(), 2);
    assert_eq!(questions[0].form["token"], GOOD);
    assert_eq!(questions[0].form["token_type_hint"], "access_token");
    // RFC 6749 §2.3.1: form-encoded first, and then in base64.
    let basic = STANDARD.encode("warded:s3%3Acret+%25");
    assert_eq!(questions[0].authorization.as_deref(), Some(&*format!("Basic {basic}")));
}

#[tokio::test]
async fn an_answer_is_judged_like_a_token() {
    let (issuer, setup) = asked().await;
    let door = setup.serve().await;
    let rows: Vec<(&str, &str, Value)> = vec![
        ("active", "200", json!({})),
        ("no-issuer", "200", json!({ "iss": null })),
        ("no-type", "200", json!({ "token_type": null })),
        ("list", "200", json!({ "aud": [HERE] })),
        ("no-end", "200", json!({ "exp": null, "iat": null })),
        ("hydra", "200", json!({ "token_use": "access_token" })),
        ("inactive", "token-inactive", json!({ "active": false })),
        ("other-issuer", "issuer-differs", json!({ "iss": "https://login.example.com" })),
        ("issuer-number", "claim-malformed", json!({ "iss": 1 })),
        ("no-audience", "audience-missing", json!({ "aud": null })),
        ("unknown-audience", "audience-unknown", json!({ "aud": "https://elsewhere.example" })),
        ("sibling", "audience-elsewhere", json!({ "aud": SIBLING })),
        ("both", "audience-shared", json!({ "aud": [HERE, SIBLING] })),
        ("stranger-too", "audience-shared", json!({ "aud": [HERE, "https://elsewhere.example"] })),
        ("audience-number", "audience-malformed", json!({ "aud": 1 })),
        ("expired", "expired", json!({ "exp": NOW - 61 })),
        ("not-yet", "not-yet-valid", json!({ "nbf": NOW + 61 })),
        ("future", "issued-in-future", json!({ "iat": NOW + 61, "exp": NOW + 300 })),
        ("long", "lifetime-too-long", json!({ "exp": NOW + 90_000 })),
        ("old-without-end", "lifetime-too-long", json!({ "exp": null, "iat": NOW - 90_000 })),
        ("expiry-text", "claim-malformed", json!({ "exp": "tomorrow" })),
        ("bound", "sender-unproven", json!({ "cnf": { "jkt": "A".repeat(43) } })),
        ("certificate", "sender-unproven", json!({ "cnf": { "x5t#S256": "A".repeat(43) } })),
        ("dpop-unbound", "sender-unproven", json!({ "token_type": "DPoP" })),
        ("refresh", "not-access-token", json!({ "token_type": "refresh_token" })),
        ("keycloak-refresh", "not-access-token", json!({ "typ": "Refresh" })),
        ("hydra-refresh", "not-access-token", json!({ "token_use": "refresh_token" })),
        ("id-token", "not-access-token", json!({ "nonce": "n" })),
        ("only-client", "not-access-token", json!({ "aud": "agent" })),
        ("two-clients", "client-ambiguous", json!({ "azp": "another" })),
    ];
    for (name, outcome, changes) in rows {
        let mut said = issuer.active(HERE);
        for (member, value) in changes.as_object().unwrap() {
            said[member] = value.clone();
        }
        let members = said.as_object().unwrap().clone().into_iter().filter(|(_, value)| !value.is_null());
        let token = format!("opaque-{name}-token");
        issuer.answers(&token, &members.collect());
        let expected = if outcome == "200" { (200, String::new()) } else { (401, outcome.to_owned()) };
        assert_eq!(door.says(&token).await, expected, "{name}");
        door.admits(GOOD).await;
    }
}

#[tokio::test]
async fn what_is_no_answer_is_our_fault_and_no_pass() {
    let (issuer, setup) = asked().await;
    let door = setup.serve().await;
    let good = issuer.active(HERE).to_string();
    let twice = format!("{},\"active\":false}}", good.trim_end_matches('}'));
    let large = format!("{},\"x\":\"{}\"}}", good.trim_end_matches('}'), "x".repeat(70_000));
    let json = "application/json";
    for (name, status, kind, text) in [
        ("500", 500, json, good.clone()),
        ("our-client-401", 401, json, r#"{"error":"invalid_client"}"#.to_owned()),
        ("our-client-403", 403, json, "{}".to_owned()),
        ("redirect", 302, json, good.clone()),
        ("html", 200, "text/html", good.clone()),
        ("signed", 200, "application/token-introspection+jwt", good.clone()),
        ("twice", 200, json, twice),
        ("large", 200, json, large),
        ("list", 200, json, format!("[{good}]")),
        ("empty", 200, json, String::new()),
        ("no-active", 200, json, r#"{"aud":"x"}"#.to_owned()),
        ("text", 200, json, good.replace("\"active\":true", "\"active\":\"true\"")),
        ("number", 200, json, good.replace("\"active\":true", "\"active\":1")),
        ("null", 200, json, good.replace("\"active\":true", "\"active\":null")),
        ("spelled", 200, json, good.replace("\"active\"", "\"Active\"")),
    ] {
        let token = format!("opaque-{name}-token");
        issuer.says(&format!("about {token}"), status, kind, text);
        door.fails(&token, "introspection-unavailable").await;
        door.admits(GOOD).await;
    }
}

#[tokio::test]
async fn an_issuer_that_is_down_lets_nobody_in_and_sends_nobody_away() {
    let issuer = Publisher::start().await;
    let setup = Setup { asked: Some(issuer.clone()), ..Setup::new() };
    issuer.says("/.well-known/oauth-authorization-server", 503, "application/json", "{}");
    let door = setup.serve().await;
    door.fails(GOOD, "introspection-unavailable").await;
    assert!(issuer.questions().is_empty());
}

#[tokio::test]
async fn a_yes_is_remembered_for_a_minute_and_no_longer_than_the_token_or_its_operator_says() {
    type Change = fn(&mut IssuerRules);
    let rows: [(Change, i64, i64); 4] = [
        (|_| {}, 300, 60),
        (|_| {}, 20, 20),
        (|rules| rules.answers_last = 15, 300, 15),
        (|rules| rules.answers_last = 0, 300, 0),
    ];
    for (change, lives, lasts) in rows {
        let (issuer, setup) = asked().await;
        let mut said = issuer.active(HERE);
        said["exp"] = (NOW + lives).into();
        issuer.answers(GOOD, &said);
        let door = Setup { change, ..setup }.serve().await;
        door.admits(GOOD).await;
        // Revoked behind our back.
        issuer.answers(GOOD, &json!({ "active": false }));
        if lasts > 0 {
            door.clock.forward(lasts - 1);
            door.admits(GOOD).await;
            assert_eq!(issuer.questions().len(), 1, "{lasts}");
            door.clock.forward(1);
        }
        door.refuses(GOOD, "token-inactive").await;
        assert_eq!(issuer.questions().len(), 2, "{lasts}");
    }
}

/// Every one of these is refused as it is where only signed tokens are trusted, and nobody is asked about it.
#[tokio::test]
async fn a_token_does_not_choose_who_is_asked_about_it() {
    let (asked, signing) = (Publisher::start().await, Publisher::start().await);
    let setup = Setup { asked: Some(asked.clone()), signing: vec![signing.clone()], ..Setup::new() };
    let door = setup.serve().await;
    let part = |text: &Value| base64url::encode(text.to_string());
    let unsigned = |header: Value, claims: &Value| format!("{}.{}.", part(&header), part(claims));
    let of_asked = Value::Object(asked.claims(HERE));
    let of_signing = Value::Object(signing.claims(HERE));
    let (signed, _) = sign("at+jwt", &signing.claims(HERE))
        .rsplit_once('.')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();

    // The control: whose tokens are signed is not asked about them.
    door.admits(&sign("at+jwt", &signing.claims(HERE))).await;
    for (token, code) in [
        (sign("at+jwt", &signing.claims(SIBLING)), "audience-elsewhere"),
        (format!("{signed}.AAAA"), "signature-invalid"),
        (unsigned(json!({ "alg": "none" }), &of_asked), "algorithm-unsupported"),
        (unsigned(json!({ "alg": "HS256" }), &of_asked), "algorithm-unsupported"),
        (unsigned(json!({ "alg": "none" }), &of_signing), "algorithm-unsupported"),
        (format!("{}.{}", part(&json!({ "alg": "EdDSA" })), part(&of_asked)), "token-parts"),
        (format!("{}.a.b.c.d", part(&json!({ "alg": "none" }))), "token-encrypted"),
        (format!("{}AAAA", unsigned(json!({ "alg": "none" }), &of_asked)), "algorithm-unsupported"),
        (format!("{}AAAA", unsigned(json!({ "alg": "HS256" }), &of_signing)), "algorithm-unsupported"),
        ("x".repeat(17_000), "token-too-large"),
    ] {
        door.refuses(&token, code).await;
    }
    let mut claims = signing.claims(HERE);
    claims.insert("iss".into(), "https://login.example.com".into());
    door.refuses(&sign("at+jwt", &claims), "issuer-unknown").await;
    assert!(asked.questions().is_empty(), "{:?}", asked.questions());
    assert!(signing.questions().is_empty());

    // A signed token of the issuer that is asked is good for nothing by its signature alone.
    let token = sign("at+jwt", &asked.claims(HERE));
    door.refuses(&token, "token-inactive").await;
    asked.answers(&token, &asked.active(SIBLING));
    door.clock.forward(10);
    door.refuses(&token, "audience-elsewhere").await;
    assert_eq!(asked.questions().len(), 2);
    assert!(signing.questions().is_empty());
}

/// How an issuer that is asked signs its tokens is its own affair, and so is what it encrypts.
#[tokio::test]
async fn whatever_may_be_a_token_of_the_issuer_that_is_asked_is_asked_about() {
    let (asked, signing) = (Publisher::start().await, Publisher::start().await);
    let setup = Setup { asked: Some(asked.clone()), signing: vec![signing.clone()], ..Setup::new() };
    let door = setup.serve().await;
    let part = |text: &Value| base64url::encode(text.to_string());
    let claims = part(&Value::Object(asked.claims(HERE)));
    let signed = |alg: &str| format!("{}.{claims}.c2ln", part(&json!({ "alg": alg })));
    for token in [
        signed("HS256"),
        signed("ES512"),
        signed("ES256K"),
        format!("{}.a.b.c.d", part(&json!({ "alg": "dir", "enc": "A256GCM" }))),
        format!("{}.aSlA9w.c2ln", part(&json!({ "user": 7 }))),
    ] {
        door.refuses(&token, "token-inactive").await;
        door.clock.forward(10);
        let mut said = asked.active(HERE);
        said["exp"] = (NOW + 9000).into();
        asked.answers(&token, &said);
        door.admits(&token).await;
    }
    assert!(signing.questions().is_empty());
}

#[tokio::test]
async fn where_all_tokens_are_signed_nobody_is_asked_about_an_opaque_one() {
    let signing = Publisher::start().await;
    let door = Setup { signing: vec![signing.clone()], ..Setup::new() }.serve().await;
    door.refuses(GOOD, "token-parts").await;
    assert!(signing.questions().is_empty());
}

#[tokio::test]
async fn a_flood_of_one_bad_token_is_one_question() {
    let (issuer, setup) = asked().await;
    let door = setup.serve().await;
    // So that the metadata is at hand, and the gate closes on questions only.
    door.admits(GOOD).await;
    issuer.close();
    let flood = (0..50).map(|_| door.says("opaque-bad-token"));
    let (said, ()) = tokio::join!(join_all(flood), async {
        while issuer.questions().len() < 2 {
            tokio::task::yield_now().await;
        }
        issuer.open();
    });
    assert!(said.iter().all(|said| *said == (401, "token-inactive".to_owned())), "{said:?}");
    for _ in 0..50 {
        door.refuses("opaque-bad-token", "token-inactive").await;
    }
    assert_eq!(issuer.questions().len(), 2);
    door.clock.forward(10);
    door.refuses("opaque-bad-token", "token-inactive").await;
    assert_eq!(issuer.questions().len(), 3, "a no is not remembered for ever");
}

#[tokio::test]
async fn a_flood_of_different_tokens_is_asked_about_in_turns() {
    let (issuer, setup) = asked().await;
    let door = Arc::new(setup.serve().await);
    door.admits(GOOD).await;
    issuer.close();
    let flood: Vec<_> = (0..60)
        .map(|number| {
            let door = Arc::clone(&door);
            tokio::spawn(async move { door.says(&format!("opaque-bad-token-{number}")).await })
        })
        .collect();
    while issuer.questions().len() < 17 {
        tokio::task::yield_now().await;
    }
    // Nobody else's turn comes before one of those has had its answer.
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(issuer.questions().len(), 17, "16 at once, after the first one");
    issuer.open();
    for said in join_all(flood).await {
        assert_eq!(said.unwrap(), (401, "token-inactive".to_owned()));
    }
    assert_eq!(issuer.questions().len(), 61);
}

#[tokio::test]
async fn a_flood_of_made_up_tokens_keeps_nobody_out_who_was_let_in_before() {
    let (issuer, setup) = asked().await;
    let door = Arc::new(setup.serve().await);
    door.admits(GOOD).await;
    door.clock.forward(60);
    // The issuer is slow to say no to each of them.
    let flood: Vec<_> = (0..512)
        .map(|number| {
            let door = Arc::clone(&door);
            tokio::spawn(async move { door.says(&format!("{STUCK}{number}")).await })
        })
        .collect();
    while issuer.questions().len() < 17 {
        tokio::task::yield_now().await;
    }
    door.admits(GOOD).await;
    for caller in flood {
        caller.abort();
    }
}
