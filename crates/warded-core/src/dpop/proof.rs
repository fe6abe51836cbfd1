//! Was this proof made by the holder of its key, for this request and this token, just now?

use std::fmt;

use aws_lc_rs::digest::{Context, SHA256};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::{Nonces, ProofFlaw, target};
use crate::{
    claims,
    jose::{Algorithm, Header, Key, KeyFlaw, Parts, SignatureValid, Thumbprint, base64url},
    refusal::{Refusal, Shown},
    resource::ResourceUri,
    time::UnixTime,
    token::InboundToken,
};

/// Longest proof that is looked at, in bytes: the largest RSA key and its signature need half of it.
pub const MAX_PROOF_BYTES: usize = 8 * 1024;

/// Longest `jti` that is looked at. Real ones have 22 to 43 bytes.
const MAX_ID_BYTES: usize = 256;

/// How far the clocks of nodes may differ, in seconds: a mark outlives its proof by as much, so that a node whose
/// clock is ahead does not forget it for one whose clock is behind.
const BETWEEN_NODES: u32 = 60;

/// A DPoP proof taken apart; nothing in it is verified.
pub struct Proof<'p> {
    algorithm: Algorithm,
    key: Key,
    id: Box<str>,
    method: Box<str>,
    url: Box<str>,
    issued: UnixTime,
    token: Option<Box<str>>,
    nonce: Option<Box<str>>,
    signed: &'p [u8],
    signature: Zeroizing<Vec<u8>>,
}

/// What a proof has to be for.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "whoever leaves a check out has to say so")]
pub struct Expected<'a> {
    /// The method of the request.
    pub method: &'a str,
    /// The server's own name for the URL of the request; never a `Host` that somebody sent.
    pub url: &'a ResourceUri,
    /// The access token that came with it; none where one is asked for (RFC 9449 §5).
    pub token: Option<&'a InboundToken>,
    /// The nonces that are demanded; none where proofs need no nonce.
    pub nonces: Option<&'a Nonces>,
    /// The time now.
    pub now: UnixTime,
}

/// What a proof that holds proves. Only [`Proof::check`] makes one. Whoever lets a request through on its strength
/// marks it as used, or it can be sent again.
#[derive(Debug)]
pub struct Proved {
    key: Thumbprint,
    mark: [u8; 32],
    issued: UnixTime,
    until: UnixTime,
    _signed: SignatureValid,
}

impl Proved {
    /// The key that the caller holds.
    pub fn key(&self) -> Thumbprint {
        self.key
    }

    /// What tells this proof from every other one: it may be used once.
    pub fn mark(&self) -> &[u8; 32] {
        &self.mark
    }

    /// When it says that it was made.
    pub fn issued(&self) -> UnixTime {
        self.issued
    }

    /// Until when the mark must be remembered.
    pub fn until(&self) -> UnixTime {
        self.until
    }
}

impl<'p> Proof<'p> {
    /// How old a proof may be, in seconds.
    pub const WINDOW: u32 = 300;
    /// How far ahead a client's clock may be, in seconds.
    pub const LEEWAY: u32 = 60;

    /// Takes a `DPoP` header apart (RFC 9449 §4.2). No `kid`, `jku`, `x5u` or `x5c` in it is looked at: the only key
    /// is the one that it carries, and that one has to be the token's.
    pub fn parse(proof: &'p str) -> Result<Self, ProofFlaw> {
        if proof.len() > MAX_PROOF_BYTES {
            return Err(ProofFlaw::TooLarge);
        }
        let parts = Parts::split(proof).map_err(|_| ProofFlaw::Malformed)?;
        let header = parts.header().map_err(flaw_of_form)?;
        let (algorithm, key) = read_header(&header)?;
        let claims = parts.claims().map_err(flaw_of_form)?;
        let text = |claim| text(&claims, claim);
        let required = |claim| text(claim)?.ok_or(ProofFlaw::Claim { claim });
        let id = required("jti")?;
        if id.len() > MAX_ID_BYTES {
            return Err(ProofFlaw::Claim { claim: "jti" });
        }
        let issued = claims.get("iat").and_then(claims::seconds).ok_or(ProofFlaw::Claim { claim: "iat" })?;
        Ok(Self {
            algorithm,
            key,
            id,
            method: required("htm")?,
            url: required("htu")?,
            issued,
            token: text("ath")?,
            nonce: text("nonce")?,
            signed: parts.signed(),
            signature: parts.signature().map_err(flaw_of_form)?,
        })
    }

    /// Whether it says that it was made for this URL; the query does not count. It says so only: nothing is verified.
    pub fn names(&self, url: &ResourceUri) -> bool {
        target::is(&self.url, url)
    }

    /// Checks everything that a proof has to hold but its use: the cheapest first, the signature last.
    pub fn check(&self, expected: &Expected<'_>) -> Result<Proved, ProofFlaw> {
        if *self.method != *expected.method {
            return Err(ProofFlaw::Method { said: Shown::new(&self.method) });
        }
        if !target::is(&self.url, expected.url) {
            let (said, here) = (Shown::new(target::without_query(&self.url)), expected.url.as_str().into());
            return Err(ProofFlaw::Url { said, here });
        }
        self.is_recent(expected.now)?;
        if let Some(token) = expected.token {
            self.is_of_token(token)?;
        }
        self.has_nonce(expected)?;
        let signed = self.key.verify(self.algorithm, self.signed, &self.signature);
        Ok(Proved {
            key: self.key.thumbprint(),
            mark: self.mark(expected.url),
            issued: self.issued,
            until: self.issued.plus(Self::WINDOW + BETWEEN_NODES),
            _signed: signed.ok_or(ProofFlaw::Signature)?,
        })
    }

