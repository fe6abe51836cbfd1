//! Number 4: What is good once is used again: whoever does it, and whatever else is wrong with it, everything that came of it is
//! dead, the access tokens too (RFC 6749 §4.1.2, RFC 9700 §4.14.2). Strangers burn nothing.

use warded_store::Grants as _;

use super::{Ask, Cast, Scene, is_refused, refuses};
use crate::stage::FILES;

fn from_another(ask: &mut Ask<'_>) {
    ask.is_from_another();
}

table! { Plain:
    another_client: from_another => {
        code: 400 "invalid_grant" "code-invalid";
        refresh: 400 "invalid_grant" "refresh-invalid";
    }
    another_redirect: |ask| ask.form.set("redirect_uri", "http://127.0.0.1:4712/callback") => {
        code: 400 "invalid_grant" "redirect-differs";
    }
    one_that_was_made_up: |ask| {
        ask.form.set("code", "x");
        ask.form.set("refresh_token", "x");
    } => {
        code: 400 "invalid_grant" "code-invalid";
        refresh: 400 "invalid_grant" "refresh-invalid";
    }
}

/// Uses it, refreshes, and uses it again in another way.
async fn ends_everything(scene: Scene, change: impl FnOnce(&mut Ask<'_>), code: &str) {
    let first = scene.still_works().await;
    let refreshed = scene.send(refreshing(&scene, &first.text("refresh_token"))).await;
    let last = refreshed.text("refresh_token");
    let tokens = [first.text("access_token"), refreshed.text("access_token")];
    assert!(tokens.iter().all(|token| !scene.stage.knows_of(token)));
    let mut ask = scene.good();
    change(&mut ask);
    is_refused(&scene.send(ask).await, (400, "invalid_grant", code));
    assert!(tokens.iter().all(|token| scene.stage.knows_of(token)), "guards refuse them");
    let dead = scene.send(refreshing(&scene, &last)).await;
    assert_eq!(dead.error(), (400, "invalid_grant".into()));
    assert_eq!(scene.stage.store.count_grants().await.unwrap(), 0);
}

/// What its client sends for the next.
pub(super) fn refreshing<'s>(scene: &'s Scene, token: &str) -> Ask<'s> {
    let mut ask = scene.good();
    for name in ["code", "redirect_uri", "code_verifier"] {
        ask.form.without(name);
    }
    ask.form.set("grant_type", "refresh_token");
    ask.form.set("refresh_token", token);
    ask
}

/// Rows: how it is used again.
macro_rules! again {
    ($($cast:ident $name:ident: $change:expr => { $($grant:ident $code:literal;)+ })+) => {
        $(mod $name {
            use super::*;
            $(
                #[tokio::test]
                async fn $grant() {
                    ends_everything(Scene::$grant(Cast::$cast).await, $change, $code).await;
                }
            )+
        })+
    };
}

again! {
    Plain as_it_was: |_| () => { code "code-replayed"; refresh "refresh-reused"; }
    Secret as_it_was_with_a_secret: |_| () => { code "code-replayed"; refresh "refresh-reused"; }
    Signed as_it_was_with_an_assertion: |_| () => { code "code-replayed"; refresh "refresh-reused"; }
    Bound as_it_was_with_a_proof: |_| () => { code "code-replayed"; refresh "refresh-reused"; }
    Plain with_another_target: |ask| ask.form.set("resource", FILES) => { code "code-replayed"; refresh "refresh-reused"; }
    Plain with_two_targets: |ask| ask.form.add("resource", FILES) => { code "code-replayed"; refresh "refresh-reused"; }
    Plain with_more_scopes: |ask| ask.form.set("scope", "admin") => { code "code-replayed"; refresh "refresh-reused"; }
    Plain with_a_broken_scope: |ask| ask.form.set("scope", "a\"b") => { code "code-replayed"; refresh "refresh-reused"; }
    Plain with_a_key: |ask| ask.proves(&[], &[]) => { code "code-replayed"; refresh "refresh-reused"; }
    Bound with_another_key: |ask| {
        let thief = super::super::Holder::new();
        let proof = ask.proof_by(&thief, &[], &[]);
        ask.shows(&proof);
    } => { code "code-replayed"; refresh "refresh-reused"; }
    Bound without_a_key: |ask| ask.fields.clear() => { code "code-replayed"; refresh "refresh-reused"; }
    Plain with_another_verifier: |ask| ask.form.set("code_verifier", "x") => { code "code-replayed"; }
    Plain without_a_verifier: |ask| ask.form.without("code_verifier") => { code "code-replayed"; }
    Plain with_another_redirect: |ask| ask.form.without("redirect_uri") => { code "code-replayed"; }
    Plain after_its_minute: |ask| ask.scene.stage.clock.pass(60) => { code "code-replayed"; }
    Plain by_another_client: from_another => { refresh "refresh-reused"; }
}

#[tokio::test]
async fn a_stranger_who_saw_a_used_code_ends_nothing() {
    let scene = Scene::code(Cast::Plain).await;
    let first = scene.still_works().await;
    let mut ask = scene.good();
    ask.is_from_another();
    is_refused(&scene.send(ask).await, (400, "invalid_grant", "code-invalid"));
    assert!(!scene.stage.knows_of(&first.text("access_token")));
    let next = scene.send(refreshing(&scene, &first.text("refresh_token"))).await;
    assert!(next.status.is_success(), "{next:?}");
}
