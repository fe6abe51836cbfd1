//! Tokens that are verified: what the call itself demands, and what is compared on the way on.

use std::collections::BTreeMap;

use super::{Seen, purpose};
use crate::{
    flow::{
        bound::{Bound, bound, requires_audience, switched_off},
        event::{self, Compare, Event},
        heap::{Heap, Object},
        machine::Ran,
        split::{COMPARED, OTHER, SETTLED},
        value::{Mark, ObjectId, Presence, Shape, Value},
    },
    language::Language,
    library::{Call, Does},
    project::{FunctionRef, Place},
};

/// A place where tokens are verified.
#[derive(Debug)]
pub(crate) struct Verified<'p> {
    /// Where.
    pub(super) at: Place,
    /// By which call.
    pub(super) known: &'p Call,
    /// What becomes of a token for another server.
    pub(super) outcome: Outcome,
    /// Where its audience is compared, if it is.
    pub(super) compared: Option<Place>,
    /// Whether it is compared only where whoever sends the request wants it to be.
    pub(super) is_asked_for: bool,
}

/// What becomes of a token that was issued for another server, or for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// It is refused.
    Refused,
    /// Whoever calls decides it.
    Open,
    /// It is refused on some ways.
    Sometimes(Lack),
    /// It is refused, but not where it has no audience.
    UnlessAbsent(Lack),
    /// It is found out, and nothing comes of it.
    Ignored,
    /// It is accepted.
    Accepted(Lack),
}

/// Why a token for another server is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lack {
    /// Nobody asks for its audience.
    Nothing,
    /// The library was told not to.
    Off,
    /// The library asks only where there is one.
    Library,
    /// The code asks only where there is one.
    Code,
}

/// One way to a place where a token is verified.
struct Way<'s, 'p> {
    root: FunctionRef,
    ran: &'s Ran<'p>,
    event: &'s Event<'p>,
}

/// All places where tokens are verified that may be those of callers.
pub(super) fn all<'s, 'p>(seen: &'s Seen<'p>) -> impl Iterator<Item = &'s Verified<'p>> {
    seen.verified().iter().filter(|one| one.known.does == Does::Verify)
}

/// All places where an issuer is asked about the token of a caller.
pub(super) fn asked<'s, 'p>(seen: &'s Seen<'p>) -> impl Iterator<Item = &'s Verified<'p>> {
    seen.verified().iter().filter(|one| one.known.does == Does::Send)
}

/// Both, worked out.
pub(super) fn places<'p>(seen: &Seen<'p>) -> Vec<Verified<'p>> {
    let mut by_place: BTreeMap<Place, Vec<Way<'_, 'p>>> = BTreeMap::new();
    for (root, ran) in &seen.ran {
        for event in &ran.events {
            if let Event::Called { known, at, .. } = event
                && (known.does == Does::Verify || known.does == Does::Send && asks(seen, *root, ran, event))
            {
                let at = put_together(event).unwrap_or_else(|| at.clone());
                by_place.entry(at).or_default().push(Way { root: *root, ran, event });
            }
        }
    }
    let purposes = purpose::Purposes::of(seen);
    by_place.into_iter().filter_map(|(at, ways)| whole(seen, &purposes, &at, &ways)).collect()
}

/// Where a request was made that is given to somebody who sends it.
fn put_together(event: &Event<'_>) -> Option<Place> {
    let Event::Called { known, arguments, heap, .. } = event else { return None };
    let is_given = known.does == Does::Send && known.url.iter().any(|url| url == "0.url");
    let request = arguments.first().filter(|_| is_given)?.value.object()?;
    Some(heap.get(request)?.born.clone())
}

