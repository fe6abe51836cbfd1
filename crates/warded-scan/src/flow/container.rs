//! Maps and lists: what they can do in every language.

use super::{
    carry::{read, written_out},
    event::Given,
    heap::{Is, Object},
    machine::Machine,
    outside::is_looked_up,
    taken::{is_entry, is_request},
    value::{Mark, ObjectId, Presence, Slot, Value},
};
use crate::{
    ir::Text,
    project::{Place, are_types},
};

impl Machine<'_> {
    /// What every language's maps and lists can do.
    pub(super) fn on_container(
        &mut self,
        receiver: &Value,
        method: &str,
        given: &[Given],
        at: &Place,
    ) -> Option<Value> {
        let id = receiver.object()?;
        let is = self.heap.as_ref()?.get(id)?.is.clone();
        let argument = |index: usize| given.get(index).map(|given: &Given| given.value.clone());
        let claims = receiver.marks.iter().any(|mark| matches!(mark, Mark::Claims(_)));
        if !matches!(is, Is::Map | Is::List) && !claims {
            return None;
        }
        Some(match (method, given.len()) {
            ("getKey", 0) if is == Is::List => self.item(receiver, 0),
            ("getValue", 0) if is == Is::List => self.item(receiver, 1),
            ("get" | "Get" | "getFirst" | "pop" | "getOrDefault" | "get_or_default", 1 | 2) => {
                let Some(key) = super::inbound::name_of_header(&argument(0)?) else {
                    return self.under_a_name(receiver, &argument(0)?, at);
                };
                let is_sure = self.heap.as_ref()?.get(id)?.slots.contains_key(&key);
                let found = self.entry(receiver, &key, at);
                if method == "pop" {
                    self.take_away(id, &key, at);
                }
                match argument(1) {
                    Some(default) => found.or(default),
                    None if is_sure || claims || !is_looked_up(method, given) => found,
                    None => found.marked(Mark::Optional),
                }
            }
            (
                "set"
                | "Set"
                | "append"
                | "Add"
                | "add"
                | "put"
                | "insert"
                | "setdefault"
                | "TryAdd"
                | "Append"
                | "append_pair"
                | "putIfAbsent"
                | "TryAddWithoutValidation",
                2,
            ) => {
                let (key, value) = (argument(0)?, argument(1)?);
                self.write_under(receiver, &key, value, at.clone());
                receiver.clone()
            }
            ("append" | "Append" | "push" | "add" | "Add" | "push_back" | "insert", 1) => {
                let value = argument(0)?;
                // A pair is an entry too, so that it is known on which ways it is there.
                let pair = value.object().and_then(|id| self.heap.as_ref()?.get(id));
                if let Some((key, value)) = pair.and_then(as_pair) {
                    self.write(receiver, &key, value, at.clone());
                }
                if let (Is::Map, "append" | "Append", Some(text)) = (&is, method, written_out(&value)) {
                    let object = self.heap.as_mut()?.change(id)?;
                    read(&text, object, at);
                    return Some(receiver.clone());
                }
                let holds = |key: &Text| is_asked_by(key);
                // In a text that is put together, that is the value of what was written before.
                if is == Is::Map
                    && value.object().is_none()
                    && self.heap.as_ref()?.get(id)?.slots.keys().any(holds)
                {
                    return Some(receiver.clone());
                }
                let object = self.heap.as_mut()?.change(id)?;
                object.items.push(value);
                receiver.clone()
            }
            ("update" | "putAll" | "extend" | "merge" | "setAll" | "addAll" | "AddRange", _) => {
                self.take_in_all(id, given, at)?;
                receiver.clone()
            }
            // One list after the other.
            ("chain", 1) if is == Is::List => {
                let mut object = self.heap.as_ref()?.get(id)?.clone();
                self.take_in(&argument(0)?, &mut object, at);
                self.heap.as_mut()?.make(object).with(&receiver.marks)
            }
            ("delete" | "remove" | "Del" | "Remove", 1) => {
                let key = argument(0)?;
                let key = super::inbound::name_of_header(&key)?;
                self.take_away(id, &key, at);
                Value::unknown()
            }
            (
                "copy" | "clone" | "toString" | "ToString" | "to_owned" | "Clone" | "items" | "entries"
                | "iter" | "into_iter" | "entrySet" | "stream" | "collect",
                _,
            ) => self.made_again(receiver, method, at)?,
            // One entry after the other becomes a text, and all of them one.
            ("map" | "join", 0 | 1) if is_request(self.heap.as_ref()?.get(id)?) => receiver.clone(),
            _ => return None,
        })
    }

    /// What is written into a map or a list at once, by names or as other maps and lists.
    fn take_in_all(&mut self, id: ObjectId, given: &[Given], at: &Place) -> Option<()> {
        let mut object = self.heap.as_ref()?.get(id)?.clone();
        for given in given {
            match &given.name {
                Some(name) => {
                    let (value, at) = (given.value.clone(), given.at.clone());
                    let slot = super::value::Slot { presence: Presence::Always, value, at };
                    object.slots.insert(name.clone(), slot);
                }
                None => self.take_in(&given.value, &mut object, at),
            }
        }
        *self.heap.as_mut()?.change(id)? = object;
        Some(())
    }

    /// The same entries, in another object. A text is whole: nobody adds to it any more.
    fn made_again(&mut self, receiver: &Value, method: &str, at: &Place) -> Option<Value> {
        let object = self.heap.as_ref()?.get(receiver.object()?)?.clone();
        let is_whole = matches!(method, "toString" | "ToString")
            && is_request(&object)
            && are_types(self.project.file(self.file()).language);
        let made = self.heap.as_mut()?.make(object).with(&receiver.marks);
        if is_whole {
            self.begin_building(&made, at);
        }
        Some(made)
    }

    /// All entries of one object in another one. Of what was made one by one of something else there may be none:
    /// `resource.map(|it| ("resource", it))`.
    fn take_in(&self, of: &Value, into: &mut Object, at: &Place) {
        let made = of.object().and_then(|id| self.heap.as_ref()?.get(id));
        let made = made.filter(|made| made.is == Is::List && made.open.is_some() && made.slots.is_empty());
        let pair = |item: &Value| as_pair(self.heap.as_ref()?.get(item.object()?)?);
        let pairs: Option<Vec<_>> =
            made.map(|made| made.items.iter().map(pair).collect()).unwrap_or_default();
        let Some(pairs) = pairs.filter(|pairs| !pairs.is_empty()) else {
            return self.spread(of, into, at);
        };
        for (key, value) in pairs {
            let slot = Slot { presence: Presence::Maybe, value, at: at.clone() };
            into.slots.entry(key).or_insert(slot);
        }
    }

    /// Something that nobody knows is given an entry by a method that is called like one that takes entries.
    pub(super) fn on_unknown_container(
        &mut self,
        receiver: &Value,
        method: &str,
        given: &[Given],
        at: &Place,
    ) -> Option<Value> {
        let [key, value] = given else { return None };
        let object = self.heap.as_ref()?.get(receiver.object()?)?;
        let is_thing = matches!(object.is, Is::Foreign(_) | Is::Instance(_));
        if !is_thing || !takes_entries(method) {
            return None;
        }
        let holds_request = object.slots.keys().any(|key| is_asked_by(key));
        let (key, value) = (key.value.clone(), value.value.clone());
        match key.text() {
            Some(key) if is_asked_by(key) => self.begin_building(receiver, at),
            Some(_) => {}
            // Nobody knows what is given: that matters only where a request is put together.
            None if holds_request || is_entry(&key) => {}
            None => return None,
        }
        self.write_under(receiver, &key, value, at.clone());
        Some(receiver.clone())
    }
}

/// The key and the value of a pair: a list of two, or an option.
pub(super) fn as_pair(pair: &Object) -> Option<(Text, Value)> {
    match (&pair.is, pair.items.as_slice()) {
        (Is::List, [key, value]) => Some((key.text()?.clone(), value.clone())),
        (Is::Foreign(_), []) if pair.slots.len() == 1 && pair.open.is_none() => {
            let (key, slot) = pair.slots.first_key_value()?;
            Some((key.clone(), slot.value.clone()))
        }
        _ => None,
    }
}

/// Whether a method is called like one that takes a key and a value.
pub(super) fn takes_entries(method: &str) -> bool {
    let name = method.to_ascii_lowercase();
    matches!(name.as_str(), "add" | "put" | "set" | "append" | "insert" | "with" | "append_pair" | "data")
        || ["param", "field"].iter().any(|part| name.contains(part))
}

/// What tells a token request or an authorization request from others.
pub(super) const ASKED_BY: &[&str] = &["grant_type", "response_type"];

pub(super) fn is_asked_by(key: &str) -> bool {
    ASKED_BY.contains(&key)
}
