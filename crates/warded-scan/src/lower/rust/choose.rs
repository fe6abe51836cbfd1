//! `if` and `match`.

use tree_sitter::Node;

use super::{
    express::{boxed, express},
    pattern::{self, Subject},
    perform::{Wants, block, value_into},
};
use crate::{
    ir::{Arm, Expression, Kind, Operator, Statement, Step},
    lower::making::{Making, at, children, step},
};

/// `if a {..} else if let P = b {..} else {..}`, what is wanted of it at the end of each way.
pub(super) fn branch(making: &mut Making<'_>, node: Node<'_>, wants: &Wants, into: &mut Vec<Statement>) {
    let asked = node.child_by_field_name("condition");
    let mut then = Vec::new();
    let condition = match asked {
        Some(asked) if asked.kind() == "let_condition" => let_condition(making, asked, &mut then, into),
        Some(asked) => pattern::condition(making, asked),
        None => at(node, Kind::Opaque(Vec::new())),
    };
    if let Some(body) = node.child_by_field_name("consequence") {
        block(making, body, wants, &mut then);
    }
    let mut otherwise = Vec::new();
    let other = node.child_by_field_name("alternative").and_then(|clause| children(clause).next());
    match other {
        Some(other) if other.kind() == "block" => block(making, other, wants, &mut otherwise),
        Some(other) => {
            making.steps(other, |making, into| value_into(making, other, wants, into), &mut otherwise);
        }
        None => {}
    }
    into.push(step(node, Step::If { condition, then, otherwise }));
}

/// `let P = e`: what must hold, and the names of `P` at the beginning of the way on which it does.
fn let_condition(
    making: &mut Making<'_>,
    node: Node<'_>,
    then: &mut Vec<Statement>,
    before: &mut Vec<Statement>,
) -> Expression {
    let (Some(pattern), Some(value)) =
        (node.child_by_field_name("pattern"), node.child_by_field_name("value"))
    else {
        return *boxed(making, children(node).next(), node);
    };
    let subject = Subject::new(making, value, before);
    let condition = pattern::asks(making, pattern, &subject);
    named(making, pattern, &subject, then);
    condition.unwrap_or_else(|| at(node, Kind::Bool(true)))
}

/// The names that a pattern gives.
fn named(making: &mut Making<'_>, pattern: Node<'_>, subject: &Subject<'_>, into: &mut Vec<Statement>) {
    let target = pattern::target(making, pattern);
    if pattern::gives(&target) {
        let value = subject.again(making, pattern);
        into.push(step(pattern, Step::Assign { target, hint: None, value }));
    }
}

/// `let P = e else {..};`
pub(super) fn let_else(
    making: &mut Making<'_>,
    node: Node<'_>,
    pattern: Node<'_>,
    value: Node<'_>,
    otherwise: Node<'_>,
    into: &mut Vec<Statement>,
) {
    let subject = Subject::new(making, value, into);
    let mut then = Vec::new();
    block(making, otherwise, &Wants::Nothing, &mut then);
    if let Some(condition) = pattern::asks(making, pattern, &subject) {
        let condition = at(node, Kind::Not(Box::new(condition)));
        into.push(step(node, Step::If { condition, then, otherwise: Vec::new() }));
    }
    named(making, pattern, &subject, into);
}

