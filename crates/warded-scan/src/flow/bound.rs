//! Whether a call is given something, as far as that can be known.

use super::{
    event::Event,
    heap::{Heap, Is, Object},
    request::{Look, look},
    value::{Mark, Presence, Shape, Value},
};
use crate::{ir::Takes, project::Place};

/// Whether something is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Bound {
    /// On no way.
    No,
    /// Whoever calls decides it.
    Open,
    /// On some ways, or only where it is not left out.
    Sometimes,
    /// On all.
    Yes,
}

impl Bound {
    /// Of two ways.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (one, other) if one == other => one,
            (Self::Open, _) | (_, Self::Open) => Self::Open,
            _ => Self::Sometimes,
        }
    }
}

/// Whether any of these is given: see [`crate::library::Call`].
pub(crate) fn bound(event: &Event<'_>, paths: &[String]) -> Bound {
    let all = each(event, paths, &|value| match value.truth() {
        Some(false) => Bound::No,
        _ if value.marks.has(Mark::Optional) => Bound::Sometimes,
        _ => Bound::Yes,
    });
    all.max().unwrap_or(Bound::No)
}

/// Whether any of these switches is off: `false` is written there, or `true` at one that is named with `!`. What is worked
/// out may be.
pub(crate) fn switched_off(event: &Event<'_>, paths: &[String]) -> Bound {
    let off = |path: &String| {
        let (path, when) = path.strip_prefix('!').map_or((path.as_str(), false), |path| (path, true));
        let is_off = |value: &Value| match (&value.shape, value.truth()) {
            (Shape::Bool(is), _) if *is == when => Bound::Yes,
            (_, Some(_)) => Bound::No,
            // What is not given is not off.
            (Shape::Unknown(_), None) if value.marks.has(Mark::Optional) => Bound::No,
            (Shape::Unknown(Some(_)), None) => Bound::Open,
            // `bool(audience)`, `audience is not None`.
            _ => Bound::Sometimes,
        };
        look(event).map_or(Bound::No, |look| at(&look, path, &is_off))
    };
    paths.iter().map(off).max().unwrap_or(Bound::No)
}

/// Where the first of these that is an entry of something was written.
pub(crate) fn written(event: &Event<'_>, paths: &[String]) -> Option<Place> {
    let look = look(event)?;
    paths.iter().find_map(|path| {
        let (of, key) = path.rsplit_once('.')?;
        let of = if of == "self" { look.whole(of).cloned() } else { look.argument(of) };
        let slot = |value: &Value| Some(look.heap.get(value.object()?)?.slot(key)?.at.clone());
        of?.each().find_map(slot)
    })
}

/// Whether the claim `aud` is among what must be there: in a list of claims, or by a switch.
pub(crate) fn requires_audience(event: &Event<'_>, paths: &[String]) -> Bound {
    let heap = look(event).map(|look| look.heap);
    let of = |value: &Value| match &value.shape {
        Shape::Bool(true) => Bound::Yes,
        Shape::Object(id) => heap.and_then(|heap| heap.get(*id)).map_or(Bound::Open, has_audience),
        _ => match value.truth() {
            Some(_) => Bound::No,
            None => Bound::Open,
        },
    };
    each(event, paths, &of).max().unwrap_or(Bound::No)
}

fn has_audience(list: &Object) -> Bound {
    let is_audience = |value: &Value| value.text().is_some_and(|text| &**text == "aud");
    match (list.items.iter().any(is_audience), &list.open) {
        (true, _) => Bound::Yes,
        (false, Some(_)) => Bound::Open,
        (false, None) if list.items.iter().any(|item| item.text().is_none()) => Bound::Open,
        (false, None) => Bound::No,
    }
}

fn each<'e>(
    event: &'e Event<'_>,
    paths: &'e [String],
    of: &'e dyn Fn(&Value) -> Bound,
) -> impl Iterator<Item = Bound> + 'e {
    let look = look(event);
    paths.iter().filter_map(move |path| Some(at(look.as_ref()?, path, of)))
}

fn at(look: &Look<'_>, path: &str, of: &dyn Fn(&Value) -> Bound) -> Bound {
    let mut parts = path.split('.');
    let first = parts.next().unwrap_or_default();
    let parts: Vec<_> = parts.collect();
    if let Some(from) = first.strip_suffix('+') {
        let all = from.parse().ok().and_then(|from| look.options(from)?.object);
        return all.map_or(Bound::No, |all| in_object(&all, look.heap, &parts, of));
    }
    if let Some(value) = look.whole(first) {
        let whole = value.object().and_then(|id| look.heap.get(id));
        return match whole.filter(|_| first == "self") {
            Some(object) if !parts.is_empty() => in_object(object, look.heap, &parts, of),
            // Options that go on as they came are those of whoever gave them.
            _ if whole.is_some_and(is_bag) && !parts.is_empty() => Bound::Open,
            _ => within(value, look.heap, &parts, of),
        };
    }
    // It may be among what is handed on as it came.
    let spread = look.arguments.iter().filter(|given| given.spread != Takes::One);
    let path: Vec<_> = std::iter::once(first).chain(parts).collect();
    spread.map(|given| within(&given.value, look.heap, &path, of)).max().unwrap_or(Bound::No)
}

/// Whether these are options that may be left out, and that nobody has written to.
fn is_bag(object: &Object) -> bool {
    let is_empty = object.slots.is_empty() && object.items.is_empty();
    is_empty && object.is == Is::Map && object.open.as_ref().is_some_and(|open| open.has(Mark::Optional))
}

fn within(value: &Value, heap: &Heap, parts: &[&str], of: &dyn Fn(&Value) -> Bound) -> Bound {
    let all = value.each().map(|one| match (parts, one.object().and_then(|id| heap.get(id))) {
        ([], _) if value.marks.has(Mark::Optional) => of(&one.clone().marked(Mark::Optional)),
        ([], _) => of(one),
        // What some other library has put together may have anything in it.
        (_, Some(object)) if matches!(object.is, Is::Foreign(_)) && object.slots.is_empty() => Bound::Open,
        (_, Some(object)) => in_object(object, heap, parts, of),
        // Nothing has no entries, and a text has none.
        (_, None) if one.truth() == Some(false) || one.text().is_some() => Bound::No,
        (_, None) if value.marks.has(Mark::Optional) => of(&Value::unknown().marked(Mark::Optional)),
        (_, None) => Bound::Open,
    });
    all.reduce(Bound::or).unwrap_or(Bound::No)
}

fn in_object(object: &Object, heap: &Heap, parts: &[&str], of: &dyn Fn(&Value) -> Bound) -> Bound {
    let Some((first, rest)) = parts.split_first() else { return Bound::No };
    let Some(slot) = object.slot(first) else {
        return match &object.open {
            // Whoever calls may give it, and most will not.
            Some(open) if open.has(Mark::Optional) => of(&Value::unknown().marked(Mark::Optional)),
            Some(_) => Bound::Open,
            None => Bound::No,
        };
    };
    let there = match (rest.first(), slot.value.object().and_then(|id| heap.get(id))) {
        // What a class of one's own asks for is in its methods.
        (Some(key), Some(own)) if matches!(own.is, Is::Instance(_)) && own.slot(key).is_none() => Bound::Open,
        _ => within(&slot.value, heap, rest, of),
    };
    match slot.presence {
        Presence::Always => there,
        _ => there.or(if object.open.is_some() { Bound::Open } else { Bound::No }),
    }
}