/// What becomes of tokens at one place, by all ways there.
fn whole<'p>(
    seen: &Seen<'p>,
    purposes: &purpose::Purposes<'_, 'p>,
    at: &Place,
    ways: &[Way<'_, 'p>],
) -> Option<Verified<'p>> {
    let outermost: Vec<_> = ways
        .iter()
        .filter(|way| !ways.iter().any(|other| other.root != way.root && passes(seen, other, way.root)))
        .filter(|way| purposes.is_access(at, way.root, way.event))
        .collect();
    let Event::Called { known, .. } = outermost.first()?.event else { return None };
    let outcomes = outermost.iter().map(|way| outcome(way.ran, way.event));
    let outcome = outcomes.reduce(either)?;
    let compared = outermost.iter().find_map(|way| {
        let (claims, Event::Called { under: before, .. }) = (claims_of(way.event)?, way.event) else {
            return None;
        };
        way.ran.events.iter().find_map(|event| match event {
            Event::Compared { claims: Some(of), at, under, .. } if *of == claims => {
                let mut asked = under.iter().skip(before.len());
                Some((at.clone(), asked.any(|asked| asked.about.has(Mark::Request))))
            }
            _ => None,
        })
    });
    let (compared, is_asked_for) = compared.unzip();
    let is_asked_for = is_asked_for.unwrap_or_default();
    Some(Verified { at: at.clone(), known, outcome, compared, is_asked_for })
}

/// Whether an issuer is asked there about the token of a caller.
fn asks(seen: &Seen<'_>, root: FunctionRef, ran: &Ran<'_>, event: &Event<'_>) -> bool {
    let Event::Called { arguments, known, what, .. } = event else { return false };
    // Too much is called `get` or `header`.
    if !known.is_called(what) && !what.ends_with(".post") {
        return false;
    }
    let of = seen.project.function(root);
    let gives = of.returns.as_deref().unwrap_or_default();
    // Elsewhere than in its SDK that is what a client is given.
    let who = match seen.project.file(root.file).language {
        Language::Python => "AccessToken",
        Language::Go => "TokenInfo",
        _ => "AuthInfo",
    };
    let is_verifier = VERIFIERS.contains(&&*of.name) || gives.contains(who);
    let is_sent =
        |event: &Event<'_>| matches!(event, Event::Called { known, .. } if known.does == Does::Verify);
    let form = crate::flow::request::of(event);
    let is_request = !arguments.is_empty() || known.url.iter().any(|url| url.starts_with("self."));
    is_verifier
        && is_request
        && is_answered(known, ran)
        && !is_about_keys(event)
        && form.is_none()
        && !ran.events.iter().any(is_sent)
}

/// Whether that is where the answer comes from: some calls only put a request together, which others send.
fn is_answered(known: &Call, ran: &Ran<'_>) -> bool {
    let answers = |known: &Call| known.does == Does::Send && known.gives.is_none();
    let others =
        ran.events.iter().any(|event| matches!(event, Event::Called { known, .. } if answers(known)));
    answers(known) || !others
}

/// Whether it asks for the keys of the issuer, not about a token.
fn is_about_keys(event: &Event<'_>) -> bool {
    let Event::Called { known, .. } = event else { return false };
    let url = crate::flow::request::given(event, &known.url);
    let names = url.iter().flat_map(Value::each).filter_map(|one| match &one.shape {
        Shape::Text(name) | Shape::Unknown(Some(name)) | Shape::Foreign(name) => {
            Some(name.to_ascii_lowercase())
        }
        _ => None,
    });
    names
        .into_iter()
        .any(|name| ["jwks", "certs", "well-known", "discovery"].iter().any(|part| name.contains(part)))
}

/// What functions are called that say whether a token is good.
const VERIFIERS: &[&str] = &[
    "verify_token",
    "verify_access_token",
    "load_access_token",
    "verifyToken",
    "verifyAccessToken",
    "VerifyToken",
    "VerifyAccessToken",
    "introspect_token",
    "introspectToken",
];

/// Whether a way leads through that function, called by another one.
fn passes(seen: &Seen<'_>, way: &Way<'_, '_>, through: FunctionRef) -> bool {
    let Event::Called { at, trail, .. } = way.event else { return false };
    let span = &seen.project.function(through).span;
    let inside = |place: &Place| {
        place.file == through.file && span.start <= place.start as usize && place.end as usize <= span.end
    };
    !trail.is_empty() && trail.iter().skip(1).chain([at]).any(inside)
}

