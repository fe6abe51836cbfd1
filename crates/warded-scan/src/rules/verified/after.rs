//! What becomes of a token after the call that verifies it: its claims are compared, or it is verified once more.

use super::{Lack, Outcome, settings};
use crate::{
    flow::{
        bound::{Bound, bound, switched_off},
        event::{self, Compare, Event},
        heap::Object,
        machine::Ran,
        split::{COMPARED, OTHER, SETTLED},
        value::{ObjectId, Presence, Shape, Value},
    },
    library::Does,
    rules::Seen,
};

/// What becomes of it after the call, where somebody got the claims.
pub(super) fn compared(seen: &Seen<'_>, claims: ObjectId, events: &[Event<'_>]) -> Outcome {
    let ends: Vec<(bool, bool, &Object)> = events
        .iter()
        .filter_map(|event| match event {
            Event::Ended { value, heap } => {
                let nothing = matches!(value.shape, Shape::Null);
                Some((event::refuses(value, heap), nothing, heap.get(claims)?))
            }
            _ => None,
        })
        .collect();
    // A function that never gives anything back does not refuse by that.
    let gives = ends.iter().any(|(refuses, ..)| !refuses);
    let (refusing, accepting): (Vec<_>, Vec<_>) =
        ends.into_iter().partition(|(refuses, nothing, _)| *refuses && (gives || !nothing));
    let thrown = events.iter().filter_map(|event| match event {
        Event::Thrown { heap } => heap.get(claims),
        _ => None,
    });
    // Where it is found to be another one, somebody is turned away.
    let has_effect = refusing.iter().map(|(.., of)| *of).chain(thrown).any(|of| has(of, OTHER))
        || !gives && turns_away(&accepting)
        || may_refuse(events, claims);
    let every = |key: &str| accepting.iter().all(|(.., of)| of.presence(key) == Presence::Always);
    let some = |key: &str| accepting.iter().any(|(.., of)| has(of, key));
    // Whoever is turned away has nothing compared.
    let mut compares = events.iter().filter_map(|event| match event {
        Event::Compared { claims: Some(of), how, under, .. } if *of == claims && *how != Compare::Client => {
            Some(under)
        }
        _ => None,
    });
    if every(COMPARED) {
        Outcome::Refused
    } else if some(OTHER) && !has_effect {
        Outcome::Ignored
    } else if every(SETTLED) {
        Outcome::UnlessAbsent(Lack::Code)
    } else if some(OTHER) {
        // On which ways it is compared is not clear any more; that somebody asks whether to compare is.
        if compares.any(|under| settings::is_asked_whether_set(seen, under)) {
            Outcome::Sometimes(Lack::Nothing)
        } else {
            Outcome::Refused
        }
    } else if some(COMPARED) && compares.next().is_some() {
        Outcome::Sometimes(Lack::Nothing)
    } else {
        Outcome::Accepted(Lack::Nothing)
    }
}

/// Whether what was found out is given back as an error, beside other ways on which there is none.
fn may_refuse(events: &[Event<'_>], claims: ObjectId) -> bool {
    events.iter().any(|event| match event {
        Event::Ended { value, heap } if event::may_refuse(value, heap) => {
            heap.get(claims).is_some_and(|of| has(of, OTHER))
        }
        _ => false,
    })
}

/// Whether a function that gives nothing back goes on only where the audience was not found to be another one: a handler
/// that answers, and is done.
fn turns_away(ends: &[(bool, bool, &Object)]) -> bool {
    ends.iter().any(|(.., of)| has(of, OTHER))
        && ends.iter().any(|(.., of)| has(of, COMPARED) && !has(of, OTHER))
}

/// Whether claims have that noted, on some way.
fn has(of: &Object, key: &str) -> bool {
    of.slot(key).is_some_and(|slot| slot.presence != Presence::Never)
}

/// Whether a token that was read somewhere else is refused here where it is for another server, but not where it is for
/// none.
pub(in crate::rules) fn passes_without(seen: &Seen<'_>, token: ObjectId, events: &[Event<'_>]) -> bool {
    compared(seen, token, events) == Outcome::UnlessAbsent(Lack::Code)
}

/// Whether the same token is verified once more, with its audience: its signature may have been enough for the first time.
pub(super) fn again(ran: &Ran<'_>, event: &Event<'_>) -> Bound {
    let Event::Called { at, arguments, under, .. } = event else { return Bound::No };
    let Some(token) = arguments.first().map(|given| &given.value) else { return Bound::No };
    let is_named = |value: &Value| !matches!(value.shape, Shape::Unknown(None));
    let later = ran.events.iter().skip_while(|one| !std::ptr::eq(*one, event)).skip(1);
    let demands = later.filter_map(|other| match other {
        Event::Called { known, at: then, arguments, under: asked, .. }
            if known.does == Does::Verify
                && then != at
                && is_named(token)
                && arguments.first().is_some_and(|given| given.value.shape == token.shape)
                && switched_off(other, &known.off) == Bound::No =>
        {
            let demanded = bound(other, &known.audience);
            let is_sure = demanded == Bound::Yes && asked.len() <= under.len();
            Some(if is_sure || demanded == Bound::No { demanded } else { Bound::Sometimes })
        }
        _ => None,
    });
    demands.max().unwrap_or(Bound::No)
}
