//! Assertions of clients, from outside: what each claim is checked for, and that nothing else passes for one.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use aws_lc_rs::{rand::SystemRandom, signature::Ed25519KeyPair};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use warded_core::{
    Issuer, UnixTime,
    assertion::{Asserted, Assertion, AssertionFlaw, Awaited},
    jose::{Algorithm, KeySet, SigningKey},
};

const ISSUER: &str = "https://mcp.example.com/issuers/staff";
const ENDPOINT: &str = "https://mcp.example.com/issuers/staff/token";
const NOW: i64 = 1_800_000_000;

#[expect(clippy::disallowed_methods, reason = "nothing here depends on what is drawn")]
fn random() -> SystemRandom {
    SystemRandom::new()
}

struct Robot(Ed25519KeyPair, SigningKey);

impl Robot {
    fn new() -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&random()).unwrap();
        let key = SigningKey::from_pkcs8(Algorithm::EdDsa, document.as_ref()).unwrap();
        Self(Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap(), key)
    }

    fn keys(&self) -> KeySet {
        KeySet::parse(json!({ "keys": [self.1.public_jwk()] }).to_string().as_bytes()).unwrap()
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let signed =
            format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()));
        let signature = encode(self.0.sign(signed.as_bytes()).as_ref());
        format!("{signed}.{signature}")
    }

    fn judge(&self, header: &Value, claims: &Value) -> Result<Asserted, AssertionFlaw> {
        judge(&self.sign(header, claims), &self.keys(), "robot", ISSUER)
    }
}

fn judge(text: &str, keys: &KeySet, client: &str, issuer: &str) -> Result<Asserted, AssertionFlaw> {
    let now = UnixTime::from_seconds(NOW);
    let issuer = Issuer::parse(issuer).unwrap();
    Assertion::parse(text)?.check(&Awaited { client, issuer: &issuer, endpoint: ENDPOINT, now }, keys)
}

fn header() -> Value {
    json!({ "alg": "EdDSA", "typ": "client-authentication+jwt" })
}

fn claims() -> Value {
    json!({ "iss": "robot", "sub": "robot", "aud": ISSUER, "jti": "a", "iat": NOW, "exp": NOW + 60 })
}

fn with(mut object: Value, member: &str, value: Value) -> Value {
    let members = object.as_object_mut().unwrap();
    if value.is_null() {
        members.remove(member)
    } else {
        members.insert(member.to_owned(), value)
    };
    object
}

#[test]
fn each_claim_is_checked_for_what_it_says() {
    let robot = Robot::new();
    assert!(robot.judge(&header(), &claims()).is_ok());
    let claim = |claim| AssertionFlaw::Claim { claim };
    for (member, value, flaw) in [
        ("iss", json!(null), claim("iss")),
        ("iss", json!("other"), AssertionFlaw::Client),
        ("iss", json!(["robot"]), claim("iss")),
        ("sub", json!(null), claim("sub")),
        ("sub", json!(""), claim("sub")),
        ("jti", json!(null), claim("jti")),
        ("jti", json!("j".repeat(257)), claim("jti")),
        ("jti", json!(7), claim("jti")),
        ("exp", json!(null), claim("exp")),
        ("exp", json!("soon"), claim("exp")),
        ("exp", json!(-1), claim("exp")),
        ("exp", json!(NOW - 60), AssertionFlaw::Expired),
        ("exp", json!(NOW + 3661), AssertionFlaw::LongLived),
        ("exp", json!(NOW + 315_360_000), AssertionFlaw::LongLived),
        ("iat", json!(NOW + 61), AssertionFlaw::Ahead),
        ("nbf", json!(NOW + 61), AssertionFlaw::Ahead),
        ("nbf", json!("never"), claim("nbf")),
        ("aud", json!(null), AssertionFlaw::Audience),
        ("aud", json!(""), AssertionFlaw::Audience),
        ("aud", json!("https://mcp.example.com"), AssertionFlaw::Audience),
        ("aud", json!("https://mcp.example.com/issuers/staff//"), AssertionFlaw::Audience),
        ("aud", json!("https://MCP.example.com/issuers/staff"), AssertionFlaw::Audience),
        ("aud", json!("https://mcp.example.com/issuers/staff/token/"), AssertionFlaw::Audience),
        ("aud", json!([ISSUER, "https://other.example.com"]), AssertionFlaw::Audience),
        ("aud", json!([]), AssertionFlaw::Audience),
    ] {
        let flawed = with(claims(), member, value.clone());
        assert_eq!(robot.judge(&header(), &flawed).unwrap_err(), flaw, "{member}: {value}");
    }
    for (member, value) in [("exp", json!(NOW - 59)), ("exp", json!(NOW + 3660)), ("iat", json!(NOW + 60))] {
        assert!(robot.judge(&header(), &with(claims(), member, value.clone())).is_ok(), "{member}: {value}");
    }
}

