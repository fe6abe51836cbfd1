//! Builders: objects that are put together by one call after another, and give themselves back each time.

use super::{
    event::Given,
    machine::Machine,
    value::{Shape, Value},
};
use crate::library::Call;

/// The key under which an object notes that it is a builder.
const BUILDER: &str = "<builder>";

impl Machine<'_> {
    /// Whether it is a builder: what is called on it gives it back, unless somebody knows better.
    pub(super) fn is_being_built(&self, value: &Value) -> bool {
        let object = value.object().and_then(|id| self.heap.as_ref()?.get(id));
        object.is_some_and(|object| object.slots.contains_key(BUILDER))
    }

    /// A call that begins a builder, or goes on with one.
    pub(super) fn built(
        &mut self,
        known: &Call,
        receiver: Option<&Value>,
        given: &[Given],
        fresh: Value,
    ) -> Value {
        let of = match receiver.filter(|receiver| receiver.object().is_some()) {
            Some(receiver) => receiver.clone(),
            None => fresh,
        };
        let Some((id, heap)) = of.object().zip(self.heap.as_mut()) else { return of };
        let Some(born) = heap.get(id).map(|object| object.born.clone()) else { return of };
        heap.write(id, &BUILDER.into(), Shape::Bool(true).into(), born);
        if let Some(key) = &known.keeps {
            // Names and values in turn, or what is given.
            let (key, value) = match (key.as_str(), given) {
                ("*", [key, value]) => (key.value.text().cloned(), Some(value)),
                ("*", _) => (None, given.last()),
                (key, _) => (Some(key.into()), known.takes.map_or(given.last(), |index| given.get(index))),
            };
            match (key, value) {
                (Some(key), Some(given)) => heap.write(id, &key, given.value.clone(), given.at.clone()),
                (None, Some(given)) => {
                    if let Some(object) = heap.change(id) {
                        object.open.get_or_insert_default().join(&given.value.marks);
                    }
                }
                _ => {}
            }
        }
        of
    }
}
