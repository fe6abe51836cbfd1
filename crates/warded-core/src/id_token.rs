//! Is this ID token the answer to the login that was begun here, and about whom is it (OpenID Connect Core §3.1.3.7)?
//!
//! It says who somebody is, to one client, once. It opens no server: [`InboundToken`](crate::InboundToken) has no part
//! in it, and nothing leads from here to a [`VerifiedToken`](crate::VerifiedToken).

use std::fmt;

use serde_json::{Map, Value};

use crate::{
    claims::seconds,
    issuer::{Issuer, IssuerRules, says_only_jwt},
    jose::{Algorithm, Jws, KeySet, SignatureValid},
    refusal::{Refusal, Shown},
    time::UnixTime,
    token::WantedKey,
};

/// Longest `sub` (OpenID Connect Core §2).
const MAX_SUBJECT_BYTES: usize = 255;

/// A login that was begun, as its answer must know it.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "a login without one of these is none")]
pub struct Login<'a> {
    /// Who was asked.
    pub issuer: &'a Issuer,
    /// Who asked: our `client_id` there.
    pub client: &'a str,
    /// The random value of this login alone.
    pub nonce: &'a str,
}

/// An ID token that answers one login. Only [`IdToken::judge`] makes one.
pub struct IdToken {
    subject: Box<str>,
    auth_time: Option<UnixTime>,
    claims: Map<String, Value>,
    _proofs: (SignatureValid, Addressed, Answers, Live),
}

/// Proof that the token is for this client, and was made for no other. Only [`addressed`] makes one.
struct Addressed(());
/// Proof that the token answers this very login. Only [`answers`] makes one.
struct Answers(());
/// Proof that the token is good now. Only [`live`] makes one.
struct Live(());

/// Why a text does not say who logged in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdTokenFlaw {
    /// No JWS, or one that none of the provider's keys signed.
    #[error("the ID token: {0}")]
    Token(Refusal),
    /// Another kind of token, which says so.
    #[error("the header of the ID token says that it is something else (`typ`)")]
    Kind,
    /// Of another issuer.
    #[error("the ID token is of the issuer {}, which was not asked", .said.as_ref().map_or("(none)".to_owned(), ToString::to_string))]
    Issuer {
        /// What it says.
        said: Option<Shown>,
    },
    /// Not for us.
    #[error("the ID token is not for our client (`aud`)")]
    Audience,
    /// Made for another client, or for several without saying for which (OpenID Connect Core §3.1.3.7, steps 4 and 5).
    #[error("the ID token does not say that it was made for our client (`azp`)")]
    Party,
    /// Of another login, ours or a stranger's.
    #[error("the ID token answers another login (`nonce`)")]
    Nonce,
    /// Over.
    #[error("the ID token expired at {at}; if it is new, compare the clocks")]
    Expired {
        /// When.
        at: UnixTime,
    },
    /// Not begun.
    #[error("the ID token is of the future; compare the clocks")]
    Future,
    /// A claim is missing or is not what it must be.
    #[error("the claim `{0}` of the ID token is missing or malformed")]
    Claim(&'static str),
}

impl From<Refusal> for IdTokenFlaw {
    fn from(refusal: Refusal) -> Self {
        Self::Token(refusal)
    }
}

impl IdToken {
    /// Which key of the provider a text wants to be verified with.
    pub fn wants(text: &str, issuer: &Issuer) -> Result<WantedKey, IdTokenFlaw> {
        let jws = Jws::parse(text)?;
        Ok(WantedKey { issuer: issuer.clone(), kid: jws.header.kid })
    }

    /// Judges a text that the provider's token endpoint gave. Its signature is looked at although it came straight from
    /// there: whoever stands in between could otherwise be anybody.
    pub fn judge(text: &str, login: &Login<'_>, keys: &KeySet, now: UnixTime) -> Result<Self, IdTokenFlaw> {
        let jws = Jws::parse(text)?;
        // RFC 8725 §3.11: a logout token or an access token of the same issuer is signed with the same keys.
        if !jws.header.typ.as_deref().is_none_or(says_only_jwt) {
            return Err(IdTokenFlaw::Kind);
        }
        let iss = text_of(&jws.claims, "iss")?;
        if iss != Some(login.issuer.as_str()) {
            return Err(IdTokenFlaw::Issuer { said: iss.map(Shown::new) });
        }
        let signed = jws.verify(jws.algorithm(Algorithm::ALL)?, keys)?;
        let claims = jws.claims;
        let proofs = (signed, addressed(&claims, login)?, answers(&claims, login)?, live(&claims, now)?);
        let subject = text_of(&claims, "sub")?.filter(|sub| is_subject(sub));
        let subject = subject.ok_or(IdTokenFlaw::Claim("sub"))?.into();
        let auth_time = time_of(&claims, "auth_time")?;
        Ok(Self { subject, auth_time, claims, _proofs: proofs })
    }

