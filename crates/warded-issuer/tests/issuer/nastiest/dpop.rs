//! Number 12: A proof that proves something else (RFC 9449 §4.3, §5, §8, §10), at every grant; and no way back to bearer tokens.

use serde_json::{Value, json};

use super::{Ask, Cast, Holder, Scene, refuses};
use crate::stage::{ISSUER, NOTES};

/// Rows: what is wrong with the proof itself.
macro_rules! proofs {
    ($($name:ident: $change:expr => $code:literal;)+) => {
        table! { Bound: $(
            $name: $change => { code, refresh, own, exchange: 400 "invalid_dpop_proof" $code; }
        )+ }
    };
}

fn endpoint() -> String {
    format!("{ISSUER}/token")
}

fn goes_to(ask: &mut Ask<'_>, htu: &str) {
    ask.proves(&[], &[("htu", json!(htu))]);
}

fn by_another(ask: &mut Ask<'_>) {
    let proof = ask.proof_by(&Holder::new(), &[], &[]);
    ask.shows(&proof);
}

proofs! {
    two_headers: |ask| {
        let proof = ask.proof_by(&ask.scene.holder, &[], &[]);
        ask.header("dpop", &proof);
    } => "proof-twice";
    the_same_header_twice: |ask| {
        let proof = ask.fields[0].1.clone();
        ask.header("dpop", &proof);
    } => "proof-twice";
    an_empty_one: |ask| ask.shows("") => "proof-malformed";
    no_jwt: |ask| ask.shows("a.b.c") => "proof-malformed";
    a_jwt_of_another_type: |ask| ask.proves(&[("typ", json!("JWT"))], &[]) => "proof-type";
    an_access_token: |ask| ask.proves(&[("typ", json!("at+jwt"))], &[]) => "proof-type";
    unsigned: |ask| ask.proves(&[("alg", json!("none"))], &[]) => "proof-algorithm";
    hs256: |ask| ask.proves(&[("alg", json!("HS256"))], &[]) => "proof-algorithm";
    without_a_key: |ask| ask.proves(&[("jwk", Value::Null)], &[]) => "proof-key";
    with_a_private_key: |ask| {
        let mut jwk = ask.scene.holder.jwk();
        jwk["d"] = json!("AAAA");
        ask.proves(&[("jwk", jwk)], &[]);
    } => "proof-key-private";
    signed_by_another_key: |ask| ask.proves(&[("jwk", Holder::new().jwk())], &[]) => "proof-signature";
    with_a_demand: |ask| ask.proves(&[("crit", json!(["exp"]))], &[]) => "proof-critical";
    for_get: |ask| ask.proves(&[], &[("htm", json!("GET"))]) => "proof-method";
    for_post_in_lower_case: |ask| ask.proves(&[], &[("htm", json!("post"))]) => "proof-method";
    at_evil: |ask| goes_to(ask, "https://evil.example/token") => "proof-url";
    at_the_server: |ask| goes_to(ask, NOTES) => "proof-url";
    at_the_issuer: |ask| goes_to(ask, ISSUER) => "proof-url";
    with_a_slash_more: |ask| goes_to(ask, &format!("{}/", endpoint())) => "proof-url";
    over_http: |ask| goes_to(ask, &endpoint().replace("https", "http")) => "proof-url";
    at_another_port: |ask| goes_to(ask, &endpoint().replace(".com", ".com:8443")) => "proof-url";
    in_another_case: |ask| goes_to(ask, &endpoint().replace("token", "TOKEN")) => "proof-url";
    at_userinfo: |ask| goes_to(ask, &endpoint().replace("https://", "https://evil@")) => "proof-url";
    of_long_ago: |ask| ask.proves(&[], &[("iat", json!(1_799_999_699))]) => "proof-stale";
    of_tomorrow: |ask| ask.proves(&[], &[("iat", json!(1_800_086_400))]) => "proof-ahead";
    without_a_name: |ask| ask.proves(&[], &[("jti", Value::Null)]) => "proof-claim";
    without_a_time: |ask| ask.proves(&[], &[("iat", Value::Null)]) => "proof-claim";
}

table! { Bound:
    of_another_key: by_another => { code, refresh, exchange: 400 "invalid_grant" "sender-key-differs"; }
    back_to_bearer: |ask| ask.fields.clear() => { code, refresh, exchange: 400 "invalid_dpop_proof" "sender-proof-required"; }
}

/// A proof that was good once, at whichever grant.
async fn is_good_once(scene: Scene) {
    let proof = scene.good().fields[0].1.clone();
    let used = scene.stage.token_with(&scene.stage.in_its_name(), &[&proof]).await;
    assert!(used.status.is_success(), "{used:?}");
    refuses(scene, |ask| ask.shows(&proof), (400, "invalid_dpop_proof", "proof-replayed")).await;
}

mod one_that_was_used {
    use super::*;

    #[tokio::test]
    async fn code() {
        is_good_once(Scene::code(Cast::Bound).await).await;
    }

    #[tokio::test]
    async fn refresh() {
        is_good_once(Scene::refresh(Cast::Bound).await).await;
    }

    #[tokio::test]
    async fn own() {
        is_good_once(Scene::own(Cast::Bound).await).await;
    }

    #[tokio::test]
    async fn exchange() {
        is_good_once(Scene::exchange(Cast::Bound).await).await;
    }
}
