//! Does a condition hold? The operators of the format, on exact numbers.

use std::cmp::Ordering;

use crate::{
    Op, Undecided, Value,
    expression::Expression,
    found::{Found, Likeness, MAX_TEXT, Precision, Texts},
    steps::Steps,
};

/// What a comparison says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a condition holds, does not, or says nothing")]
pub enum Answer {
    /// It holds.
    Yes,
    /// It does not.
    No,
    /// There is nothing to compare, or it is of another kind, or a number that its readers do not agree about. That is
    /// against the call: it denies where holding would pass, and holds the call where holding would ask for approval.
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
    /// And once its numbers were read as float64, where that is another one.
    rounded: Option<Box<str>>,
}

impl Literal {
    pub(crate) fn of(value: &Value) -> Self {
        let found = Found::value(value);
        let written = |precision| found.go_text(precision, &mut Steps::new()).ok().map(Box::from);
        let text: Option<Box<str>> = written(Precision::Exact);
        let rounded = written(Precision::Rounded).filter(|rounded| Some(rounded) != text.as_ref());
        Self { value: value.clone(), text, rounded }
    }

    pub(crate) fn texts(&self) -> Option<Texts<'_>> {
        let exact = self.text.as_deref()?;
        Some(Texts { exact, rounded: self.rounded.as_deref().unwrap_or(exact) })
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
        Op::Eq => likeness(found, wanted, steps).map(Answer::of_equal),
        Op::Neq => likeness(found, wanted, steps).map(Answer::of_other),
        Op::In => Ok(among(found, wanted, steps)?.map_or(Answer::Incomparable, Answer::of_equal)),
        Op::NotIn => Ok(among(found, wanted, steps)?.map_or(Answer::Incomparable, Answer::of_other)),
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

impl Answer {
    /// Where being equal holds. What differs in its type too may be equal to whoever reads it: no call escapes an approval
    /// by the text `"yes"` for `true`.
    fn of_equal(likeness: Likeness) -> Self {
        match likeness {
            Likeness::Equal => Self::Yes,
            Likeness::Differs => Self::No,
            Likeness::Unlike | Likeness::Unsure => Self::Incomparable,
        }
    }

    /// Where being another one holds.
    fn of_other(likeness: Likeness) -> Self {
        match likeness {
            Likeness::Equal => Self::No,
            Likeness::Differs | Likeness::Unlike => Self::Yes,
            Likeness::Unsure => Self::Incomparable,
        }
    }
}

/// The one value that is wanted, and what Go would write where that is known.
fn one<'w>(wanted: &'w Wanted<'_>) -> Option<(Found<'w>, Option<Texts<'w>>)> {
    match wanted {
        Wanted::Literal(literal) | Wanted::List(literal, _) => {
            Some((Found::value(&literal.value), literal.texts()))
        }
        Wanted::Read(found) => Some((found.clone(), None)),
        Wanted::Expression(_) | Wanted::Several(_) => None,
    }
}

fn likeness(found: &Found<'_>, wanted: &Wanted<'_>, steps: &mut Steps) -> Result<Likeness, Undecided> {
    if let Wanted::Several(items) = wanted {
        let (exact, rounded) =
            (written(items, Precision::Exact, steps)?, written(items, Precision::Rounded, steps)?);
        return found.likeness_of_texts(Texts { exact: &exact, rounded: &rounded }, false, steps);
    }
    match one(wanted) {
        Some((wanted, texts)) => found.likeness(&wanted, texts, steps),
        None => Ok(Likeness::Unlike),
    }
}

/// A list that was read, as Go writes it.
fn written(items: &[Found<'_>], precision: Precision, steps: &mut Steps) -> Result<String, Undecided> {
    let mut text = String::from("[");
    for (at, item) in items.iter().enumerate() {
        text.push_str(if at == 0 { "" } else { " " });
        text.push_str(&item.go_text(precision, steps)?);
        if text.len() > MAX_TEXT {
            return Err(Undecided::TooManySteps);
        }
    }
    text.push(']');
    Ok(text)
}

/// How it is like those that are most like it; none where they are no list.
fn among(found: &Found<'_>, wanted: &Wanted<'_>, steps: &mut Steps) -> Result<Option<Likeness>, Undecided> {
    let mut best = Likeness::Differs;
    match wanted {
        Wanted::List(_, items) => {
            for item in *items {
                best = best.max(found.likeness(&Found::value(&item.value), item.texts(), steps)?);
                if best == Likeness::Equal {
                    break;
                }
            }
        }
        Wanted::Several(items) => {
            for item in items {
                best = best.max(found.likeness(item, None, steps)?);
                if best == Likeness::Equal {
                    break;
                }
            }
        }
        Wanted::Read(list) if list.is_list() => list.items(steps, &mut |item, steps| {
            best = best.max(found.likeness(&item, None, steps)?);
            Ok(best != Likeness::Equal)
        })?,
        _ => return Ok(None),
    }
    Ok(Some(best))
}

fn order(
    found: &Found<'_>,
    wanted: &Wanted<'_>,
    steps: &mut Steps,
    holds: impl Fn(Ordering) -> bool,
) -> Result<Answer, Undecided> {
    let Some((wanted, _)) = one(wanted) else { return Ok(Answer::Incomparable) };
    let (Some(number), Some(limit)) = (found.as_number(), wanted.as_number()) else {
        return Ok(Answer::Incomparable);
    };
    let holds = found.order(number, &wanted, limit, steps, holds)?;
    Ok(holds.map_or(Answer::Incomparable, Answer::from))
}

fn contains(found: &Found<'_>, wanted: &Wanted<'_>, steps: &mut Steps) -> Result<Answer, Undecided> {
    let wanted_one = one(wanted);
    if found.is_list() {
        let mut best = Likeness::Differs;
        found.items(steps, &mut |item, steps| {
            best = best.max(match &wanted_one {
                Some((wanted, texts)) => item.likeness(wanted, *texts, steps)?,
                None => likeness(&item, wanted, steps)?,
            });
            Ok(best != Likeness::Equal)
        })?;
        return Ok(Answer::of_equal(best));
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