#[test]
fn who_is_meant_is_one_and_older_types_may_say_it_in_older_ways() {
    let robot = Robot::new();
    let old = json!({ "alg": "EdDSA" });
    let typed_jwt = json!({ "alg": "EdDSA", "typ": "JWT" });
    for (aud, new_is_ok) in [
        (json!(ISSUER), true),
        (json!("https://mcp.example.com/issuers/staff/"), true),
        (json!([ISSUER]), false),
        (json!(ENDPOINT), false),
        (json!([ENDPOINT]), false),
    ] {
        let claims = with(claims(), "aud", aud.clone());
        assert!(robot.judge(&old, &claims).is_ok() && robot.judge(&typed_jwt, &claims).is_ok(), "{aud}");
        let verdict = robot.judge(&header(), &claims);
        assert_eq!(verdict.is_ok(), new_is_ok, "{aud}");
    }
    for (issuer, aud, is_ok) in [
        ("https://a.example/", "https://a.example", true),
        ("https://a.example/", "https://a.example/", true),
        ("https://a.example", "https://a.example/", true),
        ("https://a.example", "https://a.example//", false),
        ("https://a.example/é", "https://a.example/", false),
    ] {
        let Ok(_) = Issuer::parse(issuer) else { continue };
        let text = robot.sign(&header(), &with(claims(), "aud", json!(aud)));
        assert_eq!(judge(&text, &robot.keys(), "robot", issuer).is_ok(), is_ok, "{aud} at {issuer}");
    }
}

#[test]
fn nothing_else_passes_for_an_assertion() {
    let robot = Robot::new();
    for (header, flaw) in [
        (json!({ "alg": "EdDSA", "typ": "at+jwt" }), AssertionFlaw::Type),
        (json!({ "alg": "EdDSA", "typ": "dpop+jwt" }), AssertionFlaw::Type),
        (json!({ "alg": "EdDSA", "typ": "logout+jwt" }), AssertionFlaw::Type),
        (json!({ "alg": "none" }), AssertionFlaw::Algorithm),
        (json!({ "alg": "HS256" }), AssertionFlaw::Algorithm),
        (json!({ "alg": "ES256" }), AssertionFlaw::Algorithm),
        (json!({ "typ": "JWT" }), AssertionFlaw::Algorithm),
        (json!({ "alg": "EdDSA", "crit": ["exp"] }), AssertionFlaw::Critical),
        (json!({ "alg": "EdDSA", "kid": "other" }), AssertionFlaw::KeyUnknown),
    ] {
        assert_eq!(robot.judge(&header, &claims()).unwrap_err(), flaw, "{header}");
    }
    let good = robot.sign(&header(), &claims());
    for text in ["", "a", "a.b.c", &format!("{good}.x"), good.trim_start_matches('e')] {
        assert_eq!(judge(text, &robot.keys(), "robot", ISSUER).unwrap_err(), AssertionFlaw::Malformed);
    }
    let long = "a".repeat(20_000);
    assert_eq!(judge(&long, &robot.keys(), "robot", ISSUER).unwrap_err(), AssertionFlaw::TooLarge);
    let (unsigned, _) = good.rsplit_once('.').unwrap();
    let unsigned = format!("{unsigned}.");
    assert_eq!(judge(&unsigned, &robot.keys(), "robot", ISSUER).unwrap_err(), AssertionFlaw::Signature);
}

#[test]
fn a_key_that_comes_along_is_not_the_clients() {
    let (robot, thief) = (Robot::new(), Robot::new());
    let jwk = Value::Object(thief.1.public_jwk().clone());
    let header = json!({ "alg": "EdDSA", "jwk": jwk, "jku": "https://evil.example/jwks" });
    let forged = thief.sign(&header, &claims());
    assert_eq!(judge(&forged, &robot.keys(), "robot", ISSUER).unwrap_err(), AssertionFlaw::Signature);
    let good = robot.sign(&self::header(), &claims());
    assert_eq!(judge(&good, &robot.keys(), "another", ISSUER).unwrap_err(), AssertionFlaw::Client);
}

#[test]
fn two_assertions_are_one_where_client_and_jti_are() {
    let robot = Robot::new();
    let mark = |claims: &Value| *robot.judge(&header(), claims).unwrap().mark();
    let first = mark(&claims());
    assert_eq!(mark(&with(claims(), "iat", json!(NOW - 1))), first, "signing again does not make it another");
    assert_eq!(mark(&with(claims(), "exp", json!(NOW + 61))), first);
    assert_ne!(mark(&with(claims(), "jti", json!("b"))), first);
    let asserted = robot.judge(&header(), &claims()).unwrap();
    assert!(asserted.until() >= UnixTime::from_seconds(NOW + 60 + i64::from(Assertion::LEEWAY)));
    let text = robot.sign(&header(), &claims());
    let shown = format!("{:?}", Assertion::parse(&text).unwrap());
    assert_eq!(shown, "Assertion");
}
