//! Is every key of a set either fit to verify with or left out for a reason?

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use warded_core::jose::{Algorithm, Key, KeySet, MAX_KEYS};

use crate::is_misread;

/// RFC 7518 §6.2.2, §6.3.2, §6.4: each of them tells a secret, or all of it.
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Reads bytes as a key set and as a key. Every listed key is accounted for, none that tells a secret or is made
/// for something else is accepted, and a thumbprint depends on nothing but the members that RFC 7638 names.
pub fn jwks(data: &[u8]) {
    let (set, key) = (KeySet::parse(data), Key::parse(data));
    if is_misread(data) {
        return;
    }
    if let Ok(set) = set {
        accounted(&set, data);
    }
    let Ok(key) = key else {
        return;
    };
    let jwk: Map<String, Value> = serde_json::from_slice(data).expect("what is a key is a JSON object");
    fit(&key, &jwk);
    // Nested once more it may be too deep, but it is no other key.
    if let Ok(set) = KeySet::parse(&[br#"{"keys":["#, data, b"]}"].concat()) {
        let again: Vec<_> = set.keys().iter().map(Key::thumbprint).collect();
        assert_eq!(again, [key.thumbprint()], "in a set it is another key");
    }
}

fn accounted(set: &KeySet, data: &[u8]) {
    let document: Value = serde_json::from_slice(data).expect("what is a set is JSON");
    let listed = document["keys"].as_array().expect("what is a set lists keys");
    assert_eq!(set.keys().len() + set.skipped().len(), listed.len(), "a key is missing or counted twice");
    assert!(set.keys().len() <= MAX_KEYS, "more keys than are read");
    let mut kept = set.keys().iter();
    let mut skipped = set.skipped().iter().peekable();
    for (index, jwk) in listed.iter().enumerate() {
        if skipped.next_if(|skipped| skipped.index == index).is_some() {
            continue;
        }
        let key = kept.next().expect("what is not skipped is kept");
        fit(key, jwk.as_object().expect("a key is an object"));
        assert!(set.knows(key.kid()), "a key is known by its name");
    }
    assert!(skipped.next().is_none(), "a key that was not listed is skipped");
}

fn fit(key: &Key, jwk: &Map<String, Value>) {
    let told = PRIVATE.iter().find(|member| jwk.contains_key(**member));
    assert_eq!(told, None, "a key that tells a secret was accepted");
    assert!(jwk.get("use").is_none_or(|purpose| purpose == "sig"), "made for something else");
    let verifies = |operations: &Value| {
        operations
            .as_array()
            .is_some_and(|operations| operations.iter().any(|operation| operation == "verify"))
    };
    assert!(jwk.get("key_ops").is_none_or(verifies), "made for something else");
    assert_eq!(jwk.get("kid").and_then(Value::as_str), key.kid());

    let member = |name: &str| jwk.get(name).and_then(Value::as_str).unwrap_or_default();
    let kty = member("kty");
    let algorithms: Vec<_> = key.algorithms().map(Algorithm::name).collect();
    let possible: &[&str] = match (kty, member("crv")) {
        ("OKP", "Ed25519") => &["EdDSA"],
        ("EC", "P-256") => &["ES256"],
        ("EC", "P-384") => &["ES384"],
        ("RSA", _) => &["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
        (kty, curve) => panic!("a key of type {kty} {curve} was accepted"),
    };
    match jwk.get("alg").and_then(Value::as_str) {
        Some("Ed25519") => assert_eq!(algorithms, ["EdDSA"]),
        Some(named) => assert_eq!(algorithms, [named]),
        None => assert_eq!(algorithms, possible),
    }
    assert!(algorithms.iter().all(|algorithm| possible.contains(algorithm)));

    let canonical = canonical(kty, &member);
    let hash = URL_SAFE_NO_PAD.encode(digest(&SHA256, canonical.as_bytes()));
    assert_eq!(key.thumbprint().to_string(), hash, "the thumbprint of {canonical}");
    let again = Key::parse(canonical.as_bytes()).expect("the required members are a key");
    assert_eq!(again.thumbprint(), key.thumbprint(), "{canonical} is another key");
}

/// The required members in order and without blanks (RFC 7638 §3.2, RFC 8037 §2), numbers without leading zeros.
fn canonical<'a>(kty: &str, member: &dyn Fn(&str) -> &'a str) -> String {
    let curve = member("crv");
    match kty {
        "OKP" => format!(r#"{{"crv":"{curve}","kty":"OKP","x":"{}"}}"#, member("x")),
        "EC" => format!(r#"{{"crv":"{curve}","kty":"EC","x":"{}","y":"{}"}}"#, member("x"), member("y")),
        _ => {
            let number = |name| {
                let octets = URL_SAFE_NO_PAD.decode(member(name)).expect("a number is base64url");
                let digits: Vec<u8> = octets.into_iter().skip_while(|octet| *octet == 0).collect();
                URL_SAFE_NO_PAD.encode(digits)
            };
            format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, number("e"), number("n"))
        }
    }
}
