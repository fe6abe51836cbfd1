//! Is this token for this server? The only place in the product where a token becomes trusted.
//!
//! Each check leaves a proof, and a [`VerifiedToken`] holds all of them: leave a check out, and this does not
//! compile.

use std::{collections::HashMap, sync::Arc};

use serde_json::{Map, Value};

use crate::{
    audience::{self, Audience, AudienceSettled},
    claims::{Claims, Live},
    fleet::{IssuerId, IssuerSpec, Server},
    introspection::{ActiveSaid, IntrospectionAnswer},
    issuer::{Issuer, IssuerRules, Validation},
    jose::{Header, Jws, KeySet, SignatureValid},
    possession::{self, Possession, PossessionShown},
    refusal::{Fault, Refusal, Shown},
    remember::TokenDigest,
    resource::ResourceUri,
    scope::{Hierarchy, Scopes},
    time::UnixTime,
    token::{InboundToken, Residue, WantedKey},
};

/// What is said of a token.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "three answers, and whoever asks must have an answer to each")]
pub enum Verdict {
    /// The token is for this server. What is left of its text comes with it.
    Admit(Box<VerifiedToken>, Residue),
    /// The token is not for this server; its text is already gone.
    Refuse(Refusal),
    /// Nothing can be said, and that is our fault.
    Unable(Fault),
}

/// The keys at hand, by issuer.
#[derive(Clone, Debug, Default)]
pub struct Keyring(HashMap<Box<str>, Arc<KeySet>>);

impl Keyring {
    /// Puts the keys of an issuer in place of those that were held before.
    pub fn hold(&mut self, issuer: &Issuer, keys: KeySet) {
        self.0.insert(issuer.as_str().into(), Arc::new(keys));
    }

    /// Forgets the keys of an issuer: its tokens can be neither admitted nor called bad.
    pub fn forget(&mut self, issuer: &Issuer) {
        self.0.remove(issuer.as_str());
    }

    /// Puts everything that another keyring holds in place of what is held here of the same issuers.
    pub fn join(&mut self, other: &Self) {
        self.0.extend(other.0.iter().map(|(issuer, keys)| (issuer.clone(), Arc::clone(keys))));
    }

    /// Whether the key that a token asks for is at hand.
    pub fn holds(&self, wanted: &WantedKey) -> bool {
        self.of(&wanted.issuer).is_some_and(|keys| keys.knows(wanted.kid.as_deref()))
    }

    /// The keys of an issuer, where they are at hand.
    pub fn of(&self, issuer: &Issuer) -> Option<&KeySet> {
        self.0.get(issuer.as_str()).map(AsRef::as_ref)
    }
}

/// A token that was issued for one server, by an issuer that this server trusts, and is valid now.
///
/// Only [`InboundToken::judge`] and [`InboundToken::judge_introspected`] make one: leave one of their checks out, and it
/// does not compile. It holds no text that could be presented anywhere.
#[derive(Debug)]
pub struct VerifiedToken {
    weighed: Weighed,
    server: Server,
    issuer: IssuerId,
    digest: TokenDigest,
    vouched: Vouched,
}

/// Who vouches for what the token says.
#[derive(Debug)]
enum Vouched {
    /// Its issuer's signature.
    Signed(SignatureValid),
    /// Its issuer's word, which is good until then.
    Said(ActiveSaid, UnixTime),
}

impl VerifiedToken {
    /// What the token says.
    pub fn claims(&self) -> &Claims {
        &self.weighed.claims
    }

    /// Who issued it.
    pub fn issuer(&self) -> &Issuer {
        &self.server.issuer(self.issuer).url
    }

    /// The server that it opens.
    pub fn resource(&self) -> &ResourceUri {
        self.server.resource()
    }

    /// What a permissive server let pass; empty on a strict one.
    pub fn waived(&self) -> &[Refusal] {
        &self.weighed.waived
    }

    /// Whether the token permits a call that needs these scopes, where some stand for others; names every one that is
    /// missing.
    pub fn permits(&self, needed: &Scopes, implies: &Hierarchy) -> Result<(), Refusal> {
        self.claims().permit(needed, implies)
    }

    /// The moment from which on it is expired, leeway included.
    pub fn ends(&self) -> UnixTime {
        self.claims().expires().plus(self.rules().leeway.min(IssuerRules::MAX_LEEWAY))
    }

    pub(crate) fn rules(&self) -> &IssuerRules {
        &self.server.issuer(self.issuer).rules
    }

