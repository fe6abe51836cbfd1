//! What is wrong with a token in the eyes of a careful server? The core judges, for a fleet of this one server; beside
//! that, what less careful ones stumble over: another spelling, another clock.

use serde_json::Value;
use warded_client::{discover::Discovered, obtain::Bound, session::Survey};
use warded_core::{
    Fleet, IssuerRules, IssuerSpec, Mode, Refusal, ServerSpec, Shown, TokenTypes, UnixTime,
    danger::Unverified, jose::KeySet,
};

use super::said;
use crate::{
    diagnosis::{Flaw, Point, flaw},
    report::span_of_time,
};

/// How many seconds a clock may be off that only says whole seconds.
const WHOLE_SECONDS: i64 = 2;

/// Everything that a server may refuse the token for, the likeliest first.
pub(super) fn of(
    token: &Unverified,
    discovered: &Discovered,
    survey: &Survey,
    bound: &Bound,
    keys: Option<&KeySet>,
    now: UnixTime,
    there: Option<UnixTime>,
) -> Vec<Flaw> {
    let mut found: Vec<Flaw> = Vec::new();
    let mut add = |flaw: Flaw| {
        if !found.iter().any(|known| known.point == flaw.point) {
            found.push(flaw);
        }
    };
    let mut refusals = token.faults(now);
    refusals.extend(at_the_server(token, discovered, bound, now));
    refusals.extend(keys.and_then(|keys| token.signature_by(keys).err()));
    // Whether whoever sends it has the key, no token can say.
    refusals.retain(|refusal| Point::of_code(refusal.code()) != Some(Point::Possession));
    // What stands in the way of every judge goes before what only careful ones look at.
    refusals.sort_by_key(rank);
    if let Some(flaw) = there.and_then(|there| by_the_clock_of_the_server(token, there, now)) {
        add(flaw);
    }
    if let Some(flaw) = spelled_differently(token, survey).filter(|_| *bound == Bound::Audience) {
        add(flaw);
    }
    for refusal in refusals {
        let about = Point::of_code(refusal.code());
        add(said(about.unwrap_or(Point::Form), &refusal));
    }
    found
}

fn rank(refusal: &Refusal) -> u8 {
    match Point::of_code(refusal.code()) {
        _ if matches!(refusal, Refusal::LifetimeTooLong { .. }) => 6,
        Some(Point::Clock) => 0,
        Some(Point::Issuer) => 1,
        Some(Point::Audience) => 2,
        Some(Point::Key) => 3,
        Some(Point::Type) => 5,
        _ => 4,
    }
}

/// What the server would say if it were Warded's, and knew this one issuer.
fn at_the_server(
    token: &Unverified,
    discovered: &Discovered,
    bound: &Bound,
    now: UnixTime,
) -> Option<Refusal> {
    let spec = ServerSpec {
        name: "server".into(),
        resource: discovered.resource_uri.clone(),
        aliases: Vec::new(),
        issuers: vec![0],
        tier: "doctor".into(),
        mode: Mode::Strict,
    };
    let mut rules = IssuerRules::default();
    // The type is told of by itself; here it would hide what comes after it.
    if let Ok(types) = TokenTypes::of([TokenTypes::ACCESS_TOKEN, "jwt", TokenTypes::ABSENT]) {
        rules.types = types;
    }
    rules.own_client_id = true;
    // What the user says that the issuer calls the server, is for the server.
    let audiences = match bound {
        Bound::Pinned(audience) => vec![(0, audience.clone())],
        _ => Vec::new(),
    };
    let issuer = IssuerSpec { url: discovered.issuer.clone(), rules, audiences, across_tiers: Vec::new() };
    let fleet = Fleet::prove(vec![spec], vec![issuer]).ok()?;
    token.would_open(&fleet.server("server")?, now).err()
}

/// A server compares with its own clock, and many allow for no difference at all.
fn by_the_clock_of_the_server(token: &Unverified, there: UnixTime, now: UnixTime) -> Option<Flaw> {
    let at = |claim: &str| token.claims().get(claim).and_then(Value::as_i64).map(UnixTime::from_seconds);
    let is_later = |at: &UnixTime| at.since(there) > WHOLE_SECONDS;
    if let Some(ended) = at("exp").filter(|ends| *ends <= there && *ends > now) {
        let ago = span_of_time(there.since(ended));
        return Some(flaw(Point::Clock, format!("by the server's clock the token expired {ago} ago")));
    }
    let starts = at("nbf").filter(is_later).or_else(|| at("iat").filter(is_later))?;
    let ahead = span_of_time(starts.since(there));
    Some(flaw(Point::Clock, format!("by the server's clock the token begins in {ahead}")))
}

/// A server that compares bytes does not see that two spellings mean the same.
fn spelled_differently(token: &Unverified, survey: &Survey) -> Option<Flaw> {
    let resource = survey.place.source.resource();
    let audiences = match token.claims().get("aud")? {
        Value::String(one) => vec![one.as_str()],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => return None,
    };
    if audiences.contains(&resource) {
        return None;
    }
    let means = |text: &str| warded_core::ResourceUri::parse(text).ok();
    let asked = means(resource)?;
    let other = audiences.into_iter().find(|audience| means(audience).as_ref() == Some(&asked))?;
    Some(flaw(
        Point::Audience,
        format!(
            "the token's audience is `{}`, and the server's metadata spells it `{}`: servers that compare bytes refuse that",
            Shown::new(other),
            Shown::new(resource)
        ),
    ))
}
