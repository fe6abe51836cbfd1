//! What is known of a call of a library: what it writes, and what comes back.

use super::{
    event::{Event, Given},
    heap::{Is, Object},
    machine::Machine,
    value::{Mark, Shape, Value},
};
use crate::{
    ir::Text,
    library::{Call, Does},
    project::Place,
};

impl Machine<'_> {
    /// Does what the call is known to do, and gives what it gives back.
    pub(super) fn known(
        &mut self,
        known: &Call,
        receiver: Option<&Value>,
        given: &[Given],
        otherwise: Value,
        at: &Place,
    ) -> Value {
        let mut find = |path: Option<&String>| self.known_argument(path?, receiver, given, at);
        match known.does {
            Does::Option => {
                let (key, value) = (find(known.key.as_ref()), find(known.value.as_ref()));
                let made = self.empty(known, at);
                if let (Some(key), Some(value)) = (key, value) {
                    self.write_under(&made, &key, value, at.clone());
                }
                made
            }
            Does::Write => {
                let (key, value) = (find(known.key.as_ref()), find(known.value.as_ref()));
                if let (Some(receiver), Some(key), Some(value)) = (receiver, key, value) {
                    self.write_under(receiver, &key, value, at.clone());
                }
                receiver.cloned().unwrap_or(otherwise)
            }
            Does::Compare => {
                let (one, other) = (find(known.body.first()), find(known.body.get(1)));
                self.asked = one.zip(other).and_then(|(one, other)| match other.shape {
                    Shape::Function(_) => self.compared_inside(&one).map(|with| (one, with)),
                    _ => Some((one, other)),
                });
                // Whether they fit says nothing of what they are, but that they were compared.
                let mut value = Value::unknown();
                let both =
                    self.asked.iter().flat_map(|(one, other)| one.marks.iter().chain(other.marks.iter()));
                for mark in both {
                    if let Mark::Audience(claims) = mark {
                        value.marks.add(Mark::Witness(claims));
                    }
                }
                value
            }
            _ => self.given_back(known, receiver, given, otherwise, at),
        }
    }

    /// With what a function that was given away just now compared an audience.
    fn compared_inside(&self, of: &Value) -> Option<Value> {
        self.events.iter().rev().find_map(|event| match event {
            Event::Compared { claims, with, .. } if of.marks.has(Mark::Audience(*claims)) => {
                Some(with.clone())
            }
            _ => None,
        })
    }

    fn given_back(
        &mut self,
        known: &Call,
        receiver: Option<&Value>,
        arguments: &[Given],
        otherwise: Value,
        at: &Place,
    ) -> Value {
        let Some(back) = known.gives.as_deref() else { return otherwise };
        match back.split_once(':').unwrap_or((back, "")) {
            ("self", _) => receiver.cloned().unwrap_or(otherwise),
            ("claims", _) => {
                let path = otherwise.object().and_then(|id| self.heap.as_ref()?.get(id));
                let is = path.map_or(Is::Foreign("?".into()), |object| object.is.clone());
                let Some(heap) = &mut self.heap else { return otherwise };
                let claims = heap.put(Object::new(is, at.clone()));
                let filled = known.fills.as_ref().and_then(|path| path.parse::<usize>().ok());
                let filled = filled.and_then(|index| arguments.get(index)?.value.object());
                if let Some(object) = filled.and_then(|id| heap.change(id)) {
                    object.open.get_or_insert_default().add(Mark::Claims(claims));
                }
                Value::from(Shape::Object(claims)).marked(Mark::Claims(claims))
            }
            ("parameters", _) => {
                let made = self.empty(known, at);
                let url =
                    known.url.first().and_then(|path| self.known_argument(path, receiver, arguments, at));
                let grant = known.grant.as_ref().map(|grant| Shape::Text(grant.as_str().into()).into());
                for (key, value) in [("url", url), ("grant_type", grant)] {
                    if let Some(value) = value {
                        self.write(&made, &key.into(), value, at.clone());
                    }
                }
                made
            }
            ("options", from) => {
                let from = from.trim_end_matches('+').parse::<usize>().unwrap_or_default();
                let made = self.empty(known, at);
                let Some(id) = made.object() else { return made };
                let Some(mut object) = self.heap.as_ref().and_then(|heap| heap.get(id)).cloned() else {
                    return made;
                };
                for given in arguments.iter().skip(from) {
                    self.spread(&given.value, &mut object, at);
                }
                if let Some(known) = self.heap.as_mut().and_then(|heap| heap.change(id)) {
                    *known = object;
                }
                made
            }
            ("member", name) => match receiver {
                Some(receiver) => self.member(&receiver.clone(), &name.into(), at),
                None => otherwise,
            },
            ("argument", index) => {
                let one = index.parse::<usize>().ok().and_then(|index| arguments.get(index));
                one.map_or(otherwise, |one| one.value.clone())
            }
            _ => otherwise,
        }
    }

    /// Something of that library without entries.
    fn empty(&mut self, known: &Call, at: &Place) -> Value {
        let object = Object::new(Is::Foreign(known.name().into()), at.clone());
        self.heap.as_mut().map_or_else(Value::unknown, |heap| heap.make(object))
    }

    /// An argument by where it is: see [`Call`].
    fn known_argument(
        &mut self,
        path: &str,
        receiver: Option<&Value>,
        given: &[Given],
        at: &Place,
    ) -> Option<Value> {
        if let Some(fixed) = path.strip_prefix('=') {
            return Some(match fixed {
                "false" => Shape::Bool(false).into(),
                _ => Shape::Text(fixed.into()).into(),
            });
        }
        let mut parts = path.split('.');
        let first = parts.next()?;
        let mut value = match first.parse::<usize>() {
            Ok(index) => given.iter().filter(|given| given.name.is_none()).nth(index)?.value.clone(),
            Err(_) if first == "self" => receiver?.clone(),
            Err(_) => given.iter().find(|given| given.name.as_deref() == Some(first))?.value.clone(),
        };
        for part in parts {
            value = self.member(&value, &Text::from(part), at);
        }
        Some(value)
    }
}
