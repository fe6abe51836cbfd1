//! Loops.

use tree_sitter::Node;

use super::{
    express::{boxed, express},
    perform::{self, optional},
    target::target,
};
use crate::{
    ir::{Kind, Statement, Step, Target},
    lower::making::{Making, at, step},
};

/// `for (a; b; c)`.
pub(super) fn counted(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    if let Some(first) = node.child_by_field_name("initializer") {
        making.steps(first, |making, into| perform::one(making, first, into), into);
    }
    let condition = node
        .child_by_field_name("condition")
        .filter(|condition| condition.is_named() && condition.kind() != "empty_statement")
        .map(|condition| express(making, condition));
    let mut body = optional(making, node.child_by_field_name("body"));
    if let Some(next) = node.child_by_field_name("increment") {
        perform::inner(making, next, &mut body);
    }
    let condition = condition.or_else(|| Some(at(node, Kind::Bool(true))));
    into.push(step(node, Step::Loop { each: None, condition, body }));
}

/// `for (a of b)`, `for (a in b)`.
pub(super) fn through(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let name = node.child_by_field_name("left").map(|left| target(making, left));
    let of = *boxed(making, node.child_by_field_name("right"), node);
    let body = optional(making, node.child_by_field_name("body"));
    let each = Some((name.unwrap_or(Target::Nothing), of));
    into.push(step(node, Step::Loop { each, condition: None, body }));
}

/// `while (a)`.
pub(super) fn as_long_as(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let condition = node.child_by_field_name("condition").map(|node| express(making, node));
    let body = optional(making, node.child_by_field_name("body"));
    into.push(step(node, Step::Loop { each: None, condition, body }));
}

/// `do ... while (a)`: the end is asked for after the first round.
pub(super) fn at_least_once(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let mut body = optional(making, node.child_by_field_name("body"));
    let condition = *boxed(making, node.child_by_field_name("condition"), node);
    let condition = at(node, Kind::Not(Box::new(condition)));
    let then = vec![step(node, Step::Leave)];
    body.push(step(node, Step::If { condition, then, otherwise: Vec::new() }));
    let condition = Some(at(node, Kind::Bool(true)));
    into.push(step(node, Step::Loop { each: None, condition, body }));
}
