//! What a guard believes of keys that come and go, told by whole requests.

use serde_json::Value;

use crate::{
    expected::{Expected, bad_token, our_fault},
    issuer::named,
    stage::Scene,
    token::Forge,
    wire::Outgoing,
};

async fn asked(scene: &Scene, forge: &Forge, expected: Expected) {
    for method in [http::Method::POST, http::Method::GET, http::Method::DELETE] {
        for revision in [None, Some("2025-11-25")] {
            let answer = scene.send(&Outgoing::honest(&method, revision).bearer(&forge.text())).await;
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
async fn an_issuer_that_is_away_makes_nobody_a_bad_caller_and_lets_nobody_in() {
    let scene = Scene::strict().await;
    scene.issuer.publishes(&[]);
    asked(&scene, &scene.good(), bad_token("key-unknown")).await;
    scene.anew();
    scene.issuer.is_away();
    asked(&scene, &scene.good(), our_fault("keys-missing")).await;
    asked(&scene, &scene.good().by_attacker(), our_fault("keys-missing")).await;
    asked(&scene, &scene.good().no_claim("aud"), our_fault("keys-missing")).await;
}
