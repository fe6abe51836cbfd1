//! Did this client sign that it is itself, for this issuer and just now? (`private_key_jwt`: RFC 7523 §2.2, §3, as
//! draft-ietf-oauth-rfc7523bis narrows it; OpenID Connect Core §9)
//!
//! Pure, like all of the core: whoever is asked says which client it expects and which keys that client has, and
//! remembers what was used.

use std::fmt;

use aws_lc_rs::digest::{Context, SHA256};
use serde_json::{Map, Value};

use crate::{
    claims,
    issuer::Issuer,
    jose::{Algorithm, Jws, KeySet, MAX_TOKEN_BYTES, SignatureValid},
    refusal::Refusal,
    time::UnixTime,
};

/// Longest `jti` that is looked at. Real ones have 22 to 43 bytes.
const MAX_ID_BYTES: usize = 256;

/// What nothing else that a client signs is called.
const OWN_TYPE: &str = "client-authentication+jwt";

/// A client's assertion, taken apart; nothing in it is verified.
pub struct Assertion<'a> {
    jws: Jws<'a>,
    client: Box<str>,
    id: Box<str>,
    expires: UnixTime,
    /// Whether its type says that it is for this and for nothing else.
    is_typed: bool,
}

/// Who has to have signed, and for whom.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "whoever leaves a check out has to say so")]
pub struct Awaited<'a> {
    /// The client.
    pub client: &'a str,
    /// The issuer that is asked.
    pub issuer: &'a Issuer,
    /// Its token endpoint.
    pub endpoint: &'a str,
    /// The time now.
    pub now: UnixTime,
}

/// What an assertion that holds proves. Only [`Assertion::check`] makes one. Whoever lets a client in on its strength
/// marks it as used, or it can be sent again.
#[derive(Debug)]
pub struct Asserted {
    mark: [u8; 32],
    until: UnixTime,
    _signed: SignatureValid,
}

impl Asserted {
    /// What tells this assertion from every other one: it may be used once.
    pub fn mark(&self) -> &[u8; 32] {
        &self.mark
    }

    /// Until when the mark must be remembered.
    pub fn until(&self) -> UnixTime {
        self.until
    }
}

impl<'a> Assertion<'a> {
    /// How long one may be good, in seconds: its mark is kept for as long.
    pub const LONGEST: u32 = 60 * 60;
    /// How far the client's clock may be off, in seconds.
    pub const LEEWAY: u32 = 60;

    /// Takes an assertion apart. No `jwk`, `jku`, `x5u` or `x5c` in it is looked at: the keys are those that the client
    /// registered.
    pub fn parse(text: &'a str) -> Result<Self, AssertionFlaw> {
        if text.len() > MAX_TOKEN_BYTES {
            return Err(AssertionFlaw::TooLarge);
        }
        let jws = Jws::parse(text).map_err(|refusal| match refusal {
            Refusal::AlgorithmUnsupported { .. } | Refusal::HeaderMalformed { member: "alg" } => {
                AssertionFlaw::Algorithm
            }
            Refusal::HeaderCritical => AssertionFlaw::Critical,
            Refusal::SignatureInvalid => AssertionFlaw::Signature,
            _ => AssertionFlaw::Malformed,
        })?;
        // RFC 8725 §3.11: an access token, a proof or a logout token of the client's own making is none of these.
        let typ = jws.header.typ.as_deref().map(str::to_ascii_lowercase);
        let typ = typ.as_deref().map(|typ| typ.strip_prefix("application/").unwrap_or(typ));
        let is_typed = match typ {
            Some(OWN_TYPE) => true,
            None | Some("jwt") => false,
            Some(_) => return Err(AssertionFlaw::Type),
        };
        let client = text_of(&jws.claims, "sub")?;
        // RFC 7523 §3, 1 and 2.B: it speaks about itself.
        if text_of(&jws.claims, "iss")? != client {
            return Err(AssertionFlaw::Client);
        }
        let id = text_of(&jws.claims, "jti")?;
        if id.len() > MAX_ID_BYTES {
            return Err(AssertionFlaw::Claim { claim: "jti" });
        }
        let expires = time_of(&jws.claims, "exp")?.ok_or(AssertionFlaw::Claim { claim: "exp" })?;
        Ok(Self { jws, client, id, expires, is_typed })
    }

    /// The client that it speaks of. It says so only: nothing is verified.
    pub fn client(&self) -> &str {
        &self.client
    }

    /// The name of the key that it asks to be verified with.
    pub fn kid(&self) -> Option<&str> {
        self.jws.header.kid.as_deref()
    }

    /// Checks everything that an assertion has to hold but its use: the cheapest first, the signature last.
    pub fn check(&self, awaited: &Awaited<'_>, keys: &KeySet) -> Result<Asserted, AssertionFlaw> {
        if *self.client != *awaited.client {
            return Err(AssertionFlaw::Client);
        }
        if !self.is_for(awaited) {
            return Err(AssertionFlaw::Audience);
        }
        self.is_live(awaited.now)?;
        // Which algorithms a key is fit for, the key says.
        let allowed = self.jws.algorithm(Algorithm::ALL).map_err(|_| AssertionFlaw::Algorithm)?;
        let signed = self.jws.verify(allowed, keys).map_err(|refusal| match refusal {
            Refusal::KeyUnknown { .. } => AssertionFlaw::KeyUnknown,
            Refusal::KeyUnfit { .. } => AssertionFlaw::Algorithm,
            _ => AssertionFlaw::Signature,
        })?;
        let until = self.expires.plus(2 * Self::LEEWAY);
        Ok(Asserted { mark: self.mark(awaited), until, _signed: signed })
    }

