//! During a roll-out a server waives what it says it waives, and forwards a credential no more than a strict one (G04).

use serde_json::json;

use crate::{
    core_stage::b64,
    expected::{
        Expected::{self, Admitted},
        bad_token,
    },
    row::{Row, claim, header, made, token},
    run::hold_at,
    stage::{HERE, NOW, Scene, THERE},
};

#[tokio::test]
async fn a_permissive_server_waives_what_it_says_and_forwards_no_credential() {
    let scene = Scene::permissive(1000).await;
    hold_at(&scene, waived(Admitted, Admitted)).await;
    hold_at(&scene, never_waived()).await;
    // From the end date on it is strict, and what it let pass before, it lets pass no more.
    let strict = |row: Row| row.was_good(1000);
    let rows = waived(bad_token("audience-missing"), bad_token("type-wrong"));
    hold_at(&scene, rows.into_iter().map(strict).collect()).await;
}

fn waived(no_audience: Expected, no_type: Expected) -> Vec<Row> {
    let long = |scene: &Scene| scene.now() + 3600;
    vec![
        made("G04", "no `aud`", no_audience, move |scene, good| {
            good.claim("exp", long(scene)).no_claim("aud")
        }),
        made("G04", "no `typ`", no_type, move |scene, good| good.claim("exp", long(scene)).no_header("typ")),
    ]
}

fn never_waived() -> Vec<Row> {
    vec![
        claim("G04", "aud", json!(THERE), bad_token("audience-elsewhere")),
        claim("G04", "aud", json!([HERE, THERE]), bad_token("audience-shared")),
        claim("G04", "aud", json!([""]), bad_token("audience-malformed")),
        claim("G04", "exp", json!(NOW - 60), bad_token("expired")),
        claim("G04", "iss", json!("https://evil.test"), bad_token("issuer-unknown")),
        claim("G04", "cnf", json!({ "new": "x" }), bad_token("sender-unproven")),
        header("G04", "typ", json!("logout+jwt"), bad_token("type-wrong")),
        made("G04", "no `aud`, signed by the attacker", bad_token("signature-invalid"), |_, good| {
            good.no_claim("aud").by_attacker()
        }),
        token("G04", "no `aud`, not signed", bad_token("algorithm-unsupported"), |scene| {
            let good = scene.good().no_claim("aud").header("alg", "none");
            format!("{}.{}.", b64(good.header_text()), b64(good.claims_text()))
        }),
    ]
}
