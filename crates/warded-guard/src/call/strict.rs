//! What stands in a JSON text, so that every reader sees the same? One pass that keeps nothing but what is asked for.
//!
//! Refused are members that stand twice at any depth (parsers disagree about which one counts) and nesting beyond a
//! bound. Serde's errors are text only, so why it stopped is noted beside them.

use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
    fmt,
    marker::PhantomData,
};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use warded_core::{Refusal, Shown};

use super::lookalike;

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 64;
/// Up to so many names are compared each with each: a list of them is sorted no faster.
const FEW: usize = 12;

/// Room for the names of most messages, taken at once.
const ROOM: usize = 16;

/// What is kept beside what is read.
pub(super) struct Notes<'de> {
    /// The names in the objects that are open, the outermost first: one list for all of them.
    names: RefCell<Vec<Cow<'de, str>>>,
    found: Cell<Option<Refusal>>,
}

impl Default for Notes<'_> {
    fn default() -> Self {
        Self { names: RefCell::new(Vec::with_capacity(ROOM)), found: Cell::default() }
    }
}

impl Notes<'_> {
    /// Why a reader stopped that noted nothing itself.
    pub(super) fn why(self, is_json: bool) -> Refusal {
        let why = if is_json { "it is no message" } else { "it is not JSON" };
        self.found.into_inner().unwrap_or(Refusal::CallMalformed { why })
    }
}

/// Where a reader stands.
#[derive(Clone, Copy)]
pub(super) struct Place<'n, 'de> {
    depth: usize,
    notes: &'n Notes<'de>,
}

impl<'n, 'de> Place<'n, 'de> {
    /// The top of a text.
    pub(super) fn top(notes: &'n Notes<'de>) -> Self {
        Self { depth: 0, notes }
    }

    /// Inside an object or a list.
    pub(super) fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            Err(self.stop(Refusal::CallTooDeep))
        } else {
            Ok(Self { depth: self.depth + 1, ..self })
        }
    }

    /// Notes why.
    pub(super) fn stop<E: Error>(self, refusal: Refusal) -> E {
        self.notes.found.set(Some(refusal));
        E::custom("refused")
    }

    /// Notes that it is no message.
    pub(super) fn malformed<E: Error>(self, why: &'static str) -> E {
        self.stop(Refusal::CallMalformed { why })
    }
}

/// The names that stand in one object.
pub(super) struct Names<'n, 'de> {
    place: Place<'n, 'de>,
    /// Where they begin in the list of all.
    from: usize,
}

impl<'n, 'de> Names<'n, 'de> {
    /// Of the object at that place.
    pub(super) fn of(place: Place<'n, 'de>) -> Self {
        Self { place, from: place.notes.names.borrow().len() }
    }

    /// The next name, where `reserved` are the protocol's own, and nothing may look like one of them.
    pub(super) fn next<A: MapAccess<'de>>(
        &mut self,
        members: &mut A,
        reserved: &[&str],
    ) -> Result<Option<Cow<'de, str>>, A::Error> {
        let Some(name) = members.next_key_seed(Name)? else {
            return self.distinct().map(|()| None);
        };
        if lookalike::is_one(&name, reserved) {
            return Err(self.place.stop(Refusal::CallLookalikeMember { member: Shown::new(&name) }));
        }
        self.place.notes.names.borrow_mut().push(name.clone());
        Ok(Some(name))
    }

    fn distinct<E: Error>(&mut self) -> Result<(), E> {
        let mut all = self.place.notes.names.borrow_mut();
        let own = all.get_mut(self.from..).unwrap_or_default();
        let twice = if own.len() <= FEW {
            let mut rest = &*own;
            std::iter::from_fn(|| {
                let (first, others) = rest.split_first()?;
                rest = others;
                Some(others.contains(first))
            })
            .any(|twice| twice)
        } else {
            own.sort_unstable();
            own.iter().zip(own.iter().skip(1)).any(|(one, next)| one == next)
        };
        all.truncate(self.from);
        if twice { Err(self.place.stop(Refusal::CallDuplicateMember)) } else { Ok(()) }
    }
}

/// A member's name, without a copy where it has no escapes.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

/// What is read of an object of the protocol.
pub(super) trait Members<'de>: Sized {
    /// Reads its members; `place` is inside.
    fn read<A: MapAccess<'de>>(members: A, place: Place<'_, 'de>) -> Result<Self, A::Error>;
}

/// An object of the protocol, or anything else: then it is passed, and nothing is read.
pub(super) struct Object<'n, 'de, T> {
    place: Place<'n, 'de>,
    kind: PhantomData<T>,
}

impl<'n, 'de, T> Object<'n, 'de, T> {
    /// One that begins at that place.
    pub(super) fn at(place: Place<'n, 'de>) -> Self {
        Self { place, kind: PhantomData }
    }
}

impl<'de, T: Members<'de>> DeserializeSeed<'de> for Object<'_, 'de, T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Members<'de>> Visitor<'de> for Object<'_, 'de, T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Option<T>, A::Error> {
        T::read(members, self.place.deeper()?).map(Some)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Option<T>, A::Error> {
        Any::passed(self.place).visit_seq(items).map(|_| None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Option<T>, E> {
        Ok(None)
    }
}

/// What a value is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Seen {
    Text(Box<str>),
    Integer(i128),
    Object,
    Null,
    Other,
}

/// Any value: looked at as a whole, kept only where it is a short thing of its own.
#[derive(Clone, Copy)]
pub(super) struct Any<'n, 'de> {
    place: Place<'n, 'de>,
    keep: bool,
}

impl<'n, 'de> Any<'n, 'de> {
    /// Keeps a text.
    pub(super) fn kept(place: Place<'n, 'de>) -> Self {
        Self { place, keep: true }
    }

    /// Keeps nothing.
    pub(super) fn passed(place: Place<'n, 'de>) -> Self {
        Self { place, keep: false }
    }
}

impl<'de> DeserializeSeed<'de> for Any<'_, 'de> {
    type Value = Seen;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Seen, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Any<'_, 'de> {
    type Value = Seen;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Seen, E> {
        Ok(Seen::Other)
    }

    fn visit_i64<E>(self, value: i64) -> Result<Seen, E> {
        Ok(Seen::Integer(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Seen, E> {
        Ok(Seen::Integer(value.into()))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Seen, E> {
        Ok(Seen::Other)
    }

    fn visit_str<E>(self, value: &str) -> Result<Seen, E> {
        Ok(if self.keep { Seen::Text(value.into()) } else { Seen::Other })
    }

    fn visit_unit<E>(self) -> Result<Seen, E> {
        Ok(Seen::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Seen, A::Error> {
        let inner = Any::passed(self.place.deeper()?);
        while items.next_element_seed(inner)?.is_some() {}
        Ok(Seen::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Seen, A::Error> {
        let inner = self.place.deeper()?;
        let mut names = Names::of(inner);
        while names.next(&mut members, &[])?.is_some() {
            members.next_value_seed(Any::passed(inner))?;
        }
        Ok(Seen::Object)
    }
}
