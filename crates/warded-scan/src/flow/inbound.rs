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
    ACCESS_TOKENS, has_headers, is_access_token, is_credential, is_like_token, is_name_of_token,
    name_of_header, tell_apart, words,
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

/// Under this key an object notes where headers were written to it that a list names.
pub(crate) const CHOSEN: &str = "<chosen>";

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
                self.tell(Event::Asked { key, by_name: false, at, trail });
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

    /// An entry of a query under a name that somebody else says: which one it is says what that name is called.
    pub(super) fn asked_by_name(&mut self, of: &Value, key: &Value, at: &Place) -> Option<Value> {
        let is_query = |one: &Value| {
            let object = one.object().and_then(|id| self.heap.as_ref()?.get(id));
            object.is_some_and(|object| object.slots.contains_key(QUERY) && object.open.is_some())
        };
        if !of.each().any(is_query) {
            return None;
        }
        // Where nobody says it, it may be called so by itself.
        let known: Vec<_> = key.each().filter_map(Value::text).cloned().collect();
        let entry = known.iter().map(|name| self.entry(of, name, at)).reduce(Value::or);
        if entry.is_some() {
            return entry;
        }
        let called = self.name_of(key)?;
        let called = called.rsplit('.').next().unwrap_or(&called);
        if !is_name_of_token(called) {
            return None;
        }
        let (key, at, trail) = (Text::from(called), at.clone(), self.trail());
        self.tell(Event::Asked { key: key.clone(), by_name: true, at, trail });
        Some(Value::named(&key).marked(Mark::Inbound))
    }

    /// What a request that came in has under a name that somebody else says.
    pub(super) fn under_a_name(&mut self, of: &Value, key: &Value, at: &Place) -> Option<Value> {
        self.asked_by_name(of, key, at).or_else(|| self.chosen_header(of, key))
    }

    /// A header of a request that came in, under a name of which nobody here knows what it is: one of a list. What comes of
    /// going through the headers themselves is any of them.
    fn chosen_header(&self, of: &Value, key: &Value) -> Option<Value> {
        let is_headers = |one: &Value| {
            let object = one.object().and_then(|id| self.heap.as_ref()?.get(id));
            object.and_then(|object| object.open.as_ref()).is_some_and(has_headers)
        };
        let is_listed = match &key.shape {
            Shape::Unknown(None) => true,
            // A constant is a name like any other.
            Shape::Unknown(Some(name)) => name.contains(char::is_lowercase),
            _ => false,
        };
        let is_chosen = is_listed && !has_headers(&key.marks) && of.each().any(is_headers);
        is_chosen.then(|| Value::unknown().marked(Mark::Chosen))
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
            self.tell(Event::Asked { key, by_name: false, at, trail });
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
        let left_out = |mark| match mark {
            Mark::Headers(id) => self.heap.as_ref().and_then(|heap| left_out(heap, id)),
            _ => None,
        };
        // Of a list that nobody here knows it may be any.
        let is_chosen = value.marks.iter().filter_map(left_out).any(|is_chosen| is_chosen);
        let marks = value.marks.only(|mark| left_out(mark).is_none());
        let value = Value { marks, ..value };
        if is_chosen { value.marked(Mark::Chosen) } else { value }
    }
}

/// Whether an element of these headers is none of the credential on this way; and whether that is so only as far as a list
/// says it that nobody here knows.
fn left_out(heap: &Heap, id: ObjectId) -> Option<bool> {
    let slot = heap.get(id)?.slots.get(OTHERS).filter(|slot| slot.presence == Presence::Always)?;
    Some(slot.value.text().is_some())
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
