//! What would somebody say of a call who reads a policy aloud, rule by rule, and knows only its simplest words?

use serde_json::Value as Json;
use warded_policy::{
    Action, Condition, Document, Hidden, Name, Op, Operand, Scope, Segment, Unlisted, Value,
};

use crate::is_misread;

/// Whether the call may be made; none where the policy has words in it that this reader does not know.
pub(super) fn verdict(document: &Document, tool: &str, arguments: &str) -> Option<bool> {
    if document.shadow || is_misread(arguments.as_bytes()) {
        return None;
    }
    let arguments: Json = serde_json::from_str(arguments).ok()?;
    let Hidden::Named(hidden) = &document.hide else { return Some(false) };
    if hidden.iter().any(|name| !matches!(name, Name::Exactly(_))) {
        return None;
    }
    if document.tools.iter().any(|section| matches!(section.name, Name::Like(_))) {
        return None;
    }
    if hidden.iter().any(|name| name.text() == tool) {
        return Some(false);
    }
    let is_listed = document.tools.iter().any(|section| section.name.text() == tool);
    if document.default == Unlisted::Deny && !is_listed {
        return Some(false);
    }
    let holds =
        |section: &&warded_policy::Section| section.name == Name::Every || section.name.text() == tool;
    let mut is_denied = false;
    for rule in document.tools.iter().filter(holds).flat_map(|section| &section.rules) {
        if rule.shadow || rule.state.is_some() {
            return None;
        }
        match rule.action {
            Action::Deny => is_denied = true,
            Action::Evaluate => {
                for condition in &rule.conditions {
                    is_denied |= !is_met(condition, &arguments)?;
                }
            }
            Action::RequireApproval { .. } => return None,
        }
    }
    Some(!is_denied)
}

fn is_met(condition: &Condition, arguments: &Json) -> Option<bool> {
    if condition.path.scope != Scope::Args {
        return None;
    }
    let mut found = Some(arguments);
    for segment in &condition.path.segments {
        let Segment::Key(key) = segment else { return None };
        found = found.and_then(|found| found.as_object()).and_then(|object| object.get(&**key));
    }
    let Operand::Literal(wanted) = &condition.value else { return None };
    let Some(found) = found else {
        return Some(condition.op == Op::Exists && *wanted == Value::Bool(false));
    };
    Some(match (condition.op, wanted) {
        (Op::Exists, Value::Bool(wanted)) => *wanted != found.is_null(),
        (Op::Eq, wanted) => is_equal(found, wanted)?,
        (Op::Neq, wanted) => !is_equal(found, wanted)?,
        (Op::In | Op::NotIn, Value::List(list)) => {
            let equal: Option<Vec<_>> = list.iter().map(|wanted| is_equal(found, wanted)).collect();
            equal?.contains(&true) == (condition.op == Op::In)
        }
        (Op::Lt, wanted) => small(found)? < number(wanted)?,
        (Op::Lte, wanted) => small(found)? <= number(wanted)?,
        (Op::Gt, wanted) => small(found)? > number(wanted)?,
        (Op::Gte, wanted) => small(found)? >= number(wanted)?,
        (Op::Contains, Value::Text(part)) => found.as_str()?.contains(&**part),
        _ => return None,
    })
}

/// Texts with texts, and small whole numbers with such.
fn is_equal(found: &Json, wanted: &Value) -> Option<bool> {
    Some(match wanted {
        Value::Text(wanted) => found.as_str()? == &**wanted,
        wanted => small(found)? == number(wanted)?,
    })
}

fn small(found: &Json) -> Option<i64> {
    found.as_i64().filter(|found| found.abs() < 1_000_000)
}

fn number(wanted: &Value) -> Option<i64> {
    let Value::Number(wanted) = wanted else { return None };
    wanted.to_string().parse().ok().filter(|wanted: &i64| wanted.abs() < 1_000_000)
}
