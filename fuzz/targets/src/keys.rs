//! Test keys that everybody may know. Never trust them anywhere.

use std::sync::LazyLock;

use aws_lc_rs::signature::Ed25519KeyPair;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use warded_core::jose::{Algorithm, SigningKey};

/// Ed25519, P-256 and RSA with 2048 bits.
static KEYS: LazyLock<[SigningKey; 3]> = LazyLock::new(|| {
    let read = |algorithm, der: &[u8]| SigningKey::from_pkcs8(algorithm, der).expect("a test key is a key");
    [
        read(Algorithm::EdDsa, ED25519),
        read(Algorithm::Es256, include_bytes!("../keys/p256.der")),
        read(Algorithm::Rs256, include_bytes!("../keys/rsa2048.der")),
    ]
});

const ED25519: &[u8] = include_bytes!("../keys/ed25519.der");

/// The same Ed25519 key, for signing texts that the product would never write.
static PAIR: LazyLock<Ed25519KeyPair> =
    LazyLock::new(|| Ed25519KeyPair::from_pkcs8(ED25519).expect("a test key is a key"));

/// The key set of the test keys, and the RSA key once more: without name and `alg`, so fit for all that RSA can.
pub(crate) fn set() -> Value {
    let mut keys: Vec<Map<String, Value>> = KEYS.iter().map(|key| key.public_jwk().clone()).collect();
    let nameless = keys.last().cloned().map(|mut key| {
        key.retain(|member, _| member != "kid" && member != "alg");
        key
    });
    keys.extend(nameless);
    json!({ "keys": keys })
}

/// A token with these very bytes as header and claims, signed with the Ed25519 key.
pub(crate) fn signed(header: &[u8], claims: &[u8]) -> String {
    let text = joined(header, claims);
    let signature = PAIR.sign(text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// What is signed: both parts in base64url.
pub(crate) fn joined(header: &[u8], claims: &[u8]) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
}
