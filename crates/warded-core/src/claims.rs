//! What the token says: claims read once into their types. A claim that cannot be read is never taken as absent.

use std::{fmt, sync::Arc};

use serde_json::{Map, Value};

use crate::{
    audience::Audience,
    footprint,
    issuer::IssuerRules,
    jose::Thumbprint,
    refusal::Refusal,
    scope::{Hierarchy, Scopes},
    status::StatusReference,
    time::UnixTime,
};

/// Proof that the token's lifetime contains the moment of judgement. Only [`Claims::live_at`] makes one.
#[derive(Debug)]
pub(crate) struct Live(());

/// The claims of an access token (RFC 9068 §2.2), each of the right type.
#[derive(Clone)]
pub struct Claims {
    subject: Option<Box<str>>,
    client: Option<Box<str>>,
    expires: UnixTime,
    not_before: Option<UnixTime>,
    issued: Option<UnixTime>,
    id: Option<Box<str>>,
    scopes: Scopes,
    binding: Option<Binding>,
    actors: Vec<Actor>,
    status: Option<StatusReference>,
    all: Map<String, Value>,
}

/// What a token is bound to (RFC 7800, RFC 9449 §6, RFC 8705 §3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Binding {
    /// `jkt`: the thumbprint of the caller's key.
    pub key: Option<Thumbprint>,
    /// `x5t#S256`: the thumbprint of the caller's certificate.
    pub certificate: Option<Thumbprint>,
}

/// Somebody who acts for the subject (RFC 8693 §4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Actor {
    /// Who.
    pub subject: Box<str>,
    /// In whose names.
    pub issuer: Option<Box<str>>,
}

/// Says which token it is, never what it says about people.
impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims").field("id", &self.id).field("expires", &self.expires).finish_non_exhaustive()
    }
}

impl Claims {
    /// Deepest chain of actors that is read (RFC 8693 §4.1).
    pub const MAX_ACTORS: usize = 8;

    /// Reads the claims of a token that lives for ever unless it says until when, and is refused for that.
    pub(crate) fn read(all: Map<String, Value>) -> Result<Self, Refusal> {
        Self::read_ending(all, None)
    }

    /// Reads the claims of a token that ends `otherwise`, unless it says when.
    pub(crate) fn read_ending(all: Map<String, Value>, otherwise: Option<UnixTime>) -> Result<Self, Refusal> {
        Ok(Self {
            subject: text(&all, "sub")?,
            client: client(&all)?,
            expires: time(&all, "exp")?.or(otherwise).ok_or(Refusal::ExpiryMissing)?,
            not_before: time(&all, "nbf")?,
            issued: time(&all, "iat")?,
            id: text(&all, "jti")?,
            scopes: scopes(&all)?,
            binding: binding(&all)?,
            actors: actors(&all)?,
            status: StatusReference::read(&all)?,
            all,
        })
    }

    /// `sub`: for whom the token was issued.
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// `client_id` or `azp`: to which client it was issued.
    pub fn client(&self) -> Option<&str> {
        self.client.as_deref()
    }

    /// `exp`: until when it is valid.
    pub fn expires(&self) -> UnixTime {
        self.expires
    }

    /// `iat`: when it was issued.
    pub fn issued(&self) -> Option<UnixTime> {
        self.issued
    }

    /// `jti`: its own name.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// `scope` or `scp`: what it permits.
    pub fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// `cnf`: what it is bound to.
    pub fn binding(&self) -> Option<&Binding> {
        self.binding.as_ref()
    }

    /// `act`: who acts for the subject, the most recent first.
    pub fn actors(&self) -> &[Actor] {
        &self.actors
    }

    /// `status`: where its issuer says whether it has been revoked.
    pub fn status(&self) -> Option<&StatusReference> {
        self.status.as_ref()
    }

    /// Everything the token says, as it says it.
    pub fn all(&self) -> &Map<String, Value> {
        &self.all
    }

