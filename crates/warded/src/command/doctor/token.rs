//! The seventh step: what will the server see in the token? Judged as a careful server judges, by the same core; never
//! shown.

mod flaws;
mod standing;

use serde_json::Value;
use warded_client::{discover::Discovered, session::Survey, tokens::Record};
use warded_core::{Refusal, Shown, UnixTime, danger::Unverified, jose::KeySet};

use super::{entry::Entered, knock::Challenged, server::list, walk::Walk};
use crate::{
    diagnosis::{Flaw, Known, Party, Point, Step, flaw, table},
    report::{moment, span_of_time},
};

/// Writes down what the token says, and what of that a server may refuse.
pub(super) async fn look(
    step: &mut Step,
    discovered: &Discovered,
    survey: &Survey,
    entered: &Entered,
    challenged: &Challenged,
    walk: &Walk<'_>,
) -> Known {
    let record = &entered.record;
    let mut known = Known {
        is_fresh: entered.is_fresh,
        is_given_up: entered.is_given_up,
        resource: Shown::new(survey.place.source.resource()).to_string(),
        ..Known::default()
    };
    withheld(step, survey, record);
    if record.sender().is_some() {
        step.follows(Party::Issuer, "bound the token to the key that it was shown", "RFC 9449 §6");
    }
    let now = walk.now();
    let Some(token) = record.unverified() else {
        known.is_opaque = true;
        let ends = record.expires().map(|at| format!(", and is good until {}", moment(at, now)));
        let did = format!("issued a token that only it can read{}", ends.unwrap_or_default());
        step.follows(Party::Issuer, did, "RFC 6749 §1.4");
        let message = "the token is opaque: the server has to ask the issuer about it (RFC 7662)";
        step.find(&table::TOKEN_OPAQUE, Party::Server, message);
        return known;
    };
    let keys = keys(step, discovered, walk).await;
    says(step, &token, now);
    let mut found =
        flaws::of(&token, discovered, survey, &record.terms().bound, keys.as_ref(), now, challenged.clock);
    if let Some(keys) = &keys
        && let Some(flaw) = standing::of(step, &token, discovered, keys, walk).await
    {
        found.push(flaw);
    }
    walk.wire.take();
    for Flaw { point, said, .. } in &found {
        let diagnosis = match point {
            Point::Audience => &table::TOKEN_AUDIENCE,
            Point::Issuer => &table::TOKEN_ISSUER,
            Point::Clock => &table::TOKEN_LIFETIME,
            Point::Key => &table::TOKEN_KEY,
            Point::Revoked => &table::TOKEN_REVOKED,
            Point::Type => &table::TOKEN_TYPE,
            Point::Scope | Point::Opaque | Point::Possession | Point::Form => &table::TOKEN_MALFORMED,
        };
        step.breaks(Party::Issuer, said.clone(), diagnosis.clause);
        step.find(diagnosis, Party::Issuer, said.clone());
    }
    known.flaws = found;
    known
}

/// The issuer's keys, where they can be had.
async fn keys(step: &mut Step, discovered: &Discovered, walk: &Walk<'_>) -> Option<KeySet> {
    let Some(url) = &discovered.server.jwks_uri else {
        step.saw(Party::Issuer, "names no `jwks_uri`, so the signature cannot be verified here");
        return None;
    };
    let fetched = match discovered.target(url) {
        Ok(target) => walk.fetch.get(&target).await,
        Err(_) => return None,
    };
    let keys = fetched.and_then(|fetched| fetched.json().cloned());
    match keys.map(|text| KeySet::parse(&text)) {
        Ok(Ok(keys)) => Some(keys),
        Ok(Err(flaw)) => {
            step.saw(Party::Issuer, format!("serves keys that cannot be read: {flaw}"));
            None
        }
        Err(failure) => {
            step.saw(Party::Issuer, format!("does not serve its keys: {failure}"));
            None
        }
    }
}

/// What the token says, claim by claim, as far as servers look at it. What it says about the person is not shown.
fn says(step: &mut Step, token: &Unverified, now: UnixTime) {
    let (header, claims) = (token.header(), token.claims());
    let text = |value: Option<&Value>| match value {
        Some(Value::String(text)) => format!("`{}`", Shown::new(text)),
        Some(Value::Array(several)) => list(several.iter().filter_map(Value::as_str)),
        Some(_) => "something else".to_owned(),
        None => "nobody".to_owned(),
    };
    let typ = header.get("typ").map_or("no type".to_owned(), |typ| format!("the type {}", text(Some(typ))));
    let key =
        header.get("kid").map_or("no name of a key".to_owned(), |kid| format!("the key {}", text(Some(kid))));
    let saw = |step: &mut Step, did: String| step.saw(Party::Issuer, did);
    saw(step, format!("issued a JWT with {typ}, signed by {} with {key}", text(header.get("alg"))));
    saw(step, format!("names as its audience {}", text(claims.get("aud"))));
    saw(step, format!("names as its issuer {}", text(claims.get("iss"))));
    let at = |claim: &str| claims.get(claim).and_then(Value::as_i64).map(UnixTime::from_seconds);
    if let Some(ends) = at("exp") {
        let from = at("iat").map(|from| format!("for {}, ", span_of_time(ends.since(from).max(0))));
        saw(step, format!("lets it live {}until {}", from.unwrap_or_default(), moment(ends, now)));
    }
    if let Some(scope) = claims.get("scope").or_else(|| claims.get("scp")) {
        saw(step, format!("lets it permit {}", text(Some(scope))));
    }
}

/// Whether less was permitted than was asked for.
fn withheld(step: &mut Step, survey: &Survey, record: &Record) {
    let Some(permitted) = record.permitted() else { return };
    let missing = survey.scopes.missing_from(permitted);
    // Where it decides about refresh tokens, no server misses it (OpenID Connect Core §11).
    let missing: Vec<_> = missing.iter().filter(|scope| *scope != "offline_access").collect();
    if !missing.is_empty() {
        let missing = list(missing.into_iter());
        step.follows(Party::Issuer, format!("did not grant {missing}"), "RFC 6749 §3.3");
        step.find(&table::SCOPES_WITHHELD, Party::You, format!("the token does not permit {missing}"));
    }
}

/// A flaw in the words of the core, without a full stop.
fn said(point: Point, refusal: &Refusal) -> Flaw {
    let is_suspect = !matches!(refusal, Refusal::LifetimeTooLong { .. });
    Flaw { is_suspect, ..flaw(point, refusal.to_string()) }
}
