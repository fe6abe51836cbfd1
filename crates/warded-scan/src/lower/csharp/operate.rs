//! What is done with values: operators, conditions.

use tree_sitter::Node;

use super::{
    assign, children,
    express::{boxed, express, opaque},
    hint::type_value,
};
use crate::{
    ir::{Expression, Kind, Operator},
    lower::making::{Making, at, plain},
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
        "??" => Operator::Else,
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
    let is_text = operands.iter().any(|operand| operand.kind().contains("string"));
    let mut parts: Vec<_> = operands.into_iter().rev().map(|operand| express(making, operand)).collect();
    if !is_text
        && parts.len() == 2
        && let (Some(right), Some(left)) = (parts.pop(), parts.pop())
    {
        return super::express::binary(node, Operator::Plus, left, right);
    }
    at(node, Kind::Template(parts))
}

/// `!a`, `-1`, `++a`, `^1`.
pub(super) fn prefix(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let sign = node.child(0).map_or("", |sign| sign.kind());
    let Some(of) = children(node).next() else { return opaque(making, node) };
    match sign {
        "!" => at(node, Kind::Not(Box::new(express(making, of)))),
        "-" if of.kind().ends_with("_literal") => at(node, Kind::Number(making.name(node))),
        "++" | "--" => assign::value(making, node),
        _ => at(node, Kind::Opaque(vec![express(making, of)])),
    }
}

/// `a!`, `a++`.
pub(super) fn postfix(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    match node.child(1).map_or("", |sign| sign.kind()) {
        "++" | "--" => assign::value(making, node),
        _ => *boxed(making, children(node).next(), node),
    }
}

/// `a ? b : c`.
pub(super) fn ternary(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let condition = boxed(making, node.child_by_field_name("condition"), node);
    let then = boxed(making, node.child_by_field_name("consequence"), node);
    let otherwise = boxed(making, node.child_by_field_name("alternative"), node);
    at(node, Kind::Choice { condition, then, otherwise })
}

/// `a is T` is a call with both, so that nobody takes it for a comparison of `a`.
pub(super) fn is_type(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let of = *boxed(making, node.child_by_field_name("left"), node);
    let of_type = match node.child_by_field_name("right") {
        Some(of_type) => type_value(making, of_type),
        None => at(node, Kind::Opaque(Vec::new())),
    };
    instance(node, of, of_type)
}

pub(super) fn instance(node: Node<'_>, of: Expression, of_type: Expression) -> Expression {
    let callee = Box::new(at(node, Kind::Name("instanceof".into())));
    at(node, Kind::Call { callee, arguments: vec![plain(of), plain(of_type)], new: false })
}