    /// Where it was judged.
    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    /// What its text came to: it finds what was done for this very token, and says nothing else.
    pub fn digest(&self) -> TokenDigest {
        self.digest
    }

    /// Until when the verdict may be remembered, where that is sooner than the token ends. A signature stays what it is
    /// (whether the key is still the issuer's is for whoever has the keys to know); what the issuer said is good for a
    /// short while only.
    pub fn known_until(&self) -> Option<UnixTime> {
        match self.vouched {
            Vouched::Signed(_) => None,
            Vouched::Said(_, until) => Some(until),
        }
    }

    /// Whether the key that signed it is one of these. A key that was withdrawn, since a thief has it, vouches for nothing
    /// any more; nor does any for what the issuer said itself.
    pub fn is_vouched_for_by(&self, keys: &KeySet) -> bool {
        match &self.vouched {
            Vouched::Signed(signed) => keys.keys().iter().any(|key| key.thumbprint() == signed.key()),
            Vouched::Said(..) => false,
        }
    }

    /// About how much memory it takes, in bytes.
    pub(crate) fn footprint(&self) -> usize {
        // What is shown of a token in a refusal is bounded by far less.
        const WAIVED: usize = 1024;
        size_of::<Self>() + self.claims().footprint() + self.waived().len() * WAIVED
    }
}

impl InboundToken {
    /// Spends the token: on refusal its text is already gone.
    ///
    /// ```
    /// use warded_core::{InboundToken, Keyring, Possession, Refusal, UnixTime, Verdict};
    /// # use warded_core::{Fleet, Issuer, IssuerRules, IssuerSpec, Mode, ResourceUri, ServerSpec};
    /// # let fleet = Fleet::prove(
    /// #     vec![ServerSpec {
    /// #         name: "notes".into(), resource: ResourceUri::parse("https://notes.example.com/mcp").unwrap(),
    /// #         aliases: vec![], issuers: vec![0], tier: "default".into(), mode: Mode::Strict,
    /// #     }],
    /// #     vec![IssuerSpec {
    /// #         url: Issuer::parse("https://login.example.com").unwrap(), rules: IssuerRules::default(),
    /// #         audiences: vec![], across_tiers: vec![],
    /// #     }],
    /// # ).unwrap();
    /// let notes = fleet.server("notes").unwrap();
    /// let now = UnixTime::from_seconds(1_800_000_000);
    /// match InboundToken::new("opaque".into()).judge(&notes, &Keyring::default(), &Possession::default(), now) {
    ///     Verdict::Admit(token, _residue) => println!("for {}", token.resource()),
    ///     Verdict::Refuse(refusal) => assert_eq!(refusal, Refusal::TokenParts),
    ///     Verdict::Unable(fault) => println!("503: {fault}"),
    /// }
    /// ```
    pub fn judge(self, server: &Server, keys: &Keyring, possession: &Possession, now: UnixTime) -> Verdict {
        match self.check(server, keys, possession, now) {
            Ok(token) => Verdict::Admit(Box::new(token), self.into_residue()),
            Err(Stop::Refusal(refusal)) => Verdict::Refuse(refusal),
            Err(Stop::Fault(fault)) => Verdict::Unable(fault),
        }
    }

    fn check(
        &self,
        server: &Server,
        keys: &Keyring,
        possession: &Possession,
        now: UnixTime,
    ) -> Result<VerifiedToken, Stop> {
        let jws = match Jws::parse(self.text()) {
            Err(_) if self.introspecting(server).is_some() => {
                return Err(Fault::IntrospectionUnavailable.into());
            }
            parsed => parsed?,
        };
        let (id, issuer) = issuer_of(&jws, server)?;
        // The operator wants this issuer to be asked: its keys are no way around it.
        if issuer.rules.validation == Validation::Introspection {
            return Err(Fault::IntrospectionUnavailable.into());
        }
        let algorithm = jws.algorithm(&issuer.rules.algorithms)?;
        let keys = keys.of(&issuer.url).ok_or(Fault::KeysMissing)?;
        let signed = jws.verify(algorithm, keys)?;
        let weighed = weigh(jws, server, id, &issuer.rules, possession, now)?;
        Ok(VerifiedToken {
            weighed,
            server: server.clone(),
            issuer: id,
            digest: self.digest(),
            vouched: Vouched::Signed(signed),
        })
    }