    /// RFC 7523 §3, 3: one audience, and that is us. Whoever signs for two lets the one be the client at the other. The
    /// token endpoint is how older clients call us; what bears the new type must not say that, since a dishonest issuer
    /// can publish an honest one's endpoint as its own.
    fn is_for(&self, awaited: &Awaited<'_>) -> bool {
        let said = match self.jws.claims.get("aud") {
            Some(Value::String(one)) => one.as_str(),
            Some(Value::Array(list)) if !self.is_typed => match list.as_slice() {
                [Value::String(one)] => one.as_str(),
                _ => return false,
            },
            _ => return false,
        };
        let issuer = awaited.issuer.as_str();
        // With or without one slash at the end: clients build it from the URL that they were given.
        let bare = |text: &'_ str| text.strip_suffix('/').map_or(text.len(), str::len);
        let is_issuer = said.get(..bare(said)).is_some_and(|said| Some(said) == issuer.get(..bare(issuer)));
        is_issuer || (!self.is_typed && said == awaited.endpoint)
    }

    /// RFC 7523 §3, 4 to 6. One that is good for years would be a password.
    fn is_live(&self, now: UnixTime) -> Result<(), AssertionFlaw> {
        if now >= self.expires.plus(Self::LEEWAY) {
            return Err(AssertionFlaw::Expired);
        }
        if self.expires > now.plus(Self::LONGEST + Self::LEEWAY) {
            return Err(AssertionFlaw::LongLived);
        }
        for claim in ["iat", "nbf"] {
            if time_of(&self.jws.claims, claim)?.is_some_and(|at| at > now.plus(Self::LEEWAY)) {
                return Err(AssertionFlaw::Ahead);
            }
        }
        Ok(())
    }

    /// RFC 7523 §3, 7: a `jti` is unique for its client. The lengths of what is hashed are written down, so that no two of
    /// them run into one another.
    fn mark(&self, awaited: &Awaited<'_>) -> [u8; 32] {
        let mut hash = Context::new(&SHA256);
        hash.update(b"client assertion\0");
        for text in [awaited.issuer.as_str(), &*self.client, &*self.id] {
            hash.update(&(text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        }
        let mut mark = [0; 32];
        mark.copy_from_slice(hash.finish().as_ref());
        mark
    }
}

/// Says that it is one, never which.
impl fmt::Debug for Assertion<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Assertion")
    }
}

/// Why an assertion proves nothing. `Display` is the operator's message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AssertionFlaw {
    /// More bytes than are looked at.
    #[error("the assertion is longer than {MAX_TOKEN_BYTES} bytes")]
    TooLarge,
    /// Not a compact JWS of two JSON objects.
    #[error("the assertion is not a signed JWT")]
    Malformed,
    /// Another kind of token.
    #[error("the assertion's type is neither `client-authentication+jwt` nor `JWT`")]
    Type,
    /// `none`, a shared secret, an unknown name, or not what the client's key is for.
    #[error("the assertion's algorithm does not exist here, or is not that of the client's key")]
    Algorithm,
    /// `crit` or `b64`.
    #[error("the assertion's header demands an extension (`crit` or `b64`)")]
    Critical,
    /// A claim is missing or has the wrong type or form.
    #[error("the assertion's claim `{claim}` is missing or malformed")]
    Claim {
        /// iss, sub, jti, exp, iat or nbf
        claim: &'static str,
    },
    /// It speaks of another client than the one that sends it.
    #[error("`iss` and `sub` of the assertion are not both the client")]
    Client,
    /// It is for somebody else, or for several.
    #[error("the assertion's audience is not this issuer alone")]
    Audience,
    /// It was good once.
    #[error("the assertion has expired")]
    Expired,
    /// It will be good.
    #[error("the assertion says that it was made in the future")]
    Ahead,
    /// It would be good for too long.
    #[error("the assertion is good for more than {} s", Assertion::LONGEST)]
    LongLived,
    /// No key of that name; the client may have published a new one.
    #[error("the client has no key of the assertion's `kid`")]
    KeyUnknown,
    /// The client's key says no.
    #[error("the assertion's signature does not verify with the client's key")]
    Signature,
}

/// A non-empty text.
fn text_of(claims: &Map<String, Value>, claim: &'static str) -> Result<Box<str>, AssertionFlaw> {
    match claims.get(claim) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text.as_str().into()),
        _ => Err(AssertionFlaw::Claim { claim }),
    }
}

fn time_of(claims: &Map<String, Value>, claim: &'static str) -> Result<Option<UnixTime>, AssertionFlaw> {
    match claims.get(claim) {
        None => Ok(None),
        Some(value) => claims::seconds(value).map(Some).ok_or(AssertionFlaw::Claim { claim }),
    }
}
