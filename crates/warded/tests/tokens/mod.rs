//! Tokens for the servers of `examples/fleet`, made now: they must be valid when they are looked at.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use serde_json::{Map, Value, json};
use warded_core::jose::{Algorithm, SigningKey};

/// The fleet that the tokens are for.
pub(crate) const FLEET: &str = "examples/fleet/warded.yaml";

/// A fresh key of the kind that the issuer `corp` signs with.
pub(crate) fn key() -> SigningKey {
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random()).unwrap();
    SigningKey::from_pkcs8(Algorithm::Es256, document.as_ref()).unwrap()
}

/// The key set that an issuer with these keys publishes.
pub(crate) fn jwks(keys: &[&Map<String, Value>]) -> String {
    json!({ "keys": keys }).to_string()
}

/// A token of `corp` that opens `notes`, but for the claims that `changes` replaces, or removes with null.
pub(crate) fn token(key: &SigningKey, changes: Value) -> String {
    let mut claims = good_claims();
    let Value::Object(changes) = changes else { panic!("changes are an object") };
    claims.extend(changes);
    claims.retain(|_, value| !value.is_null());
    key.sign("at+jwt", &claims, &random()).unwrap().to_string()
}

/// Seconds since 1970.
pub(crate) fn now() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "the command reads the clock, and the token must fit")]
    let now = jiff::Timestamp::now();
    now.as_second()
}

fn random() -> SystemRandom {
    #[expect(clippy::disallowed_methods, reason = "keys of tests are nobody's")]
    SystemRandom::new()
}

fn good_claims() -> Map<String, Value> {
    let claims = json!({
        "iss": "https://login.example.com/realms/corp",
        "sub": "alice",
        "aud": "https://mcp.example.com/notes/mcp",
        "client_id": "agent",
        "scope": "notes:read",
        "iat": now() - 10,
        "exp": now() + 630,
    });
    claims.as_object().unwrap().clone()
}
