//! What does a status list say? A JWT of the token's own issuer, about exactly the place that the token names.

use serde_json::{Map, Value};

use super::{Status, inflate};
use crate::{
    issuer::{Issuer, IssuerRules},
    jose::{Jws, KeySet, SignatureValid, base64url},
    refusal::Refusal,
    time::UnixTime,
    token::WantedKey,
};

/// Largest status list that is read, in bytes: as large as an incompressible one that is not too large to unpack.
pub const MAX_STATUS_LIST_BYTES: usize = 3 * 1024 * 1024;

/// A list that was taken apart. Nothing in it is verified.
pub struct SignedList<'t>(Jws<'t>);

/// The list of one issuer at one place, verified: what it says was true when it was published.
pub struct StatusList {
    bits: u32,
    values: Box<[u8]>,
    published: UnixTime,
    expires: Option<UnixTime>,
    time_to_live: Option<u64>,
    _signed: SignatureValid,
}

/// Why a document is not the status list that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidStatusList {
    /// Not a signed JWT, or not signed by the issuer.
    #[error("the list is not a JWT of the issuer: {0}")]
    Unsigned(Refusal),
    /// Another kind of token.
    #[error("the list does not call itself `statuslist+jwt`")]
    Type,
    /// A member is missing or has the wrong type.
    #[error("the list's `{0}` is missing or malformed")]
    Member(&'static str),
    /// The list of another issuer.
    #[error("the list says that it is another issuer's")]
    IssuerDiffers,
    /// The list of another place.
    #[error("the list says that it is about another place")]
    PlaceDiffers,
    /// Not yet.
    #[error("the list says that it will be published at {0}, which lies ahead")]
    IssuedInFuture(UnixTime),
    /// No more.
    #[error("the list expired at {0}")]
    Expired(UnixTime),
    /// What is packed in it does not come out, or is too large.
    #[error("the list cannot be unpacked, or is larger than {} bytes", inflate::MAX_STATUS_BYTES)]
    Packed,
}

impl<'t> SignedList<'t> {
    /// Takes a list apart.
    pub fn parse(text: &'t str) -> Result<Self, InvalidStatusList> {
        Jws::parse_within(text, MAX_STATUS_LIST_BYTES).map(Self).map_err(InvalidStatusList::Unsigned)
    }

    /// The key that it must be verified with, which is one of the token's issuer.
    pub fn wants(&self, issuer: &Issuer) -> WantedKey {
        WantedKey { issuer: issuer.clone(), kid: self.0.header.kid.clone() }
    }

    /// Verifies it as the list of this issuer at this place. Who can have any other document of the issuer's signed,
    /// such as a token with claims of their own, must not be able to pass that off as a list, nor one list as another.
    pub fn verify(
        self,
        uri: &str,
        issuer: &Issuer,
        rules: &IssuerRules,
        keys: &KeySet,
        now: UnixTime,
    ) -> Result<StatusList, InvalidStatusList> {
        let Self(jws) = self;
        let is_list = jws.header.typ.as_deref().is_some_and(crate::issuer::is_status_list);
        if !is_list {
            return Err(InvalidStatusList::Type);
        }
        let algorithm = jws.algorithm(&rules.algorithms).map_err(InvalidStatusList::Unsigned)?;
        let signed = jws.verify(algorithm, keys).map_err(InvalidStatusList::Unsigned)?;
        let said = jws.claims;
        // Later drafts have no `iss`; several issuers that share keys tell their lists apart by it.
        if said.get("iss").is_some_and(|iss| iss.as_str() != Some(issuer.as_str())) {
            return Err(InvalidStatusList::IssuerDiffers);
        }
        if said.get("sub").and_then(Value::as_str) != Some(uri) {
            return Err(InvalidStatusList::PlaceDiffers);
        }
        let published = time(&said, "iat")?.ok_or(InvalidStatusList::Member("iat"))?;
        if published > now.plus(rules.leeway.min(IssuerRules::MAX_LEEWAY)) {
            return Err(InvalidStatusList::IssuedInFuture(published));
        }
        let expires = time(&said, "exp")?;
        if let Some(at) = expires.filter(|at| now >= *at) {
            return Err(InvalidStatusList::Expired(at));
        }
        let time_to_live = match said.get("ttl") {
            None => None,
            Some(ttl) => Some(ttl.as_u64().filter(|ttl| *ttl > 0).ok_or(InvalidStatusList::Member("ttl"))?),
        };
        let (bits, values) = values(&said)?;
        Ok(StatusList { bits, values, published, expires, time_to_live, _signed: signed })
    }
}

fn time(said: &Map<String, Value>, member: &'static str) -> Result<Option<UnixTime>, InvalidStatusList> {
    let seconds = |value: &Value| value.as_i64().filter(|seconds| (0..=UnixTime::MAX).contains(seconds));
    match said.get(member) {
        None => Ok(None),
        Some(value) => seconds(value)
            .map(|seconds| Some(UnixTime::from_seconds(seconds)))
            .ok_or(InvalidStatusList::Member(member)),
    }
}

fn values(said: &Map<String, Value>) -> Result<(u32, Box<[u8]>), InvalidStatusList> {
    let list = said.get("status_list").and_then(Value::as_object);
    let list = list.ok_or(InvalidStatusList::Member("status_list"))?;
    let bits = list.get("bits").and_then(Value::as_u64).and_then(|bits| u32::try_from(bits).ok());
    let bits = bits.filter(|bits| matches!(bits, 1 | 2 | 4 | 8)).ok_or(InvalidStatusList::Member("bits"))?;
    let packed = list.get("lst").and_then(Value::as_str).ok_or(InvalidStatusList::Member("lst"))?;
    let packed = base64url::decode(packed).ok_or(InvalidStatusList::Member("lst"))?;
    Ok((bits, inflate::unpack(&packed).ok_or(InvalidStatusList::Packed)?))
}

impl StatusList {
    /// What it says of the token at this place; none where it has no such place.
    pub fn at(&self, index: u64) -> Option<Status> {
        // The first token of a byte is in its lowest bits.
        let per_byte = u64::from(8 / self.bits);
        let byte = self.values.get(usize::try_from(index / per_byte).ok()?)?;
        let shift = u32::try_from(index % per_byte).ok()? * self.bits;
        let mask = u8::MAX >> (8 - self.bits);
        Some(Status::of((byte >> shift) & mask))
    }

    /// When it was published: one that is older says less.
    pub const fn published(&self) -> UnixTime {
        self.published
    }

    /// Until when it may be used; for ever where it does not say.
    pub const fn expires(&self) -> Option<UnixTime> {
        self.expires
    }

    /// For how many seconds it may be kept before it is fetched again, where it says.
    pub const fn time_to_live(&self) -> Option<u64> {
        self.time_to_live
    }

    /// How many bytes it takes.
    pub const fn size(&self) -> usize {
        self.values.len()
    }
}

impl std::fmt::Debug for StatusList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StatusList")
            .field("bits", &self.bits)
            .field("bytes", &self.size())
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for SignedList<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SignedList")
    }
}
