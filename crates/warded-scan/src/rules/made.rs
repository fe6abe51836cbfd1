//! What is made for somebody else to use: verifiers of tokens, and what asks for tokens.
//!
//! Nobody calls these where they are made. What they were given until the function ends decides what they do.

use std::{collections::BTreeMap, sync::Arc};

use super::{Found, Seen};
use crate::{
    flow::{
        event::Event,
        heap::{Heap, Is, Object},
        machine::Ran,
        value::{Mark, Presence, Shape, Value},
    },
    library::{Call, Does, Later, Library},
    project::{FunctionRef, Place, Project},
    rule::Confidence,
};

/// How deep validators may stand in each other.
const MAX_DEEP: usize = 4;

/// Whether something brings what matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Brings {
    /// On no way.
    Never,
    /// On some ways, or where others add it.
    Sometimes,
    /// Nobody can tell.
    Unknown,
    /// On all ways.
    Always,
}

/// Something that was made.
#[derive(Clone, Copy)]
struct Made<'s> {
    known: &'s Call,
    object: &'s Object,
    heap: &'s Heap,
}

/// Where something is made that brings it so.
pub(super) fn places<'s>(
    seen: &'s Seen<'_>,
    which: impl Fn(&Call) -> bool,
    brings: impl Fn(Brings) -> bool,
) -> Vec<&'s Place> {
    let mut all: BTreeMap<&Place, Brings> = BTreeMap::new();
    let mut note = |at: &'s Place, made: Made<'s>| {
        // Where that is switched off, it is told so.
        if which(made.known) && off(seen, made).is_none() {
            let brings = of(seen, made);
            let known = all.entry(at).or_insert(brings);
            *known = either(*known, brings);
        }
    };
    for made in all_made(seen) {
        note(&made.object.born, made);
    }
    for event in seen.ran.iter().flat_map(|(_, ran)| &ran.events) {
        if let (Event::Called { at, .. }, Some(made)) = (event, asked_through(seen.project, event)) {
            note(at, made);
        }
    }
    let meant = all.into_iter().filter(|(at, known)| brings(*known) && !is_used(seen, at));
    meant.map(|(at, _)| at).collect()
}

/// Where something is made that verifies tokens, and is told not to ask for their audience; and whether that is so on some
/// ways only.
pub(super) fn switched_off<'s>(seen: &'s Seen<'_>) -> Vec<(&'s Place, bool)> {
    let mut all: BTreeMap<&Place, (&Place, bool)> = BTreeMap::new();
    for made in all_made(seen) {
        if let Some((at, sometimes)) = off(seen, made) {
            let known = all.entry(&made.object.born).or_insert((at, sometimes));
            known.1 |= sometimes;
        }
    }
    let all = all.into_iter().filter(|(born, _)| !is_used(seen, born) && !is_asked_after(seen, born));
    all.map(|(_, off)| off).collect()
}

/// Where something that is made to verify tokens is told which audience to demand, and accepts a token without any still.
pub(super) fn lenient<'s>(seen: &'s Seen<'_>) -> Vec<&'s Place> {
    let mut all: BTreeMap<&Place, &Place> = BTreeMap::new();
    for made in all_made(seen) {
        let demands = made.known.brings.iter().find_map(|key| made.object.slot(key));
        if let Some(slot) = demands.filter(|_| made.known.lenient)
            && slot.presence != Presence::Never
            && made.known.requires.iter().all(|key| !requires(made, key))
        {
            all.insert(&made.object.born, &slot.at);
        }
    }
    let unused = all.into_iter().filter(|(born, _)| !is_used(seen, born));
    unused.map(|(_, at)| at).collect()
}

/// Whether the audience may be among the claims that must be there.
fn requires(made: Made<'_>, key: &str) -> bool {
    let Some(slot) = made.object.slot(key) else { return made.object.open.is_some() };
    slot.value.each().any(|value| {
        let list = value.object().and_then(|id| made.heap.get(id));
        let is_audience = |item: &Value| item.text().is_none_or(|text| &**text == "aud");
        list.is_none_or(|list| list.open.is_some() || list.items.iter().any(is_audience))
    })
}

/// Where it is told not to ask for the audience, and whether on some ways only.
fn off<'s>(seen: &Seen<'_>, made: Made<'s>) -> Option<(&'s Place, bool)> {
    made.known.off.iter().find_map(|key| {
        let slot = made.object.slot(key)?;
        let ways: Vec<_> = slot.value.each().map(|value| is_off(seen, value)).collect();
        let is_sure = slot.presence == Presence::Always && ways.iter().all(|way| *way == Brings::Always);
        let is_off = ways.iter().any(|way| matches!(way, Brings::Always | Brings::Sometimes));
        let born = &made.object.born;
        let is_within = slot.at.file != born.file || born.start <= slot.at.start && slot.at.end <= born.end;
        is_off.then_some((if is_within { born } else { &slot.at }, !is_sure))
    })
}

