//! A compact JWS, taken apart under limits before any of it is believed (RFC 7515 §3.1, §5.2; RFC 8725).

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::{Algorithm, KeyMiss, KeySet, SignatureValid, base64url};
use crate::{
    json::{self, InvalidJson},
    refusal::{Refusal, Shown},
};

/// Longest token that is looked at, in bytes.
pub const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// Longest key name that is looked up, in bytes.
pub const MAX_KID_BYTES: usize = 256;

/// What the header says, as far as anything in it is used. `jwk`, `jku`, `x5u` and `x5c` are not: a token does
/// not choose the key that it is checked with.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) algorithm: Algorithm,
    pub(crate) typ: Option<String>,
    pub(crate) kid: Option<String>,
}

/// A token taken apart; nothing in it is verified.
pub(crate) struct Jws<'t> {
    pub(crate) header: Header,
    pub(crate) claims: Map<String, Value>,
    signed: &'t [u8],
    signature: Zeroizing<Vec<u8>>,
}

impl<'t> Jws<'t> {
    pub(crate) fn parse(token: &'t str) -> Result<Self, Refusal> {
        Self::parse_within(token, MAX_TOKEN_BYTES)
    }

    /// Takes something apart that may be larger than a token.
    pub(crate) fn parse_within(text: &'t str, limit: usize) -> Result<Self, Refusal> {
        let parts = Parts::split_within(text, limit)?;
        let header = Header::read(&parts.header()?)?;
        let claims = parts.claims()?;
        let signature = parts.signature()?;
        Ok(Self { header, claims, signed: parts.signed(), signature })
    }

    /// What stands before the first of two dots, where it is a JSON object: a text that has none is no JWS.
    pub(crate) fn parse_header(text: &str) -> Option<Map<String, Value>> {
        Parts::split(text).and_then(|parts| parts.header()).ok()
    }

    /// RFC 8725 §3.1: the issuer's list decides, not the token.
    pub(crate) fn algorithm(&self, allowed: &[Algorithm]) -> Result<AlgorithmAllowed, Refusal> {
        let algorithm = self.header.algorithm;
        if allowed.contains(&algorithm) {
            Ok(AlgorithmAllowed(algorithm))
        } else {
            Err(Refusal::AlgorithmNotAllowed { algorithm })
        }
    }

    /// Proof that one of `keys` made the signature.
    pub(crate) fn verify(&self, allowed: AlgorithmAllowed, keys: &KeySet) -> Result<SignatureValid, Refusal> {
        let algorithm = allowed.0;
        let kid = self.header.kid.as_deref();
        keys.verify(algorithm, kid, self.signed, &self.signature).map_err(|miss| match miss {
            KeyMiss::Unknown => Refusal::KeyUnknown { kid: kid.map(Shown::new) },
            KeyMiss::Unfit => Refusal::KeyUnfit { algorithm, kid: kid.map(Shown::new) },
            KeyMiss::Signature => Refusal::SignatureInvalid,
        })
    }
}

/// Proof that the issuer may sign with this algorithm. Only [`Jws::algorithm`] makes one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AlgorithmAllowed(Algorithm);

/// The three texts between the dots.
pub(crate) struct Parts<'t> {
    signed: &'t str,
    header: &'t str,
    claims: &'t str,
    signature: &'t str,
}

impl<'t> Parts<'t> {
    pub(crate) fn split(token: &'t str) -> Result<Self, Refusal> {
        Self::split_within(token, MAX_TOKEN_BYTES)
    }

    fn split_within(token: &'t str, limit: usize) -> Result<Self, Refusal> {
        if token.len() > limit {
            return Err(Refusal::TokenTooLarge);
        }
        match token.bytes().filter(|byte| *byte == b'.').count() {
            2 => {}
            4 => return Err(Refusal::TokenEncrypted),
            _ => return Err(Refusal::TokenParts),
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(Refusal::TokenParts)?;
        let (header, claims) = signed.split_once('.').ok_or(Refusal::TokenParts)?;
        Ok(Self { signed, header, claims, signature })
    }

    pub(crate) fn header(&self) -> Result<Map<String, Value>, Refusal> {
        object(self.header, "header")
    }

    pub(crate) fn claims(&self) -> Result<Map<String, Value>, Refusal> {
        object(self.claims, "claims")
    }

    /// What the signature is over.
    pub(crate) fn signed(&self) -> &'t [u8] {
        self.signed.as_bytes()
    }

    /// RFC 7519 §6 knows tokens without a signature; nobody vouches for them. Wiped like the token's own text:
    /// together with the claims it is the token again.
    pub(crate) fn signature(&self) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        match base64url::decode(self.signature).map(Zeroizing::new) {
            Some(signature) if signature.is_empty() => Err(Refusal::SignatureInvalid),
            Some(signature) => Ok(signature),
            None => Err(Refusal::TokenBase64 { part: "signature" }),
        }
    }
}

fn object(text: &str, part: &'static str) -> Result<Map<String, Value>, Refusal> {
    let bytes = Zeroizing::new(base64url::decode(text).ok_or(Refusal::TokenBase64 { part })?);
    json::object(&bytes).map_err(|flaw| match flaw {
        InvalidJson::Syntax | InvalidJson::NotAnObject => Refusal::TokenJson { part },
        InvalidJson::DuplicateMember => Refusal::TokenDuplicateMember { part },
        InvalidJson::TooDeep => Refusal::TokenTooDeep { part },
    })
}

impl Header {
    pub(crate) fn read(members: &Map<String, Value>) -> Result<Self, Refusal> {
        let malformed = |member| Refusal::HeaderMalformed { member };
        let optional = |member| match members.get(member) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(malformed(member)),
        };
        let alg = optional("alg")?.ok_or(malformed("alg"))?;
        let typ = optional("typ")?;
        let kid = optional("kid")?;
        if kid.as_ref().is_some_and(|kid| kid.len() > MAX_KID_BYTES) {
            return Err(malformed("kid"));
        }
        let algorithm =
            Algorithm::named(&alg).ok_or_else(|| Refusal::AlgorithmUnsupported { alg: Shown::new(&alg) })?;
        // RFC 7515 §4.1.11: whatever is critical and not understood. We understand none; RFC 7797's `b64`
        // changes what is signed, so it is refused also where a signer forgot to call it critical.
        if members.contains_key("crit") || members.contains_key("b64") {
            return Err(Refusal::HeaderCritical);
        }
        Ok(Self { algorithm, typ, kid })
    }
}