    /// RFC 9449 §11.1: a short time, or a proof that was made ahead, or stolen, would be good for ever.
    fn is_recent(&self, now: UnixTime) -> Result<(), ProofFlaw> {
        if self.issued > now.plus(Self::LEEWAY) {
            return Err(ProofFlaw::Ahead { at: self.issued });
        }
        if now > self.issued.plus(Self::WINDOW) {
            return Err(ProofFlaw::Stale { at: self.issued });
        }
        Ok(())
    }

    /// RFC 9449 §4.2, `ath`: a proof that was made for one token is worth nothing beside another one.
    fn is_of_token(&self, token: &InboundToken) -> Result<(), ProofFlaw> {
        // The hash has one spelling, so equal texts are equal hashes; nothing secret is compared.
        let is_of =
            self.token.as_deref().is_some_and(|ath| *ath == *base64url::encode(token.digest().sha256()));
        if is_of { Ok(()) } else { Err(ProofFlaw::Token) }
    }

    /// RFC 9449 §9.
    fn has_nonce(&self, expected: &Expected<'_>) -> Result<(), ProofFlaw> {
        let Some(nonces) = expected.nonces else {
            return Ok(());
        };
        let nonce = self.nonce.as_deref().ok_or(ProofFlaw::NonceMissing)?;
        if nonces.know(nonce, expected.now) { Ok(()) } else { Err(ProofFlaw::NonceUnknown) }
    }

    /// RFC 9449 §11.1: a `jti` is unique for its key at its URL. The lengths of what is hashed are fixed or written
    /// down, so that no two of them run into one another.
    fn mark(&self, url: &ResourceUri) -> [u8; 32] {
        let mut hash = Context::new(&SHA256);
        hash.update(self.key.thumbprint().as_bytes());
        let place = target::place(url);
        hash.update(&(place.as_str().len() as u64).to_be_bytes());
        hash.update(place.as_str().as_bytes());
        hash.update(self.id.as_bytes());
        let mut mark = [0; 32];
        mark.copy_from_slice(hash.finish().as_ref());
        mark
    }
}

/// Says that it is one, never which.
impl fmt::Debug for Proof<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proof")
    }
}

fn read_header(members: &Map<String, Value>) -> Result<(Algorithm, Key), ProofFlaw> {
    let header = Header::read(members).map_err(|refusal| match refusal {
        Refusal::AlgorithmUnsupported { .. } | Refusal::HeaderMalformed { member: "alg" } => {
            ProofFlaw::Algorithm
        }
        Refusal::HeaderCritical => ProofFlaw::Critical,
        Refusal::HeaderMalformed { member: "typ" } => ProofFlaw::Type { typ: None },
        _ => ProofFlaw::Malformed,
    })?;
    // RFC 8725 §3.11: nothing else that the client ever signs with this key is a proof.
    if header.typ.as_deref() != Some("dpop+jwt") {
        return Err(ProofFlaw::Type { typ: header.typ.as_deref().map(Shown::new) });
    }
    let jwk = members.get("jwk").ok_or(ProofFlaw::Key { flaw: None })?;
    if is_dear(jwk) {
        return Err(ProofFlaw::Key { flaw: Some(KeyFlaw::RsaSize) });
    }
    let key = Key::read(jwk).map_err(|flaw| match flaw {
        // Whoever reads the request could make proofs from now on.
        KeyFlaw::Private | KeyFlaw::Symmetric => ProofFlaw::KeyPrivate,
        flaw => ProofFlaw::Key { flaw: Some(flaw) },
    })?;
    if key.algorithms().all(|algorithm| algorithm != header.algorithm) {
        return Err(ProofFlaw::Key { flaw: Some(KeyFlaw::AlgorithmMismatch) });
    }
    Ok((header.algorithm, key))
}

/// Anybody can make a key and have us verify with it, so it may cost no more than those that are in use: RSA of up to
/// 4096 bits with the exponent that everybody has.
fn is_dear(jwk: &Value) -> bool {
    const LONGEST: usize = (512 * 4usize).div_ceil(3);
    let text = |member| jwk.get(member).and_then(Value::as_str);
    text("n").is_some_and(|n| n.len() > LONGEST) || text("e").is_some_and(|e| e != "AQAB")
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn flaw_of_form(refusal: Refusal) -> ProofFlaw {
    match refusal {
        Refusal::TokenDuplicateMember { .. } => ProofFlaw::DuplicateMember,
        Refusal::SignatureInvalid => ProofFlaw::Signature,
        _ => ProofFlaw::Malformed,
    }
}

/// A non-empty text.
fn text(claims: &Map<String, Value>, claim: &'static str) -> Result<Option<Box<str>>, ProofFlaw> {
    match claims.get(claim) {
        None => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.as_str().into())),
        Some(_) => Err(ProofFlaw::Claim { claim }),
    }
}