    /// About how much memory they point to, in bytes.
    pub(crate) fn footprint(&self) -> usize {
        let texts = [&self.subject, &self.client, &self.id].into_iter().flatten().map(|text| &**text);
        let actors =
            self.actors.iter().flat_map(|actor| std::iter::once(&actor.subject).chain(&actor.issuer));
        let places = self.status.iter().map(StatusReference::uri);
        let texts = texts.chain(actors.map(|text| &**text)).chain(places);
        let words = self.scopes.iter().map(|scope| footprint::shared(scope.len())).sum::<usize>();
        let scopes = footprint::shared(self.scopes.iter().count() * size_of::<Arc<str>>());
        let lists = footprint::allocation(self.actors.capacity() * size_of::<Actor>());
        texts.map(footprint::text).sum::<usize>() + scopes + words + lists + footprint::members(&self.all)
    }

    pub(crate) fn permit(&self, needed: &Scopes, implies: &Hierarchy) -> Result<(), Refusal> {
        let needs = implies.missing(needed, &self.scopes);
        if needs.is_empty() { Ok(()) } else { Err(Refusal::ScopeMissing { needs }) }
    }

    /// RFC 9068 §4, RFC 7519 §4.1.4 to §4.1.6: valid now, and not for longer than its issuer may grant.
    pub(crate) fn live_at(&self, now: UnixTime, rules: &IssuerRules) -> Result<Live, Refusal> {
        let leeway = rules.leeway.min(IssuerRules::MAX_LEEWAY);
        if now >= self.expires.plus(leeway) {
            return Err(Refusal::Expired { at: self.expires });
        }
        let latest_start = now.plus(leeway);
        if let Some(from) = self.not_before.filter(|from| *from > latest_start) {
            return Err(Refusal::NotYetValid { from });
        }
        if let Some(at) = self.issued.filter(|at| *at > latest_start) {
            return Err(Refusal::IssuedInFuture { at });
        }
        // Without `iat` what is left of it is the least that it can be.
        let seconds = self.expires.since(self.issued.unwrap_or(now));
        if seconds > i64::from(rules.max_lifetime) {
            return Err(Refusal::LifetimeTooLong { seconds, limit: rules.max_lifetime });
        }
        Ok(Live(()))
    }

    /// RFC 9068 §4, RFC 8725 §3.11: where `typ` does not tell, what the token carries must. Returns what gives
    /// another kind of token away.
    pub(crate) fn sign_of_other_kind(
        &self,
        audience: Option<&Audience>,
        marks: &[Box<str>],
    ) -> Option<&'static str> {
        // OpenID Connect Core §2, §3.3.2.11; Back-Channel Logout §2.4.
        const ID_TOKEN: [(&str, &str); 5] = [
            ("nonce", "`nonce`, as ID tokens do"),
            ("at_hash", "`at_hash`, as ID tokens do"),
            ("c_hash", "`c_hash`, as ID tokens do"),
            ("s_hash", "`s_hash`, as ID tokens do"),
            ("events", "`events`, as logout and security event tokens do"),
        ];
        if let Some((_, sign)) = ID_TOKEN.iter().find(|(claim, _)| self.all.contains_key(*claim)) {
            return Some(sign);
        }
        let says_other_than = |claim: &str, expected: &[&str]| {
            let is_expected = |text: &str| expected.iter().any(|word| text.eq_ignore_ascii_case(word));
            self.all.get(claim).is_some_and(|value| !value.as_str().is_some_and(is_expected))
        };
        // Keycloak says it in a claim named `typ` (also ID, Refresh, Offline), Cognito and Hydra in `token_use`.
        if says_other_than("typ", &["Bearer", "DPoP"]) {
            return Some("a `typ` claim other than `Bearer`");
        }
        if says_other_than("token_use", &["access", "access_token"]) {
            return Some("a `token_use` claim other than `access`");
        }
        let only_the_client = |client| audience.is_some_and(|audience| audience.is_only(client));
        if self.client().is_some_and(only_the_client) {
            return Some("its own client as the only audience, as ID tokens do");
        }
        if !marks.iter().all(|mark| self.all.contains_key(&**mark)) {
            return Some("not every claim that marks this issuer's access tokens");
        }
        None
    }
}

