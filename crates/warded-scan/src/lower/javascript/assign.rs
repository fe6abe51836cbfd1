//! Assignments: `=`, `+=` and what is like it, declarations.

use tree_sitter::Node;

use super::{
    commonjs,
    express::{boxed, express},
    hint::hint,
    modules, operate, prototype,
    target::target,
};
use crate::{
    ir::{Expression, Kind, Operator, Statement, Step, Target, Text},
    lower::making::{Making, at, children, step},
};

/// `a = b`, `a += b`, `a++` where their value matters.
pub(super) fn as_value(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let Some(left) = left_of(node) else {
        return at(node, Kind::Opaque(Vec::new()));
    };
    let value = match node.kind() {
        "assignment_expression" => *boxed(making, node.child_by_field_name("right"), node),
        _ => changed(making, node, left),
    };
    at(node, Kind::Assign(Box::new(target(making, left)), Box::new(value)))
}

/// `a = b`, `a += b`, `a++` as a step.
pub(super) fn as_step(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    if node.kind() == "assignment_expression" {
        chain(making, node, into);
        return;
    }
    let Some(left) = left_of(node) else { return };
    let value = changed(making, node, left);
    let target = target(making, left);
    into.push(step(node, Step::Assign { target, hint: None, value }));
}

fn left_of(node: Node<'_>) -> Option<Node<'_>> {
    node.child_by_field_name("left").or_else(|| node.child_by_field_name("argument"))
}

/// `a + b` of `a += b`, `a ?? b` of `a ??= b`.
fn changed(making: &mut Making<'_>, node: Node<'_>, left: Node<'_>) -> Expression {
    let sign = node.child_by_field_name("operator").map_or("", |sign| sign.kind());
    let operator = if node.kind() == "update_expression" {
        Operator::Other
    } else {
        operate::operator(sign.strip_suffix('=').unwrap_or(sign))
    };
    let old = Box::new(express(making, left));
    let by = match node.child_by_field_name("right") {
        Some(right) => express(making, right),
        None => at(node, Kind::Number("1".into())),
    };
    at(node, Kind::Binary(operator, old, Box::new(by)))
}

/// `a = b = value`: the last one gets the value, the others are said to be the last one.
fn chain(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let mut targets = Vec::new();
    let mut here = node;
    let value = loop {
        targets.extend(here.child_by_field_name("left"));
        match here.child_by_field_name("right") {
            Some(right) if right.kind() == "assignment_expression" => here = right,
            Some(right) => break right,
            None => return,
        }
    };
    let Some((last, others)) = targets.split_last() else { return };
    if prototype::method(making, *last, value) {
        return;
    }
    if commonjs::exported(making, node, *last, value, into) {
        let others = if commonjs::is_nothing(making, value) { &[] } else { others };
        for left in others {
            commonjs::exported(making, node, *left, *last, into);
        }
        return;
    }
    let value = express(making, value);
    let named = target(making, *last);
    let name = if let Target::Name(name) = &named { Some(name.clone()) } else { None };
    into.push(step(node, Step::Assign { target: named, hint: None, value }));
    for left in others.iter().rev() {
        if name.is_some() && commonjs::exported(making, node, *left, *last, into) {
            continue;
        }
        let value = match &name {
            Some(name) => at(*last, Kind::Name(name.clone())),
            None => express(making, *last),
        };
        let target = target(making, *left);
        into.push(step(node, Step::Assign { target, hint: None, value }));
    }
}

/// `const a = 1, {b} = c`.
pub(super) fn declaration(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    for declarator in children(node).filter(|child| child.kind() == "variable_declarator") {
        let Some(name) = declarator.child_by_field_name("name") else { continue };
        let hint = declarator.child_by_field_name("type").and_then(|annotation| hint(making, annotation));
        if let Some(value) = declarator.child_by_field_name("value") {
            declared(making, declarator, name, hint, value, into);
            continue;
        }
        let target = target(making, name);
        let value = at(declarator, Kind::Null);
        into.push(step(declarator, Step::Assign { target, hint, value }));
    }
}

fn declared(
    making: &mut Making<'_>,
    declarator: Node<'_>,
    name: Node<'_>,
    hint: Option<Text>,
    value: Node<'_>,
    into: &mut Vec<Statement>,
) {
    if modules::required(making, declarator, name, value) {
        return;
    }
    // `const app = exports.app = express()`.
    if value.kind() == "assignment_expression" {
        chain(making, value, into);
        let left = value.child_by_field_name("left");
        let value = *boxed(making, left, value);
        let target = target(making, name);
        into.push(step(declarator, Step::Assign { target, hint, value }));
        return;
    }
    let value = express(making, value);
    let target = target(making, name);
    into.push(step(declarator, Step::Assign { target, hint, value }));
}
