//! What stands where a path leads? Lists and objects stay as they were written until an operator looks into them.

mod go;

pub(crate) use go::MAX_TEXT;

use std::borrow::Cow;

use crate::{Decimal, Undecided, Value, json, steps::Steps};

/// What a path led to.
#[derive(Clone, Debug)]
pub(crate) enum Found<'a> {
    Null,
    Bool(bool),
    Number(Cow<'a, Decimal>),
    Text(Cow<'a, str>),
    /// A list in JSON.
    JsonList(&'a str),
    /// An object in JSON.
    JsonMap(&'a str),
    /// A list that was read already.
    List(&'a [Value]),
    /// A map that was read already.
    Map(&'a Value),
    /// A list of texts.
    Texts(&'a [&'a str]),
}

impl<'a> Found<'a> {
    /// A value as it stands in JSON.
    pub(crate) fn json(raw: &'a str, steps: &mut Steps) -> Result<Self, Undecided> {
        steps.read(raw.len())?;
        Ok(match raw.as_bytes().first() {
            Some(b'n') => Self::Null,
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'"') => Self::Text(json::text(raw)?),
            Some(b'[') => Self::JsonList(raw),
            Some(b'{') => Self::JsonMap(raw),
            _ => Self::Number(Cow::Owned(Decimal::from_json(raw).ok_or(Undecided::NotJson)?)),
        })
    }

    /// A value that was read already.
    pub(crate) fn value(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => Self::Number(Cow::Borrowed(number)),
            Value::Text(text) => Self::Text(Cow::Borrowed(text)),
            Value::List(items) => Self::List(items),
            Value::Map(_) => Self::Map(value),
        }
    }

    pub(crate) fn text(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    pub(crate) fn number(number: impl Into<Decimal>) -> Self {
        Self::Number(Cow::Owned(number.into()))
    }

    pub(crate) fn as_number(&self) -> Option<&Decimal> {
        if let Self::Number(number) = self { Some(number) } else { None }
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(crate) fn is_list(&self) -> bool {
        matches!(self, Self::JsonList(_) | Self::List(_) | Self::Texts(_))
    }

    /// Takes each item of a list, until it says that it has seen enough. Of what is no list, there is none.
    pub(crate) fn items(
        &self,
        steps: &mut Steps,
        take: &mut dyn FnMut(Found<'_>, &mut Steps) -> Result<bool, Undecided>,
    ) -> Result<(), Undecided> {
        match self {
            Self::JsonList(list) => json::items(list, &mut |item| {
                let item = Found::json(item, steps)?;
                take(item, steps)
            }),
            Self::List(items) => {
                for item in *items {
                    steps.take(1)?;
                    if !take(Found::value(item), steps)? {
                        break;
                    }
                }
                Ok(())
            }
            Self::Texts(texts) => {
                for text in *texts {
                    steps.take(1)?;
                    if !take(Found::text(text), steps)? {
                        break;
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Whether two values are equal as the format has it: as numbers if both are, and as Go writes them otherwise.
    pub(crate) fn equals(
        &self,
        other: &Found<'_>,
        text: Option<&str>,
        steps: &mut Steps,
    ) -> Result<bool, Undecided> {
        match (self, other) {
            (Self::Number(one), Found::Number(another)) => {
                steps.read(one.digits.len().min(another.digits.len()))?;
                Ok(one == another)
            }
            (Self::Text(one), Found::Text(another)) => {
                steps.read(one.len().min(another.len()))?;
                Ok(one == another)
            }
            _ => {
                if let Some(text) = text {
                    return self.is_written(text, steps);
                }
                let text = other.go_text(steps)?;
                self.is_written(&text, steps)
            }
        }
    }
}
