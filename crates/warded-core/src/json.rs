//! JSON that reads the same to everyone: no member twice at any depth, bounded nesting, nothing after the end.
//!
//! Parsers disagree about `{"aud": "a", "aud": "b"}`; a token that relies on the disagreement is refused.

use std::{cell::Cell, fmt};

use serde::{
    Deserializer,
    de::{DeserializeSeed, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};

/// Deepest nesting that is read. Real tokens need four or five levels.
pub const MAX_DEPTH: usize = 16;

/// Why a text is not JSON that everyone reads alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidJson {
    /// Not JSON at all, not UTF-8, or something behind the end.
    #[error("is not valid JSON")]
    Syntax,
    /// JSON, but not an object.
    #[error("is not a JSON object")]
    NotAnObject,
    /// A member stands twice in one object.
    #[error("has a member twice in one object")]
    DuplicateMember,
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("is nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
}

/// Reads one JSON object.
pub fn object(text: &[u8]) -> Result<Map<String, Value>, InvalidJson> {
    match value(text)? {
        Value::Object(members) => Ok(members),
        _ => Err(InvalidJson::NotAnObject),
    }
}

/// Reads one JSON value.
pub fn value(text: &[u8]) -> Result<Value, InvalidJson> {
    let found = Cell::new(InvalidJson::Syntax);
    let mut parser = serde_json::Deserializer::from_slice(text);
    let value = Strict { depth: 0, found: &found }.deserialize(&mut parser).map_err(|_| found.get())?;
    parser.end().map_err(|_| InvalidJson::Syntax)?;
    Ok(value)
}

/// Builds a value; notes why it stopped, since serde's errors are text only.
#[derive(Clone, Copy)]
struct Strict<'a> {
    depth: usize,
    found: &'a Cell<InvalidJson>,
}

impl Strict<'_> {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return Err(self.stop(InvalidJson::TooDeep));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }

    fn stop<E: serde::de::Error>(self, reason: InvalidJson) -> E {
        self.found.set(reason);
        E::custom(reason)
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a finite number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let seed = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(seed)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let seed = self.deeper()?;
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(seed)?;
            if map.insert(name, value).is_some() {
                return Err(self.stop::<A::Error>(InvalidJson::DuplicateMember));
            }
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_may_stand_once_at_every_depth_however_it_is_spelled() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":{"b":[{"c":1,"c":2}]}}"#,
            r#"{"aud":"x","a\u0075d":"y"}"#,
            r#"{"":1,"":2}"#,
        ] {
            assert_eq!(object(text.as_bytes()), Err(InvalidJson::DuplicateMember), "{text}");
        }
        assert!(object(br#"{"a":{"a":[{"a":1},{"a":2}]},"A":1}"#).is_ok());
    }

    #[test]
    fn nesting_ends_at_the_limit() {
        let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
        assert!(object(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert_eq!(object(nested(MAX_DEPTH + 1).as_bytes()), Err(InvalidJson::TooDeep));
        let objects = format!("{}1{}", r#"{"a":"#.repeat(MAX_DEPTH + 1), "}".repeat(MAX_DEPTH + 1));
        assert_eq!(object(objects.as_bytes()), Err(InvalidJson::TooDeep));
        assert_eq!(object("[".repeat(100_000).as_bytes()), Err(InvalidJson::TooDeep));
    }

    #[test]
    fn only_an_object_and_nothing_else_is_read() {
        for text in [
            "",
            " ",
            "{",
            "{}x",
            "{} {}",
            "\u{feff}{}",
            r#"{"a":1e999}"#,
            r#"{"a":"\ud800"}"#,
            "{a:1}",
            "{'a':1}",
        ] {
            assert_eq!(object(text.as_bytes()), Err(InvalidJson::Syntax), "{text}");
        }
        assert_eq!(object(b"{\"a\":\"\xff\"}"), Err(InvalidJson::Syntax));
        for text in ["[]", "null", "1", "\"{}\"", "true"] {
            assert_eq!(object(text.as_bytes()), Err(InvalidJson::NotAnObject), "{text}");
        }
    }

    #[test]
    fn every_kind_of_value_survives() {
        let text =
            br#"{"a":null,"b":true,"c":-1,"d":18446744073709551615,"e":1.5,"f":"\u00e9","g":[1,[]],"h":{}}"#;
        let expected: Value = serde_json::from_slice(text).unwrap();
        assert_eq!(Value::Object(object(text).unwrap()), expected);
    }
}
