//! Can a condition hold at all?

use crate::{Condition, Op, Operand, Scope, Value};

/// Why it never holds.
pub(super) fn holds(condition: &Condition) -> Option<&'static str> {
    let Operand::Literal(value) = &condition.value else {
        return of_template(condition);
    };
    match condition.op {
        Op::Lt | Op::Lte | Op::Gt | Op::Gte if !matches!(value, Value::Number(_)) => Some(match value {
            Value::Text(_) => {
                "`value` is a text: only numbers are less or more, and a number in quotes is a text"
            }
            _ => "`value` is no number: only numbers are less or more",
        }),
        Op::Regex if !matches!(value, Value::Text(_)) => Some("`value` is no text, so it is no pattern"),
        Op::Regex if is_number(&condition.path.scope) => {
            Some("a pattern matches texts, and this is a number")
        }
        Op::In => match value {
            Value::List(items) if items.is_empty() => Some("nothing is in an empty list"),
            Value::List(_) => None,
            _ => Some("`value` is no list"),
        },
        Op::Contains if matches!(condition.path.scope, Scope::State { .. }) => {
            Some("a counter is a number, and contains nothing")
        }
        Op::Exists if !matches!(value, Value::Bool(_)) => Some("`value` is neither `true` nor `false`"),
        _ => None,
    }
}

/// A list of texts is no text, and a text with other pieces beside it is no number.
fn of_template(condition: &Condition) -> Option<&'static str> {
    let Operand::Template(templates) = &condition.value else { return None };
    let alone = match &**templates {
        [template] if template.is_alone => Some(template),
        _ => None,
    };
    match (condition.op, alone) {
        (Op::Lt | Op::Lte | Op::Gt | Op::Gte, None) => {
            Some("`value` is a list: only numbers are less or more")
        }
        (Op::Lt | Op::Lte | Op::Gt | Op::Gte, Some(template)) if template.pieces.len() > 1 => {
            Some("`value` is a text: only numbers are less or more")
        }
        (Op::Regex, _) => Some("`value` is no text, so it is no pattern"),
        (Op::In, Some(template)) if template.pieces.len() > 1 => Some("`value` is no list"),
        (Op::Exists, None) => Some("`value` is neither `true` nor `false`"),
        (Op::Exists, Some(template)) if template.pieces.len() > 1 => {
            Some("`value` is neither `true` nor `false`")
        }
        _ => None,
    }
}

/// Whether only numbers stand there.
fn is_number(scope: &Scope) -> bool {
    match scope {
        Scope::State { .. } => true,
        Scope::Time(part) => !matches!(&**part, "date" | "time" | "weekday"),
        _ => false,
    }
}
