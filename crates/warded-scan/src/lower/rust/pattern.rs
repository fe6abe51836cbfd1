//! Patterns: what they ask, and which names they give.

use tree_sitter::Node;

use super::{
    express::{boxed, express},
    types::last,
};
use crate::{
    ir::{Expression, Kind, Operator, Statement, Step, Target, Text},
    lower::making::{Making, at, children, step},
};

/// How many patterns or conditions may be put together to one question.
const MAX_TOGETHER: usize = 64;

/// Something that is looked at several times: what it does is done once.
#[derive(Clone)]
pub(super) enum Subject<'t> {
    /// A name that it was given.
    Name(Text),
    /// Something short that does nothing.
    Path(Node<'t>),
    /// One of several that stand in it.
    Part(Box<Self>, usize),
}

impl<'t> Subject<'t> {
    /// Works it out now, if that does anything.
    pub(super) fn new(making: &mut Making<'_>, node: Node<'t>, into: &mut Vec<Statement>) -> Self {
        if is_path(node, 4) {
            return Self::Path(node);
        }
        let name = making.fresh();
        let value = express(making, node);
        into.push(step(node, Step::Assign { target: Target::Name(name.clone()), hint: None, value }));
        Self::Name(name)
    }

    /// It again.
    pub(super) fn again(&self, making: &mut Making<'_>, place: Node<'_>) -> Expression {
        match self {
            Self::Name(name) => at(place, Kind::Name(name.clone())),
            Self::Path(node) => express(making, *node),
            Self::Part(of, index) => {
                let of = of.again(making, place);
                let number = at(place, Kind::Number(index.to_string().into()));
                at(place, Kind::Index(Box::new(of), Box::new(number)))
            }
        }
    }
}

fn is_path(node: Node<'_>, left: usize) -> bool {
    match node.kind() {
        "identifier" | "self" => true,
        "field_expression" | "reference_expression" if left > 0 => {
            node.child_by_field_name("value").is_some_and(|of| is_path(of, left - 1))
        }
        _ => false,
    }
}

