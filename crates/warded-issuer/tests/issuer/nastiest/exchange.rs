//! Number 11: Exchange (RFC 8693): no token that the client could not have received, none for a server that its row does not
//! name, and nothing that says more than the one before. Who may act, and how deep: see `elsewhere`.

use serde_json::{Value, json};
use warded_core::jose::SigningKey;
use warded_store::SigningKeys as _;

use super::{ACCESS_TOKEN, Cast, Holder, Scene, changed, claims, refuses};
use crate::stage::{FILES, NOTES, random};

table! { Plain:
    without_a_row: |ask| ask.form.set("resource", FILES) => { exchange: 400 "invalid_target" "exchange-not-allowed"; }
    wider: |ask| ask.form.set("scope", "notes:write") => { exchange: 400 "invalid_scope" "scope-unknown"; }
    an_id_token: |ask| ask.form.set("subject_token_type", "urn:ietf:params:oauth:token-type:id_token") => { exchange: 400 "invalid_request" "exchange-kind-unknown"; }
    a_jwt: |ask| ask.form.set("subject_token_type", "urn:ietf:params:oauth:token-type:jwt") => { exchange: 400 "invalid_request" "exchange-kind-unknown"; }
    for_a_refresh_token: |ask| ask.form.set("requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token") => { exchange: 400 "invalid_request" "exchange-kind-unknown"; }
    for_an_id_token: |ask| ask.form.set("requested_token_type", "urn:ietf:params:oauth:token-type:id_token") => { exchange: 400 "invalid_request" "exchange-kind-unknown"; }
    with_an_actor: |ask| {
        let subject = ask.form.value("subject_token");
        ask.form.add("actor_token", &subject);
        ask.form.add("actor_token_type", ACCESS_TOKEN);
    } => { exchange: 400 "invalid_request" "exchange-actor-presented"; }
    without_a_subject: |ask| ask.form.without("subject_token") => { exchange: 400 "invalid_request" "parameter-missing"; }
    without_its_kind: |ask| ask.form.without("subject_token_type") => { exchange: 400 "invalid_request" "parameter-missing"; }
    a_text: |ask| ask.form.set("subject_token", "x") => { exchange: 400 "invalid_request" "subject-token-unfit"; }
}

table! { Bound:
    a_bound_subject_without_a_proof: |ask| ask.fields.clear() => { exchange: 400 "invalid_dpop_proof" "sender-proof-required"; }
    a_bound_subject_by_another: |ask| {
        let proof = ask.proof_by(&Holder::new(), &[], &[]);
        ask.shows(&proof);
    } => { exchange: 400 "invalid_grant" "sender-key-differs"; }
}

/// What the subject says, changed and signed anew by its issuer, with that `typ`.
async fn resigned(scene: &Scene, typ: &str, changes: &[(&str, Value)]) -> String {
    let held = scene.stage.store.signing_keys("default").await.unwrap();
    let key = SigningKey::from_pkcs8(held[0].algorithm, &held[0].pkcs8).unwrap();
    let said = changed(claims(&scene.presented.value("subject_token")), changes);
    key.sign(typ, said.as_object().unwrap(), &random()).unwrap().to_string()
}

/// Rows: a subject that our own key signed and that is no token for this client's server.
macro_rules! subjects {
    ($($name:ident: $typ:literal $changes:expr => $code:literal;)+) => {
        $(
            #[tokio::test]
            async fn $name() {
                let scene = Scene::exchange(Cast::Plain).await;
                let subject = resigned(&scene, $typ, &$changes).await;
                refuses(scene, |ask| ask.form.set("subject_token", &subject), (400, "invalid_request", $code)).await;
            }
        )+
    };
}

subjects! {
    by_its_typ_an_id_token: "JWT" [] => "subject-token-unfit";
    by_its_typ_a_logout_token: "logout+jwt" [] => "subject-token-unfit";
    by_its_typ_an_assertion: "client-authentication+jwt" [] => "subject-token-unfit";
    for_another_server: "at+jwt" [("aud", json!(NOTES))] => "subject-token-unfit";
    for_two: "at+jwt" [("aud", json!([FILES, NOTES]))] => "subject-token-unfit";
    for_the_client: "at+jwt" [("aud", json!("caller"))] => "subject-token-unfit";
    of_another_issuer: "at+jwt" [("iss", json!("https://evil.example"))] => "subject-token-unfit";
    over: "at+jwt" [("exp", json!(1_799_999_999))] => "subject-token-unfit";
    not_yet_good: "at+jwt" [("nbf", json!(1_800_003_600))] => "subject-token-unfit";
    of_no_grant: "at+jwt" [("grant_id", Value::Null)] => "subject-token-unfit";
    actors_that_nobody_reads: "at+jwt" [("act", json!("x"))] => "subject-token-unfit";
    where_another_may_act: "at+jwt" [("may_act", json!({ "sub": "client:signer" }))] => "actor-not-permitted";
    where_nobody_may_act: "at+jwt" [("may_act", json!({}))] => "actor-not-permitted";
}
