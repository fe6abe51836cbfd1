//! Patterns, as questions: `a is { B: "c" } d`.

use tree_sitter::Node;

use super::{
    assign, children,
    express::{binary, boxed, express},
    hint::type_value,
    operate::instance,
};
use crate::{
    ir::{Expression, Kind, Operator, Statement, Step, Target},
    lower::making::{Making, at, step},
};

/// `a is pattern`.
pub(super) fn question(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let of = *boxed(making, node.child_by_field_name("expression"), node);
    let Some(pattern) = node.child_by_field_name("pattern") else { return of };
    let further = further(pattern);
    if again(&of).is_some() {
        let question = asked(making, pattern, &of);
        return with(making, node, question, further);
    }
    let name = making.fresh();
    let named = Expression { span: of.span.clone(), kind: Kind::Name(name.clone()) };
    let steps = vec![step(node, Step::Assign { target: Target::Name(name), hint: None, value: of })];
    let question = asked(making, pattern, &named);
    let question = at(node, Kind::Block(steps, Some(Box::new(question))));
    with(making, node, question, further)
}

/// The grammar takes `a is not null && b` for `a is not (null && b)`: what stands behind the constant is asked as well.
fn further(pattern: Node<'_>) -> Vec<(Operator, Node<'_>)> {
    let mut found = Vec::new();
    let mut last = pattern;
    loop {
        let sign = last.child_by_field_name("operator").map_or("", |sign| sign.kind());
        if last.kind() == "binary_expression" && matches!(sign, "&&" | "||") {
            let operator = if sign == "&&" { Operator::And } else { Operator::Or };
            let (Some(left), Some(right)) =
                (last.child_by_field_name("left"), last.child_by_field_name("right"))
            else {
                break;
            };
            found.push((operator, right));
            last = left;
            continue;
        }
        let open =
            matches!(last.kind(), "negated_pattern" | "and_pattern" | "or_pattern" | "constant_pattern");
        match children(last).last().filter(|_| open && found.is_empty()) {
            Some(inner) => last = inner,
            None => break,
        }
    }
    found
}

