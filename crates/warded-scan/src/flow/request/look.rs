//! What a call is given, by the paths that library data names.

use std::borrow::Cow;

use super::{
    super::{
        evaluate::UNDER_A_NAME,
        event::Given,
        heap::{Heap, Is, Object},
        value::{Presence, Shape, Slot, Value},
    },
    Request,
    parameters::Parameters,
};
use crate::{
    ir::{Takes, Text},
    library::Call,
    project::Place,
};

/// How deep lists of options may stand in each other.
const MAX_LISTS: usize = 4;

/// A call whose arguments are looked at.
pub(in crate::flow) struct Look<'e> {
    pub(super) known: &'e Call,
    pub(in crate::flow) arguments: &'e [Given],
    pub(in crate::flow) heap: &'e Heap,
    pub(super) receiver: Option<&'e Value>,
}

impl Look<'_> {
    /// The first of these that is given: see [`Call`].
    pub(super) fn first(&self, paths: &[String]) -> Option<Parameters> {
        paths.iter().find_map(|path| self.at(path))
    }

    /// The parameters that are given there.
    pub(super) fn at(&self, path: &str) -> Option<Parameters> {
        if path == "**" {
            return Some(self.named());
        }
        if let Some(from) = path.strip_suffix('+') {
            return self.options(from.parse().ok()?);
        }
        let given = self.parameters(&self.argument(path)?);
        Some(if self.is_sometimes(path) { given.join(Parameters::none()) } else { given })
    }

    /// Whether what is given there was written to it on some ways only.
    fn is_sometimes(&self, path: &str) -> bool {
        let mut parts = path.split('.');
        let mut of = parts.next().and_then(|first| self.whole(first));
        parts.any(|part| {
            let object = of.and_then(Value::object).and_then(|id| self.heap.get(id));
            let slot = object.and_then(|object| object.slot(part));
            of = slot.map(|slot| &slot.value);
            slot.is_some_and(|slot| slot.presence == Presence::Maybe)
        })
    }

    /// All that is given by its name.
    fn named(&self) -> Parameters {
        let nowhere = Place { file: crate::project::FileId(0), start: 0, end: 0 };
        let mut object = Object::new(Is::Map, nowhere);
        for given in self.arguments {
            match (&given.name, given.spread) {
                (Some(name), _) => {
                    let slot =
                        Slot { presence: Presence::Always, value: given.value.clone(), at: given.at.clone() };
                    object.slots.insert(name.clone(), slot);
                }
                (None, Takes::Named) => {
                    let more = self.parameters(&given.value);
                    if let Some(more) = more.object {
                        if ["grant_type", "response_type"].iter().any(|key| more.slots.contains_key(*key)) {
                            object.born = more.born;
                        }
                        object.slots.extend(more.slots);
                        if let Some(marks) = more.open {
                            object.open.get_or_insert_default().join(&marks);
                        }
                    }
                }
                (None, _) => {}
            }
        }
        Parameters { object: Some(object), ..Parameters::default() }
    }

    /// The parameters that are given under a name that is worked out: `post(url, **{name: form})`.
    pub(super) fn under_a_name(&self) -> Option<Parameters> {
        let mut spread = self.arguments.iter().filter(|given| given.spread == Takes::Named);
        spread.find_map(|given| {
            let all = self.heap.get(given.value.object()?)?;
            all.slot(UNDER_A_NAME).map(|slot| self.parameters(&slot.value))
        })
    }

    /// All arguments, and what stands in them as a part.
    pub(super) fn anywhere(&self) -> impl Iterator<Item = Parameters> {
        let given = self.arguments.iter().filter(|given| given.spread == Takes::One);
        given.flat_map(|given| given.value.each()).flat_map(|one| {
            let object = one.object().and_then(|id| self.heap.get(id));
            let parts = object.into_iter().flat_map(|object| object.slots.values());
            let parts = parts.filter(|slot| slot.value.object().is_some());
            [one].into_iter().chain(parts.map(|slot| &slot.value)).map(|part| self.parameters(part))
        })
    }

    /// What is given as that argument itself.
    pub(in crate::flow) fn whole(&self, name: &str) -> Option<&Value> {
        if name == "self" {
            return self.receiver;
        }
        let given = match name.parse::<usize>() {
            Ok(index) => self.arguments.iter().filter(|given| given.name.is_none()).nth(index),
            Err(_) => self.arguments.iter().find(|given| given.name.as_deref() == Some(name)),
        };
        given.map(|given| &given.value).or_else(|| self.spread(name))
    }

    /// What is given by that name among others that are put together before: `f(**all)`.
    fn spread(&self, name: &str) -> Option<&Value> {
        let mut all = self.arguments.iter().filter(|given| given.spread == Takes::Named);
        all.find_map(|given| self.heap.get(given.value.object()?)?.slot(name).map(|slot| &slot.value))
    }

    /// All arguments from that one on, as one.
    pub(in crate::flow) fn options(&self, from: usize) -> Option<Parameters> {
        let given = self.arguments.iter().filter(|given| given.name.is_none()).skip(from);
        given.map(|given| self.parameters(&given.value)).reduce(Parameters::and)
    }

    pub(in crate::flow) fn argument(&self, path: &str) -> Option<Value> {
        let mut parts = path.split('.');
        let first = parts.next()?;
        if let Some(from) = first.strip_suffix('+') {
            let object = self.options(from.parse().ok()?)?.object?;
            return object.slot(parts.next()?).map(|slot| slot.value.clone());
        }
        let mut value = self.whole(first)?;
        for part in parts {
            let object = self.heap.get(value.object()?)?;
            match object.slot(part) {
                Some(slot) => value = &slot.value,
                None => return object.open.is_some().then(Value::unknown),
            }
        }
        Some(value.clone())
    }

    /// Where the grant was made that the call is given as a thing of its own.
    pub(super) fn grant_given(&self) -> Option<Place> {
        let (argument, _) = self.known.grant.as_deref()?.strip_prefix('@')?.split_once('.')?;
        let grant = self.heap.get(self.whole(argument)?.object()?)?;
        grant.open.is_none().then(|| grant.born.clone())
    }

    /// `resource` may have a place of its own.
    pub(super) fn with_resource(&self, mut request: Request) -> Request {
        for path in &self.known.resource {
            let Some((of, key)) = path.rsplit_once('.') else { continue };
            let object = self.argument(of).and_then(|of| of.object()).and_then(|id| self.heap.get(id));
            let Some(object) = object else { continue };
            request.resource = request.resource.max(object.presence(key));
            if let Some(slot) = object.slot(key) {
                request.value.get_or_insert_with(|| (slot.value.clone(), slot.at.clone()));
            }
        }
        request
    }

    /// The parameters that a value stands for: a map, a list of pairs, a text.
    pub(super) fn parameters(&self, value: &Value) -> Parameters {
        let all = value.each().map(|one| self.of_one(one));
        all.reduce(Parameters::join).unwrap_or_default()
    }

    fn of_one(&self, value: &Value) -> Parameters {
        match &value.shape {
            Shape::Object(id) => match self.heap.get(*id) {
                Some(object) => {
                    Parameters { object: Some(self.as_map(object, MAX_LISTS)), text: String::new() }
                }
                None => Parameters::unknown(value),
            },
            Shape::Text(text) => Parameters { object: None, text: text.to_string() },
            Shape::Template(parts) => {
                let texts = parts.iter().filter_map(Value::text).map(AsRef::as_ref).collect::<Vec<&str>>();
                let inner = parts.iter().filter(|part| part.object().is_some()).map(|part| self.of_one(part));
                let text = Parameters { object: None, text: texts.join("\u{0}") };
                inner.fold(text, |mut all, one| {
                    all.object = one.object.or(all.object);
                    all
                })
            }
            Shape::Null => Parameters { object: None, text: String::new() },
            _ => Parameters::unknown(value),
        }
    }

    /// A list of pairs is a map, and so is one of options. What is sent of an instance are its fields, as they are spelled
    /// in requests.
    fn as_map(&self, object: &Object, left: usize) -> Object {
        let mut map = Object { is: Is::Map, ..as_sent_of(object).into_owned() };
        for item in &object.items {
            let Some(id) = item.object() else {
                // Nobody knows what it adds.
                if matches!(item.shape, Shape::Unknown(_) | Shape::OneOf(_)) {
                    map.open.get_or_insert_default().join(&item.marks);
                }
                continue;
            };
            let Some(part) = self.heap.get(id) else { continue };
            if let [key, value] = part.items.as_slice() {
                if let Some(key) = key.text() {
                    let slot =
                        Slot { presence: Presence::Always, value: value.clone(), at: object.born.clone() };
                    map.slots.entry(key.clone()).or_insert(slot);
                }
            } else if left > 0 {
                let part = self.as_map(part, left - 1);
                for (key, slot) in part.slots {
                    map.slots.entry(key).or_insert(slot);
                }
                if let Some(marks) = part.open {
                    map.open.get_or_insert_default().join(&marks);
                }
            }
        }
        map
    }
}

