//! Calls of which everybody knows what they do: whether two are the same, one is in the other, a text with holes.

use tree_sitter::Node;

use super::construct::last;
use crate::{
    ir::{Argument, Expression, Kind, Operator},
    lower::making::at,
};

/// A call, or what it comes to where everybody knows what it does.
pub(super) fn known(node: Node<'_>, callee: Expression, given: Vec<Argument>) -> Expression {
    let Kind::Member(of, method) = &callee.kind else {
        return at(node, Kind::Call { callee: Box::new(callee), arguments: given, new: false });
    };
    let of_type = last(of).unwrap_or_default();
    let operator = match (of_type, &**method, given.len()) {
        ("string" | "String" | "object" | "Object", "Equals" | "ReferenceEquals", 2 | 3)
        | ("CryptographicOperations", "FixedTimeEquals", 2)
        | (_, "Equals" | "SequenceEqual", 1 | 2) => Operator::Equal,
        (_, "Contains", 1 | 2) => Operator::In,
        // What comes of a task is what it is.
        (_, "ConfigureAwait", 1) | (_, "GetAwaiter" | "GetResult", 0) => return inner(callee),
        ("string" | "String", "Format", _)
            if matches!(
                given.first(),
                Some(Argument { value: Expression { kind: Kind::Text(_), .. }, .. })
            ) =>
        {
            return formatted(node, given);
        }
        _ => return at(node, Kind::Call { callee: Box::new(callee), arguments: given, new: false }),
    };
    let is_static = matches!(of_type, "string" | "String" | "object" | "Object" | "CryptographicOperations");
    let mut sides: Vec<_> = given.into_iter().map(|argument| argument.value).collect();
    if operator == Operator::In || !is_static {
        sides.insert(0, inner(callee));
    }
    sides.truncate(2);
    if operator == Operator::In {
        sides.reverse();
    }
    match (sides.pop(), sides.pop()) {
        (Some(right), Some(left)) => super::express::binary(node, operator, left, right),
        _ => at(node, Kind::Opaque(Vec::new())),
    }
}

/// What it is a part of.
fn inner(of: Expression) -> Expression {
    match of.kind {
        Kind::Member(inner, _) => *inner,
        _ => of,
    }
}

/// `string.Format("a={0}", b)`.
fn formatted(node: Node<'_>, given: Vec<Argument>) -> Expression {
    let mut given = given.into_iter().map(|argument| argument.value);
    let Some(Expression { span, kind: Kind::Text(text) }) = given.next() else {
        return at(node, Kind::Opaque(given.collect()));
    };
    let mut holes: Vec<_> = given.map(Some).collect();
    let mut parts = Vec::new();
    let mut rest = &*text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((hole, after)) = after.split_once('}') else { break };
        parts.push(Expression { span: span.clone(), kind: Kind::Text(before.into()) });
        let index = hole.split([',', ':']).next().and_then(|index| index.parse::<usize>().ok());
        parts.extend(index.and_then(|index| holes.get_mut(index)).and_then(Option::take));
        rest = after;
    }
    parts.push(Expression { span, kind: Kind::Text(rest.into()) });
    parts.retain(|part| !matches!(&part.kind, Kind::Text(text) if text.is_empty()));
    parts.extend(holes.into_iter().flatten());
    at(node, Kind::Template(parts))
}
