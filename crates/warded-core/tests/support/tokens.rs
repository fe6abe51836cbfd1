//! Real tokens, signed with a key that exists for these tests only.

use std::sync::LazyLock;

use aws_lc_rs::{rand::SystemRandom, signature::Ed25519KeyPair};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Map, Value, json};
use warded_core::{
    Issuer, Keyring, UnixTime,
    jose::{Algorithm, KeySet, SigningKey},
};

/// The issuer in whose name everything is signed.
pub(crate) const CORP: &str = "https://login.example.com";
/// The moment of judgement.
pub(crate) const NOW: i64 = 1_800_000_000;

/// TEST KEY, Ed25519, PKCS #8. It signs nothing outside of this directory.
const TEST_KEY: &str = "MC4CAQAwBQYDK2VwBCIEIFRUNpy+kkq5QiGwQ7S3NSlZ8CuB0pxAhn7VpugpXJI6";

static DOCUMENT: LazyLock<Vec<u8>> = LazyLock::new(|| STANDARD.decode(TEST_KEY).unwrap());
static KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::from_pkcs8(Algorithm::EdDsa, &DOCUMENT).unwrap());
static RAW_KEY: LazyLock<Ed25519KeyPair> = LazyLock::new(|| Ed25519KeyPair::from_pkcs8(&DOCUMENT).unwrap());
static RANDOM: LazyLock<SystemRandom> = LazyLock::new(random);

#[expect(clippy::disallowed_methods, reason = "Ed25519 asks for a source of randomness and uses none")]
fn random() -> SystemRandom {
    SystemRandom::new()
}

pub(crate) fn now() -> UnixTime {
    UnixTime::from_seconds(NOW)
}

/// The key set that the issuer publishes.
pub(crate) fn key_set() -> KeySet {
    KeySet::parse(json!({ "keys": [KEY.public_jwk()] }).to_string().as_bytes()).unwrap()
}

pub(crate) fn keyring() -> Keyring {
    let mut keys = Keyring::default();
    keys.hold(&Issuer::parse(CORP).unwrap(), key_set());
    keys
}

/// An access token's claims as RFC 9068 wants them, valid now and for an hour.
pub(crate) fn claims(aud: impl Into<Value>) -> Map<String, Value> {
    let mut claims = Map::new();
    claims.insert("iss".into(), CORP.into());
    claims.insert("sub".into(), "alice".into());
    claims.insert("client_id".into(), "agent".into());
    claims.insert("iat".into(), NOW.into());
    claims.insert("exp".into(), (NOW + 3600).into());
    claims.insert("aud".into(), aud.into());
    claims
}

/// A token of RFC 9068's own type, signed as the product signs.
pub(crate) fn issue(claims: &Map<String, Value>) -> String {
    KEY.sign("at+jwt", claims, &*RANDOM).unwrap().to_string()
}

/// A token whose header and claims are any texts at all, under a good signature.
pub(crate) fn forge(header: &str, claims: &str) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(RAW_KEY.sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// The header that the product writes.
pub(crate) fn header() -> Map<String, Value> {
    let mut header = Map::new();
    header.insert("alg".into(), "EdDSA".into());
    header.insert("kid".into(), KEY.thumbprint().to_string().into());
    header.insert("typ".into(), "at+jwt".into());
    header
}
