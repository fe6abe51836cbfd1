//! `switch`, with what falls through written out.

use tree_sitter::Node;

use super::{
    express::{boxed, express},
    perform,
};
use crate::{
    ir::{Arm, Expression, Kind, Statement, Step, Target, Text},
    lower::{
        breaks::{drop_end, once},
        making::{Making, at, children, fields, step},
    },
};

/// `switch (a) { case b: ... }`.
pub(super) fn choose(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let subject = *boxed(making, node.child_by_field_name("value"), node);
    let cases: Vec<_> = node.child_by_field_name("body").into_iter().flat_map(children).collect();
    let groups = groups(&cases);
    let falls = groups.iter().any(|group| group.len() > 1);
    // Who falls through asks again, so the subject needs a name.
    let (subject, name) = match subject {
        Expression { kind: Kind::Name(name), span } => {
            (Expression { kind: Kind::Name(name.clone()), span }, name)
        }
        subject if falls => {
            let name = making.fresh();
            let span = subject.span.clone();
            let target = Target::Name(name.clone());
            into.push(step(node, Step::Assign { target, hint: None, value: subject }));
            (Expression { span, kind: Kind::Name(name.clone()) }, name)
        }
        subject => (subject, "".into()),
    };
    let mut arms: Vec<_> = groups.iter().map(|group| arm(making, group, &name)).collect();
    // Whoever comes last is asked last, wherever it stands.
    arms.sort_by_key(|arm| arm.always);
    once(&node.byte_range(), vec![step(node, Step::Match { subject, arms })], into);
}

/// How many cases may fall through into each other and still be told apart.
const MOST_TOLD_APART: usize = 16;

/// A `case` with its labels: those that have no body of their own stand before it.
struct Case<'t> {
    labels: Vec<Node<'t>>,
    body: Vec<Node<'t>>,
}

/// The cases, those together that fall through into each other.
fn groups<'t>(cases: &[Node<'t>]) -> Vec<Vec<Case<'t>>> {
    let mut groups = Vec::new();
    let (mut group, mut labels) = (Vec::new(), Vec::new());
    for case in cases.iter().filter(|case| matches!(case.kind(), "switch_case" | "switch_default")) {
        labels.push(*case);
        let body = fields(*case, "body");
        if body.is_empty() {
            continue;
        }
        let ends = body.last().is_some_and(|last| ends(*last));
        group.push(Case { labels: std::mem::take(&mut labels), body });
        if ends {
            groups.push(std::mem::take(&mut group));
        }
    }
    if !labels.is_empty() {
        group.push(Case { labels, body: Vec::new() });
    }
    if !group.is_empty() {
        groups.push(group);
    }
    groups
}

/// Whether nothing goes on after it.
fn ends(node: Node<'_>) -> bool {
    let mut node = node;
    loop {
        node = match node.kind() {
            "break_statement" | "return_statement" | "throw_statement" | "continue_statement" => return true,
            "statement_block" => match children(node).last() {
                Some(last) => last,
                None => return false,
            },
            // Where both ways end.
            "if_statement" => {
                let Some(other) = node.child_by_field_name("alternative") else { return false };
                let then = node.child_by_field_name("consequence");
                let then = match then {
                    Some(block) if block.kind() == "statement_block" => children(block).last(),
                    other => other,
                };
                let both = then.is_some_and(|then| {
                    matches!(
                        then.kind(),
                        "break_statement" | "return_statement" | "throw_statement" | "continue_statement"
                    )
                });
                match children(other).next().filter(|_| both) {
                    Some(inner) => inner,
                    None => return false,
                }
            }
            _ => return false,
        };
    }
}

/// One arm: who comes in by an earlier label does what stands under it first.
fn arm(making: &mut Making<'_>, group: &[Case<'_>], subject: &Text) -> Arm {
    let mut body = Vec::new();
    let (mut patterns, mut always) = (Vec::new(), false);
    for (index, case) in group.iter().enumerate() {
        let (asked, any) = asked(making, &case.labels);
        patterns.extend(asked);
        always |= any;
        let mut steps = Vec::new();
        for statement in &case.body {
            making.steps(*statement, |making, into| perform::one(making, *statement, into), &mut steps);
        }
        drop_end(&mut steps);
        let Some(first) =
            case.body.first().filter(|_| index + 1 < group.len() && group.len() <= MOST_TOLD_APART)
        else {
            body.extend(steps);
            continue;
        };
        let labels: Vec<_> = group.iter().take(index + 1).flat_map(|case| &case.labels).copied().collect();
        let (patterns, always) = self::asked(making, &labels);
        let arms = vec![Arm { patterns, guard: None, always, body: steps }];
        let subject = at(*first, Kind::Name(subject.clone()));
        body.push(step(*first, Step::Match { subject, arms }));
    }
    Arm { patterns, guard: None, always, body }
}

/// What is asked for, and whether one is taken in any case.
fn asked(making: &mut Making<'_>, labels: &[Node<'_>]) -> (Vec<Expression>, bool) {
    let values = labels.iter().filter_map(|label| label.child_by_field_name("value"));
    let patterns = values.collect::<Vec<_>>().into_iter().map(|value| express(making, value)).collect();
    (patterns, labels.iter().any(|label| label.kind() == "switch_default"))
}
