//! What is a single value: a text, a number, `true`? As Go's yaml.v3 reads it, which Intercept reads its files with.

use std::borrow::Cow;

use granit_parser::{ScalarStyle, Tag};

use super::number;
use crate::Decimal;

/// A single value, as it was written.
#[derive(Clone, Debug)]
pub(in crate::read) struct Scalar<'s> {
    pub(in crate::read) text: Cow<'s, str>,
    form: Form,
}

/// How a value was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Plain,
    Quoted,
    Tagged(Core),
}

/// A tag of a single value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Core {
    Str,
    Int,
    Float,
    Bool,
    Null,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::read) enum Sort {
    Null,
    Bool(bool),
    Number(Decimal),
    Text,
    /// `.inf` and `.nan`.
    NoNumber,
    /// It is not what its tag says.
    NotAsTagged,
}

/// What a value may not have been meant to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::read) enum Doubt {
    /// `0777`, which is 511.
    Octal,
    /// `yes`, which is a text.
    Word,
    /// `2026-11-22`, which is a point in time for Intercept.
    Date,
}

/// Which tag it is; none where it is one of another kind of value, or of somebody's own.
#[expect(clippy::option_option, reason = "no tag is not the same as a tag that is not read")]
pub(super) fn core(tag: &Tag) -> Option<Option<Core>> {
    Some(Some(match tag.core_suffix()? {
        "str" => Core::Str,
        "int" => Core::Int,
        "float" => Core::Float,
        "bool" => Core::Bool,
        "null" => Core::Null,
        _ => return None,
    }))
}

impl<'s> Scalar<'s> {
    pub(super) fn new(text: Cow<'s, str>, style: ScalarStyle, tag: Option<Core>) -> Self {
        let form = match (tag, style) {
            (Some(tag), _) => Form::Tagged(tag),
            (None, ScalarStyle::Plain) => Form::Plain,
            (None, _) => Form::Quoted,
        };
        Self { text, form }
    }

    /// Whether it is the `<<` that brings in other mappings.
    pub(super) fn is_merge(&self) -> bool {
        self.form == Form::Plain && self.text == "<<"
    }

    pub(in crate::read) fn is_null(&self) -> bool {
        match self.form {
            Form::Plain => matches!(&*self.text, "" | "~" | "null" | "Null" | "NULL"),
            Form::Quoted => false,
            Form::Tagged(tag) => tag == Core::Null,
        }
    }

    /// What it is.
    pub(in crate::read) fn sort(&self) -> Sort {
        let tag = match self.form {
            Form::Quoted | Form::Tagged(Core::Str) => return Sort::Text,
            Form::Plain => return plain(&self.text),
            Form::Tagged(tag) => tag,
        };
        match (tag, plain(&self.text)) {
            (Core::Null, Sort::Null) => Sort::Null,
            (Core::Bool, Sort::Bool(value)) => Sort::Bool(value),
            (Core::Int, Sort::Number(number)) if number::is_whole(&self.text) => Sort::Number(number),
            (Core::Float, Sort::Number(number)) => Sort::Number(number),
            (Core::Float, Sort::NoNumber) => Sort::NoNumber,
            _ => Sort::NotAsTagged,
        }
    }

    /// What it may not have been meant to be.
    pub(in crate::read) fn doubt(&self) -> Option<Doubt> {
        if self.form != Form::Plain {
            return None;
        }
        let text = self.text.as_ref();
        if number::is_octal(text) {
            return Some(Doubt::Octal);
        }
        if is_date(text) {
            return Some(Doubt::Date);
        }
        let is_word =
            text.len() <= 3 && matches!(text.to_ascii_lowercase().as_str(), "yes" | "no" | "on" | "off");
        is_word.then_some(Doubt::Word)
    }
}

fn plain(text: &str) -> Sort {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Sort::Null,
        "true" | "True" | "TRUE" => return Sort::Bool(true),
        "false" | "False" | "FALSE" => return Sort::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Sort::NoNumber,
        _ => {}
    }
    if matches!(text.trim_start_matches(['+', '-']), ".inf" | ".Inf" | ".INF") && text.len() <= 5 {
        return Sort::NoNumber;
    }
    number::parse(text).map_or(Sort::Text, Sort::Number)
}

/// Whether it begins as `2026-11-22` does.
fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let (Some(year), Some(month), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let is_number = |text: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let day = rest.split(['T', 't', ' ']).next().unwrap_or_default();
    is_number(year, 4..=4) && is_number(month, 1..=2) && is_number(day, 1..=2)
}
