//! Ways that part, and ways that end.

use tree_sitter::Node;

use super::{
    express::{boxed, express},
    perform::{self, body_of, optional},
    target::target,
    unwound,
};
use crate::{
    ir::{Catch, Kind, Statement, Step, Target},
    lower::making::{Making, at, children, step},
};

/// `if (a) ... else ...`.
pub(super) fn branch(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let condition = node.child_by_field_name("condition").map(|condition| last_of(making, condition, into));
    let condition = *boxed(making, condition, node);
    let then = optional(making, node.child_by_field_name("consequence"));
    let otherwise = optional(making, node.child_by_field_name("alternative"));
    into.push(step(node, Step::If { condition, then, otherwise }));
}

/// `c` of `(a, b, c)`, where the others are steps before it.
fn last_of<'t>(making: &mut Making<'_>, node: Node<'t>, into: &mut Vec<Statement>) -> Node<'t> {
    let mut node = node;
    while node.kind() == "parenthesized_expression" {
        let Some(inner) = children(node).next() else { return node };
        node = inner;
    }
    if node.kind() != "sequence_expression" {
        return node;
    }
    let mut parts = children(node);
    let Some(mut last) = parts.next() else { return node };
    for next in parts {
        perform::inner(making, last, into);
        last = next;
    }
    last
}

/// `return a`, `throw a`, `break`, `continue`.
pub(super) fn end(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    if node.kind() == "return_statement" && unwound::returns(making, node, into) {
        return;
    }
    let end = match node.kind() {
        kind @ ("return_statement" | "throw_statement") => {
            let value = children(node).next().map(|value| last_of(making, value, into));
            let value = value.map(|value| express(making, value));
            if kind == "return_statement" { Step::Return(value) } else { Step::Throw(value) }
        }
        _ => Step::Leave,
    };
    into.push(step(node, end));
}

/// `try ... catch (a) ... finally ...`.
pub(super) fn attempt(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let body = optional(making, node.child_by_field_name("body"));
    let catches = node.child_by_field_name("handler").map(|handler| caught(making, handler));
    let finally = optional(making, node.child_by_field_name("finalizer"));
    into.push(step(node, Step::Try { body, catches: catches.into_iter().collect(), finally }));
}

fn caught(making: &mut Making<'_>, clause: Node<'_>) -> Catch {
    let (mut name, mut steps) = (None, Vec::new());
    if let Some(parameter) = clause.child_by_field_name("parameter") {
        match target(making, parameter) {
            Target::Name(simple) => name = Some(simple),
            apart => {
                let fresh = making.fresh();
                let value = at(parameter, Kind::Name(fresh.clone()));
                steps.push(step(parameter, Step::Assign { target: apart, hint: None, value }));
                name = Some(fresh);
            }
        }
    }
    if let Some(body) = clause.child_by_field_name("body") {
        body_of(making, body, &mut steps);
    }
    Catch { kinds: Vec::new(), name, body: steps }
}
