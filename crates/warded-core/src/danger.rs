//! What a token says while nobody vouches for it: for people's eyes, never for a decision.
//!
//! Nothing here leads to a [`VerifiedToken`](crate::VerifiedToken). `warded inspect` is made from it.

use std::fmt;

use serde_json::{Map, Value};

use crate::{
    audience::Audience,
    claims::Claims,
    fleet::Server,
    issuer::IssuerRules,
    jose::{Algorithm, Header, Jws, KeySet, Parts},
    judge::{issuer_of, refuse_type, weigh},
    possession::Possession,
    refusal::Refusal,
    scope::{Hierarchy, Scopes},
    time::UnixTime,
    token::InboundToken,
};

/// A token opened for reading. Its signature has not been looked at.
pub struct Unverified {
    token: InboundToken,
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

impl Unverified {
    /// Opens a token as far as it can be read at all.
    pub fn read(token: InboundToken) -> Result<Self, Refusal> {
        let parts = Parts::split(token.text())?;
        let (header, claims) = (parts.header()?, parts.claims()?);
        Ok(Self { token, header, claims })
    }

    /// The header, as the token says it.
    pub fn header(&self) -> &Map<String, Value> {
        &self.header
    }

    /// The claims, as the token says them.
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// What is wrong with the token whatever server it is shown to, measured by RFC 9068 and Warded's defaults.
    /// Unlike a verdict it does not end with the first reason.
    pub fn faults(&self, now: UnixTime) -> Vec<Refusal> {
        let rules = IssuerRules::default();
        let mut faults = Vec::new();
        match Header::read(&self.header) {
            Ok(header) => faults.extend(refuse_type(&header, &rules)),
            Err(refusal) => faults.push(refusal),
        }
        faults.extend(Parts::split(self.token.text()).and_then(|parts| parts.signature()).err());
        match self.claims.get("iss") {
            None => faults.push(Refusal::IssuerMissing),
            Some(iss) if !iss.is_string() => faults.push(Refusal::ClaimMalformed { claim: "iss" }),
            Some(_) => {}
        }
        let audience = match Audience::read(self.claims.get("aud")) {
            Ok(None) => {
                faults.push(Refusal::AudienceMissing);
                None
            }
            Ok(audience) => audience,
            Err(refusal) => {
                faults.push(refusal);
                None
            }
        };
        match Claims::read(self.claims.clone()) {
            Ok(claims) => {
                let sign = claims.sign_of_other_kind(audience.as_ref(), &rules.marks);
                faults.extend(sign.map(|sign| Refusal::NotAccessToken { sign }));
                faults.extend(claims.live_at(now, &rules).err());
            }
            Err(refusal) => faults.push(refusal),
        }
        faults
    }

    /// What a server would say if the signature were good: what it would waive, or why it would refuse.
    pub fn would_open(&self, server: &Server, now: UnixTime) -> Result<Vec<Refusal>, Refusal> {
        let jws = Jws::parse(self.token.text())?;
        let (id, issuer) = issuer_of(&jws, server)?;
        jws.algorithm(&issuer.rules.algorithms)?;
        weigh(jws, server, id, &issuer.rules, &Possession::default(), now)
            .map(crate::judge::Weighed::into_waived)
    }

    /// Whether a key of this set made the signature, whatever the issuer may sign with.
    pub fn signature_by(&self, keys: &KeySet) -> Result<(), Refusal> {
        let jws = Jws::parse(self.token.text())?;
        jws.verify(jws.algorithm(Algorithm::ALL)?, keys).map(drop)
    }

    /// Whether the token would permit calls that need these scopes, where some stand for others, if anybody vouched for
    /// it.
    pub fn would_permit(&self, needed: &Scopes, implies: &Hierarchy) -> Result<(), Refusal> {
        Claims::read(self.claims.clone())?.permit(needed, implies)
    }
}

/// Says that it is one, never which.
impl fmt::Debug for Unverified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unverified")
    }
}
