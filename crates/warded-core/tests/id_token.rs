//! Who logged in, where somebody would like it to be somebody else.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use aws_lc_rs::{rand::SystemRandom, signature::Ed25519KeyPair};
use serde_json::{Value, json};
use warded_core::{
    IdToken, IdTokenFlaw, Issuer, Login, Refusal, UnixTime,
    jose::{Algorithm, KeySet, SigningKey, base64url},
};

const NOW: i64 = 1_800_000_000;
const ISSUER: &str = "https://login.example.com/realms/corp";

#[expect(clippy::disallowed_methods, reason = "tests need randomness from somewhere")]
fn random() -> SystemRandom {
    SystemRandom::new()
}

fn key() -> SigningKey {
    let document = Ed25519KeyPair::generate_pkcs8(&random()).unwrap();
    SigningKey::from_pkcs8(Algorithm::EdDsa, document.as_ref()).unwrap()
}

fn set(key: &SigningKey) -> KeySet {
    KeySet::parse(json!({ "keys": [key.public_jwk()] }).to_string().as_bytes()).unwrap()
}

fn claims() -> Value {
    json!({
        "iss": ISSUER, "sub": "248289761001", "aud": "warded", "nonce": "n-0S6_WzA2Mj", "exp": NOW + 300,
        "iat": NOW - 1, "auth_time": NOW - 60, "email": "ada@example.com", "email_verified": true,
    })
}

fn judged(key: &SigningKey, typ: &str, claims: &Value) -> Result<IdToken, IdTokenFlaw> {
    let token = key.sign(typ, claims.as_object().unwrap(), &random()).unwrap();
    judge(&token, &set(key))
}

fn judge(token: &str, keys: &KeySet) -> Result<IdToken, IdTokenFlaw> {
    let issuer = Issuer::parse(ISSUER).unwrap();
    let login = Login { issuer: &issuer, client: "warded", nonce: "n-0S6_WzA2Mj" };
    IdToken::judge(token, &login, keys, UnixTime::from_seconds(NOW))
}

#[test]
fn an_id_token_says_who_logged_in_and_when() {
    let token = judged(&key(), "JWT", &claims()).unwrap();
    assert_eq!(token.subject(), "248289761001");
    assert_eq!(token.auth_time(), Some(UnixTime::from_seconds(NOW - 60)));
    assert_eq!((token.text("email"), token.text("name")), (Some("ada@example.com"), None));
    assert!(token.is("email_verified") && !token.is("email"));
    assert_eq!(format!("{token:?}"), "IdToken");
}

#[test]
fn each_claim_that_is_another_is_refused_for_its_own_reason() {
    let issuer = |said: Option<&str>| IdTokenFlaw::Issuer { said: said.map(warded_core::Shown::new) };
    let claim = IdTokenFlaw::Claim;
    let key = key();
    for (name, value, flaw) in [
        (
            "iss",
            json!("https://login.example.com/realms/other"),
            issuer(Some("https://login.example.com/realms/other")),
        ),
        ("iss", json!(format!("{ISSUER}/")), issuer(Some(&format!("{ISSUER}/")))),
        ("iss", Value::Null, issuer(None)),
        ("iss", json!([ISSUER]), claim("iss")),
        ("aud", json!("another"), IdTokenFlaw::Audience),
        ("aud", json!(["warded", "another"]), IdTokenFlaw::Party),
        ("aud", json!(["another", "warded"]), IdTokenFlaw::Party),
        ("aud", json!([]), IdTokenFlaw::Audience),
        ("aud", json!([["warded"]]), IdTokenFlaw::Audience),
        ("aud", Value::Null, IdTokenFlaw::Audience),
        ("azp", json!("another"), IdTokenFlaw::Party),
        ("azp", json!(["warded"]), IdTokenFlaw::Party),
        ("nonce", json!("another"), IdTokenFlaw::Nonce),
        ("nonce", json!(""), IdTokenFlaw::Nonce),
        ("nonce", Value::Null, IdTokenFlaw::Nonce),
        ("nonce", json!(["n-0S6_WzA2Mj"]), claim("nonce")),
        ("exp", json!(NOW - 60), IdTokenFlaw::Expired { at: UnixTime::from_seconds(NOW - 60) }),
        ("exp", Value::Null, claim("exp")),
        ("exp", json!("soon"), claim("exp")),
        ("iat", json!(NOW + 61), IdTokenFlaw::Future),
        ("iat", Value::Null, claim("iat")),
        ("nbf", json!(NOW + 61), IdTokenFlaw::Future),
        ("sub", Value::Null, claim("sub")),
        ("sub", json!(""), claim("sub")),
        ("sub", json!(7), claim("sub")),
        ("sub", json!("x".repeat(256)), claim("sub")),
        ("sub", json!("ada\u{200b}"), claim("sub")),
        ("sub", json!("ada\n"), claim("sub")),
        ("auth_time", json!("yesterday"), claim("auth_time")),
    ] {
        let mut changed = claims();
        if value.is_null() {
            changed.as_object_mut().unwrap().remove(name);
        } else {
            changed[name] = value.clone();
        }
        assert_eq!(judged(&key, "JWT", &changed).unwrap_err(), flaw, "{name}: {value}");
    }
    // Step 4: who it was made for is said as soon as others are named.
    for (aud, azp, expected) in [
        (json!(["another", "warded", "project"]), json!("warded"), None),
        (json!(["another", "warded"]), json!("another"), Some(IdTokenFlaw::Party)),
        (json!(["another", "warded"]), Value::Null, Some(IdTokenFlaw::Party)),
        (json!(["another", "project"]), json!("warded"), Some(IdTokenFlaw::Audience)),
        (json!([7, "warded"]), json!("warded"), Some(IdTokenFlaw::Audience)),
    ] {
        let mut changed = claims();
        (changed["aud"], changed["azp"]) = (aud.clone(), azp.clone());
        assert_eq!(judged(&key, "JWT", &changed).err(), expected, "{aud} {azp}");
    }
    for (name, value) in [
        ("aud", json!(["warded"])),
        ("azp", json!("warded")),
        ("exp", json!(NOW - 59)),
        ("iat", json!(NOW + 60)),
    ] {
        let mut changed = claims();
        changed[name] = value.clone();
        assert!(judged(&key, "JWT", &changed).is_ok(), "{name}: {value}");
    }
}

