//! P24 and P31 where an issuer is asked about its tokens: its answer is judged as a token would be, for each server.

use serde_json::{Map, Value, json};

use crate::{
    core_stage::{b64, object},
    expected::{
        Expected::{self, Admitted},
        bad_token, our_fault,
    },
    issuer::about,
    row::{Row, token},
    run::hold_at,
    stage::{HERE, NOW, Scene, THERE},
};

#[tokio::test]
async fn what_an_issuer_answers_is_judged_like_a_token() {
    let scene = Scene::asking().await;
    let changed = |token, member: &'static str, value: Value| {
        say(&scene, token, HERE, |said| {
            said.insert(member.to_owned(), value);
        });
    };
    say(&scene, "opaque-good", HERE, |_| ());
    say(&scene, "opaque-theirs", THERE, |said| {
        said.insert("sub".into(), json!("bob"));
    });
    changed("opaque-inactive", "active", json!(false));
    changed("opaque-truthy", "active", json!("true"));
    changed("opaque-both", "aud", json!([HERE, THERE]));
    changed("opaque-stranger", "aud", json!("https://other.example/mcp"));
    changed("opaque-malformed", "aud", json!([""]));
    changed("opaque-expired", "exp", json!(NOW - 60));
    changed("opaque-issuer", "iss", json!("https://evil.test"));
    changed("opaque-bound", "cnf", json!({ "new": "x" }));
    changed("opaque-narrow", "scope", json!("notes:write"));
    say(&scene, "opaque-unaimed", HERE, |said| {
        said.remove("aud");
    });
    hold_at(&scene, rows()).await;
}

pub(crate) fn rows() -> Vec<Row> {
    let opaque = |name: &str, text: &'static str, expected| {
        token("P24", format!("an opaque token, {name}"), expected, move |_| text.to_owned())
    };
    let named =
        |name: &str, expected: Expected, claims: fn(&Scene) -> String| token("P24", name, expected, claims);
    vec![
        opaque("good", "opaque-good", Admitted),
        opaque("which opens the neighbour", "opaque-theirs", bad_token("audience-elsewhere"))
            .opens_neighbour(),
        opaque("unknown to its issuer", "opaque-forged", bad_token("token-inactive")),
        opaque("taken back", "opaque-inactive", bad_token("token-inactive")),
        opaque("whose `active` is a text", "opaque-truthy", our_fault("introspection-unavailable")),
        opaque("without an audience", "opaque-unaimed", bad_token("audience-missing")),
        opaque("for the neighbour too", "opaque-both", bad_token("audience-shared")),
        opaque("for a stranger", "opaque-stranger", bad_token("audience-unknown")),
        opaque("for a text that is none", "opaque-malformed", bad_token("audience-malformed")),
        opaque("expired", "opaque-expired", bad_token("expired")),
        opaque("of another issuer", "opaque-issuer", bad_token("issuer-differs")),
        opaque("bound to something unknown", "opaque-bound", bad_token("sender-unproven")),
        opaque("without the scope", "opaque-narrow", crate::expected::no_scope()),
        // The operator decides whose tokens are asked about, and no token does.
        named(
            "a JWT that is not signed, in the name of an issuer that is asked",
            bad_token("algorithm-unsupported"),
            |scene| {
                let good = scene
                    .good()
                    .header("alg", "none")
                    .claim("iss", scene.asked.as_ref().unwrap().url.clone());
                format!("{}.{}.", b64(good.header_text()), b64(good.claims_text()))
            },
        ),
        named("a signed JWT in the name of an issuer that is asked", bad_token("token-inactive"), |scene| {
            scene.good().claim("iss", scene.asked.as_ref().unwrap().url.clone()).by_attacker().text()
        }),
        named("a forged JWT of the issuer that signs", bad_token("signature-invalid"), |scene| {
            scene.good().by_attacker().text()
        }),
    ]
}

/// What the issuer answers about a token from now on.
pub(crate) fn say(scene: &Scene, token: &str, audience: &str, change: impl FnOnce(&mut Map<String, Value>)) {
    let asked = scene.asked.as_ref().unwrap();
    let mut said = object(json!({
        "active": true, "iss": asked.url, "sub": "alice", "aud": audience, "client_id": "agent",
        "iat": NOW - 10, "exp": NOW + 300, "scope": "notes:read", "token_type": "Bearer",
    }));
    change(&mut said);
    asked.says(&about(token), "application/json", &Value::Object(said).to_string());
}
