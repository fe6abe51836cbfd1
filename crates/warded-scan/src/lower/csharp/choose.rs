//! `switch`, as a statement and as a value.

use tree_sitter::Node;

use super::{
    children,
    express::{boxed, express},
    pattern::{again, asked},
    perform,
};
use crate::{
    ir::{Arm, Expression, Kind, Operator, Statement, Step, Target, Text},
    lower::{
        breaks::{drop_end, once},
        making::{Making, at, step},
    },
};

/// `switch (a) { case b: .. }`.
pub(super) fn statement(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let subject = subject(making, node, node.child_by_field_name("value"), into);
    let mut arms = Vec::new();
    let mut arm = Arm { patterns: Vec::new(), guard: None, always: false, body: Vec::new() };
    for section in node.child_by_field_name("body").into_iter().flat_map(children) {
        if section.kind() != "switch_section" {
            continue;
        }
        let mut parts = children(section).peekable();
        if section.child(0).is_some_and(|first| first.kind() == "case") {
            let label = parts.next();
            let when = parts.next_if(|part| part.kind() == "when_clause");
            if let Some(label) = label {
                taken(making, &mut arm, &subject, label, when);
            }
        } else {
            arm.always = true;
        }
        // What has no steps has those of the next one.
        if parts.peek().is_none() {
            continue;
        }
        for part in parts {
            making.steps(part, |making, into| perform::one(making, part, into), &mut arm.body);
        }
        drop_end(&mut arm.body);
        let next = Arm { patterns: Vec::new(), guard: None, always: false, body: Vec::new() };
        arms.push(std::mem::replace(&mut arm, next));
    }
    // Whoever comes last is asked last, wherever it stands.
    arms.sort_by_key(|arm| arm.always);
    once(&node.byte_range(), vec![step(node, Step::Match { subject, arms })], into);
}

/// `a switch { b => c }`: each arm gives its value to the same name.
pub(super) fn value(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let mut steps = Vec::new();
    let subject = subject(making, node, children(node).next(), &mut steps);
    let result: Text = making.fresh();
    let mut arms = Vec::new();
    for case in children(node).filter(|child| child.kind() == "switch_expression_arm") {
        let mut parts = children(case);
        let Some(label) = parts.next() else { continue };
        let (when, value) = match (parts.next(), parts.next()) {
            (Some(when), Some(value)) if when.kind() == "when_clause" => (Some(when), Some(value)),
            (value, _) => (None, value),
        };
        let mut arm = Arm { patterns: Vec::new(), guard: None, always: false, body: Vec::new() };
        taken(making, &mut arm, &subject, label, when);
        let value = *boxed(making, value, case);
        let target = Target::Name(result.clone());
        arm.body.push(step(case, Step::Assign { target, hint: None, value }));
        arms.push(arm);
    }
    arms.sort_by_key(|arm| arm.always);
    steps.push(step(node, Step::Match { subject, arms }));
    at(node, Kind::Block(steps, Some(Box::new(at(node, Kind::Name(result))))))
}

/// What is asked about, under a name where it is more than that.
fn subject(
    making: &mut Making<'_>,
    node: Node<'_>,
    of: Option<Node<'_>>,
    into: &mut Vec<Statement>,
) -> Expression {
    let of = *boxed(making, of, node);
    if again(&of).is_some() {
        return of;
    }
    let (name, span) = (making.fresh(), of.span.clone());
    let target = Target::Name(name.clone());
    into.push(step(node, Step::Assign { target, hint: None, value: of }));
    Expression { span, kind: Kind::Name(name) }
}

/// One label more: a constant is compared, anything else is asked.
fn taken(
    making: &mut Making<'_>,
    arm: &mut Arm,
    subject: &Expression,
    label: Node<'_>,
    when: Option<Node<'_>>,
) {
    let any = label.kind() == "discard" || making.text(label) == "_";
    let question = if any { None } else { Some(asked(making, label, subject)) };
    let guard = when.and_then(|when| children(when).next()).map(|when| express(making, when));
    match (question, guard) {
        (None, None) => arm.always = true,
        (None, Some(guard)) => arm.guard = Some(guard),
        (Some(question), None) if constants(&question, subject) => values(question, &mut arm.patterns),
        (Some(question), None) if arm.patterns.is_empty() && arm.guard.is_none() => {
            arm.guard = Some(question);
        }
        (Some(question), Some(guard)) => {
            let span = question.span.start..guard.span.end.max(question.span.start);
            let kind = Kind::Binary(Operator::And, Box::new(question), Box::new(guard));
            arm.guard = Some(Expression { span, kind });
        }
        // One of several labels: nobody knows which.
        (Some(question), None) => {
            arm.patterns.push(Expression { span: question.span.clone(), kind: Kind::Opaque(vec![question]) });
        }
    }
}

/// Whether only constants are compared with it.
fn constants(question: &Expression, subject: &Expression) -> bool {
    match &question.kind {
        Kind::Binary(Operator::Equal, left, _) => same(left, subject),
        Kind::Binary(Operator::Or, left, right) => constants(left, subject) && constants(right, subject),
        _ => false,
    }
}

/// Whether both are the same name, or the same part of one.
fn same(one: &Expression, other: &Expression) -> bool {
    let (mut one, mut other) = (one, other);
    loop {
        match (&one.kind, &other.kind) {
            (Kind::Member(left, name), Kind::Member(right, named)) if name == named => {
                (one, other) = (left, right);
            }
            (Kind::Name(name), Kind::Name(named)) => return name == named,
            (Kind::Text(text), Kind::Text(texts)) => return text == texts,
            _ => return false,
        }
    }
}

/// With what.
fn values(question: Expression, into: &mut Vec<Expression>) {
    match question.kind {
        Kind::Binary(Operator::Or, left, right) => {
            values(*left, into);
            values(*right, into);
        }
        Kind::Binary(_, _, right) => into.push(*right),
        _ => {}
    }
}
