//! What carries parameters to a request: forms, queries, addresses.

use super::{
    event::Given,
    heap::{Is, Object},
    inbound::QUERY,
    machine::Machine,
    value::{Presence, Shape, Slot, Value},
};
use crate::project::Place;

impl Machine<'_> {
    /// A form of its own with the same entries: of a map, a list of pairs, a text, or empty.
    pub(super) fn copied(&mut self, given: Option<&Given>, at: &Place) -> Value {
        let mut object = Object::new(Is::Map, at.clone());
        let marks = given.map(|given| given.value.marks.clone()).unwrap_or_default();
        if let Some(given) = given {
            object.born = given.value.object().map_or(at.clone(), |id| {
                let from = self.heap.as_ref().and_then(|heap| heap.get(id));
                from.map_or(at.clone(), |from| from.born.clone())
            });
        }
        for one in given.iter().flat_map(|given| given.value.each()) {
            match written_out(one) {
                Some(text) => read(&text, &mut object, at),
                None => self.spread(one, &mut object, at),
            }
        }
        self.heap.as_mut().map_or_else(Value::unknown, |heap| heap.make(object)).with(&marks)
    }

    /// An address: whatever its query is, more can be written there.
    pub(super) fn address(&mut self, given: Option<&Given>, otherwise: Value, at: &Place) -> Value {
        let Some(id) = otherwise.object() else { return otherwise };
        let mut query = Object::new(Is::Map, at.clone());
        let slot = Slot { presence: Presence::Always, value: Shape::Bool(true).into(), at: at.clone() };
        query.slots.insert(QUERY.into(), slot);
        // An address that comes from elsewhere is one of an end point: a `resource` is not in there yet.
        if let Some(text) = given.and_then(|given| given.value.text()) {
            read(text.split_once('?').map_or("", |(_, query)| query), &mut query, at);
        }
        if let Some(heap) = &mut self.heap {
            let query = heap.make(query);
            heap.write(id, &"searchParams".into(), query, at.clone());
        }
        otherwise
    }
}

/// What stands for a part of a text that is not written out.
const HIDDEN: &str = "\u{0}";

/// A text, as far as it is written out.
pub(super) fn written_out(value: &Value) -> Option<String> {
    match &value.shape {
        Shape::Text(text) => Some(text.to_string()),
        Shape::Template(parts) => {
            Some(parts.iter().map(|part| part.text().map_or(HIDDEN, |text| &**text)).collect())
        }
        _ => None,
    }
}

/// `a=b&c=d`.
pub(super) fn read(text: &str, object: &mut Object, at: &Place) {
    for pair in text.trim_start_matches('?').split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let is_whole = !value.contains(HIDDEN) && !value.is_empty();
        let value = if is_whole { Shape::Text(value.into()).into() } else { Value::unknown() };
        object.slots.insert(key.into(), Slot { presence: Presence::Always, value, at: at.clone() });
    }
}
