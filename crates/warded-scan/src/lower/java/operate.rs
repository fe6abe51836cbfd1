//! What is done with values: operators, conditions, questions for a type.

use tree_sitter::Node;

use super::{
    express::{boxed, express},
    hint::type_value,
};
use crate::{
    ir::{Expression, Kind, Operator, Statement, Step, Target},
    lower::making::{Making, at, children, plain, step},
};

/// `a + b` and all others with two sides.
pub(super) fn binary(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let sign = node.child_by_field_name("operator").map_or("", |sign| sign.kind());
    if sign == "+" {
        return put_together(making, node);
    }
    let left = boxed(making, node.child_by_field_name("left"), node);
    let right = boxed(making, node.child_by_field_name("right"), node);
    at(node, Kind::Binary(operator(sign), left, right))
}

/// The operator of that sign, also where it stands before `=`.
pub(super) fn operator(sign: &str) -> Operator {
    match sign {
        "==" => Operator::Equal,
        "!=" => Operator::Unequal,
        "&&" => Operator::And,
        "||" => Operator::Or,
        "+" => Operator::Plus,
        "<" | "<=" | ">" | ">=" => Operator::Order,
        _ => Operator::Other,
    }
}

/// `"a" + b + "c"` is a text with holes, however long it is.
fn put_together(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let mut operands = Vec::new();
    let mut spine = node;
    let first = loop {
        operands.extend(spine.child_by_field_name("right"));
        let Some(left) = spine.child_by_field_name("left") else { break None };
        let sign = left.child_by_field_name("operator");
        if left.kind() != "binary_expression" || sign.is_none_or(|sign| sign.kind() != "+") {
            break Some(left);
        }
        spine = left;
    };
    operands.extend(first);
    let is_text = operands.iter().any(|operand| operand.kind() == "string_literal");
    let mut parts: Vec<_> = operands.into_iter().rev().map(|operand| express(making, operand)).collect();
    match (is_text, parts.len()) {
        (false, 2) => {
            let (right, left) = (parts.pop().map(Box::new), parts.pop().map(Box::new));
            match (left, right) {
                (Some(left), Some(right)) => at(node, Kind::Binary(Operator::Plus, left, right)),
                _ => at(node, Kind::Opaque(Vec::new())),
            }
        }
        _ => at(node, Kind::Template(parts)),
    }
}

/// `!a`, `-1`.
pub(super) fn unary(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let sign = node.child_by_field_name("operator").map_or("", |sign| sign.kind());
    let Some(of) = node.child_by_field_name("operand") else {
        return at(node, Kind::Opaque(Vec::new()));
    };
    match sign {
        "!" => at(node, Kind::Not(Box::new(express(making, of)))),
        "-" if of.kind().ends_with("_literal") => at(node, Kind::Number(making.name(node))),
        _ => at(node, Kind::Opaque(vec![express(making, of)])),
    }
}

/// `a ? b : c`.
pub(super) fn ternary(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let condition = boxed(making, node.child_by_field_name("condition"), node);
    let then = boxed(making, node.child_by_field_name("consequence"), node);
    let otherwise = boxed(making, node.child_by_field_name("alternative"), node);
    at(node, Kind::Choice { condition, then, otherwise })
}

/// `a instanceof T` is a call with both, so that nobody takes it for a comparison of `a`. With a name for it, that gets
/// its value first: who asks for the name afterwards has been told that it is a `T`.
pub(super) fn instance_of(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let of = *boxed(making, node.child_by_field_name("left"), node);
    let mut steps = Vec::new();
    let pattern = node.child_by_field_name("pattern");
    let named = node.child_by_field_name("name");
    let (of, of_type) = if let Some(pattern) = pattern {
        let of = bound(making, pattern, of, &mut steps);
        (of, children(pattern).next())
    } else {
        let of = match named {
            Some(name) => {
                let name = making.name(name);
                making.scopes().declare(&name);
                let hint =
                    node.child_by_field_name("right").and_then(|of_type| super::hint::hint(making, of_type));
                steps.push(step(node, Step::Assign { target: Target::Name(name.clone()), hint, value: of }));
                at(node, Kind::Name(name))
            }
            None => of,
        };
        (of, node.child_by_field_name("right"))
    };
    let of_type = match of_type {
        Some(of_type) => type_value(making, of_type),
        None => at(node, Kind::Opaque(Vec::new())),
    };
    let callee = Box::new(at(node, Kind::Name("instanceof".into())));
    let asked = at(node, Kind::Call { callee, arguments: vec![plain(of), plain(of_type)], new: false });
    if steps.is_empty() { asked } else { at(node, Kind::Block(steps, Some(Box::new(asked)))) }
}

/// The names of a pattern that takes apart: each is some part of it.
fn bound(
    making: &mut Making<'_>,
    pattern: Node<'_>,
    of: Expression,
    into: &mut Vec<Statement>,
) -> Expression {
    let whole = making.fresh();
    let span = of.span.clone();
    into.push(step(pattern, Step::Assign { target: Target::Name(whole.clone()), hint: None, value: of }));
    names_of(making, pattern, &whole, into);
    Expression { span, kind: Kind::Name(whole) }
}

/// Gives every name in a pattern its value.
pub(super) fn names_of(
    making: &mut Making<'_>,
    pattern: Node<'_>,
    whole: &crate::ir::Text,
    into: &mut Vec<Statement>,
) {
    let mut open = vec![pattern];
    while let Some(node) = open.pop() {
        match node.kind() {
            "record_pattern_component" | "type_pattern" => {
                let Some(named) = children(node).filter(|part| part.kind() == "identifier").last() else {
                    continue;
                };
                let name = making.name(named);
                making.scopes().declare(&name);
                let whole = at(named, Kind::Name(whole.clone()));
                let value = match node.kind() {
                    "type_pattern" => whole,
                    _ => at(named, Kind::Opaque(vec![whole])),
                };
                into.push(step(named, Step::Assign { target: Target::Name(name), hint: None, value }));
            }
            "record_pattern" | "record_pattern_body" | "pattern" => {
                let inner: Vec<_> = children(node).collect();
                open.extend(inner.into_iter().rev());
            }
            _ => {}
        }
    }
}
