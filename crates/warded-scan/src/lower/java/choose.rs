//! `switch`, old and new, with what falls through written out.

use tree_sitter::Node;

use super::{
    express::{boxed, express},
    hint::type_value,
    operate, perform,
};
use crate::{
    ir::{Arm, Expression, Kind, Statement, Step, Target, Text},
    lower::{
        breaks::{drop_end, ends, once},
        making::{Making, at, children, step},
    },
};

/// How many cases may fall through into each other and still be told apart.
const MOST_TOLD_APART: usize = 16;

/// A `switch` for what it does.
pub(super) fn statement(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    choose(making, node, &"".into(), into);
}

/// A `switch` that has a value: each arm gives it to the same name.
pub(super) fn value(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let result = making.fresh();
    let mut steps = Vec::new();
    choose(making, node, &result, &mut steps);
    at(node, Kind::Block(steps, Some(Box::new(at(node, Kind::Name(result))))))
}

/// `yield a`, and `case b -> a`.
pub(super) fn yields(making: &mut Making<'_>, node: Node<'_>, value: Expression, into: &mut Vec<Statement>) {
    let done = match making.scopes().result().filter(|result| !result.is_empty()) {
        Some(result) => Step::Assign { target: Target::Name(result), hint: None, value },
        None => Step::Do(value),
    };
    into.push(step(node, done));
}

fn choose(making: &mut Making<'_>, node: Node<'_>, result: &Text, into: &mut Vec<Statement>) {
    let subject = *boxed(making, node.child_by_field_name("condition"), node);
    let cases: Vec<_> = node.child_by_field_name("body").into_iter().flat_map(children).collect();
    // Who is asked for again needs a name.
    let (subject, name) = match subject {
        Expression { kind: Kind::Name(name), span } => {
            (Expression { kind: Kind::Name(name.clone()), span }, name)
        }
        subject if cases.iter().any(|case| takes_apart(*case)) => {
            let (name, span) = (making.fresh(), subject.span.clone());
            let target = Target::Name(name.clone());
            into.push(step(node, Step::Assign { target, hint: None, value: subject }));
            (Expression { span, kind: Kind::Name(name.clone()) }, name)
        }
        subject => (subject, "".into()),
    };
    making.scopes().enter_choice(result);
    let cases: Vec<_> = cases.into_iter().filter_map(|case| read(making, case, &name)).collect();
    making.scopes().leave_choice();
    let mut arms = Vec::new();
    let mut group = Vec::new();
    for case in cases {
        let falls = case.falls;
        group.push(case);
        if !falls {
            arms.push(arm(std::mem::take(&mut group), &name));
        }
    }
    if !group.is_empty() {
        arms.push(arm(group, &name));
    }
    // Whoever comes last is asked last, wherever it stands.
    arms.sort_by_key(|arm| arm.always);
    once(&node.byte_range(), vec![step(node, Step::Match { subject, arms })], into);
}

fn takes_apart(case: Node<'_>) -> bool {
    let labels = children(case).take_while(|child| child.kind() == "switch_label");
    labels.flat_map(children).any(|part| part.kind() == "pattern") || case.kind() != "switch_rule"
}

/// A case, while nobody knows whether it falls through.
struct Case {
    patterns: Vec<Expression>,
    guard: Option<Expression>,
    always: bool,
    body: Vec<Statement>,
    falls: bool,
    span: crate::ir::Span,
}

fn read(making: &mut Making<'_>, node: Node<'_>, subject: &Text) -> Option<Case> {
    if !matches!(node.kind(), "switch_rule" | "switch_block_statement_group") {
        return None;
    }
    let rule = node.kind() == "switch_rule";
    let mut case = Case {
        patterns: Vec::new(),
        guard: None,
        always: false,
        body: Vec::new(),
        falls: false,
        span: node.byte_range(),
    };
    for child in children(node) {
        match child.kind() {
            "switch_label" => label(making, child, subject, &mut case),
            "expression_statement" if rule => {
                let value = *boxed(making, children(child).next(), child);
                yields(making, child, value, &mut case.body);
            }
            "block" if rule => perform::block(making, child, &mut case.body),
            _ => {
                making.steps(child, |making, into| perform::one(making, child, into), &mut case.body);
            }
        }
    }
    case.falls = !rule && !ends(&case.body);
    drop_end(&mut case.body);
    Some(case)
}

fn label(making: &mut Making<'_>, node: Node<'_>, subject: &Text, case: &mut Case) {
    let mut any = false;
    for part in children(node) {
        any = true;
        match part.kind() {
            // What is asked may ask for the names of the pattern.
            "guard" => {
                let bound = std::mem::take(&mut case.body);
                case.guard = children(part).next().map(|guard| express(making, guard)).map(|asked| {
                    let span = asked.span.clone();
                    if bound.is_empty() {
                        asked
                    } else {
                        Expression { span, kind: Kind::Block(bound, Some(Box::new(asked))) }
                    }
                });
            }
            "pattern" => {
                let of_type = children(part).next().and_then(|inner| children(inner).next());
                let of_type = of_type.map(|of_type| type_value(making, of_type));
                case.patterns.push(at(part, Kind::Opaque(of_type.into_iter().collect())));
                operate::names_of(making, part, subject, &mut case.body);
            }
            _ => case.patterns.push(express(making, part)),
        }
    }
    case.always |= !any;
}

/// One arm: who comes in by an earlier label does what stands under it first.
fn arm(mut group: Vec<Case>, subject: &Text) -> Arm {
    let guard = if group.len() == 1 { group.first_mut().and_then(|case| case.guard.take()) } else { None };
    let always = group.iter().any(|case| case.always);
    let told_apart = group.len() <= MOST_TOLD_APART && !subject.is_empty();
    let last = group.len().saturating_sub(1);
    let (mut body, mut patterns) = (Vec::new(), Vec::new());
    for (index, case) in group.into_iter().enumerate() {
        patterns.extend(case.patterns);
        if index == last || !told_apart || case.body.is_empty() {
            body.extend(case.body);
            continue;
        }
        let asked = patterns.iter().map(again).collect();
        let arms = vec![Arm { patterns: asked, guard: None, always: false, body: case.body }];
        let subject = Expression { span: case.span.clone(), kind: Kind::Name(subject.clone()) };
        body.push(Statement { span: case.span, step: Step::Match { subject, arms } });
    }
    Arm { patterns, guard, always, body }
}

/// The same label again: it is a constant.
fn again(pattern: &Expression) -> Expression {
    let kind = match &pattern.kind {
        Kind::Text(text) => Kind::Text(text.clone()),
        Kind::Number(number) => Kind::Number(number.clone()),
        Kind::Name(name) => Kind::Name(name.clone()),
        Kind::Bool(value) => Kind::Bool(*value),
        Kind::Null => Kind::Null,
        _ => Kind::Opaque(Vec::new()),
    };
    Expression { span: pattern.span.clone(), kind }
}
