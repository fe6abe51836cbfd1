//! Whoever asks an issuer about the token of a caller, and is not called like one that verifies: known by what is asked, and
//! by what is read of the answer.

use super::{
    asking::{is_token, reads_active_in, words},
    speaks_of_audience,
};
use crate::{
    flow::{
        event::Event,
        heap::Heap,
        request::{given, of as request_of, sends},
        value::{Mark, Shape, Value},
    },
    ir::Target,
    library::Does,
    project::{FunctionRef, Place},
    rules::{Seen, purpose::Purposes},
};

/// What is in the address that says whose token it is.
const OWNERS: &[&str] = &["userinfo", "user_info", "user-info", "tokeninfo", "token_info"];

/// What is in the names of functions that let callers in.
const LETS_IN: &[&str] = &[
    "verif",
    "validat",
    "authenticat",
    "authoriz",
    "requireauth",
    "require_auth",
    "protect",
    "dispatch",
    "middleware",
];

/// How deep a token may stand in what is sent.
const DEEP: usize = 3;

/// Where an issuer is asked, and its answer believed without a look at the audience: where the request is sent, and where
/// that is told.
pub(in crate::rules) fn believed(seen: &Seen<'_>) -> Vec<(Place, Place)> {
    let purposes = Purposes::of(seen);
    let mut all: Vec<(&Place, Place, usize)> = Vec::new();
    for (root, ran) in &seen.ran {
        // Whoever gets tokens asks about his own.
        let gets_tokens = ran.events.iter().any(|event| request_of(event).is_some());
        if gets_tokens || super::trials::is_test(seen, *root) {
            continue;
        }
        for event in &ran.events {
            let Event::Called { known, at, trail, .. } = event else { continue };
            // What others do with the answer is seen in one file, or not at all.
            let is_seen = root.file == at.file && trail.iter().all(|place| place.file == at.file);
            if known.does != Does::Send
                || !is_seen
                || purposes.is_for_other(at)
                || !(is_introspection(seen, event) || is_about_caller(seen, &purposes, *root, event))
            {
                continue;
            }
            // A function that is called like what asks is where it is mended.
            let outermost =
                if is_by_name(seen, *root, at) { at } else { trail.first().unwrap_or(at) }.clone();
            match all.iter_mut().find(|(asked, ..)| *asked == at) {
                Some((_, known, deep)) if *deep < trail.len() => (*known, *deep) = (outermost, trail.len()),
                Some(_) => {}
                None => all.push((at, outermost, trail.len())),
            }
        }
    }
    let mut all: Vec<_> = all.into_iter().map(|(asked, told, _)| (asked.clone(), told)).collect();
    for at in believed_by_name(seen, &purposes) {
        if !all.iter().any(|(_, known)| known.file == at.file) {
            all.push((at.clone(), at));
        }
    }
    all
}

/// The same by something that nobody can follow, and that is called like it: `introspectAccessToken(token)`.
fn believed_by_name(seen: &Seen<'_>, purposes: &Purposes<'_, '_>) -> Vec<Place> {
    let mut all = Vec::new();
    for (root, ran) in &seen.ran {
        let of = seen.project.function(*root);
        let text = &*seen.project.file(root.file).text;
        let is_decided =
            |event: &Event<'_>| matches!(event, Event::Called { known, .. } if known.does == Does::Verify);
        if of.name.is_empty()
            || !lets_in(&of.name)
            || !reads_active_in(text)
            || speaks_of_audience(text)
            || super::trials::is_test(seen, *root)
            || ran.events.iter().any(is_decided)
        {
            continue;
        }
        let body = of.body.first().map_or(of.span.end, |first| first.span.start)..of.span.end;
        let inside = text.get(body.clone()).unwrap_or_default();
        let asks = words(inside).into_iter().find(|(at, word)| {
            let is_called = inside.get(at + word.len()..).is_some_and(|after| after.starts_with('('));
            let plain = word.to_ascii_lowercase();
            is_called && ASKS.iter().any(|asks| plain.contains(asks))
        });
        if let Some((at, word)) = asks {
            let at = Place::new(root.file, &(body.start + at..body.start + at + word.len()));
            if !purposes.is_for_other(&at) {
                all.push(at);
            }
        }
    }
    all
}

