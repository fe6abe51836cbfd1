//! Requests that come in: what of them is a credential, and where it goes inside of the code.

mod injected;
mod names;

use super::{
    event::{Event, Given},
    heap::{Heap, Is, Object},
    machine::Machine,
    value::{Mark, Marks, ObjectId, Presence, Shape, Slot, Value},
};
use names::CREDENTIAL;
pub(super) use names::carried;
pub(crate) use names::{
    ACCESS_TOKENS, has_headers, is_access_token, is_credential, is_like_token, name_of_header, tell_apart,
};

use crate::{
    ir::{Parameter, Text},
    library::Holds,
    project::{FileId, Place},
};

/// Under this key the headers of a request that is made here note that they are; the value is where it goes.
pub(crate) const OUTGOING: &str = "<outgoing>";

/// Under this key a request notes which headers it is sent with.
pub(super) const SENT_WITH: &str = "<sent with>";

/// Under this key a query notes that it is one.
pub(crate) const QUERY: &str = "<query>";

/// Under this key the headers of a request that came in note that an element of them is none of the credential, on this
/// way.
const OTHERS: &str = "<others>";

/// Functions that are given a request to send it.
pub(crate) const CARRIERS: &[&str] = &["RoundTrip", "auth_flow", "sync_auth_flow", "async_auth_flow"];