    /// Spends a token whose issuer was asked about it (RFC 7662). The answer must be about this very token.
    pub fn judge_introspected(
        self,
        server: &Server,
        answer: &IntrospectionAnswer,
        possession: &Possession,
        now: UnixTime,
    ) -> Verdict {
        match self.check_introspected(server, answer, possession, now) {
            Ok(token) => Verdict::Admit(Box::new(token), self.into_residue()),
            Err(Stop::Refusal(refusal)) => Verdict::Refuse(refusal),
            Err(Stop::Fault(fault)) => Verdict::Unable(fault),
        }
    }

    fn check_introspected(
        &self,
        server: &Server,
        answer: &IntrospectionAnswer,
        possession: &Possession,
        now: UnixTime,
    ) -> Result<VerifiedToken, Stop> {
        let (id, issuer) = self.introspecting(server).ok_or(Fault::IntrospectionUnavailable)?;
        if *answer.about() != self.digest() {
            return Err(Fault::IntrospectionUnavailable.into());
        }
        let (said, active) = answer.active()?;
        said_by(said, &issuer.url)?;
        let last = answer.asked_at(now).plus(issuer.rules.answers_last.min(IssuerRules::MAX_ANSWERS_LAST));
        let weighed = weigh_answer(said, server, id, &issuer.rules, possession, now)?;
        let until = weighed.claims.expires().min(last);
        Ok(VerifiedToken {
            weighed,
            server: server.clone(),
            issuer: id,
            digest: self.digest(),
            vouched: Vouched::Said(active, until),
        })
    }
}

/// RFC 7662 §2.2: an answer need not say who issued the token, and must not say that it was somebody else.
fn said_by(said: &Map<String, Value>, issuer: &Issuer) -> Result<(), Refusal> {
    match said.get("iss") {
        None => Ok(()),
        Some(Value::String(iss)) if iss == issuer.as_str() => Ok(()),
        Some(Value::String(iss)) => Err(Refusal::IssuerDiffers { issuer: Shown::new(iss) }),
        Some(_) => Err(Refusal::ClaimMalformed { claim: "iss" }),
    }
}

/// Why the checks ended early: the caller's fault, or ours.
enum Stop {
    Refusal(Refusal),
    Fault(Fault),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// RFC 9068 §4: the issuer is compared byte for byte.
pub(crate) fn issuer_of<'s>(
    jws: &Jws<'_>,
    server: &'s Server,
) -> Result<(IssuerId, &'s IssuerSpec), Refusal> {
    let iss = jws.claims.get("iss").ok_or(Refusal::IssuerMissing)?;
    let iss = iss.as_str().ok_or(Refusal::ClaimMalformed { claim: "iss" })?;
    server.trusts(iss).ok_or_else(|| Refusal::IssuerUnknown { issuer: Shown::new(iss) })
}

/// Claims that hold, with a proof for each check. Whether anybody vouches for them is another question: the
/// proof of that is the signature's.
#[derive(Debug)]
pub(crate) struct Weighed {
    claims: Claims,
    waived: Vec<Refusal>,
    _typed: TypeAccepted,
    _live: Live,
    _aimed: AudienceSettled,
    _held: PossessionShown,
}

impl Weighed {
    pub(crate) fn into_waived(self) -> Vec<Refusal> {
        self.waived
    }
}

/// Everything that must hold beside the signature.
pub(crate) fn weigh(
    jws: Jws<'_>,
    server: &Server,
    issuer: IssuerId,
    rules: &IssuerRules,
    possession: &Possession,
    now: UnixTime,
) -> Result<Weighed, Refusal> {
    let permissive = server.spec().mode.waives_at(now);
    let (typed, type_waived) = accept_type(&jws.header, rules, permissive)?;
    let claims = Claims::read(jws.claims)?;
    let audience = Audience::read(claims.all().get("aud"))?;
    if let Some(sign) = typed.doubt(|| claims.sign_of_other_kind(audience.as_ref(), &rules.marks)) {
        return Err(Refusal::NotAccessToken { sign });
    }
    let live = claims.live_at(now, rules)?;
    let (aimed, audience_waived) =
        audience::settle(audience.as_ref(), server, issuer, claims.client(), permissive)?;
    // An ID token is for its client, which a permissive server takes for a recipient that nobody knows.
    let is_waived = type_waived.is_some() || audience_waived.is_some();
    let neither = || claims.client().is_none() && claims.scopes().is_empty();
    if let Some(sign) =
        typed.doubt(|| (is_waived && neither()).then_some("neither a client nor a scope, as ID tokens"))
    {
        return Err(Refusal::NotAccessToken { sign });
    }
    let held = possession::shown(claims.binding(), possession)?;
    let waived = type_waived.into_iter().chain(audience_waived).collect();
    Ok(Weighed { claims, waived, _typed: typed, _live: live, _aimed: aimed, _held: held })
}

