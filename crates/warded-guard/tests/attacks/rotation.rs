//! What a guard believes of keys that come and go, told by whole requests.

use serde_json::{Value, json};

use crate::{
    expected::{Expected, bad_token, our_fault},
    issuer::named,
    rows::{opaque::say, standing::publish},
    stage::{HERE, Scene},
    token::Forge,
    wire::Outgoing,
};

async fn asked(scene: &Scene, forge: &Forge, expected: Expected) {
    asked_with(scene, &forge.text(), expected).await;
}

async fn asked_with(scene: &Scene, token: &str, expected: Expected) {
    for method in [http::Method::POST, http::Method::GET, http::Method::DELETE] {
        for revision in [None, Some("2025-11-25")] {
            let answer = scene.send(&Outgoing::honest(&method, revision).bearer(token)).await;
            let flaw = expected.flaw(&answer);
            assert!(flaw.is_none(), "{method} {revision:?}: {flaw:?}");
            assert_eq!(scene.reached().len(), usize::from(expected == Expected::Admitted));
        }
    }
}

fn renamed(kid: &'static str) -> Value {
    named("issuer", "ec", |members| {
        members.insert("kid".into(), kid.into());
    })
}

#[tokio::test]
async fn a_key_that_was_replaced_without_warning_is_found_after_the_pause_and_the_old_one_is_forgotten() {
    let scene = Scene::strict().await;
    let (old, new) = (|| scene.good(), || scene.good().with("ec").header("kid", "next"));
    asked(&scene, &old(), Expected::Admitted).await;
    scene.issuer.publishes(&[renamed("next")]);
    // Nobody looks again at once, and nobody is sent away for another token either.
    asked(&scene, &new(), our_fault("keys-missing")).await;
    asked(&scene, &old(), Expected::Admitted).await;
    scene.forward(31);
    asked(&scene, &new(), Expected::Admitted).await;
    // What the answer left out was held before it, so it is known to be withdrawn.
    asked(&scene, &old(), bad_token("key-unknown")).await;
    asked(&scene, &new(), Expected::Admitted).await;
}

#[tokio::test]
async fn another_key_under_the_same_name_is_found_and_calls_no_good_token_bad() {
    let scene = Scene::strict().await;
    let (old, new) = (|| scene.good(), || scene.good().by_attacker());
    asked(&scene, &old(), Expected::Admitted).await;
    // What a thief signs under the name of a good key is bad as soon as the issuer was asked, and stays so.
    for second in 0..40 {
        asked(&scene, &new(), bad_token("signature-invalid")).await;
        asked(&scene, &old(), Expected::Admitted).await;
        scene.forward(second % 2);
    }
    // The issuer says that it is the thief's name now, and nobody has looked for half a minute.
    scene.issuer.publishes(&[named("attacker", "ed", |_| ())]);
    scene.forward(31);
    let answer = scene.send(&Outgoing::honest(&http::Method::POST, None).bearer(&new().text())).await;
    assert_eq!(our_fault("keys-missing").flaw(&answer), None);
    asked(&scene, &new(), Expected::Admitted).await;
    asked(&scene, &old(), bad_token("signature-invalid")).await;
}

#[tokio::test]
async fn a_token_whose_key_was_withdrawn_is_refused_although_it_was_admitted() {
    let scene = Scene::strict().await;
    // The same text every time.
    let token = scene.good().claim("exp", scene.now() + 3600);
    asked(&scene, &token, Expected::Admitted).await;
    asked(&scene, &token, Expected::Admitted).await;
    scene.issuer.publishes(&[renamed("next")]);
    scene.forward(31);
    asked(&scene, &scene.good().with("ec").header("kid", "next"), Expected::Admitted).await;
    asked(&scene, &token, bad_token("key-unknown")).await;
}

#[tokio::test]
async fn a_token_that_was_taken_back_is_refused_within_the_stated_seconds_although_it_was_admitted() {
    let scene = Scene::strict().await;
    publish(&scene, "/list", 0b00, |_| ());
    // The same text every time.
    let list = json!({ "idx": 0, "uri": format!("{}/list", scene.issuer.url) });
    let token = scene.good().claim("exp", scene.now() + 3600).claim("status", json!({ "status_list": list }));
    asked(&scene, &token, Expected::Admitted).await;
    publish(&scene, "/list", 0b01, |_| ());
    asked(&scene, &token, Expected::Admitted).await;
    scene.forward(61);
    asked(&scene, &token, bad_token("token-revoked")).await;
    asked(&scene, &scene.good(), Expected::Admitted).await;
    // Given back, it is admitted again; and without a list nobody can tell.
    publish(&scene, "/list", 0b00, |_| ());
    scene.forward(61);
    asked(&scene, &token, Expected::Admitted).await;
    scene.issuer.is_away();
    scene.forward(301);
    asked(&scene, &token, our_fault("status-unavailable")).await;
}

#[tokio::test]
async fn an_opaque_token_that_was_taken_back_is_refused_within_the_stated_seconds_although_it_was_admitted() {
    let scene = Scene::asking().await;
    say(&scene, "opaque-good", HERE, |_| ());
    asked_with(&scene, "opaque-good", Expected::Admitted).await;
    say(&scene, "opaque-good", HERE, |said| {
        said.insert("active".into(), false.into());
    });
    asked_with(&scene, "opaque-good", Expected::Admitted).await;
    scene.forward(60);
    asked_with(&scene, "opaque-good", bad_token("token-inactive")).await;
    asked(&scene, &scene.good(), Expected::Admitted).await;
}

#[tokio::test]
async fn an_issuer_that_is_away_makes_nobody_a_bad_caller_and_lets_nobody_in() {
    let scene = Scene::strict().await;
    scene.issuer.publishes(&[]);
    asked(&scene, &scene.good(), our_fault("keys-missing")).await;
    scene.anew();
    scene.issuer.is_away();
    asked(&scene, &scene.good(), our_fault("keys-missing")).await;
    asked(&scene, &scene.good().by_attacker(), our_fault("keys-missing")).await;
    asked(&scene, &scene.good().no_claim("aud"), our_fault("keys-missing")).await;
}
