//! Assignments.

use tree_sitter::Node;

use super::{
    children,
    express::{express, opaque, simple},
    operate,
};
use crate::{
    ir::{Expression, Kind, Operator, Statement, Step, Target},
    lower::making::{Making, at, does, step},
};

/// An assignment where its value is used.
pub(super) fn value(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    match assignment(making, node) {
        Some((target, value)) => at(node, Kind::Assign(Box::new(target), Box::new(value))),
        None => opaque(making, node),
    }
}

/// An assignment for what it does. What is added to an event is only read.
pub(super) fn statement(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let added = node.child_by_field_name("operator").is_some_and(|sign| sign.kind() == "+=");
    let right = node.child_by_field_name("right");
    if let Some(handler) = right
        .filter(|right| added && matches!(right.kind(), "lambda_expression" | "anonymous_method_expression"))
    {
        let handler = express(making, handler);
        into.push(does(at(node, Kind::Opaque(vec![handler]))));
        return;
    }
    if let Some((target, value)) = assignment(making, node) {
        into.push(step(node, Step::Assign { target, hint: None, value }));
    }
}

/// `a = b`, `a += b`, `a ??= b`, `a++`: what gets a value, and which.
fn assignment(making: &mut Making<'_>, node: Node<'_>) -> Option<(Target, Expression)> {
    if node.kind() != "assignment_expression" {
        let of = children(node).next()?;
        let one = Box::new(at(node, Kind::Number("1".into())));
        let value = at(node, Kind::Binary(Operator::Other, Box::new(express(making, of)), one));
        return Some((target(making, of), value));
    }
    let (left, right) = (node.child_by_field_name("left")?, node.child_by_field_name("right")?);
    let sign = node.child_by_field_name("operator").map_or("=", |sign| sign.kind());
    let value = match sign.strip_suffix('=') {
        Some("") | None => express(making, right),
        Some(sign) => {
            let (before, by) = (Box::new(express(making, left)), Box::new(express(making, right)));
            at(node, Kind::Binary(operate::operator(sign), before, by))
        }
    };
    Some((target(making, left), value))
}

/// What gets a value.
pub(super) fn target(making: &mut Making<'_>, node: Node<'_>) -> Target {
    match node.kind() {
        "discard" => return Target::Nothing,
        "identifier" if making.text(node) == "_" => return Target::Nothing,
        "tuple_expression" | "tuple_pattern" => {
            let parts: Vec<_> = children(node).collect();
            return Target::Several(parts.into_iter().map(|part| target(making, part)).collect());
        }
        "argument" => {
            return children(node).last().map_or(Target::Nothing, |inner| target(making, inner));
        }
        _ => {}
    }
    match express(making, node).kind {
        Kind::Name(name) => Target::Name(name),
        Kind::Member(of, name) => Target::Member(*of, name),
        Kind::Index(of, key) => Target::Index(*of, *key),
        // `(var a, var b) = c`.
        Kind::Assign(target, _) => *target,
        _ => Target::Nothing,
    }
}

/// A name that is declared here, or several.
pub(super) fn declared(making: &mut Making<'_>, node: Node<'_>) -> Target {
    match node.kind() {
        "tuple_pattern" | "parenthesized_variable_designation" => {
            let parts: Vec<_> = children(node).collect();
            Target::Several(parts.into_iter().map(|part| declared(making, part)).collect())
        }
        "identifier" if making.text(node) != "_" => {
            let name = simple(making, node);
            making.scopes().declare(&name);
            Target::Name(name)
        }
        _ => Target::Nothing,
    }
}
