//! One condition, ready to be asked: its regular expression is compiled, its paths are found, its texts are written.

use super::{
    Bound,
    operand::{Operand, Wrong},
    refer::Refer,
    shared::Shared,
};
use crate::{Finding, Op, calendar::Field, finding::table};

/// What is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Argument(usize),
    Claim(usize),
    State(usize),
    Aud,
    Subject,
    Client,
    Scopes,
    Bound,
    Passthrough,
    Identity,
    ServerName,
    Tier,
    Address,
    Method,
    Revision,
    Time(Field),
    /// Nothing is ever there.
    Nothing,
}

/// A condition that is ready to be asked.
#[derive(Debug)]
pub(crate) struct Condition {
    pub(crate) source: Source,
    pub(crate) path: Box<str>,
    pub(crate) op: Op,
    pub(crate) operand: Operand,
    pub(crate) line: u32,
    pub(crate) bound: Bound,
}

impl Condition {
    /// `own` is the counter that its rule keeps.
    pub(super) fn of(
        condition: &crate::Condition,
        own: Option<(&str, usize)>,
        refer: &mut Refer<'_>,
        shared: &mut Shared,
    ) -> Result<Self, Finding> {
        let source = refer.source(&condition.path, own).ok_or(Wrong::TooDeep);
        let ready = source.and_then(|source| {
            let (operand, bound) = Operand::of(&condition.value, condition.op, refer, shared)?;
            Ok((source, operand, bound))
        });
        let (source, operand, bound) = ready.map_err(|why| finding(condition, why))?;
        let path = condition.path.text.clone();
        Ok(Self { source, path, op: condition.op, operand, line: condition.line, bound })
    }
}

fn finding(condition: &crate::Condition, why: Wrong) -> Finding {
    let says =
        |code, message: String| Finding::new(code, condition.span.clone(), message, "in this condition");
    match why {
        Wrong::TooDeep => says(&table::PATH, "a path goes too deep".into()),
        Wrong::TooLong => says(&table::TOO_COMPLEX, "the value is too long to be compared".into())
            .help("A value has 1 MiB at most."),
        Wrong::Expression(why) => says(&table::REGEX, format!("the pattern does not compile: {why}")),
    }
}