impl Machine<'_> {
    /// A request that comes in, by what the parameter is called or written to be, and a credential that a framework
    /// takes out of it.
    pub(super) fn comes_in(&mut self, file: FileId, parameter: &Parameter) -> Option<Value> {
        let name = parameter.name()?;
        let mut said = parameter.default.iter().chain(&parameter.decorators);
        if let Some(value) = said.find_map(|said| self.injected(file, name, said)) {
            return Some(value);
        }
        if parameter.hint.is_some() { None } else { self.handed(file, parameter) }
    }

    /// What frameworks hand to a parameter that is called so, where nobody knows its type.
    pub(super) fn handed(&mut self, file: FileId, parameter: &Parameter) -> Option<Value> {
        let name = parameter.name()?;
        let language = self.project.file(file).language;
        let path = self.library.handed(language, name)?.clone();
        let at = Place::new(file, &(0..0));
        let mut object = Object::new(Is::Foreign(path), at);
        object.open = Some(Marks::default());
        Some(self.heap.as_mut()?.make(object))
    }

    /// What a library says that this is.
    pub(super) fn held(
        &mut self,
        path: &str,
        of: Option<ObjectId>,
        name: &Text,
        at: &Place,
    ) -> Option<Value> {
        let language = self.project.file(self.file()).language;
        if let Some(constant) = self.library.constant(language, path) {
            return Some(Shape::Text(constant.clone()).into());
        }
        let mut is = self.library.holds(language, path)?;
        // What carries requests out is given them as parameters too.
        let carries = |called: &super::machine::Called| {
            CARRIERS.contains(&&*self.project.function(called.function).name)
        };
        if is == Holds::Headers && self.calls.iter().any(carries) {
            is = Holds::Outgoing;
        }
        let value = match is {
            Holds::Credential => credential(),
            Holds::Headers => self.all_headers(at)?,
            Holds::Outgoing => self.outgoing(of, at)?,
            Holds::Query => self.query(at)?,
            Holds::Validation => {
                let name = path.rsplit('.').next().unwrap_or(path);
                let path = self.library.type_named(language, name)?;
                self.heap.as_mut()?.make(Object::new(Is::Foreign(path), at.clone()))
            }
        };
        if let (Some(of), Some(heap)) = (of, &mut self.heap) {
            heap.write(of, name, value.clone(), at.clone());
        }
        Some(value)
    }

    /// What a framework takes out of a request for a handler: all headers, the query, the credential.
    pub(super) fn taken_from_request(&mut self, made: Value, at: &Place) -> Value {
        let is = made.object().and_then(|id| Some(self.heap.as_ref()?.get(id)?.is.clone()));
        let Some(Is::Foreign(path)) = is else { return made };
        let language = self.project.file(self.file()).language;
        match self.library.holds(language, &path) {
            Some(Holds::Headers) => self.all_headers(at).unwrap_or(made),
            Some(Holds::Query) => self.query(at).unwrap_or(made),
            Some(Holds::Credential) => credential(),
            _ => made,
        }
    }

    /// `request.Header = ..`: what is written there goes out.
    pub(super) fn sets_headers(&mut self, of: ObjectId, key: &Text, value: &Value, at: &Place) {
        let Some(Is::Foreign(path)) = self.heap.as_ref().and_then(|heap| heap.get(of)).map(|of| &of.is)
        else {
            return;
        };
        let language = self.project.file(self.file()).language;
        if self.library.holds(language, &format!("{path}.{key}")) != Some(Holds::Outgoing) {
            return;
        }
        if let (Some(headers), Some(heap)) = (value.object(), &mut self.heap) {
            let url = heap.get(of).and_then(|of| of.slot("url")).map(|slot| slot.value.clone());
            heap.write(headers, &OUTGOING.into(), url.unwrap_or_else(Value::unknown), at.clone());
        }
    }

    /// The headers of a request that came in.
    pub(super) fn all_headers(&mut self, at: &Place) -> Option<Value> {
        let heap = self.heap.as_mut()?;
        let id = heap.put(Object::new(Is::Map, at.clone()));
        let mut marks = Marks::default();
        marks.add(Mark::Headers(id));
        heap.change(id)?.open = Some(marks);
        // Whoever came has chosen them.
        Some(Value::from(Shape::Object(id)).marked(Mark::Request))
    }

    /// The headers that a request is sent with.
    pub(super) fn outgoing(&mut self, of: Option<ObjectId>, at: &Place) -> Option<Value> {
        let heap = self.heap.as_mut()?;
        let url = of.and_then(|of| heap.get(of)?.slot("url")).map(|slot| slot.value.clone());
        let headers = heap.put(Object::new(Is::Map, at.clone()));
        heap.write(headers, &OUTGOING.into(), url.unwrap_or_else(Value::unknown), at.clone());
        Some(Shape::Object(headers).into())
    }

    /// The query of an address: nobody knows what is in it.
    pub(super) fn query(&mut self, at: &Place) -> Option<Value> {
        let mut object = Object::new(Is::Map, at.clone());
        object.open = Some(Marks::default());
        let heap = self.heap.as_mut()?;
        let query = heap.put(object);
        heap.write(query, &QUERY.into(), Shape::Bool(true).into(), at.clone());
        Some(Shape::Object(query).into())
    }

    /// An entry that nobody here has written: of headers that came in, or of a query.
    pub(super) fn entry_of(&mut self, id: ObjectId, name: &Text, at: &Place) -> Option<Value> {
        let object = self.heap.as_ref()?.get(id)?;
        if object.slots.contains_key(QUERY) {
            if is_access_token(name) {
                let (key, at, trail) = (name.clone(), at.clone(), self.trail());
                self.tell(Event::Asked { key, at, trail });
                return Some(Value::named(name).marked(Mark::Inbound));
            }
            if is_like_token(name) {
                let mut read = Object::new(Is::Map, at.clone());
                let slot = Slot {
                    presence: Presence::Always,
                    value: Shape::Text(name.clone()).into(),
                    at: at.clone(),
                };
                read.slots.insert(QUERY.into(), slot);
                let read = self.heap.as_mut()?.put(read);
                return Some(Value::named(name).marked(Mark::Queried(read)));
            }
            return None;
        }
        if !object.open.as_ref().is_some_and(has_headers) {
            return None;
        }
        let written = object.slots.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        if let Some((_, slot)) = written {
            return Some(slot.value.clone());
        }
        // Starlette: all of them, as they came.
        if &**name == "raw" {
            let raw = Object { is: Is::Map, ..object.clone() };
            return Some(self.heap.as_mut()?.make(raw));
        }
        Some(if is_credential(name) { credential() } else { Value::named(name) })
    }

    /// Something finds out whether a token is good: where it was read of a query, that was an access token.
    pub(super) fn verifies(&mut self, called: &str, given: &[Given]) {
        let is_asked = given.iter().flat_map(|given| given.value.marks.iter());
        if !is_asked.into_iter().any(|mark| matches!(mark, Mark::Queried(_))) || !finds_out(called) {
            return;
        }
        for mark in given.iter().flat_map(|given| given.value.marks.iter()) {
            let Mark::Queried(id) = mark else { continue };
            let Some(read) = self.heap.as_ref().and_then(|heap| heap.get(id)) else { continue };
            let Some(key) = read.slot(QUERY).and_then(|slot| slot.value.text()).cloned() else { continue };
            let (at, trail) = (read.born.clone(), self.trail());
            self.tell(Event::Asked { key, at, trail });
        }
    }

    /// Where headers that came in are asked for the credential, by whatever method.
    pub(super) fn asked_for_credential(&self, receiver: &Value, given: &[Given]) -> Option<Value> {
        let object = receiver.object().and_then(|id| self.heap.as_ref()?.get(id))?;
        if !object.open.as_ref().is_some_and(has_headers) || given.len() > 2 {
            return None;
        }
        if object.slots.keys().any(|key| is_credential(key)) {
            return None;
        }
        let key = given.first().and_then(|given| name_of_header(&given.value))?;
        is_credential(&key).then(credential)
    }

    /// An entry is away from now on, even where nobody has written it here.
    pub(super) fn take_away(&mut self, id: ObjectId, key: &Text, at: &Place) {
        let Some(object) = self.heap.as_mut().and_then(|heap| heap.change(id)) else { return };
        object.slots.retain(|known, _| !known.eq_ignore_ascii_case(key) || known.starts_with('<'));
        if object.open.as_ref().is_some_and(has_headers)
            && let Some(heap) = &mut self.heap
        {
            heap.write(id, &key.to_ascii_lowercase().into(), Shape::Null.into(), at.clone());
        }
    }

    /// What came of an element of headers, without the credential where it was left out on this way.
    pub(super) fn left(&self, value: Value) -> Value {
        let marks = value.marks.only(|mark| match mark {
            Mark::Headers(id) => !self.heap.as_ref().is_some_and(|heap| is_left_out(heap, id)),
            _ => true,
        });
        Value { marks, ..value }
    }
}

