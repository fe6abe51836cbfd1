//! Keys that an issuer publishes: parsed once, each fit for named algorithms only (RFC 7517, 7518 §6, 8037 §2).
//!
//! One key that is broken, private, symmetric or made for something else never spoils the set: it is skipped,
//! with a reason that the operator can read.

use std::fmt;

use aws_lc_rs::{
    digest,
    rsa::PublicKeyComponents,
    signature::{self, ParsedPublicKey, RsaParameters, VerificationAlgorithm},
};
use serde_json::{Map, Value, json};

use super::{Algorithm, base64url};
use crate::json;

/// Largest key set that is read, in bytes.
pub const MAX_KEY_SET_BYTES: usize = 512 * 1024;

/// Most keys that are read from one set; more are skipped.
pub const MAX_KEYS: usize = 100;

/// Most keys that one token is tried against, where its `kid` leaves a choice.
const MAX_TRIES: usize = 8;

/// Members that only private keys have (RFC 7518 §6.2.2, §6.3.2). Each part of an RSA key leads to all of it.
const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "oth"];

/// Proof that a key made a signature, and which one. Only [`KeySet::verify`] and [`Key::verify`] make one.
#[derive(Debug)]
pub(crate) struct SignatureValid(Thumbprint);

impl SignatureValid {
    /// The key that made it.
    pub(crate) fn key(&self) -> Thumbprint {
        self.0
    }
}

/// Why no key of the set vouches for a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyMiss {
    /// No key of that name; the issuer may have published a new one.
    Unknown,
    /// Keys of that name exist, none for this algorithm.
    Unfit,
    /// A fitting key says no.
    Signature,
}

/// The keys of one issuer (RFC 7517 §5).
#[derive(Debug)]
pub struct KeySet {
    keys: Vec<Key>,
    skipped: Vec<SkippedKey>,
}

impl KeySet {
    /// Reads a JWK Set. Fails only where there is no set at all; a key that cannot serve is skipped.
    pub fn parse(text: &[u8]) -> Result<Self, InvalidKeySet> {
        if text.len() > MAX_KEY_SET_BYTES {
            return Err(InvalidKeySet::TooLarge);
        }
        let set = json::object(text).map_err(InvalidKeySet::Json)?;
        let Some(Value::Array(listed)) = set.get("keys") else {
            return Err(InvalidKeySet::KeysMissing);
        };
        let (mut keys, mut skipped) = (Vec::new(), Vec::new());
        // One entry stands for all that are too many, or their list would be as long as the set.
        for (index, jwk) in listed.iter().enumerate().take(MAX_KEYS + 1) {
            let key = if index < MAX_KEYS { Key::read(jwk) } else { Err(KeyFlaw::TooMany) };
            match key {
                Ok(key) => keys.push(key),
                Err(flaw) => skipped.push(SkippedKey { index, kid: text_of(jwk, "kid"), flaw }),
            }
        }
        Ok(Self { keys, skipped })
    }

    /// The keys that can verify signatures.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The keys that cannot, and why.
    pub fn skipped(&self) -> &[SkippedKey] {
        &self.skipped
    }

    /// Whether a key of this name is held; a token without a name may fit any key.
    pub fn knows(&self, kid: Option<&str>) -> bool {
        self.keys.iter().any(|key| key.is_named(kid))
    }

    pub(crate) fn verify(
        &self,
        algorithm: Algorithm,
        kid: Option<&str>,
        signed: &[u8],
        signature: &[u8],
    ) -> Result<SignatureValid, KeyMiss> {
        if !self.knows(kid) {
            return Err(KeyMiss::Unknown);
        }
        let mut miss = KeyMiss::Unfit;
        let named = self.keys.iter().filter(|key| key.is_named(kid));
        for key in named.filter(|key| key.verifier(algorithm).is_some()).take(MAX_TRIES) {
            if let Some(valid) = key.verify(algorithm, signed, signature) {
                return Ok(valid);
            }
            miss = KeyMiss::Signature;
        }
        Err(miss)
    }
}

