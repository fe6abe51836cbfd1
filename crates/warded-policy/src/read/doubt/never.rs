//! Can a condition hold at all?

use crate::{Condition, Op, Operand, Scope, Value};

/// Why it never holds.
pub(super) fn holds(condition: &Condition) -> Option<&'static str> {
    match (condition.op, &condition.value) {
        (Op::Regex, _) if is_number(&condition.path.scope) => {
            Some("a pattern matches texts, and this is a number")
        }
        (Op::In, Operand::Literal(Value::List(items))) if items.is_empty() => {
            Some("nothing is in an empty list")
        }
        (Op::Contains, _) if matches!(condition.path.scope, Scope::State { .. }) => {
            Some("a counter is a number, and contains nothing")
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
