//! What stands in a list or an object of JSON? One level at a time, so that nothing is built of what no rule names.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer as _,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_json::{Deserializer, value::RawValue};

use crate::Undecided;

/// Takes each item of a list, until it says that it has seen enough.
pub(crate) fn items<'a>(
    list: &'a str,
    take: &mut dyn FnMut(&'a str) -> Result<bool, Undecided>,
) -> Result<(), Undecided> {
    let mut end = End::Open;
    let read = Deserializer::from_str(list).deserialize_seq(Items { take, end: &mut end });
    end.of(read)
}

/// Takes each member of an object, until it says that it has seen enough.
pub(crate) fn members<'a>(
    object: &'a str,
    take: &mut dyn FnMut(Cow<'a, str>, &'a str) -> Result<bool, Undecided>,
) -> Result<(), Undecided> {
    let mut end = End::Open;
    let read = Deserializer::from_str(object).deserialize_map(Members { take, end: &mut end });
    end.of(read)
}

/// A text of JSON, with its escapes undone.
pub(crate) fn text(text: &str) -> Result<Cow<'_, str>, Undecided> {
    serde_json::from_str::<Text<'_>>(text).map(|text| text.0).map_err(|_| Undecided::NotJson)
}

#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Why reading came to an end; errors of serde are text only.
enum End {
    /// There was no more, or it was not JSON.
    Open,
    Enough,
    Failed(Undecided),
}

impl End {
    fn of(self, read: Result<(), serde_json::Error>) -> Result<(), Undecided> {
        match (self, read) {
            (Self::Failed(why), _) => Err(why),
            (Self::Open, Err(_)) => Err(Undecided::NotJson),
            (Self::Enough, _) | (Self::Open, Ok(())) => Ok(()),
        }
    }

    /// Whether reading goes on.
    fn goes_on<E: serde::de::Error>(&mut self, taken: Result<bool, Undecided>) -> Result<(), E> {
        *self = match taken {
            Ok(true) => return Ok(()),
            Ok(false) => Self::Enough,
            Err(why) => Self::Failed(why),
        };
        Err(E::custom("seen enough"))
    }
}

struct Items<'f, 'a> {
    take: &'f mut dyn FnMut(&'a str) -> Result<bool, Undecided>,
    end: &'f mut End,
}

impl<'a> Visitor<'a> for Items<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(item) = list.next_element::<&RawValue>()? {
            self.end.goes_on::<A::Error>((self.take)(item.get()))?;
        }
        Ok(())
    }
}

struct Members<'f, 'a> {
    take: &'f mut dyn FnMut(Cow<'a, str>, &'a str) -> Result<bool, Undecided>,
    end: &'f mut End,
}

impl<'a> Visitor<'a> for Members<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut object: A) -> Result<(), A::Error> {
        while let Some((name, value)) = object.next_entry::<Text<'a>, &RawValue>()? {
            self.end.goes_on::<A::Error>((self.take)(name.0, value.get()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_stand_as_they_were_written() {
        let mut seen = Vec::new();
        let read = items(r#" [1.50, "a\u0041", {"b": [ ]} ,null]"#, &mut |item| {
            seen.push(item);
            Ok(true)
        });
        assert_eq!((read, seen), (Ok(()), vec!["1.50", r#""a\u0041""#, r#"{"b": [ ]}"#, "null"]));
    }

    #[test]
    fn whoever_has_seen_enough_sees_no_more() {
        let mut seen = 0;
        let read = items("[1, 2, not json", &mut |_| {
            seen += 1;
            Ok(seen < 2)
        });
        assert_eq!((read, seen), (Ok(()), 2));
        assert_eq!(items("[1, 2, not json", &mut |_| Ok(true)), Err(Undecided::NotJson));
        assert_eq!(
            items("[1]", &mut |_| Err(Undecided::TooManySteps)),
            Err(Undecided::TooManySteps),
            "what the taker says is what is said"
        );
    }

    #[test]
    fn names_are_read_with_their_escapes_undone() {
        let mut seen = Vec::new();
        members(r#"{"\u0061": 1e400, "b": 2}"#, &mut |name, value| {
            seen.push((name.into_owned(), value));
            Ok(true)
        })
        .unwrap();
        assert_eq!(seen, [("a".to_owned(), "1e400"), ("b".to_owned(), "2")]);
        assert_eq!(text(r#""\ud800""#), Err(Undecided::NotJson), "half a letter is no text");
    }
}
