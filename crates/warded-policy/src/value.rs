//! What a policy compares: the values of YAML and JSON.

use std::collections::BTreeMap;

use crate::Decimal;

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
