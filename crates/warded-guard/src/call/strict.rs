//! What stands in a JSON text, so that every reader sees the same? One pass that keeps nothing but what is asked for.
//!
//! Refused are members that stand twice at any depth (parsers disagree about which one counts) and nesting beyond a
//! bound. Serde's errors are text only, so why it stopped is noted beside them.

use std::{borrow::Cow, cell::RefCell, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use warded_core::{Refusal, Shown};

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 64;

/// Where a reader stands: how deep, and where it notes why it stopped.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    depth: usize,
    found: &'a RefCell<Refusal>,
}

impl<'a> Place<'a> {
    /// The top of a text. What is wrong is a matter of syntax until something else is noted.
    pub(super) fn top(found: &'a RefCell<Refusal>) -> Self {
        Self { depth: 0, found }
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
        *self.found.borrow_mut() = refusal;
        E::custom("refused")
    }
}

/// The names that stood in one object.
#[derive(Default)]
pub(super) struct Names<'de>(Vec<Cow<'de, str>>);

impl<'de> Names<'de> {
    /// The next name, where `reserved` are the protocol's own: what differs from one of them only in case is that
    /// member to a parser that ignores case.
    pub(super) fn next<A: MapAccess<'de>>(
        &mut self,
        members: &mut A,
        reserved: &[&str],
        place: Place<'_>,
    ) -> Result<Option<Cow<'de, str>>, A::Error> {
        let Some(name) = members.next_key_seed(Name)? else {
            return self.distinct(place).map(|()| None);
        };
        if reserved.iter().any(|own| *own != name && folds_to(&name, own)) {
            return Err(place.stop(Refusal::CallLookalikeMember { member: Shown::new(&name) }));
        }
        self.0.push(name.clone());
        Ok(Some(name))
    }

    fn distinct<E: Error>(&mut self, place: Place<'_>) -> Result<(), E> {
        self.0.sort_unstable();
        let twice = self.0.iter().zip(self.0.iter().skip(1)).any(|(one, next)| one == next);
        if twice { Err(place.stop(Refusal::CallDuplicateMember)) } else { Ok(()) }
    }
}

/// Equal to a parser that ignores case: in ASCII, and as some do it in Unicode, where `ſ` is an s, the Kelvin sign
/// a k, and `ı` and `İ` are each an i. Or to one whose texts end at the first NUL.
pub(crate) fn folds_to(name: &str, own: &str) -> bool {
    let fold = |letter: char| match letter {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        '\u{130}' | '\u{131}' => 'i',
        other => other.to_ascii_lowercase(),
    };
    let seen = name.chars().take_while(|letter| *letter != '\0');
    seen.map(fold).eq(own.chars().map(fold))
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
pub(super) struct Any<'a> {
    place: Place<'a>,
    keep: bool,
}

impl<'a> Any<'a> {
    /// Keeps a text.
    pub(super) fn kept(place: Place<'a>) -> Self {
        Self { place, keep: true }
    }

    /// Keeps nothing.
    pub(super) fn passed(place: Place<'a>) -> Self {
        Self { place, keep: false }
    }
}

impl<'de> DeserializeSeed<'de> for Any<'_> {
    type Value = Seen;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Seen, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Any<'_> {
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
        let mut names = Names::default();
        while names.next(&mut members, &[], inner)?.is_some() {
            members.next_value_seed(Any::passed(inner))?;
        }
        Ok(Seen::Object)
    }
}