/// Why a document is not a key set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidKeySet {
    /// More than [`MAX_KEY_SET_BYTES`].
    #[error("the key set is larger than {MAX_KEY_SET_BYTES} bytes")]
    TooLarge,
    /// Not one JSON object.
    #[error("the key set {0}")]
    Json(json::InvalidJson),
    /// No `keys` array.
    #[error("the key set has no `keys` array")]
    KeysMissing,
}

/// A key that was left out of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SkippedKey {
    /// Its position in the set, from 0.
    pub index: usize,
    /// Its name, where it has one.
    pub kid: Option<String>,
    /// Why it cannot serve.
    pub flaw: KeyFlaw,
}

impl fmt::Display for SkippedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key {}", self.index)?;
        if let Some(kid) = &self.kid {
            write!(f, " ({})", kid.escape_debug())?;
        }
        write!(f, " {}", self.flaw)
    }
}

/// Why a key cannot verify signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFlaw {
    /// Not a JSON object with a `kty`.
    #[error("is not a JWK")]
    NotAKey,
    /// A member has the wrong type or is missing.
    #[error("lacks a member or has one of the wrong type: {0}")]
    Member(&'static str),
    /// A shared secret in a public document.
    #[error("is symmetric: anyone who can verify with it can sign with it")]
    Symmetric,
    /// A private key in a public document.
    #[error("is a private key that has been published: anyone can sign with it; replace it at the issuer")]
    Private,
    /// A key type or curve that is not supported.
    #[error("is of a type or curve that is not supported")]
    Unsupported,
    /// `use` or `key_ops` say that it is for something else.
    #[error("is not meant for verifying signatures (`use`, `key_ops`)")]
    OtherUse,
    /// `alg` does not go with the key's type.
    #[error("names an `alg` that does not go with its type")]
    AlgorithmMismatch,
    /// RSA below 2048 or above 8192 bits, or with a weak exponent.
    #[error("is an RSA key outside 2048 to 8192 bits or with a weak exponent")]
    RsaSize,
    /// The point or number is not a valid key.
    #[error("is not a valid public key")]
    Invalid,
    /// Behind the first [`MAX_KEYS`].
    #[error("is behind the first {MAX_KEYS} keys")]
    TooMany,
}

/// The thumbprint of a key (RFC 7638: SHA-256 over its required members) or of a certificate.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Thumbprint([u8; 32]);

impl Thumbprint {
    fn of(required: &Value) -> Self {
        // RFC 7638 §3.3: no blanks, members in the order of their names. Every caller writes them in that order,
        // so it holds whether serde_json sorts members or keeps them as written.
        Self::sha_256(required.to_string().as_bytes())
    }

    /// The thumbprint of a certificate, in DER, as it stands in `cnf.x5t#S256` (RFC 8705 §3.1).
    pub fn of_certificate(der: &[u8]) -> Self {
        Self::sha_256(der)
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn sha_256(text: &[u8]) -> Self {
        let digest = digest::digest(&digest::SHA256, text);
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest.as_ref());
        Self(bytes)
    }

    /// Reads the base64url form, as it stands in `cnf.jkt`.
    pub fn parse(text: &str) -> Option<Self> {
        base64url::decode(text)?.try_into().ok().map(Self)
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base64url::encode(self.0))
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One public key, ready to verify.
#[derive(Debug)]
pub struct Key {
    kid: Option<Box<str>>,
    verifiers: Vec<(Algorithm, ParsedPublicKey)>,
    thumbprint: Thumbprint,
}

impl Key {
    /// Reads one public JWK, as it stands in a set.
    pub fn parse(text: &[u8]) -> Result<Self, KeyFlaw> {
        Self::read(&Value::Object(json::object(text).map_err(|_| KeyFlaw::NotAKey)?))
    }

    /// Its name, where it has one.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Its RFC 7638 thumbprint.
    pub fn thumbprint(&self) -> Thumbprint {
        self.thumbprint
    }

    /// The algorithms that it may be used with.
    pub fn algorithms(&self) -> impl Iterator<Item = Algorithm> {
        self.verifiers.iter().map(|(algorithm, _)| *algorithm)
    }

    fn is_named(&self, wanted: Option<&str>) -> bool {
        wanted.is_none_or(|kid| self.kid() == Some(kid))
    }

    fn verifier(&self, wanted: Algorithm) -> Option<&ParsedPublicKey> {
        self.verifiers.iter().find(|(algorithm, _)| *algorithm == wanted).map(|(_, key)| key)
    }

