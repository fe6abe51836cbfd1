//! What one function keeps for another: fields of objects, variables of a context.
//!
//! Each function is looked at by itself. Where one of them keeps a credential, those that ask for it are looked at once
//! more.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    heap::{Is, Object},
    machine::Machine,
    value::{Mark, ObjectId, Presence, Shape, Slot, Value},
};
use crate::{
    ir::Text,
    project::{ClassRef, Place},
};

/// Where a credential is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kept {
    /// In this field of the objects of a class.
    Field(ClassRef, Text),
    /// Under this key, of a context or of a request.
    Key(Text),
    /// In what was made there.
    At(Place),
    /// In this part of what is in what was made there.
    Part(Place, Text),
}

impl Machine<'_> {
    /// Notes where a credential is written to.
    pub(super) fn keep_in(&mut self, id: ObjectId, key: &Text, value: &Value) {
        if !value.marks.has(Mark::Inbound) {
            return;
        }
        if let Some(place) = self.place_in(id, key) {
            self.keeps.insert(place);
        }
    }

    /// The credential, where somebody keeps it there.
    pub(super) fn kept_in(&mut self, id: ObjectId, key: &Text, value: Value) -> Value {
        match self.place_in(id, key) {
            Some(place) if self.is_kept(place.clone()) => value.marked(Mark::Inbound),
            _ => value,
        }
    }

    /// Notes that a credential is written to a part of something that a library holds: `request.state.token`, `g.token`.
    pub(super) fn keep_with(&mut self, path: &str, key: &Text, value: &Value) {
        if value.marks.has(Mark::Inbound) && is_of_credentials(key) {
            self.keeps.insert(Kept::Key(format!("{path}.{key}").into()));
        }
    }

    /// The credential, where somebody keeps it there.
    pub(super) fn kept_with(&mut self, path: &Text, key: &str) -> bool {
        is_of_credentials(key) && self.is_kept(Kept::Key(path.clone()))
    }

    fn place_in(&self, id: ObjectId, key: &Text) -> Option<Kept> {
        match &self.heap.as_ref()?.get(id)?.is {
            Is::Instance(class) => Some(Kept::Field(self.project.home(*class), key.clone())),
            Is::Foreign(path) if is_of_credentials(key) => Some(Kept::Key(format!("{path}.{key}").into())),
            _ => None,
        }
    }

    /// Keeps a value under a key, or in what the method is called on.
    pub(super) fn keep(&mut self, receiver: Option<&Value>, key: Option<&Value>, value: &Value) {
        let Some(place) = self.keeping_place(receiver, key) else { return };
        if value.marks.has(Mark::Inbound) {
            self.keeps.insert(place.clone());
        }
        let Some(parts) = value.object().and_then(|id| self.heap.as_ref()?.get(id)) else { return };
        let Kept::At(place) = place else { return };
        for (name, slot) in &parts.slots {
            if slot.value.marks.has(Mark::Inbound) {
                self.keeps.insert(Kept::Part(place.clone(), name.clone()));
            }
        }
    }

    /// What is kept there.
    pub(super) fn kept(&mut self, receiver: Option<&Value>, key: Option<&Value>, otherwise: Value) -> Value {
        let Some(place) = self.keeping_place(receiver, key) else { return otherwise };
        if self.is_kept(place.clone()) {
            return otherwise.marked(Mark::Inbound);
        }
        let Kept::At(at) = place else { return otherwise };
        let mut object = Object::new(Is::Map, at.clone());
        for kept in &*Arc::clone(&self.known) {
            if let Kept::Part(of, name) = kept
                && *of == at
            {
                let value = Value::named(name).marked(Mark::Inbound);
                object.slots.insert(name.clone(), Slot { presence: Presence::Always, value, at: at.clone() });
            }
        }
        if object.slots.is_empty() {
            return otherwise;
        }
        object.open = Some(otherwise.marks.clone());
        self.heap.as_mut().map_or(otherwise, |heap| heap.make(object))
    }

    fn keeping_place(&self, receiver: Option<&Value>, key: Option<&Value>) -> Option<Kept> {
        let object = |value: &Value| value.object().and_then(|id| self.heap.as_ref()?.get(id));
        match key {
            None => object(receiver?).map(|object| Kept::At(object.born.clone())),
            Some(key) => match (&key.shape, object(key).map(|object| &object.is)) {
                (Shape::Text(text), _) => Some(Kept::Key(text.clone())),
                (_, Some(Is::Instance(class))) => {
                    Some(Kept::Field(self.project.home(*class), "<key>".into()))
                }
                (_, Some(Is::Foreign(path))) => Some(Kept::Key(path.clone())),
                _ => None,
            },
        }
    }

    fn is_kept(&mut self, place: Kept) -> bool {
        let kept = self.known.contains(&place);
        self.asks.insert(match place {
            // Which part is asked for is known later.
            Kept::Part(of, _) => Kept::At(of),
            place => place,
        });
        kept
    }
}

/// Whether that is what people call a credential.
fn is_of_credentials(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["token", "auth", "bearer", "jwt", "credential"].iter().any(|part| name.contains(part))
}

/// Whether something that is asked for is kept by somebody.
pub(crate) fn meets(asks: &BTreeSet<Kept>, keeps: &BTreeSet<Kept>) -> bool {
    keeps.iter().any(|kept| match kept {
        Kept::Part(of, _) => asks.contains(&Kept::At(of.clone())),
        kept => asks.contains(kept),
    })
}
