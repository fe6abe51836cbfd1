//! Did what a function was followed for come to anything? Where it did not, it stood there by chance, and whoever calls the
//! function need not be followed for it.

use std::collections::HashSet;

use super::words::parts_of;
use crate::{
    flow::{
        event::Event,
        heap::{Heap, Is, Object},
        machine::{End, Ran},
        value::{Mark, Shape, Value},
    },
    library::Does,
    project::FunctionRef,
};

/// Keys of what others send, or hold a token to.
const KEYS: &[&str] = &[
    "grant_type",
    "response_type",
    "client_id",
    "redirect_uri",
    "resource",
    "aud",
    "audience",
    "audiences",
    "Audience",
    "active",
    "token",
    "access_token",
    "authorization",
    "Authorization",
];

/// The same, where they are fields: those who use the others are come to by the name of their class.
const FIELDS: &[&str] =
    &["grant_type", "grantType", "GrantType", "client_id", "audience", "audiences", "Audience"];

/// Those of these functions that came to nothing, and give nothing that comes to anything.
pub(crate) fn dead(ran: &[(FunctionRef, &Ran<'_>)]) -> Vec<FunctionRef> {
    let alive: HashSet<_> =
        ran.iter().filter(|(_, ran)| is_alive(ran)).map(|(function, _)| *function).collect();
    let is_dead = |(function, ran): &&(FunctionRef, &Ran<'_>)| {
        !alive.contains(function) && !given(ran).any(|inner| alive.contains(&inner))
    };
    ran.iter().filter(is_dead).map(|(function, _)| *function).collect()
}

/// Whether what was met, or what is left of it, can matter to whoever calls it.
fn is_alive(ran: &Ran<'_>) -> bool {
    ran.end != End::Whole
        || !ran.keeps.is_empty()
        || ran.events.iter().any(matters)
        || ran.others.iter().any(is_alive)
}

/// The functions that it gives.
fn given(ran: &Ran<'_>) -> impl Iterator<Item = FunctionRef> {
    let ends = ran.events.iter().filter_map(|event| match event {
        Event::Ended { value, heap } => Some((value, heap)),
        _ => None,
    });
    let values = ends.flat_map(|(value, heap)| each_part(value, heap).chain([value]));
    values.flat_map(Value::each).filter_map(|one| match &one.shape {
        Shape::Function(closure) => Some(closure.function),
        _ => None,
    })
}

fn matters(event: &Event<'_>) -> bool {
    match event {
        Event::Called { known, .. } if known.later.is_some() || known.grant.is_some() => true,
        Event::Called { known, what, receiver, arguments, heap, .. } => match known.does {
            Does::Encode | Does::Gives => false,
            // Whoever gives it what is rare is begun with.
            Does::Send | Does::Pass | Does::Build | Does::Write | Does::Option | Does::Store => {
                let is_known = known.is_called(what);
                let given = arguments.iter().map(|given| &given.value).chain(receiver);
                given.into_iter().any(|value| {
                    has_part(value) || has_keys(value, heap) || (is_known && is_told(value, heap))
                })
            }
            _ => true,
        },
        Event::Ended { value, heap } => is_told(value, heap) || heap.objects().any(has_key),
        Event::Thrown { .. } => false,
        _ => true,
    }
}

/// Whether a value says more than that its caller knows it. What a request was answered counts where it was one.
fn is_told(value: &Value, heap: &Heap) -> bool {
    let of_itself = |value: &Value| {
        let is_plain = |mark: Mark| matches!(mark, Mark::Parameter | Mark::Optional | Mark::Claims(_));
        !value.marks.iter().all(is_plain)
            || is_key(value)
            || value.each().any(|one| matches!(one.shape, Shape::Foreign(_)))
    };
    let parts: Vec<_> = each_part(value, heap).collect();
    let deeper = parts.iter().flat_map(|part| each_part(part, heap));
    of_itself(value) || parts.iter().copied().chain(deeper).any(of_itself) || has_keys(value, heap)
}

fn each_part<'v>(value: &'v Value, heap: &'v Heap) -> impl Iterator<Item = &'v Value> {
    let objects = value.each().filter_map(|one| heap.get(one.object()?));
    objects.flat_map(|object| object.slots.values().map(|slot| &slot.value).chain(&object.items))
}

fn has_keys(value: &Value, heap: &Heap) -> bool {
    value.each().filter_map(|one| heap.get(one.object()?)).any(has_key)
}

fn has_key(object: &Object) -> bool {
    let keys = match object.is {
        Is::Scope { .. } => &[],
        Is::Instance(_) => FIELDS,
        _ => KEYS,
    };
    // A list of pairs stands for a map.
    let is_pair = matches!(object.is, Is::List) && object.items.first().is_some_and(is_key);
    is_pair || keys.iter().any(|key| object.slot(key).is_some())
}

fn is_key(value: &Value) -> bool {
    value.each().filter_map(Value::text).any(|text| KEYS.contains(&&**text))
}

/// Whether an issuer is asked about a token there, by its address.
fn has_part(value: &Value) -> bool {
    value.each().filter_map(Value::text).any(|text| parts_of(text).next().is_some())
}
