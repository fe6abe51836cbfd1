//! What stands where a path leads? Lists and objects stay as they were written until an operator looks into them.

mod go;

pub(crate) use go::{MAX_TEXT, Precision};

use std::{borrow::Cow, cmp::Ordering};

use crate::{Decimal, Undecided, Value, json, steps::Steps};

/// What a path led to.
#[derive(Clone, Debug)]
pub(crate) enum Found<'a> {
    Null,
    Bool(bool),
    /// A number that is known here.
    Number(Cow<'a, Decimal>),
    /// A number of JSON. It goes on as it is written, and whoever reads it may round it.
    Sent(Decimal),
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

/// How two values are alike. Of several, the last of these is what counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Likeness {
    /// They differ.
    Differs,
    /// They differ, and are of different types, so that whoever takes the one for the other may find them equal.
    Unlike,
    /// They are equal to some readers, and to others not.
    Unsure,
    /// They are equal.
    Equal,
}

impl Likeness {
    fn of(is_equal: bool, is_one_kind: bool) -> Self {
        match (is_equal, is_one_kind) {
            (true, _) => Self::Equal,
            (false, true) => Self::Differs,
            (false, false) => Self::Unlike,
        }
    }
}

/// How Go writes a value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Texts<'t> {
    /// With every digit.
    pub(crate) exact: &'t str,
    /// Once its numbers were read as float64.
    pub(crate) rounded: &'t str,
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
            _ => Self::Sent(Decimal::from_json(raw).ok_or(Undecided::NotJson)?),
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
        match self {
            Self::Number(number) => Some(number),
            Self::Sent(number) => Some(number),
            _ => None,
        }
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

    /// Whether two values are equal as the format has it: as numbers if both are, and as Go writes them otherwise. `texts`
    /// is how Go writes the other, where that is known.
    pub(crate) fn likeness(
        &self,
        other: &Found<'_>,
        texts: Option<Texts<'_>>,
        steps: &mut Steps,
    ) -> Result<Likeness, Undecided> {
        match (self.as_number(), other.as_number()) {
            (Some(one), Some(another)) => {
                let is_equal = |order: Ordering| order.is_eq();
                let equal = self.order(one, other, another, steps, is_equal)?;
                return Ok(equal.map_or(Likeness::Unsure, |equal| Likeness::of(equal, true)));
            }
            _ => {
                if let (Some(one), Some(another)) = (self.as_text(), other.as_text()) {
                    steps.read(one.len().min(another.len()))?;
                    return Ok(Likeness::of(one == another, true));
                }
            }
        }
        let is_one_kind =
            matches!((self, other), (Self::Bool(_), Found::Bool(_)) | (Self::Null, Found::Null));
        if let Some(texts) = texts {
            return self.likeness_of_texts(texts, is_one_kind, steps);
        }
        let exact = other.go_text(Precision::Exact, steps)?;
        let rounded = if other.may_round() { Some(other.go_text(Precision::Rounded, steps)?) } else { None };
        let texts = Texts { exact: &exact, rounded: rounded.as_deref().unwrap_or(&exact) };
        self.likeness_of_texts(texts, is_one_kind, steps)
    }

    /// Whether Go writes it like this.
    pub(crate) fn likeness_of_texts(
        &self,
        texts: Texts<'_>,
        is_one_kind: bool,
        steps: &mut Steps,
    ) -> Result<Likeness, Undecided> {
        let is_equal = self.is_written(texts.exact, Precision::Exact, steps)?;
        let is_sure = if self.may_round() || texts.exact != texts.rounded {
            self.is_written(texts.rounded, Precision::Rounded, steps)? == is_equal
        } else {
            true
        };
        Ok(if is_sure { Likeness::of(is_equal, is_one_kind) } else { Likeness::Unsure })
    }

    /// Whether an order holds of two numbers; none where it holds of them as they are written and not as they are read, or
    /// the other way round. What is sent goes on as it is written, and most readers round it.
    pub(crate) fn order(
        &self,
        number: &Decimal,
        other: &Found<'_>,
        wanted: &Decimal,
        steps: &mut Steps,
        holds: impl Fn(Ordering) -> bool,
    ) -> Result<Option<bool>, Undecided> {
        steps.read(number.digits.len() + wanted.digits.len())?;
        let exactly = holds(number.cmp(wanted));
        let is_rounded = (self.is_sent() || other.is_sent()) && !(number.is_kept() && wanted.is_kept());
        let is_sure =
            !is_rounded || number.nearest().partial_cmp(&wanted.nearest()).map(holds) == Some(exactly);
        Ok(is_sure.then_some(exactly))
    }

    fn is_sent(&self) -> bool {
        matches!(self, Self::Sent(_))
    }

    /// Whether it is another one, or may be, to whoever rounds its numbers.
    fn may_round(&self) -> bool {
        match self {
            Self::Sent(number) => !number.is_kept(),
            Self::JsonList(_) | Self::JsonMap(_) => true,
            _ => false,
        }
    }
}
