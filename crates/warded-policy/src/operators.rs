//! Does a condition hold? The operators of the format, on exact numbers.

use std::{borrow::Cow, cmp::Ordering};

use crate::{Op, Undecided, Value, expression::Expression, found::Found, steps::Steps};

/// What a comparison says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a condition holds, does not, or says nothing")]
pub enum Answer {
    /// It holds.
    Yes,
    /// It does not.
    No,
    /// There is nothing to compare, or it is of another kind. That is against the call: it denies where holding would
    /// pass, and holds the call where holding would ask for approval.
    Incomparable,
}

impl From<bool> for Answer {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

/// A value that stands in a policy, with the text that Go would write.
#[derive(Clone, Debug)]
pub(crate) struct Literal {
    pub(crate) value: Value,
    /// None where it is too long to be compared.
    pub(crate) text: Option<Box<str>>,
}

impl Literal {
    pub(crate) fn of(value: &Value) -> Self {
        let text = Found::value(value).go_text(&mut Steps::new()).ok();
        Self { value: value.clone(), text: text.map(Into::into) }
    }
}

/// With what a value is compared, ready to be compared.
#[derive(Debug)]
pub(crate) enum Wanted<'a> {
    /// With one that stands in the policy.
    Literal(&'a Literal),
    /// With a list that stands in the policy.
    List(&'a Literal, &'a [Literal]),
    /// With an expression.
    Expression(&'a Expression),
    /// With what was read.
    Read(Found<'a>),
    /// With several that were read.
    Several(Vec<Found<'a>>),
}

/// What the comparison says.
pub(crate) fn compare(
    op: Op,
    found: Option<&Found<'_>>,
    wanted: &Wanted<'_>,
    steps: &mut Steps,
) -> Result<Answer, Undecided> {
    steps.take(1)?;
    if op == Op::Exists {
        let is_there = found.is_some_and(|found| !matches!(found, Found::Null));
        return Ok(match one(wanted) {
            Some((Found::Bool(wanted), _)) => (is_there == wanted).into(),
            _ => Answer::Incomparable,
        });
    }
    let Some(found) = found else { return Ok(Answer::Incomparable) };
    match op {
        Op::Eq => equals(found, wanted, steps).map(Answer::from),
        Op::Neq => equals(found, wanted, steps).map(|equal| (!equal).into()),
        Op::In => among(found, wanted, steps).map(|among| among.map_or(Answer::Incomparable, Answer::from)),
        Op::NotIn => among(found, wanted, steps)
            .map(|among| among.map_or(Answer::Incomparable, |in_it| (!in_it).into())),
        Op::Lt => order(found, wanted, steps, Ordering::is_lt),
        Op::Lte => order(found, wanted, steps, Ordering::is_le),
        Op::Gt => order(found, wanted, steps, Ordering::is_gt),
        Op::Gte => order(found, wanted, steps, Ordering::is_ge),
        Op::Regex => match (wanted, found.as_text()) {
            (Wanted::Expression(expression), Some(text)) => {
                steps.take(expression.steps(text.len()))?;
                Ok(expression.matches(text).into())
            }
            _ => Ok(Answer::Incomparable),
        },
        Op::Contains => contains(found, wanted, steps),
        Op::Exists => Ok(Answer::Incomparable),
    }
}

/// The one value that is wanted, and the text that Go would write where it is known.
fn one<'w>(wanted: &'w Wanted<'_>) -> Option<(Found<'w>, Option<&'w str>)> {
    match wanted {
        Wanted::Literal(literal) | Wanted::List(literal, _) => {
            Some((Found::value(&literal.value), literal.text.as_deref()))
        }
        Wanted::Read(found) => Some((found.clone(), None)),
        Wanted::Expression(_) | Wanted::Several(_) => None,
    }
}

fn equals(found: &Found<'_>, wanted: &Wanted<'_>, steps: &mut Steps) -> Result<bool, Undecided> {
    if let Wanted::Several(items) = wanted {
        let mut text = String::from("[");
        for (at, item) in items.iter().enumerate() {
            text.push_str(if at == 0 { "" } else { " " });
            text.push_str(&item.go_text(steps)?);
            if text.len() > crate::found::MAX_TEXT {
                return Err(Undecided::TooManySteps);
            }
        }
        text.push(']');
        return found.equals(&Found::Text(Cow::Owned(text.clone())), Some(&text), steps);
    }
    match one(wanted) {
        Some((wanted, text)) => found.equals(&wanted, text, steps),
        None => Ok(false),
    }
}

/// Whether it is one of those; none where those are no list.
fn among(found: &Found<'_>, wanted: &Wanted<'_>, steps: &mut Steps) -> Result<Option<bool>, Undecided> {
    let mut is_among = false;
    match wanted {
        Wanted::List(_, items) => {
            for item in *items {
                if found.equals(&Found::value(&item.value), item.text.as_deref(), steps)? {
                    return Ok(Some(true));
                }
            }
        }
        Wanted::Several(items) => {
            for item in items {
                if found.equals(item, None, steps)? {
                    return Ok(Some(true));
                }
            }
        }
        Wanted::Read(list) if list.is_list() => list.items(steps, &mut |item, steps| {
            is_among = found.equals(&item, None, steps)?;
            Ok(!is_among)
        })?,
        _ => return Ok(None),
    }
    Ok(Some(is_among))
}

fn order(
    found: &Found<'_>,
    wanted: &Wanted<'_>,
    steps: &mut Steps,
    holds: impl Fn(Ordering) -> bool,
) -> Result<Answer, Undecided> {
    let wanted = one(wanted);
    let numbers = (found.as_number(), wanted.as_ref().and_then(|(wanted, _)| wanted.as_number()));
    let (Some(found), Some(wanted)) = numbers else { return Ok(Answer::Incomparable) };
    steps.read(found.digits.len().min(wanted.digits.len()))?;
    Ok(holds(found.cmp(wanted)).into())
}

fn contains(found: &Found<'_>, wanted: &Wanted<'_>, steps: &mut Steps) -> Result<Answer, Undecided> {
    let wanted_one = one(wanted);
    if found.is_list() {
        let mut is_in_it = false;
        found.items(steps, &mut |item, steps| {
            is_in_it = match &wanted_one {
                Some((wanted, text)) => item.equals(wanted, *text, steps)?,
                None => equals(&item, wanted, steps)?,
            };
            Ok(!is_in_it)
        })?;
        return Ok(is_in_it.into());
    }
    let wanted = wanted_one.as_ref().and_then(|(wanted, _)| wanted.as_text());
    match (found.as_text(), wanted) {
        (Some(text), Some(part)) => {
            steps.read(text.len() + part.len())?;
            Ok(text.contains(part).into())
        }
        _ => Ok(Answer::Incomparable),
    }
}