    /// `sub`: who it is, at this issuer.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// `auth_time`: when the person logged in there, where that is said.
    pub fn auth_time(&self) -> Option<UnixTime> {
        self.auth_time
    }

    /// A claim that is a text.
    pub fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim)?.as_str().filter(|text| !text.is_empty())
    }

    /// Whether a claim is `true`, and not merely something like it.
    pub fn is(&self, claim: &str) -> bool {
        self.claims.get(claim) == Some(&Value::Bool(true))
    }
}

/// Says that it is one; whom it is about is nobody's business.
impl fmt::Debug for IdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdToken")
    }
}

impl fmt::Debug for Login<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (issuer, client) = (self.issuer, self.client);
        f.debug_struct("Login").field("issuer", issuer).field("client", &client).finish_non_exhaustive()
    }
}

/// Steps 3 to 5: for this client. Where others are named besides, as Zitadel does with all clients of a project, the
/// provider must say that it was made for us: whoever else it was made for could show it here.
fn addressed(claims: &Map<String, Value>, login: &Login<'_>) -> Result<Addressed, IdTokenFlaw> {
    let is_us = |value: &Value| value.as_str() == Some(login.client);
    let (is_ours, is_alone) = match claims.get("aud") {
        Some(Value::Array(list)) => {
            (list.iter().all(Value::is_string) && list.iter().any(is_us), list.len() == 1)
        }
        Some(one) => (is_us(one), true),
        None => (false, true),
    };
    if !is_ours {
        return Err(IdTokenFlaw::Audience);
    }
    if !claims.get("azp").map_or(is_alone, is_us) {
        return Err(IdTokenFlaw::Party);
    }
    Ok(Addressed(()))
}

/// Step 11: somebody else's token, or one of another day, answers another question.
fn answers(claims: &Map<String, Value>, login: &Login<'_>) -> Result<Answers, IdTokenFlaw> {
    let is_ours = !login.nonce.is_empty() && text_of(claims, "nonce")? == Some(login.nonce);
    if is_ours { Ok(Answers(())) } else { Err(IdTokenFlaw::Nonce) }
}

/// Steps 9 and 10.
fn live(claims: &Map<String, Value>, now: UnixTime) -> Result<Live, IdTokenFlaw> {
    let expires = time_of(claims, "exp")?.ok_or(IdTokenFlaw::Claim("exp"))?;
    if now >= expires.plus(IssuerRules::DEFAULT_LEEWAY) {
        return Err(IdTokenFlaw::Expired { at: expires });
    }
    let issued = time_of(claims, "iat")?.ok_or(IdTokenFlaw::Claim("iat"))?;
    let latest_start = now.plus(IssuerRules::DEFAULT_LEEWAY);
    if issued > latest_start || time_of(claims, "nbf")?.is_some_and(|from| from > latest_start) {
        return Err(IdTokenFlaw::Future);
    }
    Ok(Live(()))
}

/// OpenID Connect Core §2: at most 255 ASCII characters. One that cannot be seen would be two people that look alike.
fn is_subject(sub: &str) -> bool {
    !sub.is_empty()
        && sub.len() <= MAX_SUBJECT_BYTES
        && sub.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}

fn text_of<'a>(claims: &'a Map<String, Value>, claim: &'static str) -> Result<Option<&'a str>, IdTokenFlaw> {
    match claims.get(claim) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(IdTokenFlaw::Claim(claim)),
    }
}

fn time_of(claims: &Map<String, Value>, claim: &'static str) -> Result<Option<UnixTime>, IdTokenFlaw> {
    let Some(value) = claims.get(claim) else { return Ok(None) };
    seconds(value).map(Some).ok_or(IdTokenFlaw::Claim(claim))
}
