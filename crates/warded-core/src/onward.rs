//! Is this token, which an issuer gave us to go on with, for the server behind and for nobody else?
//!
//! Enforces *One audience* on the way out. What a server behind is shown it can replay: at another server behind that
//! accepts the same audience, or at our own door. So an [`Onward`] exists only where no two servers go on with tokens for
//! one audience and none with a token for a server of ours ([`Onward::prove`] is its one maker, and makes the doors know
//! those audiences as somebody else's), and an [`OnwardToken`] comes out of it only where the issuer's signature and the
//! audience are what they should be.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::Arc,
};

use zeroize::Zeroizing;

use crate::{
    audience::{Audience, AudienceKey},
    claims::{Claims, Live},
    fleet::{Fleet, Mode},
    issuer::{Issuer, IssuerRules, TokenTypes, Validation, is_access_token},
    jose::{Jws, SignatureValid},
    judge::{Keyring, refuse_type},
    refusal::{Refusal, Shown},
    resource::ResourceUri,
    time::UnixTime,
    token::WantedKey,
};

mod conflict;
mod sent;
mod unfit;

pub use conflict::OnwardConflict;
pub use sent::Sent;
pub use unfit::Unfit;

/// With what kind of token a server's calls go on, as the operator describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain description: every field is the operator's to give")]
pub struct OnwardSpec {
    /// The server in front.
    pub server: Box<str>,
    /// Who gives the token.
    pub issuer: Issuer,
    /// What that issuer's tokens look like.
    pub rules: IssuerRules,
    /// What the server behind is called in them.
    pub audience: Box<str>,
    /// Exact recipients that may stand beside it.
    pub companions: Vec<Box<str>>,
    /// Whether a token passes that nobody but its issuer can read.
    pub opaque: bool,
}

/// With what kind of token a server's calls go on; no other server's do.
#[derive(Clone)]
pub struct Onward(Arc<Aim>);

struct Aim {
    spec: OnwardSpec,
    audience: AudienceKey,
    companions: HashSet<AudienceKey>,
}

/// A token for one server behind, and for nobody else.
pub struct OnwardToken {
    text: Zeroizing<String>,
    ends: Option<UnixTime>,
    _aimed: Option<Aimed>,
}

/// Proof that a token is its issuer's, valid, and for the server behind alone.
struct Aimed {
    _signed: SignatureValid,
    _live: Live,
    _only: OnlyThere,
}

/// Proof that nobody but the server behind is meant. Only [`Aim::only`] makes one.
struct OnlyThere(());

impl Onward {
    /// Proves that no token for a server behind opens another one, or one of ours; or says which would. The fleet comes
    /// back with servers that take those tokens for what they are: a permissive one waives no audience that is known.
    pub fn prove(fleet: Fleet, specs: Vec<OnwardSpec>) -> Result<(Fleet, Vec<Self>), Vec<OnwardConflict>> {
        let aims: Vec<_> = specs.into_iter().map(Aim::of).collect();
        let meant: HashMap<_, _> =
            aims.iter().enumerate().rev().map(|(at, aim)| (aim.key(&aim.audience), at)).collect();
        let waiving = waiving(&fleet);
        let mut conflicts = Vec::new();
        for (at, aim) in aims.iter().enumerate() {
            // The attack: whoever is behind comes back with what it was shown, to the one door that asks for no audience.
            if let Some(server) = waiving.get(aim.spec.issuer.as_str()).filter(|_| aim.is_keyless()) {
                conflicts.push(OnwardConflict::Waived { at, server: server.clone() });
            }
            if fleet.is_companion(&aim.spec.issuer, &aim.audience) {
                conflicts.push(OnwardConflict::Companion { at, value: aim.audience.as_str().into() });
            }
            for value in std::iter::once(&aim.audience).chain(&aim.companions) {
                if let Some(server) = fleet.accepts(&aim.spec.issuer, value.as_str()) {
                    let (server, value) = (server.into(), value.as_str().into());
                    conflicts.push(OnwardConflict::Own { at, server, value });
                }
                if let Some(other) = meant.get(&aim.key(value)).copied().filter(|other| *other != at) {
                    conflicts.push(OnwardConflict::Shared { at, other, value: value.as_str().into() });
                }
            }
        }
        if !conflicts.is_empty() {
            return Err(conflicts);
        }
        let behind = aims.iter().map(|aim| (&aim.spec.issuer, &aim.audience, &*aim.spec.server));
        let fleet = fleet.knowing(behind);
        Ok((fleet, aims.into_iter().map(|aim| Self(Arc::new(aim))).collect()))
    }

    /// How the operator described it.
    pub fn spec(&self) -> &OnwardSpec {
        &self.0.spec
    }

    /// The key that a token must be checked with, as far as its unverified text says. It decides nothing: it tells
    /// whoever holds keys what to fetch before [`take`](Self::take).
    pub fn wants(&self, text: &str) -> Option<WantedKey> {
        let jws = Jws::parse(text).ok().filter(|_| !self.0.is_keyless())?;
        jws.algorithm(&self.0.spec.rules.algorithms).ok()?;
        Some(WantedKey { issuer: self.0.spec.issuer.clone(), kid: jws.header.kid })
    }