/// Whether a switch is off: it says so, or it is a function that says yes to everything.
fn is_off(seen: &Seen<'_>, value: &Value) -> Brings {
    match &value.shape {
        Shape::Bool(false) => Brings::Always,
        Shape::Function(closure) => {
            let text = &seen.project.file(closure.function.file).text;
            let span = seen.project.function(closure.function).span.clone();
            let gives = text.get(span).and_then(|text| text.rsplit_once("=>"));
            let is_open = gives.is_some_and(|(_, gives)| gives.trim() == "true");
            if is_open { Brings::Always } else { Brings::Never }
        }
        // `!string.IsNullOrEmpty(audience)`: it is worked out.
        Shape::Unknown(None) => Brings::Sometimes,
        Shape::Unknown(_) => Brings::Unknown,
        _ => Brings::Never,
    }
}

/// Whether who makes it looks at each token once more by himself.
fn is_asked_after(seen: &Seen<'_>, at: &Place) -> bool {
    let file = seen.project.file(at.file);
    let around =
        file.module().functions.iter().skip(1).filter(|function| {
            function.span.start <= at.start as usize && at.end as usize <= function.span.end
        });
    let outermost = around.max_by_key(|function| function.span.len());
    let text = outermost.and_then(|function| file.text.get(function.span.clone())).unwrap_or_default();
    text.contains("OnTokenValidated") && text.to_ascii_lowercase().contains("aud")
}

/// The same, as what is found.
pub(super) fn found(at: &Place, confidence: Confidence, message: &str) -> Found {
    let steps = vec![(at.clone(), "made here".to_owned())];
    Found { at: at.clone(), confidence, message: message.to_owned(), steps }
}

/// What asks for a token there, where that was made here: it decides what is sent.
pub(super) fn is_asked_through(project: &Project<'_>, event: &Event<'_>) -> bool {
    asked_through(project, event).is_some()
}

fn asked_through<'e>(project: &Project<'_>, event: &'e Event<'_>) -> Option<Made<'e>> {
    let Event::Called { known, receiver: Some(receiver), heap, .. } = event else { return None };
    if known.does != Does::TokenRequest {
        return None;
    }
    let object = heap.get(receiver.object()?)?;
    let known = known_of(project, object).filter(|known| known.later.is_some())?;
    object.open.is_none().then_some(Made { known, object, heap })
}

/// What was known where functions ended that made anything for somebody else to use: many rules ask for it.
pub(super) fn makers(project: &Project<'_>, ran: &[(FunctionRef, Ran<'_>)]) -> Vec<(FunctionRef, Arc<Heap>)> {
    let is_made = |object: &Object| known_of(project, object).is_some_and(|known| known.later.is_some());
    let ended = ran.iter().flat_map(|(root, ran)| ran.events.iter().map(move |event| (*root, event)));
    let heaps = ended.filter_map(|(root, event)| match event {
        Event::Ended { heap, .. } => Some((root, heap)),
        _ => None,
    });
    let making = heaps.filter(|(_, heap)| heap.objects().any(is_made));
    making.map(|(root, heap)| (root, Arc::clone(heap))).collect()
}

/// What a library is known to have made that by.
fn known_of(project: &Project<'_>, object: &Object) -> Option<&'static Call> {
    let Is::Foreign(path) = &object.is else { return None };
    let known = Library::known().find(project.file(object.born.file).language, path)?;
    Some(project.in_version(object.born.file, known))
}

/// All that functions make.
fn all_made<'s>(seen: &'s Seen<'_>) -> impl Iterator<Item = Made<'s>> {
    seen.makers
        .iter()
        .flat_map(|(root, heap)| heap.objects().filter_map(|object| made(seen, *root, object, heap)))
}

/// What a library makes, where the function that is looked at makes it.
fn made<'s>(seen: &Seen<'_>, root: FunctionRef, object: &'s Object, heap: &'s Heap) -> Option<Made<'s>> {
    let known = known_of(seen.project, object).filter(|known| known.later.is_some())?;
    // What a field begins as is made by no function.
    let by = super::requests::enclosing(seen.project, &object.born).filter(|by| by.id.0 != 0);
    let is_here = by.is_none_or(|by| by == root);
    // What is only handed in was made elsewhere.
    (is_here && object.open.is_none()).then_some(Made { known, object, heap })
}

/// Whether something here uses what is made there: then it is judged where that is done.
fn is_used(seen: &Seen<'_>, born: &Place) -> bool {
    let mut all = seen.ran.iter().flat_map(|(_, ran)| &ran.events);
    all.any(|event| match event {
        Event::Called { known, receiver, arguments, heap, .. } if known.later.is_none() => {
            let mut all = receiver.iter().chain(arguments.iter().map(|given| &given.value));
            all.any(|one| one.object().and_then(|id| heap.get(id)).is_some_and(|of| of.born == *born))
        }
        _ => false,
    })
}

