//! Maps and lists: what they can do in every language.

use super::{
    event::Given,
    heap::Is,
    machine::Machine,
    value::{Mark, Presence, Value},
};
use crate::project::Place;

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
            ("get" | "Get" | "pop" | "getOrDefault" | "get_or_default", 1 | 2) => {
                let key = super::inbound::name_of_header(&argument(0)?)?;
                let found = self.entry(receiver, &key, at);
                if method == "pop" {
                    self.take_away(id, &key, at);
                }
                match argument(1) {
                    Some(default) => found.or(default),
                    None => found,
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
            ("append" | "push" | "add" | "Add" | "push_back" | "insert", 1) => {
                let value = argument(0)?;
                // A pair is an entry too, so that it is known on which ways it is there.
                let pair = value.object().and_then(|id| self.heap.as_ref()?.get(id));
                let pair = pair.filter(|pair| pair.is == Is::List && pair.items.len() == 2);
                if let Some((key, value)) =
                    pair.and_then(|pair| Some((pair.items[0].text()?.clone(), pair.items[1].clone())))
                {
                    self.write(receiver, &key, value, at.clone());
                }
                let object = self.heap.as_mut()?.change(id)?;
                object.items.push(value);
                receiver.clone()
            }
            ("update" | "putAll" | "extend" | "merge", _) => {
                let mut object = self.heap.as_ref()?.get(id)?.clone();
                for given in given {
                    match &given.name {
                        Some(name) => {
                            let (value, at) = (given.value.clone(), given.at.clone());
                            let slot = super::value::Slot { presence: Presence::Always, value, at };
                            object.slots.insert(name.clone(), slot);
                        }
                        None => self.spread(&given.value, &mut object, at),
                    }
                }
                *self.heap.as_mut()?.change(id)? = object;
                receiver.clone()
            }
            ("delete" | "remove" | "Del" | "Remove", 1) => {
                let key = argument(0)?;
                let key = super::inbound::name_of_header(&key)?;
                self.take_away(id, &key, at);
                Value::unknown()
            }
            (
                "copy" | "clone" | "toString" | "to_owned" | "Clone" | "items" | "entries" | "iter"
                | "into_iter",
                _,
            ) => {
                let object = self.heap.as_ref()?.get(id)?.clone();
                self.heap.as_mut()?.make(object).with(&receiver.marks)
            }
            _ => return None,
        })
    }
}