#[test]
fn what_calls_itself_another_kind_of_token_is_none() {
    let key = key();
    for typ in
        ["at+jwt", "application/at+jwt", "logout+jwt", "dpop+jwt", "statuslist+jwt", "oauth-id-jag+jwt", ""]
    {
        assert_eq!(judged(&key, typ, &claims()).unwrap_err(), IdTokenFlaw::Kind, "{typ}");
    }
    assert!(judged(&key, "jwt", &claims()).is_ok());
}

#[test]
fn nobody_but_the_provider_can_sign_one() {
    let (theirs, mine) = (key(), key());
    let token = mine.sign("JWT", claims().as_object().unwrap(), &random()).unwrap();
    let refused = judge(&token, &set(&theirs)).unwrap_err();
    assert!(matches!(refused, IdTokenFlaw::Token(Refusal::KeyUnknown { .. })), "{refused:?}");

    // The attacker's key under the provider's name, and a header that brings its own key along.
    let part = |value: Value| base64url::encode(value.to_string());
    let (_, signature) = token.rsplit_once('.').unwrap();
    let kid = theirs.thumbprint().to_string();
    for header in [
        json!({ "alg": "EdDSA", "kid": kid }),
        json!({ "alg": "EdDSA", "kid": kid, "jwk": mine.public_jwk() }),
        json!({ "alg": "EdDSA" }),
    ] {
        let forged = format!("{}.{}.{signature}", part(header.clone()), part(claims()));
        let refused = judge(&forged, &set(&theirs)).unwrap_err();
        assert_eq!(refused, IdTokenFlaw::Token(Refusal::SignatureInvalid), "{header}");
    }
    for alg in ["none", "HS256"] {
        let forged = format!("{}.{}.{signature}", part(json!({ "alg": alg })), part(claims()));
        let refused = judge(&forged, &set(&theirs)).unwrap_err();
        assert!(matches!(refused, IdTokenFlaw::Token(Refusal::AlgorithmUnsupported { .. })), "{alg}");
    }
    let unsigned = format!("{}.{}.", part(json!({ "alg": "EdDSA" })), part(claims()));
    assert!(judge(&unsigned, &set(&theirs)).is_err());
    assert!(judge("opaque", &set(&theirs)).is_err());
}

#[test]
fn the_key_that_is_wanted_is_the_providers_own() {
    let key = key();
    let token = key.sign("JWT", claims().as_object().unwrap(), &random()).unwrap();
    let issuer = Issuer::parse(ISSUER).unwrap();
    let wanted = IdToken::wants(&token, &issuer).unwrap();
    assert_eq!((wanted.issuer, wanted.kid), (issuer, Some(key.thumbprint().to_string())));
}
