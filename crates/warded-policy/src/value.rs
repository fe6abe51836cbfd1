//! What a policy compares: the values of YAML and JSON.

use std::collections::BTreeMap;

use crate::{Decimal, found::Found, json, steps::Steps};

/// Deeper than this, nothing is read.
const MAX_DEPTH: usize = 64;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "JSON has these six")]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Decimal),
    /// A text. One that looks like a number is a text nevertheless.
    Text(Box<str>),
    /// A list.
    List(Vec<Value>),
    /// A map.
    Map(BTreeMap<Box<str>, Value>),
}

impl Value {
    /// Reads a value of JSON with its numbers as they were written. None where it is no JSON that everybody reads alike, or
    /// is deeper or longer than anything that is compared.
    ///
    /// ```
    /// use warded_policy::{Decimal, Value};
    ///
    /// let number = Decimal::parse("9007199254740993").map(Value::Number);
    /// assert_eq!(Value::from_json("9007199254740993"), number);
    /// assert_eq!(Value::from_json(r#"{"a": 1, "a": 2}"#), None);
    /// ```
    pub fn from_json(json: &str) -> Option<Self> {
        let whole: &serde_json::value::RawValue = serde_json::from_str(json).ok()?;
        read(whole.get(), &mut Steps::new(), 0)
    }
}

fn read(raw: &str, steps: &mut Steps, depth: usize) -> Option<Value> {
    if depth == MAX_DEPTH {
        return None;
    }
    Some(match Found::json(raw, steps).ok()? {
        Found::Null => Value::Null,
        Found::Bool(value) => Value::Bool(value),
        Found::Number(number) => Value::Number(number.into_owned()),
        Found::Sent(number) => Value::Number(number),
        Found::Text(text) => Value::Text(text.into()),
        Found::JsonList(list) => {
            let mut items = Vec::new();
            let mut is_read = true;
            let take = &mut |item| {
                match read(item, steps, depth + 1) {
                    Some(value) => items.push(value),
                    None => is_read = false,
                }
                Ok(is_read)
            };
            json::items(list, take).ok()?;
            is_read.then_some(Value::List(items))?
        }
        Found::JsonMap(object) => {
            let mut members = BTreeMap::new();
            let mut is_read = true;
            let take = &mut |name: std::borrow::Cow<'_, str>, value| {
                is_read = read(value, steps, depth + 1)
                    .is_some_and(|value| members.insert(name.into(), value).is_none());
                Ok(is_read)
            };
            json::members(object, take).ok()?;
            is_read.then_some(Value::Map(members))?
        }
        Found::List(_) | Found::Map(_) | Found::Texts(_) => return None,
    })
}
