//! Number 10: Something else that is signed, as a client's assertion (RFC 7523 §3, RFC 8725), at every grant. `assertion` itself,
//! as a grant, does not exist here.

use serde_json::{Value, json};
use warded_core::jose::base64url;

use super::{Ask, Cast, Holder, Scene, refuses};
use crate::stage::{ISSUER, NOTES};

/// Rows: an assertion that is none of this client's, here and now.
macro_rules! assertions {
    ($($name:ident: $change:expr => $code:literal;)+) => {
        table! { Signed: $(
            $name: $change => { code, refresh, own, exchange: 401 "invalid_client" $code; }
        )+ }
    };
}

fn now(ask: &Ask<'_>) -> i64 {
    use warded_core::Clock as _;
    ask.scene.stage.clock.now().seconds()
}

/// Signed by somebody else, who says which key to look at.
fn brings_its_key(ask: &mut Ask<'_>, member: &str, key: impl FnOnce(&Holder) -> Value) {
    let thief = Holder::new();
    let assertion = ask.assertion_by(&thief, &[(member, key(&thief))], &[]);
    ask.form.set("client_assertion", &assertion);
}

/// With another algorithm in the header, and that text as its signature.
fn as_if_by(ask: &mut Ask<'_>, alg: &str, signature: &str) {
    let assertion = ask.assertion_by(&ask.scene.holder, &[("alg", json!(alg))], &[]);
    let (signed, _) = assertion.rsplit_once('.').unwrap();
    ask.form.set("client_assertion", &format!("{signed}.{signature}"));
}

/// The public key as a shared secret (RFC 8725 §2.1).
fn hmac_by_the_public_key(ask: &mut Ask<'_>) {
    let header = base64url::encode(json!({ "alg": "HS256", "typ": "client-authentication+jwt" }).to_string());
    let good = ask.form.value("client_assertion");
    let signed = format!("{header}.{}", good.split('.').nth(1).unwrap());
    let public = base64url::decode(ask.scene.holder.jwk()["x"].as_str().unwrap()).unwrap();
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &public);
    let tag = base64url::encode(aws_lc_rs::hmac::sign(&key, signed.as_bytes()));
    ask.form.set("client_assertion", &format!("{signed}.{tag}"));
}

assertions! {
    an_access_token: |ask| ask.asserts(&[("typ", json!("at+jwt"))], &[]) => "client-assertion-malformed";
    a_logout_token: |ask| ask.asserts(&[("typ", json!("logout+jwt"))], &[]) => "client-assertion-malformed";
    a_proof: |ask| ask.asserts(&[("typ", json!("dpop+jwt"))], &[]) => "client-assertion-malformed";
    an_id_token_of_the_client: |ask| ask.asserts(&[("typ", json!("JWT"))], &[("aud", json!("signer")), ("iss", json!(ISSUER))]) => "client-assertion-foreign";
    for_another_issuer: |ask| ask.asserts(&[], &[("aud", json!("https://other.example.com"))]) => "client-assertion-foreign";
    for_us_and_another: |ask| ask.asserts(&[], &[("aud", json!([ISSUER, "https://other.example.com"]))]) => "client-assertion-foreign";
    for_the_server: |ask| ask.asserts(&[], &[("aud", json!(NOTES))]) => "client-assertion-foreign";
    for_nobody: |ask| ask.asserts(&[], &[("aud", Value::Null)]) => "client-assertion-foreign";
    of_another: |ask| ask.asserts(&[], &[("iss", json!("caller"))]) => "client-assertion-foreign";
    with_a_jwk: |ask| brings_its_key(ask, "jwk", Holder::jwk) => "client-assertion-unsigned";
    with_a_jku: |ask| brings_its_key(ask, "jku", |_| json!("https://evil.example/jwks")) => "client-assertion-unsigned";
    with_an_x5u: |ask| brings_its_key(ask, "x5u", |_| json!("https://evil.example/x5u")) => "client-assertion-unsigned";
    with_an_x5c: |ask| brings_its_key(ask, "x5c", |_| json!(["AAAA"])) => "client-assertion-unsigned";
    with_a_kid_of_nobody: |ask| brings_its_key(ask, "kid", |_| json!("../../etc/passwd")) => "client-assertion-unsigned";
    by_another_key: |ask| brings_its_key(ask, "typ", |_| json!("JWT")) => "client-assertion-unsigned";
    hs256_by_the_public_key: hmac_by_the_public_key => "client-assertion-malformed";
    unsigned: |ask| as_if_by(ask, "none", "") => "client-assertion-malformed";
    by_another_algorithm: |ask| as_if_by(ask, "HS256", "AAAA") => "client-assertion-malformed";
    with_a_demand: |ask| ask.asserts(&[("crit", json!(["b64"]))], &[]) => "client-assertion-malformed";
    for_ten_years: |ask| ask.asserts(&[], &[("exp", json!(now(ask) + 315_360_000))]) => "client-assertion-out-of-time";
    without_an_end: |ask| ask.asserts(&[], &[("exp", Value::Null)]) => "client-assertion-malformed";
    over: |ask| ask.asserts(&[], &[("exp", json!(now(ask) - 61))]) => "client-assertion-out-of-time";
    of_tomorrow: |ask| ask.asserts(&[], &[("iat", json!(now(ask) + 86_400))]) => "client-assertion-out-of-time";
    without_a_name: |ask| ask.asserts(&[], &[("jti", Value::Null)]) => "client-assertion-malformed";
    of_another_kind: |ask| ask.form.set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer") => "client-method-unknown";
    no_jwt: |ask| ask.form.set("client_assertion", "x") => "client-assertion-malformed";
    none: |ask| {
        ask.form.without("client_assertion");
        ask.form.without("client_assertion_type");
        ask.form.add("client_id", "signer");
    } => "client-unproven";
}

table! { Signed:
    of_two_ids: |ask| ask.form.set("client_id", "caller") => { code, refresh, own, exchange: 400 "invalid_request" "client-authenticates-twice"; }
    and_a_secret: |ask| ask.form.set("client_secret", "x") => { code, refresh, own, exchange: 400 "invalid_request" "client-authenticates-twice"; }
    as_a_grant: |ask| {
        let assertion = ask.form.value("client_assertion");
        ask.form.set("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
        ask.form.add("assertion", &assertion);
    } => { code, refresh, own, exchange: 400 "unsupported_grant_type" "grant-unknown"; }
}

/// An assertion that was good once is nobody's the second time, at whichever grant.
async fn is_good_once(scene: Scene) {
    let first = scene.good().form.value("client_assertion");
    let mut robot = scene.good();
    robot.form.set("client_assertion", &first);
    robot.form.set("grant_type", "client_credentials");
    assert!(scene.send(robot).await.status.is_success());
    let expected = (401, "invalid_client", "client-assertion-replayed");
    refuses(scene, |ask| ask.form.set("client_assertion", &first), expected).await;
}

mod one_that_was_used {
    use super::*;

    #[tokio::test]
    async fn code() {
        is_good_once(Scene::code(Cast::Signed).await).await;
    }

    #[tokio::test]
    async fn refresh() {
        is_good_once(Scene::refresh(Cast::Signed).await).await;
    }

    #[tokio::test]
    async fn own() {
        is_good_once(Scene::own(Cast::Signed).await).await;
    }

    #[tokio::test]
    async fn exchange() {
        is_good_once(Scene::exchange(Cast::Signed).await).await;
    }
}