    /// Proof that this very key made the signature. Whose key it is, is another question.
    pub(crate) fn verify(
        &self,
        algorithm: Algorithm,
        signed: &[u8],
        signature: &[u8],
    ) -> Option<SignatureValid> {
        let verifier = self.verifier(algorithm)?;
        verifier.verify_sig(signed, signature).ok().map(|()| SignatureValid(self.thumbprint))
    }

    pub(crate) fn read(jwk: &Value) -> Result<Self, KeyFlaw> {
        let jwk = jwk.as_object().ok_or(KeyFlaw::NotAKey)?;
        let kty = required(jwk, "kty")?;
        if kty == "oct" || jwk.contains_key("k") {
            return Err(KeyFlaw::Symmetric);
        }
        if PRIVATE.iter().any(|member| jwk.contains_key(*member)) {
            return Err(KeyFlaw::Private);
        }
        is_for_verifying(jwk)?;
        let named = optional(jwk, "alg")?;
        let kid = optional(jwk, "kid")?;
        let (verifiers, thumbprint) = match kty {
            "OKP" => okp(jwk)?,
            "EC" => ec(jwk)?,
            "RSA" => rsa(jwk)?,
            _ => return Err(KeyFlaw::Unsupported),
        };
        let mut key = Self { kid: kid.map(Into::into), verifiers, thumbprint };
        if let Some(name) = named {
            let algorithm = Algorithm::named(name).ok_or(KeyFlaw::AlgorithmMismatch)?;
            key.verifiers.retain(|(candidate, _)| *candidate == algorithm);
            if key.verifiers.is_empty() {
                return Err(KeyFlaw::AlgorithmMismatch);
            }
        }
        Ok(key)
    }
}

type Material = (Vec<(Algorithm, ParsedPublicKey)>, Thumbprint);

fn okp(jwk: &Map<String, Value>) -> Result<Material, KeyFlaw> {
    if required(jwk, "crv")? != "Ed25519" {
        return Err(KeyFlaw::Unsupported);
    }
    let point = octets(jwk, "x")?;
    if is_of_small_order(&point) {
        return Err(KeyFlaw::Invalid);
    }
    let key = parsed(&signature::ED25519, &point)?;
    let thumbprint =
        Thumbprint::of(&json!({ "crv": "Ed25519", "kty": "OKP", "x": base64url::encode(point) }));
    Ok((vec![(Algorithm::EdDsa, key)], thumbprint))
}

/// The points of order 1, 2, 4 and 8 in all their encodings. The library verifies with them, and whoever tries a few
/// messages finds one that a signature made without any key confirms.
fn is_of_small_order(point: &[u8]) -> bool {
    const SMALL: [[u8; 32]; 7] = [
        filled(0x00, 0x00, 0x00),
        filled(0x01, 0x00, 0x00),
        filled(0xec, 0xff, 0x7f),
        filled(0xed, 0xff, 0x7f),
        filled(0xee, 0xff, 0x7f),
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
            0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
        ],
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
            0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
        ],
    ];
    let Ok(mut point) = <[u8; 32]>::try_from(point) else {
        return false;
    };
    // The sign of the other coordinate.
    point[31] &= 0x7f;
    SMALL.contains(&point)
}

const fn filled(first: u8, between: u8, last: u8) -> [u8; 32] {
    let mut octets = [between; 32];
    octets[0] = first;
    octets[31] = last;
    octets
}

fn ec(jwk: &Map<String, Value>) -> Result<Material, KeyFlaw> {
    let curve = required(jwk, "crv")?;
    let (algorithm, verifier, size): (_, &'static dyn VerificationAlgorithm, _) = match curve {
        "P-256" => (Algorithm::Es256, &signature::ECDSA_P256_SHA256_FIXED, 32),
        "P-384" => (Algorithm::Es384, &signature::ECDSA_P384_SHA384_FIXED, 48),
        _ => return Err(KeyFlaw::Unsupported),
    };
    let (x, y) = (octets(jwk, "x")?, octets(jwk, "y")?);
    // RFC 7518 §6.2.1.2: full size, also where the number is small.
    if (x.len(), y.len()) != (size, size) {
        return Err(KeyFlaw::Invalid);
    }
    let key = parsed(verifier, &[&[4], x.as_slice(), y.as_slice()].concat())?;
    let thumbprint = Thumbprint::of(
        &json!({ "crv": curve, "kty": "EC", "x": base64url::encode(x), "y": base64url::encode(y) }),
    );
    Ok((vec![(algorithm, key)], thumbprint))
}

