//! One condition, ready to be asked: its regular expression is compiled, its paths are found, its texts are written.

use super::{Bound, file::Shared, refer::Refer};
use crate::{
    Finding, Op, Piece as Written, Severity, Template, Value, calendar::Field, expression::Expression,
    operators::Literal,
};

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

/// With what a value is compared.
#[derive(Debug)]
pub(crate) enum Operand {
    Literal(Literal),
    List(Literal, Vec<Literal>),
    Expression(Expression, Box<str>),
    Template(Vec<Piece>),
    Templates(Vec<Vec<Piece>>),
}

/// A piece of a template.
#[derive(Debug)]
pub(crate) enum Piece {
    Literal(Value),
    Read(Source),
}

impl Condition {
    pub(crate) fn of(
        condition: &crate::Condition,
        own: Option<(&str, usize)>,
        refer: &mut Refer<'_>,
        shared: &mut Shared,
    ) -> Result<Self, Finding> {
        let wrong = |code, message: String, help: &str| Finding {
            code,
            severity: Severity::Error,
            span: condition.span.clone(),
            message,
            label: "in this condition".to_owned(),
            help: Some(help.to_owned()),
        };
        let too_deep = || {
            wrong(
                "policy-path-depth",
                format!("the path `{}` goes too deep", condition.path.text),
                "a path has 64 steps at most",
            )
        };
        let too_long = || {
            wrong(
                "policy-value-length",
                "the value is too long to be compared".into(),
                "a value has 1 MiB at most",
            )
        };
        let source = refer.source(&condition.path, own).ok_or_else(too_deep)?;
        let (operand, bound) = match (&condition.value, condition.op) {
            (crate::Operand::Literal(Value::Text(text)), Op::Regex) => {
                let expression = shared.expression(text).map_err(|why| {
                    wrong(
                        "policy-regex",
                        format!("the regular expression is none: {why}"),
                        "regular expressions are those of RE2",
                    )
                })?;
                let bound = Bound::new(8, 4 + 2 * u64::try_from(expression.steps(4)).unwrap_or(u64::MAX));
                (Operand::Expression(expression, text.clone()), bound)
            }
            (crate::Operand::Literal(value), op) => {
                let whole = Literal::of(value).ok_or_else(too_long)?;
                match value {
                    Value::List(items) => {
                        let bound = Bound::of_literal(op, items.len(), whole.text.len());
                        let items = items.iter().map(Literal::of).collect::<Option<Vec<_>>>();
                        (Operand::List(whole, items.ok_or_else(too_long)?), bound)
                    }
                    _ => {
                        let bound = Bound::of_literal(op, 1, whole.text.len());
                        (Operand::Literal(whole), bound)
                    }
                }
            }
            (crate::Operand::Template(_), Op::Regex) => {
                return Err(wrong(
                    "policy-regex",
                    "the regular expression is read from the call".into(),
                    "write it out: what a caller sends is no expression",
                ));
            }
            (crate::Operand::Template(templates), _) => {
                let mut filled = Vec::with_capacity(templates.len());
                for template in templates {
                    filled.push(pieces(template, refer).ok_or_else(too_deep)?);
                }
                let is_alone = templates.first().is_some_and(|template| template.is_alone);
                let operand = match (is_alone, filled.len()) {
                    (true, 1) => Operand::Template(filled.swap_remove(0)),
                    _ => Operand::Templates(filled),
                };
                (operand, Bound::UNKNOWN)
            }
        };
        Ok(Self {
            source,
            path: condition.path.text.clone(),
            op: condition.op,
            operand,
            line: condition.line,
            bound,
        })
    }
}

fn pieces(template: &Template, refer: &mut Refer<'_>) -> Option<Vec<Piece>> {
    let piece = |piece: &Written| match piece {
        Written::Literal(value) => Some(Piece::Literal(value.clone())),
        // Counters are read for what they limit, and there alone.
        Written::Read(path) if matches!(path.scope, crate::Scope::State { .. }) => {
            Some(Piece::Read(Source::Nothing))
        }
        Written::Read(path) => refer.source(path, None).map(Piece::Read),
    };
    template.pieces.iter().map(piece).collect()
}