    /// Takes what the issuer gave, if it is what it should be.
    pub fn take(&self, text: Zeroizing<String>, keys: &Keyring, now: UnixTime) -> Result<OnwardToken, Unfit> {
        if self.0.spec.opaque && Jws::parse_header(&text).is_none() {
            return Ok(OnwardToken { text, ends: None, _aimed: None });
        }
        // Its keys never come, so this is no outage that ends.
        if self.0.is_keyless() {
            return Err(Unfit::Readable);
        }
        let (ends, aimed) = self.0.judge(&text, keys, now)?;
        Ok(OnwardToken { text, ends: Some(ends), _aimed: Some(aimed) })
    }
}

/// Two that were described alike take the same tokens.
impl PartialEq for Onward {
    fn eq(&self, other: &Self) -> bool {
        self.spec() == other.spec()
    }
}

impl Eq for Onward {}

impl fmt::Debug for Onward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.spec.fmt(f)
    }
}

/// Of each issuer, a server that admits tokens which name nobody.
fn waiving(fleet: &Fleet) -> HashMap<Box<str>, Box<str>> {
    let servers: Vec<_> =
        fleet.servers().filter(|server| matches!(server.spec().mode, Mode::PermissiveUntil(_))).collect();
    let trusted = servers.iter().flat_map(|server| {
        server.issuers().map(move |issuer| (issuer.url.as_str().into(), server.name().into()))
    });
    trusted.collect()
}

impl Aim {
    fn of(spec: OnwardSpec) -> Self {
        let audience = AudienceKey::of(&spec.audience);
        let companions = spec.companions.iter().map(|value| AudienceKey::of(value)).collect();
        Self { spec, audience, companions }
    }

    /// Whether nobody fetches the keys of its issuer: it is asked about its tokens, and those for the server behind are
    /// said to be opaque, too.
    fn is_keyless(&self) -> bool {
        self.spec.opaque && self.spec.rules.validation == Validation::Introspection
    }

    /// A URL means the same at every issuer; any other word is its issuer's own.
    fn key<'a>(&'a self, value: &'a AudienceKey) -> (&'a str, &'a str) {
        let is_url = ResourceUri::parse(value.as_str()).is_ok();
        (if is_url { "" } else { self.spec.issuer.as_str() }, value.as_str())
    }

    fn judge(&self, text: &str, keys: &Keyring, now: UnixTime) -> Result<(UnixTime, Aimed), Unfit> {
        let rules = &self.spec.rules;
        let jws = Jws::parse(text)?;
        let iss = jws.claims.get("iss").ok_or(Refusal::IssuerMissing)?;
        let iss = iss.as_str().ok_or(Refusal::ClaimMalformed { claim: "iss" })?;
        if iss != self.spec.issuer.as_str() {
            return Err(Refusal::IssuerUnknown { issuer: Shown::new(iss) }.into());
        }
        let algorithm = jws.algorithm(&rules.algorithms)?;
        let signed = jws.verify(algorithm, keys.of(&self.spec.issuer).ok_or(Unfit::KeysMissing)?)?;
        let is_certain = jws.header.typ.as_deref().is_some_and(is_access_token);
        // Whoever gave it calls it an access token, and many issuers call every JWT a JWT.
        let is_silent =
            TokenTypes::of(["jwt", "absent"]).is_ok_and(|any| any.accept(jws.header.typ.as_deref()));
        if let Some(refusal) = refuse_type(&jws.header, rules).filter(|_| !is_certain && !is_silent) {
            return Err(refusal.into());
        }
        let claims = Claims::read(jws.claims)?;
        let audience = Audience::read(claims.all().get("aud"))?;
        if let Some(sign) = claims.sign_of_other_kind(audience.as_ref(), &[]).filter(|_| !is_certain) {
            return Err(Refusal::NotAccessToken { sign }.into());
        }
        let live = claims.live_at(now, rules)?;
        if claims.binding().is_some() {
            return Err(Unfit::Bound);
        }
        let only = self.only(audience.as_ref())?;
        Ok((claims.expires(), Aimed { _signed: signed, _live: live, _only: only }))
    }

    fn only(&self, audience: Option<&Audience>) -> Result<OnlyThere, Unfit> {
        let audience = audience.ok_or(Refusal::AudienceMissing)?;
        let expected = || Shown::new(&self.spec.audience);
        let (meant, others): (Vec<_>, Vec<_>) =
            audience.iter().partition(|text| AudienceKey::of(text) == self.audience);
        let stranger = others.iter().find(|text| !self.companions.contains(&AudienceKey::of(text)));
        match (meant.is_empty(), stranger) {
            (false, None) => Ok(OnlyThere(())),
            (false, Some(other)) => {
                Err(Unfit::AlsoForAnother { expected: expected(), other: Shown::new(other) })
            }
            (true, stranger) => {
                let said = stranger.or(others.first()).copied().unwrap_or_default();
                Err(Unfit::OtherAudience { expected: expected(), said: Shown::new(said) })
            }
        }
    }
}

impl OnwardToken {
    /// Its text, for the one header of requests to that server behind.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// When it ends, by its own words.
    pub fn ends(&self) -> Option<UnixTime> {
        self.ends
    }
}

/// Says that it is one, never which.
impl fmt::Debug for OnwardToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnwardToken")
    }
}
