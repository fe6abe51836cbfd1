//! Tokens that are verified: what the call itself demands, and what is compared on the way on.

mod after;
pub(super) mod answers;
pub(super) mod asking;
pub(super) mod settings;
mod trials;

use std::collections::BTreeMap;

pub(super) use after::passes_without;

use super::{Seen, purpose};
use crate::{
    flow::{
        bound::{Bound, bound, requires_audience, switched_off, written},
        event::Event,
        machine::Ran,
        value::{Mark, ObjectId},
    },
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
    /// Where it is switched off in the same function, before the call.
    pub(super) off: Option<Place>,
    /// Where an audience is demanded before the call, by this function or by whoever calls it, and a token without any passes.
    pub(super) lenient: Option<Place>,
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
        let asked = asking::asked(seen, *root, ran);
        for event in &ran.events {
            if let Event::Called { known, at, .. } = event
                && (known.does == Does::Verify || asked.is_some_and(|asked| std::ptr::eq(asked, event)))
            {
                let at = put_together(event).or_else(|| told_by(seen, event)).unwrap_or_else(|| at.clone());
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

/// Where a verifier is called by whoever put together what it demands: he can mend it.
fn told_by(seen: &Seen<'_>, event: &Event<'_>) -> Option<Place> {
    let Event::Called { known, arguments, heap, at, trail, .. } = event else { return None };
    let (settings, _) = known.audience.first()?.split_once('.')?;
    let settings = arguments.get(settings.parse::<usize>().ok()?)?.value.object()?;
    let settings = heap.get(settings).filter(|settings| settings.open.is_none())?;
    let maker = seen.project.innermost(&settings.born)?;
    let is_elsewhere = seen.project.innermost(at) != Some(maker);
    is_elsewhere
        .then(|| trail.iter().rev().find(|call| seen.project.innermost(call) == Some(maker)).cloned())
        .flatten()
}

/// What becomes of tokens at one place, by all ways there.
fn whole<'p>(
    seen: &Seen<'p>,
    purposes: &purpose::Purposes<'_, 'p>,
    at: &Place,
    ways: &[Way<'_, 'p>],
) -> Option<Verified<'p>> {
    // A test gives what it likes; only where nobody else comes here, that counts.
    let is_tested = |way: &&Way<'_, '_>| trials::is_test(seen, way.root);
    let all_are_tests = ways.iter().all(|way| is_tested(&way));
    let ways: Vec<_> = ways.iter().filter(|way| all_are_tests || !is_tested(way)).collect();
    let outermost: Vec<_> = ways
        .iter()
        .filter(|way| !ways.iter().any(|other| other.root != way.root && passes(seen, other, way.root)))
        .filter(|way| purposes.is_access(at, way.root, way.event))
        .collect();
    let Event::Called { known, .. } = outermost.first()?.event else { return None };
    // Deep in calls, what a function asks of others in the end is not followed any more: then it counts what it does where
    // nobody calls it.
    let is_itself =
        |way: &&&Way<'_, 'p>| matches!(way.event, Event::Called { trail, .. } if trail.is_empty());
    let itself = ways.iter().find(is_itself).filter(|way| compares(way));
    let itself = itself.map(|way| outcome(seen, way.ran, way.event));
    let outcomes = outermost.iter().map(|way| match (outcome(seen, way.ran, way.event), itself) {
        (Outcome::Accepted(_), Some(itself)) if !compares(way) => itself,
        (outcome, _) => outcome,
    });
    let outcome = outcomes.reduce(either)?;
    // Where it is always switched off, that is told where the token is verified.
    let partly = outermost.iter().filter(|way| switched_off(way.event, &known.off) == Bound::Sometimes);
    let off = partly.into_iter().find_map(|way| written(way.event, &known.off));
    let off = off.filter(|off| {
        let is_within = off.file == at.file && at.start <= off.start && off.end <= at.end;
        !is_within && seen.project.innermost(off) == seen.project.innermost(at)
    });
    let lenient = outermost.iter().filter(|way| {
        known.lenient
            && bound(way.event, &known.audience) != Bound::No
            && requires_audience(way.event, &known.requires) == Bound::No
    });
    let lenient = lenient.into_iter().find_map(|way| {
        let place = written(way.event, &known.audience)?;
        let is_here = seen.project.innermost(&place) == seen.project.innermost(at);
        // What comes with the call was put together by whoever calls.
        let is_called = matches!(way.event, Event::Called { trail, .. } if !trail.is_empty());
        (is_here || is_called).then_some(place)
    });
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
    Some(Verified { at: at.clone(), known, outcome, compared, is_asked_for, off, lenient })
}

/// Whether the claims are compared on that way.
fn compares(way: &Way<'_, '_>) -> bool {
    let claims = claims_of(way.event);
    claims.is_some()
        && way
            .ran
            .events
            .iter()
            .any(|event| matches!(event, Event::Compared { claims: of, .. } if *of == claims))
}

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
        (Outcome::Accepted(lack), Outcome::Refused | Outcome::Open | Outcome::Sometimes(_)) => {
            Outcome::Sometimes(lack)
        }
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

fn outcome(seen: &Seen<'_>, ran: &Ran<'_>, event: &Event<'_>) -> Outcome {
    let Event::Called { known, at, .. } = event else { return Outcome::Open };
    let claims = claims_of(event);
    // What an issuer says that nobody can follow may be compared all the same.
    let around = || {
        let function = seen.project.innermost(at).map(|function| seen.project.function(function));
        let text = &seen.project.file(at.file).text;
        function.and_then(|function| text.get(function.span.clone())).unwrap_or_default()
    };
    if known.does == Does::Send && claims.is_none() && speaks_of_audience(around()) {
        return Outcome::Open;
    }
    let after = claims.map_or(Outcome::Open, |claims| after::compared(seen, claims, &ran.events));
    let call = by_call(known, event);
    match (call, after) {
        (Outcome::Refused | Outcome::Open, _) => call,
        (_, Outcome::Refused) => Outcome::Refused,
        (Outcome::Accepted(lack), Outcome::Sometimes(_)) => Outcome::Sometimes(lack),
        (Outcome::Accepted(_), Outcome::UnlessAbsent(_) | Outcome::Ignored) => after,
        (Outcome::Accepted(lack) | Outcome::Sometimes(lack), _) => match after::again(ran, event) {
            Bound::Yes => Outcome::Refused,
            Bound::Sometimes => Outcome::Sometimes(lack),
            _ => call,
        },
        _ => call,
    }
}

/// Whether a text has anything to do with audiences.
fn speaks_of_audience(text: &str) -> bool {
    ["audience", "Audience", "\"aud\"", "'aud'", ".aud", ".resource"].iter().any(|word| text.contains(word))
}

/// Whether a token without an audience passes even where one is demanded, and nothing says otherwise.
fn is_lenient(known: &Call, event: &Event<'_>) -> bool {
    known.lenient && requires_audience(event, &known.requires) == Bound::No
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
        Bound::Yes | Bound::Open if is_lenient(known, event) => Outcome::UnlessAbsent(Lack::Library),
        Bound::Yes => Outcome::Refused,
        Bound::Open => Outcome::Open,
        _ if known.closed => Outcome::Refused,
        Bound::Sometimes => Outcome::Sometimes(Lack::Nothing),
        Bound::No => Outcome::Accepted(Lack::Nothing),
    }
}

#[cfg(test)]
mod tests;