fn malformed(claim: &'static str) -> Refusal {
    Refusal::ClaimMalformed { claim }
}

/// A non-empty text.
fn text(all: &Map<String, Value>, claim: &'static str) -> Result<Option<Box<str>>, Refusal> {
    match all.get(claim) {
        None => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.as_str().into())),
        Some(_) => Err(malformed(claim)),
    }
}

/// RFC 7519 §2: a number of seconds, fractions allowed (and dropped).
fn time(all: &Map<String, Value>, claim: &'static str) -> Result<Option<UnixTime>, Refusal> {
    let Some(value) = all.get(claim) else {
        return Ok(None);
    };
    seconds(value).map(Some).ok_or_else(|| malformed(claim))
}

/// A `NumericDate` that lies where tokens live.
pub(crate) fn seconds(value: &Value) -> Option<UnixTime> {
    let seconds = value.as_i64().or_else(|| fraction(value))?;
    (0..=UnixTime::MAX).contains(&seconds).then(|| UnixTime::from_seconds(seconds))
}

fn fraction(value: &Value) -> Option<i64> {
    let seconds = value.as_f64()?;
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "the range is checked first"
    )]
    (0.0..=UnixTime::MAX as f64).contains(&seconds).then_some(seconds as i64)
}

/// RFC 9068 §2.2 says `client_id`, OpenID Connect says `azp`.
fn client(all: &Map<String, Value>) -> Result<Option<Box<str>>, Refusal> {
    match (text(all, "client_id")?, text(all, "azp")?) {
        (Some(client_id), Some(azp)) if client_id != azp => Err(Refusal::ClientAmbiguous),
        (client_id, azp) => Ok(client_id.or(azp)),
    }
}

/// RFC 9068 §2.2.3 says `scope`, a text; several providers say `scp`, a list or a text.
fn scopes(all: &Map<String, Value>) -> Result<Scopes, Refusal> {
    let scope = match all.get("scope") {
        None => None,
        Some(Value::String(list)) => Some(Scopes::parse(list).map_err(|_| malformed("scope"))?),
        Some(_) => return Err(malformed("scope")),
    };
    let scp = match all.get("scp") {
        None => None,
        Some(Value::String(list)) => Some(Scopes::parse(list).map_err(|_| malformed("scp"))?),
        Some(Value::Array(words)) => {
            let words: Option<Vec<_>> = words.iter().map(Value::as_str).collect();
            Some(words.and_then(|words| Scopes::of(words).ok()).ok_or_else(|| malformed("scp"))?)
        }
        Some(_) => return Err(malformed("scp")),
    };
    match (scope, scp) {
        (Some(scope), Some(scp)) if scope != scp => Err(malformed("scp")),
        (scope, scp) => Ok(scope.or(scp).unwrap_or_default()),
    }
}

/// `cnf` binds, whatever it contains: a confirmation that we cannot check is not the same as none.
fn binding(all: &Map<String, Value>) -> Result<Option<Binding>, Refusal> {
    let Some(cnf) = all.get("cnf") else {
        return Ok(None);
    };
    let members = cnf.as_object().ok_or_else(|| malformed("cnf"))?;
    let thumbprint = |name| match members.get(name) {
        None => Ok(None),
        Some(value) => value.as_str().and_then(Thumbprint::parse).map(Some).ok_or_else(|| malformed("cnf")),
    };
    Ok(Some(Binding { key: thumbprint("jkt")?, certificate: thumbprint("x5t#S256")? }))
}

fn actors(all: &Map<String, Value>) -> Result<Vec<Actor>, Refusal> {
    let mut actors = Vec::new();
    let mut next = all.get("act");
    while let Some(act) = next {
        let members =
            act.as_object().filter(|_| actors.len() < Claims::MAX_ACTORS).ok_or_else(|| malformed("act"))?;
        let named = |claim| text(members, claim).map_err(|_| malformed("act"));
        actors.push(Actor { subject: named("sub")?.ok_or_else(|| malformed("act"))?, issuer: named("iss")? });
        next = members.get("act");
    }
    Ok(actors)
}