fn with(
    making: &mut Making<'_>,
    node: Node<'_>,
    question: Expression,
    further: Vec<(Operator, Node<'_>)>,
) -> Expression {
    let mut whole = question;
    for (operator, right) in further.into_iter().rev() {
        let right = express(making, right);
        whole = binary(node, operator, whole, right);
    }
    whole
}

/// The same again, where it is only a name, a part of one, or a constant.
pub(super) fn again(of: &Expression) -> Option<Expression> {
    let mut parts = Vec::new();
    let mut inner = of;
    while let Kind::Member(of, name) = &inner.kind {
        parts.push((inner.span.clone(), name.clone()));
        inner = of;
    }
    let kind = match &inner.kind {
        Kind::Name(name) => Kind::Name(name.clone()),
        Kind::Text(text) => Kind::Text(text.clone()),
        Kind::Number(number) => Kind::Number(number.clone()),
        _ => return None,
    };
    let mut whole = Expression { span: inner.span.clone(), kind };
    for (span, name) in parts.into_iter().rev() {
        whole = Expression { span, kind: Kind::Member(Box::new(whole), name) };
    }
    Some(whole)
}

/// Whether it fits the pattern. Its names get their values while that is asked.
pub(super) fn asked(making: &mut Making<'_>, node: Node<'_>, of: &Expression) -> Expression {
    making.deeper(node, |making| one(making, node, of))
}

fn one(making: &mut Making<'_>, node: Node<'_>, of: &Expression) -> Expression {
    let Some(itself) = again(of) else { return at(node, Kind::Opaque(Vec::new())) };
    match node.kind() {
        "discard" => at(node, Kind::Bool(true)),
        "parenthesized_pattern" => match children(node).next() {
            Some(inner) => asked(making, inner, of),
            None => itself,
        },
        "negated_pattern" => match children(node).next() {
            Some(inner) => negated(making, inner, of),
            None => itself,
        },
        "and_pattern" | "or_pattern" => {
            let sides = (node.child_by_field_name("left"), node.child_by_field_name("right"));
            let (Some(left), Some(right)) = sides else { return itself };
            let operator = if node.kind() == "and_pattern" { Operator::And } else { Operator::Or };
            let left = asked(making, left, of);
            binary(node, operator, left, asked(making, right, of))
        }
        "declaration_pattern" => {
            let of_type = node.child_by_field_name("type").filter(|of_type| making.text(*of_type) != "var");
            let question = match of_type {
                Some(of_type) => instance(node, itself, type_value(making, of_type)),
                None => at(node, Kind::Bool(true)),
            };
            named(making, node, of, question)
        }
        "var_pattern" => named(making, node, of, at(node, Kind::Bool(true))),
        "type_pattern" => match node.child_by_field_name("type") {
            Some(of_type) => instance(node, itself, type_value(making, of_type)),
            None => itself,
        },
        "relational_pattern" => {
            let than = *boxed(making, children(node).next(), node);
            binary(node, Operator::Order, itself, than)
        }
        "recursive_pattern" => parts(making, node, of),
        "list_pattern" => named(making, node, of, at(node, Kind::Opaque(vec![itself]))),
        "constant_pattern" => constant(making, children(node).next().unwrap_or(node), itself),
        _ => constant(making, node, itself),
    }
}

/// `not a and b` is `(not a) and b`, whatever the grammar says.
fn negated(making: &mut Making<'_>, node: Node<'_>, of: &Expression) -> Expression {
    let sides = (node.child_by_field_name("left"), node.child_by_field_name("right"));
    let operator = match node.kind() {
        "and_pattern" => Operator::And,
        "or_pattern" => Operator::Or,
        _ => return at(node, Kind::Not(Box::new(asked(making, node, of)))),
    };
    let (Some(left), Some(right)) = sides else { return at(node, Kind::Opaque(Vec::new())) };
    let left = making.deeper(left, |making| negated(making, left, of));
    binary(node, operator, left, asked(making, right, of))
}

/// A constant, or a type: what is written large and is nothing of this class.
fn constant(making: &mut Making<'_>, node: Node<'_>, itself: Expression) -> Expression {
    let mut node = node;
    // What stands behind it is no part of it: see `further`.
    while let ("binary_expression", Some("&&" | "||"), Some(left)) = (
        node.kind(),
        node.child_by_field_name("operator").map(|sign| sign.kind()),
        node.child_by_field_name("left"),
    ) {
        node = left;
    }
    let value = express(making, node);
    match &value.kind {
        Kind::Name(name) if name.starts_with(char::is_uppercase) => instance(node, itself, value),
        _ => binary(node, Operator::Equal, itself, value),
    }
}

/// The name that stands behind a pattern gets its value first.
fn named(making: &mut Making<'_>, node: Node<'_>, of: &Expression, question: Expression) -> Expression {
    let designation = node
        .child_by_field_name("name")
        .or_else(|| children(node).find(|child| child.kind() == "parenthesized_variable_designation"));
    let (Some(designation), Some(value)) = (designation, again(of)) else { return question };
    let target = assign::declared(making, designation);
    let steps: Vec<Statement> = vec![step(designation, Step::Assign { target, hint: None, value })];
    at(node, Kind::Block(steps, Some(Box::new(question))))
}

/// `T { A: b, C: d } e`: all that is asked of it.
fn parts(making: &mut Making<'_>, node: Node<'_>, of: &Expression) -> Expression {
    let mut whole: Option<Expression> = None;
    let mut all = |question: Expression| {
        whole = Some(match whole.take() {
            Some(before) => binary(node, Operator::And, before, question),
            None => question,
        });
    };
    if let (Some(of_type), Some(itself)) = (node.child_by_field_name("type"), again(of)) {
        all(instance(node, itself, type_value(making, of_type)));
    }
    for clause in children(node) {
        let by_name = clause.kind() == "property_pattern_clause";
        if !by_name && clause.kind() != "positional_pattern_clause" {
            continue;
        }
        for part in children(clause).filter(|part| part.kind() == "subpattern") {
            let mut inner = children(part);
            let (Some(key), pattern, Some(mut member)) = (inner.next(), inner.next(), again(of)) else {
                continue;
            };
            let Some(pattern) = pattern else {
                // By its place: nobody knows what that is.
                let unknown = at(part, Kind::Name(making.fresh()));
                all(asked(making, key, &unknown));
                continue;
            };
            for name in making.text(key).split('.').take(32) {
                member = at(key, Kind::Member(Box::new(member), name.trim().into()));
            }
            all(asked(making, pattern, &member));
        }
    }
    let question = whole.unwrap_or_else(|| {
        let itself = again(of).unwrap_or_else(|| at(node, Kind::Opaque(Vec::new())));
        binary(node, Operator::Unequal, itself, at(node, Kind::Null))
    });
    named(making, node, of, question)
}
