//! Is a value of the kind that its operator compares with? Intercept refuses a file where it is not.

use crate::{Op, Operand, Value};

/// What to do where something else stands beside the operator than it compares with; none where only the call can tell.
pub(super) fn advice(op: Op, operand: &Operand) -> Option<&'static str> {
    let (wanted, advice) = match op {
        Op::Lt | Op::Lte | Op::Gt | Op::Gte => {
            (Kind::Number, "Only numbers are less or more; a number in quotes is a text.")
        }
        Op::In | Op::NotIn => (Kind::List, "Write a list, also of a single one: `[VALUE]`."),
        Op::Regex => (Kind::Text, "Write a pattern, in quotes."),
        Op::Exists => (Kind::Bool, "Write `true` or `false`, without quotes."),
        Op::Eq | Op::Neq | Op::Contains => return None,
    };
    let kind = Kind::of(operand);
    (kind != wanted && kind != Kind::Unknown).then_some(advice)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bool,
    Number,
    Text,
    List,
    Other,
    /// Whatever the call has.
    Unknown,
}

impl Kind {
    fn of(operand: &Operand) -> Self {
        match operand {
            Operand::Literal(Value::Bool(_)) => Self::Bool,
            Operand::Literal(Value::Number(_)) => Self::Number,
            Operand::Literal(Value::Text(_)) => Self::Text,
            Operand::Literal(Value::List(_)) => Self::List,
            Operand::Literal(Value::Null | Value::Map(_)) => Self::Other,
            // A single `${...}` is the value itself, and with anything beside it a text.
            Operand::Template(templates) => match &**templates {
                [one] if one.is_alone && one.pieces.len() == 1 => Self::Unknown,
                [one] if one.is_alone => Self::Text,
                _ => Self::List,
            },
        }
    }
}