fn is_left_out(heap: &Heap, id: ObjectId) -> bool {
    heap.get(id)
        .is_some_and(|object| object.slots.get(OTHERS).is_some_and(|slot| slot.presence == Presence::Always))
}

/// The credential that came in.
pub(super) fn credential() -> Value {
    Value::named(&CREDENTIAL.into()).marked(Mark::Inbound)
}

/// Whether a function of that name finds out whether a token is good, and no token for one page or one use.
fn finds_out(called: &str) -> bool {
    let plain = |text: &str| {
        let letters: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
        letters.to_ascii_lowercase()
    };
    let name = plain(called.rsplit('.').next().unwrap_or(called));
    let is_of_tokens = || ["jwt", "jose"].iter().any(|part| plain(called).contains(part));
    let verifies = VERIFIES.iter().any(|verb| name.starts_with(verb))
        || PARSES.contains(&name.as_str())
        || (name.contains("decode") && !name.contains("uri") || name.starts_with("parse")) && is_of_tokens();
    verifies && !OTHER_TOKENS.iter().any(|part| name.contains(part))
}

/// How the names begin of functions that find out whether a token is good.
const VERIFIES: &[&str] =
    &["verify", "validatetoken", "validatejwt", "validateaccess", "authenticate", "introspect"];

/// The same, where a token is read.
const PARSES: &[&str] = &["parsetoken", "parsejwt", "parseaccesstoken", "parsejwttoken", "parseandverify"];

/// What is in the names of those for which a token is something else.
const OTHER_TOKENS: &[&str] = &[
    "email",
    "reset",
    "invit",
    "csrf",
    "unsubscribe",
    "confirm",
    "password",
    "captcha",
    "signup",
    "account",
];