/// Of two ways.
fn either(one: Outcome, other: Outcome) -> Outcome {
    match (one.max(other), one.min(other)) {
        (Outcome::Accepted(lack), Outcome::Refused | Outcome::Open) => Outcome::Sometimes(lack),
        (worst, _) => worst,
    }
}

/// The claims that a call gives.
pub(super) fn claims_of(event: &Event<'_>) -> Option<ObjectId> {
    let Event::Called { result, .. } = event else { return None };
    result.marks.iter().find_map(|mark| match mark {
        Mark::Claims(claims) => Some(claims),
        _ => None,
    })
}

fn outcome(ran: &Ran<'_>, event: &Event<'_>) -> Outcome {
    let Event::Called { known, .. } = event else { return Outcome::Open };
    let after = claims_of(event).map_or(Outcome::Open, |claims| compared(claims, &ran.events));
    let call = by_call(known, event);
    match (call, after) {
        (Outcome::Refused | Outcome::Open, _) => call,
        (_, Outcome::Refused) => Outcome::Refused,
        (Outcome::Accepted(lack), Outcome::Sometimes(_)) => Outcome::Sometimes(lack),
        (Outcome::Accepted(_), Outcome::UnlessAbsent(_) | Outcome::Ignored) => after,
        _ => call,
    }
}

/// What the call does by itself.
fn by_call(known: &Call, event: &Event<'_>) -> Outcome {
    // Where nothing at all is verified, that is another matter.
    if matches!(switched_off(event, &known.peek), Bound::Yes | Bound::Open) {
        return Outcome::Open;
    }
    match switched_off(event, &known.off) {
        Bound::Yes => return Outcome::Accepted(Lack::Off),
        Bound::Sometimes => return Outcome::Sometimes(Lack::Off),
        _ => {}
    }
    match bound(event, &known.audience) {
        // Whatever is demanded there, a token that has none passes.
        Bound::Yes | Bound::Open
            if known.lenient && requires_audience(event, &known.requires) == Bound::No =>
        {
            Outcome::UnlessAbsent(Lack::Library)
        }
        Bound::Yes => Outcome::Refused,
        Bound::Open => Outcome::Open,
        _ if known.closed => Outcome::Refused,
        Bound::Sometimes => Outcome::Sometimes(Lack::Nothing),
        Bound::No => Outcome::Accepted(Lack::Nothing),
    }
}

/// What becomes of it after the call, where somebody got the claims.
fn compared(claims: ObjectId, events: &[Event<'_>]) -> Outcome {
    let ends: Vec<(bool, bool, &Heap, &Object)> = events
        .iter()
        .filter_map(|event| match event {
            Event::Ended { value, heap } => {
                let nothing = matches!(value.shape, crate::flow::value::Shape::Null);
                Some((event::refuses(value, heap), nothing, heap.as_ref(), heap.get(claims)?))
            }
            _ => None,
        })
        .collect();
    // A function that never gives anything back does not refuse by that.
    let gives = ends.iter().any(|(refuses, ..)| !refuses);
    let accepting = ends.iter().filter(|(refuses, nothing, ..)| !refuses || (!gives && *nothing));
    let all: Vec<_> = accepting.map(|(.., object)| *object).collect();
    let every = |key: &str| all.iter().all(|of| of.presence(key) == Presence::Always);
    let some =
        |key: &str| all.iter().any(|of| of.slot(key).is_some_and(|slot| slot.presence != Presence::Never));
    // Whoever is turned away has nothing compared.
    let was_compared = events.iter().any(
        |event| matches!(event, Event::Compared { claims: Some(of), how, .. } if *of == claims && *how != Compare::Client),
    );
    if every(COMPARED) {
        Outcome::Refused
    } else if some(OTHER) {
        Outcome::Ignored
    } else if every(SETTLED) {
        Outcome::UnlessAbsent(Lack::Code)
    } else if some(COMPARED) && was_compared {
        Outcome::Sometimes(Lack::Nothing)
    } else {
        Outcome::Accepted(Lack::Nothing)
    }
}

#[cfg(test)]
mod tests;