fn rsa(jwk: &Map<String, Value>) -> Result<Material, KeyFlaw> {
    const PARAMETERS: [(Algorithm, &RsaParameters); 6] = [
        (Algorithm::Rs256, &signature::RSA_PKCS1_2048_8192_SHA256),
        (Algorithm::Rs384, &signature::RSA_PKCS1_2048_8192_SHA384),
        (Algorithm::Rs512, &signature::RSA_PKCS1_2048_8192_SHA512),
        (Algorithm::Ps256, &signature::RSA_PSS_2048_8192_SHA256),
        (Algorithm::Ps384, &signature::RSA_PSS_2048_8192_SHA384),
        (Algorithm::Ps512, &signature::RSA_PSS_2048_8192_SHA512),
    ];
    let (n, e) = (number(jwk, "n")?, number(jwk, "e")?);
    let bits = n.first().map_or(0, |first| n.len() * 8 - first.leading_zeros() as usize);
    // 1 would make every signature its own message; beyond 32 bits no issuer goes, and libraries stop.
    let is_sound_exponent = e.len() <= 4 && e.last().is_some_and(|low| low % 2 == 1) && e != [1];
    if !(2048..=8192).contains(&bits) || !is_sound_exponent {
        return Err(KeyFlaw::RsaSize);
    }
    // A product of two odd primes is odd; the library finds out only when it verifies.
    if n.last().is_some_and(|low| low % 2 == 0) {
        return Err(KeyFlaw::Invalid);
    }
    let components = PublicKeyComponents { n: &n, e: &e };
    let mut verifiers = Vec::with_capacity(PARAMETERS.len());
    for (algorithm, parameters) in PARAMETERS {
        verifiers
            .push((algorithm, components.to_parsed_public_key(parameters).map_err(|_| KeyFlaw::Invalid)?));
    }
    let thumbprint =
        Thumbprint::of(&json!({ "e": base64url::encode(&e), "kty": "RSA", "n": base64url::encode(&n) }));
    Ok((verifiers, thumbprint))
}

fn is_for_verifying(jwk: &Map<String, Value>) -> Result<(), KeyFlaw> {
    if optional(jwk, "use")?.is_some_and(|purpose| purpose != "sig") {
        return Err(KeyFlaw::OtherUse);
    }
    match jwk.get("key_ops") {
        None => Ok(()),
        Some(Value::Array(operations)) if operations.iter().any(|operation| operation == "verify") => Ok(()),
        Some(Value::Array(_)) => Err(KeyFlaw::OtherUse),
        Some(_) => Err(KeyFlaw::Member("key_ops")),
    }
}

fn parsed(verifier: &'static dyn VerificationAlgorithm, key: &[u8]) -> Result<ParsedPublicKey, KeyFlaw> {
    ParsedPublicKey::new(verifier, key).map_err(|_| KeyFlaw::Invalid)
}

fn text_of(jwk: &Value, name: &str) -> Option<String> {
    jwk.get(name)?.as_str().map(|text| text.chars().take(64).collect())
}

fn optional<'a>(jwk: &'a Map<String, Value>, name: &'static str) -> Result<Option<&'a str>, KeyFlaw> {
    match jwk.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(KeyFlaw::Member(name)),
    }
}

fn required<'a>(jwk: &'a Map<String, Value>, name: &'static str) -> Result<&'a str, KeyFlaw> {
    optional(jwk, name)?.ok_or(KeyFlaw::Member(name))
}

fn octets(jwk: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, KeyFlaw> {
    base64url::decode(required(jwk, name)?).ok_or(KeyFlaw::Member(name))
}

/// A big-endian number; leading zeros, which some libraries write, do not change it.
fn number(jwk: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, KeyFlaw> {
    let octets = octets(jwk, name)?;
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    Ok(octets.get(zeros..).unwrap_or_default().to_vec())
}
