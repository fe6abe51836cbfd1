//! `switch` and `select`.

use tree_sitter::Node;

use super::{
    express::{boxed, express, target, targets},
    perform::{block, scoped, statement},
};
use crate::{
    ir::{Arm, Expression, Kind, Statement, Step, Target},
    lower::making::{Making, at, children, fields, step},
};

/// How many ways further `fallthrough` is written out.
const MAX_FALLS: usize = 8;

/// How many `if x { break }` of one way are written out as what is done otherwise.
const MAX_BREAKS: usize = 16;

/// All three kinds.
pub(super) fn choose(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let mut before = Vec::new();
    if let Some(first) = node.child_by_field_name("initializer") {
        statement(making, first, &mut before);
    }
    let value = node.child_by_field_name("value");
    let subject = match node.kind() {
        "expression_switch_statement" => match value {
            Some(value) => express(making, value),
            None => at(node, Kind::Bool(true)),
        },
        "type_switch_statement" => {
            let of = *boxed(making, value, node);
            match node.child_by_field_name("alias").map(|alias| targets(making, alias)) {
                Some(Target::Name(name)) => {
                    let target = Target::Name(name.clone());
                    before.push(step(node, Step::Assign { target, hint: None, value: of }));
                    at(node, Kind::Name(name))
                }
                _ => of,
            }
        }
        _ => at(node, Kind::Opaque(Vec::new())),
    };
    let cases: Vec<_> = children(node).filter(|child| child.kind().ends_with("_case")).collect();
    let mut arms: Vec<_> = (0..cases.len()).map(|index| arm(making, &cases, index)).collect();
    // Wherever `default` stands, the others are asked first.
    arms.sort_by_key(|arm| arm.always);
    if node.kind() == "select_statement" {
        // One of them is taken, sooner or later.
        if let Some(last) = arms.last_mut() {
            last.always = true;
        }
    }
    scoped(node, before, step(node, Step::Match { subject, arms }), into);
}

fn arm(making: &mut Making<'_>, cases: &[Node<'_>], index: usize) -> Arm {
    let case = cases[index];
    let mut body = Vec::new();
    let patterns = match case.kind() {
        "expression_case" => {
            let values = case.child_by_field_name("value");
            values.into_iter().flat_map(children).map(|value| express(making, value)).collect()
        }
        // What type it is says nothing of what it is.
        "type_case" => fields(case, "type").into_iter().map(opaque).collect(),
        "communication_case" => {
            if let Some(done) = case.child_by_field_name("communication") {
                communicate(making, done, &mut body);
            }
            vec![opaque(case)]
        }
        _ => Vec::new(),
    };
    for case in cases.iter().skip(index).take(MAX_FALLS) {
        steps_of(making, *case, &mut body);
        let last = children(*case).filter(|child| child.kind() == "statement_list").last();
        let falls = last.and_then(|list| children(list).last());
        if falls.is_none_or(|last| last.kind() != "fallthrough_statement") {
            break;
        }
    }
    let body = without_break(making, body, MAX_BREAKS);
    Arm { patterns, guard: None, always: case.kind() == "default_case", body }
}

fn opaque(node: Node<'_>) -> Expression {
    at(node, Kind::Opaque(Vec::new()))
}

fn steps_of(making: &mut Making<'_>, case: Node<'_>, into: &mut Vec<Statement>) {
    for list in children(case).filter(|child| matches!(child.kind(), "statement_list" | "ERROR")) {
        if list.kind() == "ERROR" {
            making.steps(list, |making, into| statement(making, list, into), into);
        } else {
            block(making, list, into);
        }
    }
}

/// `case x := <-c:`, `case c <- x:`.
fn communicate(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    match node.child_by_field_name("right") {
        Some(right) => {
            let value = express(making, right);
            let left = node.child_by_field_name("left").and_then(|left| children(left).next());
            let target = left.map_or(Target::Nothing, |left| target(making, left));
            into.push(step(node, Step::Assign { target, hint: None, value }));
        }
        None => statement(making, node, into),
    }
}

/// `break` ends the way, not the loop around it: what stands after it is done where it is not reached.
fn without_break(making: &Making<'_>, body: Vec<Statement>, left: usize) -> Vec<Statement> {
    let is_break = |of: &Statement| matches!(of.step, Step::Leave) && breaks(making, of);
    let mut kept = Vec::new();
    let mut rest = body.into_iter();
    while let Some(Statement { span, step }) = rest.next() {
        let step = match step {
            Step::Leave if is_break(&Statement { span: span.clone(), step: Step::Leave }) => break,
            Step::If { condition, then, mut otherwise } => {
                if left > 0 && then.last().is_some_and(is_break) {
                    otherwise.extend(rest.by_ref());
                }
                let less = left.saturating_sub(1);
                let then = without_break(making, then, less);
                Step::If { condition, then, otherwise: without_break(making, otherwise, less) }
            }
            Step::Block(inner) => Step::Block(without_break(making, inner, left)),
            other => other,
        };
        kept.push(Statement { span, step });
    }
    kept
}

/// Whether it is a `break` without the name of a loop.
fn breaks(making: &Making<'_>, of: &Statement) -> bool {
    making.source(&of.span).trim_end_matches(';').trim() == "break"
}