/// An instance with its fields as they are spelled in requests, besides.
pub(super) fn as_sent_of(object: &Object) -> Cow<'_, Object> {
    if !matches!(object.is, Is::Instance(_)) {
        return Cow::Borrowed(object);
    }
    let spelled = object.slots.iter().filter_map(|(key, slot)| Some((as_sent(key)?, slot.clone())));
    let spelled: Vec<_> = spelled.collect();
    let mut whole = object.clone();
    whole.slots.extend(spelled);
    Cow::Owned(whole)
}

/// `grant_type` of `GrantType` and `grantType`, `client_id` of `ClientID`.
pub(in crate::flow) fn as_sent(field: &str) -> Option<Text> {
    if !field.chars().any(char::is_uppercase) || field.contains('_') {
        return None;
    }
    let mut spelled = String::new();
    let mut before = None;
    for letter in field.chars() {
        if letter.is_uppercase() && before.is_some_and(char::is_lowercase) {
            spelled.push('_');
        }
        spelled.extend(letter.to_lowercase());
        before = Some(letter);
    }
    Some(spelled.into())
}

/// All arguments from that one on as one thing, also where they are in lists.
pub(in crate::flow) fn options_from(
    known: &Call,
    arguments: &[Given],
    heap: &Heap,
    from: usize,
) -> Option<Object> {
    Look { known, arguments, heap, receiver: None }.options(from)?.object
}