fn of(seen: &Seen<'_>, made: Made<'_>) -> Brings {
    let word = match made.known.later {
        Some(Later::Verifies) => "aud",
        _ => "resource",
    };
    let each = made.known.brings.iter().map(|key| {
        let Some(slot) = made.object.slot(key) else { return Brings::Never };
        let is_itself = key.eq_ignore_ascii_case(word) && slot.value.truth() != Some(false);
        if is_itself && slot.presence == Presence::Always {
            return Brings::Always;
        }
        let brings = of_value(seen, &slot.value, made.heap, word, MAX_DEEP);
        if slot.presence == Presence::Always { brings } else { either(brings, Brings::Never) }
    });
    each.reduce(together).unwrap_or(Brings::Never)
}

/// Whether what is given brings it: by an entry of that name, or because it is written in what is given.
fn of_value(seen: &Seen<'_>, value: &Value, heap: &Heap, word: &str, left: usize) -> Brings {
    let each = value.each().map(|one| match &one.shape {
        Shape::Null | Shape::Bool(false) => Brings::Never,
        Shape::Function(closure) => {
            let span = &seen.project.function(closure.function).span;
            match written(seen, closure.function.file, span, word) {
                Brings::Never if !is_all_seen(seen, closure.function) => Brings::Unknown,
                written => written,
            }
        }
        Shape::Object(id) => match heap.get(*id) {
            Some(object) if left > 0 => of_object(seen, object, heap, word, left),
            _ => Brings::Unknown,
        },
        _ => Brings::Unknown,
    });
    each.reduce(either).unwrap_or(Brings::Unknown)
}

fn of_object(seen: &Seen<'_>, object: &Object, heap: &Heap, word: &str, left: usize) -> Brings {
    let within = || {
        let slots = object.slots.iter().filter(|(key, _)| !key.starts_with('<'));
        let parts = object.items.iter().chain(slots.map(|(_, slot)| &slot.value));
        let brings = parts.map(|part| match of_value(seen, part, heap, word, left - 1) {
            // It may have been put in there under a condition.
            brings if part.object().is_some() && part.marks.has(Mark::Optional) => {
                either(brings, Brings::Never)
            }
            brings => brings,
        });
        brings.reduce(together)
    };
    match &object.is {
        _ if object.presence(word) == Presence::Always => Brings::Always,
        Is::Instance(class) => {
            let span = &seen.project.class(*class).span;
            match written(seen, class.file, span, word) {
                Brings::Never if object.open.is_some() => Brings::Unknown,
                written => written,
            }
        }
        Is::List | Is::Map if object.open.is_none() => within().unwrap_or(Brings::Never),
        Is::Foreign(path) if object.open.is_none() => {
            let language = seen.project.file(object.born.file).language;
            match Library::known().find(language, path) {
                // What else it was given is looked at where it was made.
                Some(known) if known.later.is_some() => Brings::Always,
                Some(_) => within().unwrap_or(Brings::Never),
                None => Brings::Unknown,
            }
        }
        _ => Brings::Unknown,
    }
}

/// Whether somebody who wrote that meant it.
fn written(
    seen: &Seen<'_>,
    file: crate::project::FileId,
    span: &std::ops::Range<usize>,
    word: &str,
) -> Brings {
    let text = seen.project.file(file).text.get(span.clone()).unwrap_or_default();
    if text.to_ascii_lowercase().contains(word) { Brings::Always } else { Brings::Never }
}

/// Whether all that a function reads or adds is written out in it: it leaves nothing to others.
fn is_all_seen(seen: &Seen<'_>, function: FunctionRef) -> bool {
    let span = seen.project.function(function).span.clone();
    let text = seen.project.file(function.file).text.get(span).unwrap_or_default();
    let has = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    has(&[".put(", ".add(", ".set(", ".get"]) && !has(&["::", "All(", "forEach", ".accept(", ".customize("])
}

/// Of two ways.
fn either(one: Brings, other: Brings) -> Brings {
    match (one, other) {
        (one, other) if one == other => one,
        (Brings::Unknown, _) | (_, Brings::Unknown) => Brings::Unknown,
        _ => Brings::Sometimes,
    }
}

/// Of two things that are there together.
fn together(one: Brings, other: Brings) -> Brings {
    match (one, other) {
        (Brings::Always, _) | (_, Brings::Always) => Brings::Always,
        (Brings::Unknown, _) | (_, Brings::Unknown) => Brings::Unknown,
        (Brings::Sometimes, _) | (_, Brings::Sometimes) => Brings::Sometimes,
        _ => Brings::Never,
    }
}

/// Whether it verifies tokens.
pub(super) fn verifies(call: &Call) -> bool {
    call.later == Some(Later::Verifies) && !call.closed
}

/// Whether it asks for tokens, other than by a refresh token.
pub(super) fn asks_for_tokens(call: &Call) -> bool {
    call.later == Some(Later::AsksForTokens) && !refreshes(call)
}

/// Whether it asks for tokens by a refresh token.
pub(super) fn refreshes(call: &Call) -> bool {
    call.later == Some(Later::AsksForTokens) && call.grant.as_deref() == Some("refresh_token")
}

/// Whether it makes authorization requests.
pub(super) fn asks_for_authorization(call: &Call) -> bool {
    call.later == Some(Later::AsksForAuthorization)
}

#[cfg(test)]
mod tests;