/// The parts of a pattern, `_` among them.
fn parts(node: Node<'_>) -> Vec<Node<'_>> {
    let of = node.child_by_field_name("type");
    let mut cursor = node.walk();
    let all: Vec<_> = node.children(&mut cursor).collect();
    let is_part =
        |part: &Node<'_>| Some(*part) != of && !part.is_extra() && (part.is_named() || part.kind() == "_");
    all.into_iter().filter(is_part).collect()
}

/// Whether a name in a pattern is that of a constant or variant, not one that is given.
fn is_constant(name: &str) -> bool {
    last(name).starts_with(|first: char| first.is_ascii_uppercase())
}

/// `Some(..)` and `Ok(..)` are what is in them.
fn holds(making: &Making<'_>, node: Node<'_>) -> Option<bool> {
    let of = match node.kind() {
        "tuple_struct_pattern" => node.child_by_field_name("type")?,
        "identifier" | "scoped_identifier" => node,
        _ => return None,
    };
    match last(making.text(of)) {
        "Some" | "Ok" => Some(true),
        "None" | "Err" => Some(false),
        _ => None,
    }
}

/// The names that a pattern gives.
pub(super) fn target(making: &mut Making<'_>, node: Node<'_>) -> Target {
    targets(making, node, 64)
}

fn targets(making: &mut Making<'_>, node: Node<'_>, left: usize) -> Target {
    if left == 0 {
        making.gap(node, Vec::new());
        return Target::Nothing;
    }
    let inner = |making: &mut Making<'_>, at: Option<Node<'_>>| {
        at.map_or(Target::Nothing, |at| targets(making, at, left - 1))
    };
    match node.kind() {
        "identifier" | "shorthand_field_identifier" | "self" => {
            let name = making.text(node);
            if is_constant(name) { Target::Nothing } else { Target::Name(name.into()) }
        }
        "mut_pattern" | "ref_pattern" | "reference_pattern" | "captured_pattern" | "or_pattern"
        | "match_pattern" => {
            let named = children(node).find(|child| child.kind() != "mutable_specifier");
            inner(making, named)
        }
        "tuple_struct_pattern" => match parts(node).as_slice() {
            [one] => inner(making, Some(*one)),
            several => Target::Several(several.iter().map(|part| inner(making, Some(*part))).collect()),
        },
        "tuple_pattern" | "slice_pattern" => {
            Target::Several(parts(node).into_iter().map(|part| inner(making, Some(part))).collect())
        }
        "struct_pattern" => {
            let mut entries = Vec::new();
            for field in children(node).filter(|child| child.kind() == "field_pattern") {
                let Some(name) = field.child_by_field_name("name") else { continue };
                let of = field.child_by_field_name("pattern").unwrap_or(name);
                entries.push((making.name(name), inner(making, Some(of)), None));
            }
            Target::Keyed { entries, rest: None }
        }
        _ => Target::Nothing,
    }
}

/// Whether it gives any name.
pub(super) fn gives(target: &Target) -> bool {
    match target {
        Target::Nothing => false,
        Target::Several(parts) => parts.iter().any(gives),
        Target::Keyed { entries, .. } => entries.iter().any(|(_, target, _)| gives(target)),
        _ => true,
    }
}

/// What must hold for a pattern; nothing where everything fits.
pub(super) fn asks(making: &mut Making<'_>, node: Node<'_>, of: &Subject<'_>) -> Option<Expression> {
    let kind = match node.kind() {
        _ if holds(making, node) == Some(true) => {
            let inner = parts(node).first().copied().filter(|inner| inner.kind().ends_with("_literal"));
            match inner {
                Some(literal) => return Some(equal(making, literal, of)),
                None => return Some(of.again(making, node)),
            }
        }
        _ if holds(making, node) == Some(false) => Kind::Not(Box::new(of.again(making, node))),
        "identifier" if !is_constant(making.text(node)) => return None,
        "_" | "remaining_field_pattern" => return None,
        "tuple_pattern" => return each_asks(making, node, of),
        "mut_pattern" | "ref_pattern" | "reference_pattern" => {
            let inner = children(node).find(|child| child.kind() != "mutable_specifier")?;
            return making_asks(making, inner, of);
        }
        "identifier" | "scoped_identifier" | "negative_literal" => return Some(equal(making, node, of)),
        kind if kind.ends_with("_literal") => return Some(equal(making, node, of)),
        "or_pattern" => {
            let several = flat(node);
            if several.len() > MAX_TOGETHER {
                return Some(at(node, Kind::Opaque(vec![of.again(making, node)])));
            }
            let mut whole: Option<Expression> = None;
            for part in several {
                let one = making_asks(making, part, of)?;
                whole = Some(match whole {
                    None => one,
                    Some(before) => at(node, Kind::Binary(Operator::Or, Box::new(before), Box::new(one))),
                });
            }
            return whole;
        }
        _ => Kind::Opaque(vec![of.again(making, node)]),
    };
    Some(at(node, kind))
}

/// What must hold for all parts of `(P, Q)`.
fn each_asks(making: &mut Making<'_>, node: Node<'_>, of: &Subject<'_>) -> Option<Expression> {
    let mut whole: Option<Expression> = None;
    for (index, part) in parts(node).into_iter().enumerate().take(MAX_TOGETHER) {
        let Some(one) = making_asks(making, part, &Subject::Part(Box::new(of.clone()), index)) else {
            continue;
        };
        whole = Some(match whole {
            None => one,
            Some(before) => at(node, Kind::Binary(Operator::And, Box::new(before), Box::new(one))),
        });
    }
    whole
}

fn making_asks(making: &mut Making<'_>, node: Node<'_>, of: &Subject<'_>) -> Option<Expression> {
    let mut asked = None;
    // The depth of patterns in each other is bounded as that of expressions is.
    making.deeper(node, |making| {
        asked = asks(making, node, of);
        at(node, Kind::Null)
    });
    asked
}

fn equal(making: &mut Making<'_>, node: Node<'_>, of: &Subject<'_>) -> Expression {
    let left = Box::new(of.again(making, node));
    at(node, Kind::Binary(Operator::Equal, left, boxed(making, Some(node), node)))
}

/// `a | b | c`, which stand in each other.
pub(super) fn flat(node: Node<'_>) -> Vec<Node<'_>> {
    let (mut node, mut all) = (node, Vec::new());
    while node.kind() == "or_pattern" {
        let mut of = parts(node);
        let Some(last) = of.pop() else { break };
        all.push(last);
        match of.pop() {
            Some(first) => node = first,
            None => break,
        }
        all.extend(of);
    }
    if node.kind() != "or_pattern" {
        all.push(node);
    }
    all.reverse();
    all
}

/// A condition, in which `let` may stand.
pub(super) fn condition(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    match node.kind() {
        "let_chain" if children(node).count() > MAX_TOGETHER => {
            let parts = children(node).map(|part| making.deeper(part, |making| condition(making, part)));
            at(node, Kind::Opaque(parts.collect()))
        }
        "let_chain" => {
            let mut whole: Option<Expression> = None;
            for part in children(node) {
                let one = making.deeper(part, |making| condition(making, part));
                whole = Some(match whole {
                    None => one,
                    Some(before) => {
                        let span = before.span.start..one.span.end;
                        let kind = Kind::Binary(Operator::And, Box::new(before), Box::new(one));
                        Expression { span, kind }
                    }
                });
            }
            whole.unwrap_or_else(|| at(node, Kind::Opaque(Vec::new())))
        }
        "let_condition" => {
            let value = boxed(making, node.child_by_field_name("value"), node);
            let Some(pattern) = node.child_by_field_name("pattern") else { return *value };
            let target = target(making, pattern);
            if gives(&target) {
                return at(node, Kind::Assign(Box::new(target), value));
            }
            match holds(making, pattern) {
                Some(true) => *value,
                Some(false) => at(node, Kind::Not(value)),
                None if pattern.kind().ends_with("_literal") || pattern.kind().ends_with("identifier") => {
                    let right = boxed(making, Some(pattern), node);
                    at(node, Kind::Binary(Operator::Equal, value, right))
                }
                None => at(node, Kind::Opaque(vec![*value])),
            }
        }
        _ => express(making, node),
    }
}

/// Whether the pattern is one of something that is there, or of nothing: `Some(x)` and `None`, `Ok(x)` and `Err(e)`.
/// Nothing where it asks for more than that.
pub(super) fn presence(making: &Making<'_>, node: Node<'_>) -> Option<bool> {
    let holds = holds(making, node)?;
    let inner = if node.kind() == "tuple_struct_pattern" { parts(node) } else { Vec::new() };
    let fits = |part: &Node<'_>| match part.kind() {
        "_" | "remaining_field_pattern" | "mut_pattern" | "ref_pattern" | "tuple_pattern" => true,
        "identifier" => !is_constant(making.text(*part)),
        _ => !holds,
    };
    inner.iter().all(fits).then_some(holds)
}