/// `match e {..}`, what is wanted of it at the end of each way.
pub(super) fn choose(making: &mut Making<'_>, node: Node<'_>, wants: &Wants, into: &mut Vec<Statement>) {
    let Some(value) = node.child_by_field_name("value") else { return };
    let subject = Subject::new(making, value, into);
    let body = node.child_by_field_name("body");
    let arms: Vec<_> =
        body.into_iter().flat_map(children).filter(|child| child.kind() == "match_arm").collect();
    if let Some((yes, no)) = either(making, &arms) {
        let [then, otherwise] = [yes, no].map(|arm| {
            let mut body = Vec::new();
            arm_body(making, arm, &subject, wants, &mut body);
            body
        });
        let condition = subject.again(making, node);
        into.push(step(node, Step::If { condition, then, otherwise }));
        return;
    }
    let last = arms.len().saturating_sub(1);
    let arms = arms
        .into_iter()
        .enumerate()
        .map(|(index, arm)| {
            let pattern = arm.child_by_field_name("pattern");
            let guard = pattern.and_then(|pattern| pattern.child_by_field_name("condition"));
            let guard = guard.map(|guard| pattern::condition(making, guard));
            let inner = pattern.and_then(|pattern| inner(pattern));
            let guard = guard.map(|guard| with_names(making, inner, &subject, guard));
            let (patterns, all) = patterns(making, inner);
            let mut body = Vec::new();
            arm_body(making, arm, &subject, wants, &mut body);
            // One of them always fits.
            Arm { patterns, always: guard.is_none() && (all || index == last), guard, body }
        })
        .collect();
    let subject = subject.again(making, node);
    into.push(step(node, Step::Match { subject, arms }));
}

/// A guard that sees the names of its pattern.
fn with_names(
    making: &mut Making<'_>,
    pattern: Option<Node<'_>>,
    subject: &Subject<'_>,
    guard: Expression,
) -> Expression {
    let Some(pattern) = pattern else { return guard };
    let target = pattern::target(making, pattern);
    if !pattern::gives(&target) {
        return guard;
    }
    let value = Box::new(subject.again(making, pattern));
    let named = Box::new(at(pattern, Kind::Assign(Box::new(target), value)));
    let span = guard.span.clone();
    Expression { span, kind: Kind::Binary(Operator::And, named, Box::new(guard)) }
}

/// The pattern itself; nothing for `_`.
fn inner(pattern: Node<'_>) -> Option<Node<'_>> {
    let guard = pattern.child_by_field_name("condition");
    children(pattern).find(|child| Some(*child) != guard)
}

/// What the subject must be, and whether everything fits.
fn patterns(making: &mut Making<'_>, pattern: Option<Node<'_>>) -> (Vec<Expression>, bool) {
    let Some(pattern) = pattern else { return (Vec::new(), true) };
    let mut all = false;
    let mut patterns = Vec::new();
    for part in pattern::flat(pattern) {
        let name = making.text(part);
        patterns.push(match part.kind() {
            "identifier" if name.starts_with(|first: char| !first.is_ascii_uppercase()) => {
                all = true;
                continue;
            }
            "identifier" if name == "None" => at(part, Kind::Null),
            "identifier" | "scoped_identifier" | "negative_literal" => express(making, part),
            kind if kind.ends_with("_literal") => express(making, part),
            "tuple_struct_pattern" if pattern::presence(making, part) == Some(true) => {
                at(part, Kind::Not(Box::new(at(part, Kind::Null))))
            }
            _ => at(part, Kind::Opaque(Vec::new())),
        });
    }
    (patterns, all)
}

/// The arms of a `match` that only asks whether there is something.
fn either<'t>(making: &Making<'_>, arms: &[Node<'t>]) -> Option<(Node<'t>, Node<'t>)> {
    let [first, second] = arms else { return None };
    let pattern = |arm: &Node<'t>| arm.child_by_field_name("pattern");
    let guarded = |arm: &Node<'t>| pattern(arm).and_then(|at| at.child_by_field_name("condition")).is_some();
    if guarded(first) || guarded(second) {
        return None;
    }
    let one = pattern::presence(making, inner(pattern(first)?)?)?;
    let other = match inner(pattern(second)?) {
        Some(inner) => pattern::presence(making, inner)?,
        None => !one,
    };
    match (one, other) {
        (true, false) => Some((*first, *second)),
        (false, true) => Some((*second, *first)),
        _ => None,
    }
}

fn arm_body(
    making: &mut Making<'_>,
    arm: Node<'_>,
    subject: &Subject<'_>,
    wants: &Wants,
    into: &mut Vec<Statement>,
) {
    if let Some(pattern) = arm.child_by_field_name("pattern").and_then(inner) {
        named(making, pattern, subject, into);
    }
    if let Some(value) = arm.child_by_field_name("value") {
        making.steps(value, |making, into| value_into(making, value, wants, into), into);
    }
}
