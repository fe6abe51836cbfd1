//! What is known of all objects at one point of one way through a function.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use super::value::{Mark, Marks, ObjectId, Presence, Shape, Slot, Value};
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
        if self.items.len() == other.items.len() {
            for (mine, others) in self.items.iter_mut().zip(&other.items) {
                if mine != others {
                    *mine = mine.clone().or(others.clone());
                }
            }
        } else {
            // What only one of them has may not be in there: a validator that is added under a condition.
            for item in self.items.iter_mut().filter(|item| is_left_out(item, &other.items)) {
                item.marks.add(Mark::Optional);
            }
            for item in &other.items {
                if is_left_out(item, &self.items) {
                    self.items.push(item.clone().marked(Mark::Optional));
                } else if !self.items.contains(item) && item.object().is_none() {
                    self.items.push(item.clone());
                }
            }
        }
        if let Some(marks) = &other.open {
            self.open.get_or_insert_default().join(marks);
        }
    }
}

/// Whether that is a thing of its own that is not in a list.
fn is_left_out(item: &Value, list: &[Value]) -> bool {
    item.object().is_some() && !list.iter().any(|other| other.shape == item.shape)
}

/// How many objects stand on a page.
const PAGE: usize = 32;

type Page = [Option<Arc<Object>>; PAGE];

/// All objects at one point. It is copied wherever ways part and compared where they meet, and two ways differ in little:
/// so they share whole pages.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heap {
    /// By number. Those that only other ways have made are missing.
    pages: Arc<Vec<Arc<Page>>>,
    /// Shared by all ways through a function, so that what two ways make is never taken for one.
    ids: Arc<AtomicU32>,
}

impl Heap {
    /// One more object.
    pub(crate) fn put(&mut self, object: Object) -> ObjectId {
        // Each run has its own numbers, and stays on one thread.
        let id = ObjectId(self.ids.fetch_add(1, Ordering::Relaxed));
        let (page, place) = place_of(id);
        let pages = Arc::make_mut(&mut self.pages);
        if pages.len() <= page {
            pages.resize_with(page + 1, Arc::default);
        }
        Arc::make_mut(&mut pages[page])[place] = Some(Arc::new(object));
        id
    }

    /// One more object, as a value.
    pub(crate) fn make(&mut self, object: Object) -> Value {
        Shape::Object(self.put(object)).into()
    }

    /// That object.
    pub(crate) fn get(&self, id: ObjectId) -> Option<&Object> {
        let (page, place) = place_of(id);
        self.pages.get(page)?[place].as_deref()
    }

    /// All of them.
    pub(crate) fn objects(&self) -> impl Iterator<Item = &Object> {
        self.pages.iter().flat_map(|page| page.iter().flatten().map(Arc::as_ref))
    }

    /// That object, to write to.
    pub(crate) fn change(&mut self, id: ObjectId) -> Option<&mut Object> {
        let (page, place) = place_of(id);
        self.get(id)?;
        let page = Arc::make_mut(&mut self.pages).get_mut(page)?;
        Arc::make_mut(page)[place].as_mut().map(Arc::make_mut)
    }

    /// What was written there under one of these keys counts as put together elsewhere: it was only taken over.
    pub(crate) fn taken_over(&mut self, keys: &[&str], there: &Place, from: &Place) {
        let is_there = |at: &Place| at.file == there.file && there.start <= at.start && at.end <= there.end;
        let is_taken =
            |of: &Object| keys.iter().filter_map(|key| of.slot(key)).any(|slot| is_there(&slot.at));
        let numbers = 0..u32::try_from(self.pages.len() * PAGE).unwrap_or_default();
        let taken =
            numbers.map(ObjectId).filter(|id| self.get(*id).is_some_and(is_taken)).collect::<Vec<_>>();
        for id in taken {
            if let Some(object) = self.change(id) {
                object.born = from.clone();
            }
        }
    }

    /// What was written there under one of these keys counts as written by whoever called, from that place in that
    /// function; and so does what it was written to, unless that function has made it itself.
    pub(crate) fn written_from(&mut self, keys: &[&str], there: &Place, from: &Place, caller: &Place) {
        let is_in = |at: &Place, whole: &Place| {
            at.file == whole.file && whole.start <= at.start && at.end <= whole.end
        };
        let is_written =
            |of: &Object| keys.iter().filter_map(|key| of.slot(key)).any(|slot| is_in(&slot.at, there));
        let numbers = 0..u32::try_from(self.pages.len() * PAGE).unwrap_or_default();
        let written =
            numbers.map(ObjectId).filter(|id| self.get(*id).is_some_and(is_written)).collect::<Vec<_>>();
        for object in written {
            let Some(object) = self.change(object) else { continue };
            for key in keys {
                if let Some(slot) = object.slots.get_mut(*key).filter(|slot| is_in(&slot.at, there)) {
                    slot.at = from.clone();
                }
            }
            if !is_in(&object.born, caller) || is_in(&object.born, there) {
                object.born = from.clone();
            }
        }
    }

    /// Writes an entry: it is there now.
    pub(crate) fn write(&mut self, id: ObjectId, key: &Text, value: Value, at: Place) {
        if let Some(object) = self.change(id) {
            object.slots.insert(key.clone(), Slot { presence: Presence::Always, value, at });
        }
    }

    /// Two ways come together. What was made on one of them alone stays as it is: nothing of the other one refers to it.
    pub(crate) fn join(&mut self, other: &Self) {
        if Arc::ptr_eq(&self.pages, &other.pages) {
            return;
        }
        let pages = Arc::make_mut(&mut self.pages);
        for (mine, others) in pages.iter_mut().zip(other.pages.iter()) {
            if !Arc::ptr_eq(mine, others) {
                join_pages(mine, others);
            }
        }
        pages.extend(other.pages.iter().skip(pages.len()).cloned());
    }
}

fn join_pages(mine: &mut Arc<Page>, others: &Page) {
    for (mine, others) in Arc::make_mut(mine).iter_mut().zip(others) {
        match (mine, others) {
            (_, None) => {}
            (mine @ None, others) => mine.clone_from(others),
            (Some(mine), Some(others)) => {
                if !Arc::ptr_eq(mine, others) && mine != others {
                    Arc::make_mut(mine).join(others);
                }
            }
        }
    }
}

/// On which page it stands, and where on it.
fn place_of(id: ObjectId) -> (usize, usize) {
    let number = id.0 as usize;
    (number / PAGE, number % PAGE)
}
