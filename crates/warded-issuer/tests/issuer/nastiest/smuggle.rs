//! Number 6: Parameters that two readers would read differently (RFC 6749 §3.1, §3.2): none of them is guessed at.

use serde_json::json;

use super::{Cast, Scene, claims, declines, refuses};
use crate::stage::{FILES, NOTES};

table! { Secret:
    grant_type_twice: |ask| ask.form.twice("grant_type") => { code, refresh, own, exchange: 400 "invalid_request" "parameter-repeated"; }
    client_id_twice: |ask| ask.form.twice("client_id") => { code, refresh, own, exchange: 400 "invalid_request" "parameter-repeated"; }
    another_client_id_too: |ask| ask.form.add("client_id", "signer") => { code, refresh, own, exchange: 400 "invalid_request" "parameter-repeated"; }
    client_id_in_disguise: |ask| ask.form.add("%63lient_id", "signer") => { code, refresh, own, exchange: 400 "invalid_request" "parameter-repeated"; }
    an_empty_client_id_too: |ask| ask.form.add("client_id", "") => { code, refresh, own, exchange: 400 "invalid_request" "parameter-repeated"; }
    client_secret_twice: |ask| ask.form.twice("client_secret") => { code, refresh, own, exchange: 400 "invalid_request" "parameter-repeated"; }
    scope_twice: |ask| {
        ask.form.add("scope", "notes:read");
        ask.form.twice("scope");
    } => { code, refresh, own, exchange: 400 "invalid_request" "parameter-repeated"; }
    two_resources: |ask| ask.form.add("resource", FILES) => { code, refresh, own, exchange: 400 "invalid_target" "target-several"; }
    resource_in_disguise: |ask| ask.form.add("%72esource", FILES) => { code, refresh, own, exchange: 400 "invalid_target" "target-several"; }
    resource_with_brackets_alone: |ask| {
        ask.form.without("resource");
        ask.form.add("resource[]", NOTES);
    } => { own, exchange: 400 "invalid_target" "target-missing"; }
    the_code_twice: |ask| ask.form.twice("code") => { code: 400 "invalid_request" "parameter-repeated"; }
    the_redirect_twice: |ask| ask.form.twice("redirect_uri") => { code: 400 "invalid_request" "parameter-repeated"; }
    the_refresh_token_twice: |ask| ask.form.twice("refresh_token") => { refresh: 400 "invalid_request" "parameter-repeated"; }
    the_subject_twice: |ask| ask.form.twice("subject_token") => { exchange: 400 "invalid_request" "parameter-repeated"; }
    all_of_it_in_the_url_too: |ask| ask.query = format!("?{}", ask.form.encoded()) => { code, refresh, own, exchange: 400 "invalid_request" "parameters-in-url"; }
    one_in_the_url: |ask| ask.query = "?resource=x".into() => { code, refresh, own, exchange: 400 "invalid_request" "parameters-in-url"; }
    an_empty_query: |ask| ask.query = "?".into() => { code, refresh, own, exchange: 400 "invalid_request" "parameters-in-url"; }
    called_json: |ask| ask.kind = "application/json" => { code, refresh, own, exchange: 400 "invalid_request" "not-a-form"; }
    called_multipart: |ask| ask.kind = "multipart/form-data; boundary=x" => { code, refresh, own, exchange: 400 "invalid_request" "not-a-form"; }
    called_nothing: |ask| ask.kind = "" => { code, refresh, own, exchange: 400 "invalid_request" "not-a-form"; }
    a_megabyte: |ask| ask.form.add("x", &"a".repeat(1 << 20)) => { code, refresh, own, exchange: 413 "invalid_request" "request-too-large"; }
    a_hundred_parameters: |ask| (0..100).for_each(|n| ask.form.add(&format!("x{n}"), "")) => { code, refresh, own, exchange: 413 "invalid_request" "request-too-large"; }
    another_id_in_the_header: |ask| {
        let robot = ask.scene.stage.robot.clone();
        ask.form.without("client_secret");
        let id = ask.form.value("client_id");
        ask.basic(&robot.0, &robot.1);
        ask.form.set("client_id", &id);
    } => { code, refresh, own, exchange: 400 "invalid_request" "client-authenticates-twice"; }
    the_secret_in_both: |ask| {
        let (id, secret) = (ask.form.value("client_id"), ask.form.value("client_secret"));
        ask.basic(&id, &secret);
        ask.form.set("client_secret", &secret);
    } => { code, refresh, own, exchange: 400 "invalid_request" "client-authenticates-twice"; }
    two_headers: |ask| {
        ask.basic("caller", super::super::SECRET);
        ask.basic("signer", "x");
    } => { code, refresh, own, exchange: 400 "invalid_request" "client-authenticates-twice"; }
    a_bearer_token_for_a_secret: |ask| ask.header("authorization", "Bearer x") => { code, refresh, own, exchange: 400 "invalid_request" "client-authenticates-twice"; }
}

/// What other frameworks read as a list is a parameter of another name to us: it adds no target to the one that is asked
/// for or was granted.
async fn brackets_add_nothing(scene: Scene) {
    let mut ask = scene.good();
    for (name, value) in [("resource[]", FILES), ("resource[0]", FILES), ("Resource", FILES), ("aud", FILES)]
    {
        ask.form.add(name, value);
    }
    let answer = scene.send(ask).await;
    assert_eq!(claims(&answer.text("access_token"))["aud"], json!(NOTES));
}

mod resource_with_brackets {
    use super::*;

    #[tokio::test]
    async fn code() {
        brackets_add_nothing(Scene::code(Cast::Plain).await).await;
    }

    #[tokio::test]
    async fn refresh() {
        brackets_add_nothing(Scene::refresh(Cast::Plain).await).await;
    }

    #[tokio::test]
    async fn own() {
        brackets_add_nothing(Scene::own(Cast::Plain).await).await;
    }

    #[tokio::test]
    async fn exchange() {
        brackets_add_nothing(Scene::exchange(Cast::Plain).await).await;
    }
}

// There are no request objects here, so what is in one is not read beside what is outside.
asked! {
    a_request_object: |question| question.add("request", "a.b.c") => "request_not_supported" "request-object";
    a_request_object_elsewhere: |question| question.add("request_uri", "https://evil.example/") => "request_uri_not_supported" "request-uri";
    a_pushed_request: |question| question.add("request_uri", "urn:ietf:params:oauth:request_uri:x") => "request_uri_not_supported" "request-uri";
    two_resources_to_ask_about: |question| question.add("resource", FILES) => "invalid_target" "target-several";
    brackets_to_ask_about: |question| {
        question.without("resource");
        question.add("resource[]", NOTES);
    } => "invalid_target" "target-missing";
}