/// Everything that must hold beside the issuer's word.
fn weigh_answer(
    said: &Map<String, Value>,
    server: &Server,
    issuer: IssuerId,
    rules: &IssuerRules,
    possession: &Possession,
    now: UnixTime,
) -> Result<Weighed, Refusal> {
    let permissive = server.spec().mode.waives_at(now);
    // RFC 7662 §2.2: an answer need not say when the token ends. That bounds for how long the answer is remembered, and
    // says nothing against the token, however short that is.
    let otherwise = now.plus(IssuerRules::MAX_ANSWERS_LAST);
    let claims = Claims::read_ending(said.clone(), Some(otherwise))?;
    let typed = accept_token_type(&claims)?;
    let audience = Audience::read(claims.all().get("aud"))?;
    // Issuers call refresh tokens and ID tokens active, too (RFC 7662 §4). What marks this issuer's JWTs need not stand
    // in its answers.
    if let Some(sign) = typed.doubt(|| claims.sign_of_other_kind(audience.as_ref(), &[])) {
        return Err(Refusal::NotAccessToken { sign });
    }
    let live = claims.live_at(now, rules)?;
    let (aimed, audience_waived) =
        audience::settle(audience.as_ref(), server, issuer, claims.client(), permissive)?;
    // Refresh tokens that are opaque carry no other sign than that, and no audience either.
    if audience_waived.is_some() && !claims.all().contains_key("token_type") {
        return Err(Refusal::NotAccessToken { sign: "no `token_type`, as refresh tokens" });
    }
    let held = possession::shown(claims.binding(), possession)?;
    let waived = audience_waived.into_iter().collect();
    Ok(Weighed { claims, waived, _typed: typed, _live: live, _aimed: aimed, _held: held })
}

/// RFC 7662 §2.2, RFC 9449 §6.2: how a token is to be used, where the answer says so.
fn accept_token_type(claims: &Claims) -> Result<TypeAccepted, Refusal> {
    let Some(said) = claims.all().get("token_type") else {
        return Ok(TypeAccepted { certain: false });
    };
    let said = said.as_str().ok_or(Refusal::ClaimMalformed { claim: "token_type" })?;
    if said.eq_ignore_ascii_case("DPoP") {
        // A token that is bound to a key that nobody names can be shown by nobody.
        let is_bound = claims.binding().is_some_and(|binding| binding.key.is_some());
        if !is_bound {
            return Err(Refusal::SenderUnproven);
        }
    } else if !said.eq_ignore_ascii_case("Bearer") {
        let sign = "a `token_type` other than `Bearer` and `DPoP`";
        return Err(Refusal::NotAccessToken { sign });
    }
    Ok(TypeAccepted { certain: false })
}

/// Proof that it was looked at what the token calls itself. Only [`accept_type`] and [`accept_token_type`] make one.
#[derive(Debug)]
pub(crate) struct TypeAccepted {
    certain: bool,
}

impl TypeAccepted {
    /// RFC 9068's own type leaves no doubt that this is an access token; any other does.
    fn doubt<T>(&self, look: impl FnOnce() -> Option<T>) -> Option<T> {
        if self.certain { None } else { look() }
    }
}

fn accept_type(
    header: &Header,
    rules: &IssuerRules,
    permissive: bool,
) -> Result<(TypeAccepted, Option<Refusal>), Refusal> {
    let certain = header.typ.as_deref().is_some_and(crate::issuer::is_access_token);
    // What says that it is another kind of token is believed, also during a roll-out.
    let is_silent = header.typ.as_deref().is_none_or(crate::issuer::says_only_jwt);
    match refuse_type(header, rules) {
        Some(refusal) if !(permissive && is_silent) => Err(refusal),
        waived => Ok((TypeAccepted { certain }, waived)),
    }
}

/// RFC 9068 §4, RFC 8725 §3.11: an access token says that it is one.
pub(crate) fn refuse_type(header: &Header, rules: &IssuerRules) -> Option<Refusal> {
    let typ = header.typ.as_deref();
    let refusal = || Refusal::TypeWrong { typ: typ.map(Shown::new), expected: rules.types.to_string() };
    (!rules.types.accept(typ)).then(refusal)
}
