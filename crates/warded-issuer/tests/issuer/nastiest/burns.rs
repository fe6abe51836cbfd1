//! Number 2: What can be put right burns nothing: the same request with the right target, scope or nonce is answered.

use serde_json::{Value, json};

use super::{Cast, Scene, is_refused, refuses};
use crate::stage::{FILES, NOTES};

table! { Plain:
    a_scope_of_nobody: |ask| ask.form.set("scope", "admin") => {
        refresh: 400 "invalid_scope" "scope-wider";
        own, exchange: 400 "invalid_scope" "scope-unknown";
    }
    a_scope_of_another_server: |ask| ask.form.set("scope", "files:read") => {
        refresh: 400 "invalid_scope" "scope-wider";
        own, exchange: 400 "invalid_scope" "scope-unknown";
    }
    more_than_was_granted: |ask| ask.form.set("scope", "notes:read notes:write") => {
        refresh: 400 "invalid_scope" "scope-wider";
    }
    more_than_its_row_says: |ask| ask.form.set("scope", "notes:write") => {
        exchange: 400 "invalid_scope" "scope-unknown";
    }
    no_scope_at_all: |ask| ask.form.set("scope", "a\"b") => {
        refresh, own, exchange: 400 "invalid_scope" "scope-malformed";
    }
}

table! { Bound:
    no_nonce: |ask| ask.proves(&[], &[("nonce", Value::Null)]) => {
        code, refresh, own, exchange: 400 "use_dpop_nonce" "proof-nonce-missing";
    }
    a_nonce_that_was_made_up: |ask| ask.proves(&[], &[("nonce", json!("abc"))]) => {
        code, refresh, own, exchange: 400 "use_dpop_nonce" "proof-nonce-unknown";
    }
    another_target_with_a_good_proof: |ask| ask.form.set("resource", FILES) => {
        code, refresh: 400 "invalid_target" "target-elsewhere";
        exchange: 400 "invalid_target" "exchange-not-allowed";
    }
}

table! { Signed:
    another_target_with_a_good_assertion: |ask| ask.form.add("resource", FILES) => {
        code, refresh, own, exchange: 400 "invalid_target" "target-several";
    }
}

/// The very same proof and assertion, too: a refusal leaves no mark.
async fn is_put_right(scene: Scene) {
    let (mut wrong, right) = (scene.good(), scene.good());
    wrong.form = right.form.clone();
    wrong.fields = right.fields.clone();
    wrong.form.add("resource", FILES);
    is_refused(&scene.send(wrong).await, (400, "invalid_target", "target-several"));
    let answer = scene.send(right).await;
    assert!(answer.status.is_success(), "{answer:?}");
    assert_eq!(super::claims(&answer.text("access_token"))["aud"], NOTES);
}

macro_rules! put_right {
    ($($cast:ident $name:ident;)+) => {
        $(mod $name {
            use super::*;
            #[tokio::test]
            async fn code() { is_put_right(Scene::code(Cast::$cast).await).await; }
            #[tokio::test]
            async fn refresh() { is_put_right(Scene::refresh(Cast::$cast).await).await; }
            #[tokio::test]
            async fn own() { is_put_right(Scene::own(Cast::$cast).await).await; }
            #[tokio::test]
            async fn exchange() { is_put_right(Scene::exchange(Cast::$cast).await).await; }
        })+
    };
}

put_right! {
    Bound with_the_same_proof;
    Signed with_the_same_assertion;
}
