//! What is known of all objects at one point of one way through a function.

use std::{cell::Cell, collections::BTreeMap, rc::Rc};

use super::value::{Marks, ObjectId, Presence, Shape, Slot, Value};
use crate::{
    ir::Text,
    project::{ClassRef, Place},
};

/// What kind of object it is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Is {
    /// A map, or a thing with fields of no known class.
    Map,
    /// A list; a list of pairs can stand for a map.
    List,
    /// An instance of a class of the project.
    Instance(ClassRef),
    /// Something of a library: of which class or by which call it was made, by its full path.
    Foreign(Text),
    /// The names of a function, or of a file.
    Scope { outer: Option<ObjectId> },
}

/// An object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Object {
    /// What kind.
    pub(crate) is: Is,
    /// Where it was made.
    pub(crate) born: Place,
    /// Its entries by key; fields of instances, names of scopes.
    pub(crate) slots: BTreeMap<Text, Slot>,
    /// The elements of a list, in order, as far as that is known.
    pub(crate) items: Vec<Value>,
    /// Whether it may have entries that nobody here has written, and what flowed into these.
    pub(crate) open: Option<Marks>,
}

impl Object {
    /// Without entries.
    pub(crate) fn new(is: Is, born: Place) -> Self {
        Self { is, born, slots: BTreeMap::new(), items: Vec::new(), open: None }
    }

    /// What stands under the key on some way, or may.
    pub(crate) fn slot(&self, key: &str) -> Option<&Slot> {
        self.slots.get(key)
    }

    /// Whether the key is there. What nobody here has written may be.
    pub(crate) fn presence(&self, key: &str) -> Presence {
        match (self.slots.get(key), &self.open) {
            (Some(slot), None) => slot.presence,
            (Some(slot), Some(_)) => slot.presence.max(Presence::Maybe),
            (None, Some(_)) => Presence::Maybe,
            (None, None) => Presence::Never,
        }
    }

    pub(crate) fn join(&mut self, other: &Self) {
        if self.is != other.is {
            self.open.get_or_insert_default();
        }
        for (key, slot) in &other.slots {
            if let Some(mine) = self.slots.get_mut(key) {
                mine.presence = mine.presence.join(slot.presence);
                if mine.value != slot.value {
                    mine.value = mine.value.clone().or(slot.value.clone());
                }
            } else {
                let presence = slot.presence.min(Presence::Maybe);
                self.slots.insert(key.clone(), Slot { presence, ..slot.clone() });
            }
        }
        for (key, slot) in &mut self.slots {
            if !other.slots.contains_key(key) {
                slot.presence = slot.presence.min(Presence::Maybe);
            }
        }
        if self.items.len() != other.items.len() && !other.items.is_empty() {
            for item in &other.items {
                if !self.items.contains(item) {
                    self.items.push(item.clone());
                }
            }
        } else {
            for (mine, others) in self.items.iter_mut().zip(&other.items) {
                if mine != others {
                    *mine = mine.clone().or(others.clone());
                }
            }
        }
        if let Some(marks) = &other.open {
            self.open.get_or_insert_default().join(marks);
        }
    }
}

/// All objects at one point.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heap {
    objects: Rc<BTreeMap<ObjectId, Rc<Object>>>,
    /// Shared by all ways through a function, so that what two ways make is never taken for one.
    ids: Rc<Cell<u32>>,
}

impl Heap {
    /// One more object.
    pub(crate) fn put(&mut self, object: Object) -> ObjectId {
        let id = ObjectId(self.ids.get());
        self.ids.set(id.0.saturating_add(1));
        Rc::make_mut(&mut self.objects).insert(id, Rc::new(object));
        id
    }

    /// One more object, as a value.
    pub(crate) fn make(&mut self, object: Object) -> Value {
        Shape::Object(self.put(object)).into()
    }

    /// That object.
    pub(crate) fn get(&self, id: ObjectId) -> Option<&Object> {
        self.objects.get(&id).map(Rc::as_ref)
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = (ObjectId, &Object)> {
        self.objects.iter().map(|(id, object)| (*id, object.as_ref()))
    }

    /// That object, to write to.
    pub(crate) fn change(&mut self, id: ObjectId) -> Option<&mut Object> {
        Rc::make_mut(&mut self.objects).get_mut(&id).map(Rc::make_mut)
    }

    /// Writes an entry: it is there now.
    pub(crate) fn write(&mut self, id: ObjectId, key: &Text, value: Value, at: Place) {
        if let Some(object) = self.change(id) {
            object.slots.insert(key.clone(), Slot { presence: Presence::Always, value, at });
        }
    }

    /// Two ways come together. What was made on one of them alone stays as it is: nothing of the other one refers to it.
    pub(crate) fn join(&mut self, other: &Self) {
        if Rc::ptr_eq(&self.objects, &other.objects) {
            return;
        }
        let mine = Rc::make_mut(&mut self.objects);
        for (id, others) in other.objects.iter() {
            match mine.get_mut(id) {
                None => {
                    mine.insert(*id, Rc::clone(others));
                }
                Some(known) if !Rc::ptr_eq(known, others) && known != others => {
                    Rc::make_mut(known).join(others);
                }
                Some(_) => {}
            }
        }
    }
}