/// What is in the names of what asks whether a token is good.
const ASKS: &[&str] = &["introspect", "retrospecttoken"];

fn lets_in(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    LETS_IN.iter().any(|word| name.contains(word))
}

/// Whether the issuer is asked whether a token is good, and only that is read.
fn is_introspection(seen: &Seen<'_>, event: &Event<'_>) -> bool {
    let Event::Called { at, .. } = event else { return false };
    let text = &seen.project.file(at.file).text;
    sends(event, "token") && reads_active_in(text) && !speaks_of_audience(text)
}

/// Whether it is asked whose token that is with which somebody came, to let him in.
fn is_about_caller(
    seen: &Seen<'_>,
    purposes: &Purposes<'_, '_>,
    root: FunctionRef,
    event: &Event<'_>,
) -> bool {
    let Event::Called { known, arguments, heap, at, .. } = event else { return false };
    let function = seen.project.function(root);
    let text = seen.project.file(root.file).text.get(function.span.clone()).unwrap_or_default();
    let is_by_address =
        given(event, &known.url).is_some_and(|url| is_of_owner(&url)) && purposes.around(at).any(lets_in);
    (is_by_address || is_by_name(seen, root, at))
        && arguments.iter().any(|one| is_with_token(&one.value, heap, DEEP))
        // Whoever is given a refresh token as well logs somebody in.
        && !function.parameters.iter().any(|one| matches!(&one.target, Target::Name(name) if is_refresh(name)))
        && !speaks_of_audience(text)
}

/// Whether the function that sends the request is called like what asks whose token it is, and the one that calls it like one
/// that lets callers in: `authenticate(token)`, `get_user_info(token)`.
fn is_by_name(seen: &Seen<'_>, root: FunctionRef, at: &Place) -> bool {
    let asks = seen.project.innermost(at).map(|function| &*seen.project.function(function).name);
    // Who asks for tokens himself asks so whose they are, too.
    let logs_in = |file| GRANTS.iter().any(|word| seen.project.file(file).text.contains(word));
    !logs_in(at.file)
        && !logs_in(root.file)
        && asks.is_some_and(|name| OWNERS.iter().any(|word| name.to_ascii_lowercase().contains(word)))
        && lets_in(&seen.project.function(root).name)
}

/// What stands in files that ask for tokens themselves.
const GRANTS: &[&str] = &["grant_type", "authorization_code", "fetch_token", "exchange_code", "exchangeCode"];

fn is_refresh(name: &str) -> bool {
    name.to_ascii_lowercase().contains("refresh")
}

fn is_of_owner(url: &Value) -> bool {
    url.each().any(|one| match &one.shape {
        Shape::Text(name) | Shape::Unknown(Some(name)) | Shape::Foreign(name) => {
            let name = name.to_ascii_lowercase();
            OWNERS.iter().any(|word| name.contains(word))
        }
        Shape::Template(parts) => parts.iter().any(is_of_owner),
        _ => false,
    })
}

/// Whether a token is in what is sent that somebody came with, or that the function was given.
fn is_with_token(value: &Value, heap: &Heap, deep: usize) -> bool {
    value.each().any(|one| match &one.shape {
        _ if one.marks.has(Mark::Inbound) => true,
        Shape::Unknown(Some(name)) => is_token(name) && one.marks.has(Mark::Parameter),
        Shape::Template(parts) => parts.iter().any(|part| is_with_token(part, heap, deep)),
        Shape::Object(id) if deep > 0 => heap.get(*id).is_some_and(|object| {
            let parts = object.slots.values().map(|slot| &slot.value).chain(&object.items);
            parts.into_iter().any(|part| is_with_token(part, heap, deep - 1))
        }),
        _ => false,
    })
}
