//! With what is a value compared? Made ready once: expressions are compiled, texts are written as Go writes them.

use super::{Bound, condition::Source, refer::Refer, shared::Shared};
use crate::{Op, Piece as Written, Scope, Template, Value, expression::Expression, operators::Literal};

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

/// Why nothing is compared with it.
pub(super) enum Wrong {
    TooLong,
    TooDeep,
    Expression(String),
}

impl Operand {
    /// And how much work it is to compare something with it.
    pub(super) fn of(
        operand: &crate::Operand,
        op: Op,
        refer: &mut Refer<'_>,
        shared: &mut Shared,
    ) -> Result<(Self, Bound), Wrong> {
        match (operand, op) {
            (crate::Operand::Literal(Value::Text(text)), Op::Regex) => {
                let expression = shared.expression(text).map_err(Wrong::Expression)?;
                let steps = u64::try_from(expression.steps(1)).unwrap_or(u64::MAX);
                Ok((Self::Expression(expression, text.clone()), Bound::new(8, steps.saturating_add(4))))
            }
            (crate::Operand::Template(_), Op::Regex) => {
                // What a caller sends is no expression: it would be compiled for each call.
                Err(Wrong::Expression("it is read from the call".into()))
            }
            (crate::Operand::Literal(Value::List(items)), op) => {
                let whole = Literal::of(&Value::List(items.clone()));
                // Nothing is compared with the whole of a list that something may be one of.
                if whole.text.is_none() && !matches!(op, Op::In | Op::NotIn) {
                    return Err(Wrong::TooLong);
                }
                let items: Vec<_> = items.iter().map(Literal::of).collect();
                let bytes =
                    items.iter().map(|item| item.text.as_deref().map(str::len)).sum::<Option<usize>>();
                let bound = Bound::of_literal(op, items.len(), bytes.ok_or(Wrong::TooLong)?);
                Ok((Self::List(whole, items), bound))
            }
            (crate::Operand::Literal(value), op) => {
                let literal = Literal::of(value);
                let bytes = literal.text.as_deref().map(str::len).ok_or(Wrong::TooLong)?;
                Ok((Self::Literal(literal), Bound::of_literal(op, 1, bytes)))
            }
            (crate::Operand::Template(templates), _) => {
                let mut filled = templates
                    .iter()
                    .map(|template| pieces(template, refer))
                    .collect::<Result<Vec<_>, _>>()?;
                let is_alone = filled.len() == 1 && templates.iter().all(|template| template.is_alone);
                Ok(match filled.pop() {
                    Some(only) if is_alone => (Self::Template(only), Bound::UNKNOWN),
                    last => {
                        filled.extend(last);
                        (Self::Templates(filled), Bound::UNKNOWN)
                    }
                })
            }
        }
    }
}

fn pieces(template: &Template, refer: &mut Refer<'_>) -> Result<Vec<Piece>, Wrong> {
    let piece = |piece: &Written| match piece {
        Written::Literal(value) => Ok(Piece::Literal(value.clone())),
        // Counters are read for what they limit, and there alone.
        Written::Read(path) if matches!(path.scope, Scope::State { .. }) => Ok(Piece::Read(Source::Nothing)),
        Written::Read(path) => refer.source(path, None).map(Piece::Read).ok_or(Wrong::TooDeep),
    };
    template.pieces.iter().map(piece).collect()
}
