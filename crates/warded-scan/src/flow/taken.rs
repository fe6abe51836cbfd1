//! Entries that are taken over one by one: `for (const [key, value] of Object.entries(from)) into.append(key, value)`.

use super::{
    carry::{read, written_out},
    heap::{Is, Object},
    machine::Machine,
    value::{Mark, ObjectId, Shape, Value},
};
use crate::project::Place;

/// Entries of one object that others are given in a loop.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// How many loops we are in.
    loops: usize,
    /// What is given them, and whose they are.
    over: Vec<(ObjectId, ObjectId)>,
}

/// Whether entries of that object are worth a look: it is a request for a token or an authorization.
pub(super) fn is_request(object: &Object) -> bool {
    object.is == Is::Map && ["grant_type", "response_type"].iter().any(|key| object.slots.contains_key(*key))
}

impl Machine<'_> {
    /// Does what a loop does. What it takes over one by one is taken over whole where it ends: a map that has entries is
    /// gone through to its end.
    pub(super) fn looping<T>(&mut self, at: &Place, body: impl FnOnce(&mut Self) -> T) -> T {
        let since = self.taken.over.len();
        self.taken.loops += 1;
        let done = body(self);
        self.taken.loops -= 1;
        for (into, from) in self.taken.over.split_off(since.min(self.taken.over.len())) {
            let Some(mut object) = self.heap.as_ref().and_then(|heap| heap.get(into)).cloned() else {
                continue;
            };
            self.spread(&Shape::Object(from).into(), &mut object, at);
            if let Some(known) = self.heap.as_mut().and_then(|heap| heap.change(into)) {
                *known = object;
            }
        }
        done
    }

    /// Whether what is written under that key is an entry that is taken over from somewhere else.
    pub(super) fn takes_over(&mut self, into: &Value, key: &Value) -> bool {
        let Some(from) = entry_of(key).filter(|_| self.taken.loops > 0) else { return false };
        let into = into.each().filter_map(Value::object).filter(|id| *id != from);
        self.taken.over.extend(into.map(|id| (id, from)));
        true
    }

    /// The text that the elements of a list are joined to, where they are the entries of a request.
    pub(super) fn entries_joined(&mut self, list: &Value, at: &Place) -> Option<Value> {
        let list = self.heap.as_ref()?.get(list.object()?)?;
        let from = list.items.iter().find_map(entry_of)?;
        let mut whole = self.heap.as_ref()?.get(from)?.clone();
        for item in list.items.iter().filter(|item| entry_of(item).is_none()) {
            match written_out(item) {
                Some(text) => read(&text, &mut whole, at),
                None => whole.open.get_or_insert_default().join(&item.marks),
            }
        }
        Some(self.heap.as_mut()?.make(whole))
    }
}

/// Whether it is an entry of something else, nobody knows which.
pub(super) fn is_entry(value: &Value) -> bool {
    entry_of(value).is_some()
}

/// Whose entry it is, or was made of.
fn entry_of(value: &Value) -> Option<ObjectId> {
    value.marks.iter().find_map(|mark| match mark {
        Mark::Entry(of) => Some(of),
        _ => None,
    })
}
