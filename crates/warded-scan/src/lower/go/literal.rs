//! Texts, formats, and values that are written out with their parts.

use tree_sitter::Node;

use super::{
    express::{boxed, express},
    types::{bare, is_map},
};
use crate::{
    ir::{Argument, Entry, Expression, Kind, Text},
    lower::{
        escape::resolved,
        making::{Making, at, children, plain},
    },
};

/// `"..."` and `` `...` ``.
pub(super) fn text(making: &Making<'_>, node: Node<'_>) -> Text {
    let mut text = String::new();
    for part in children(node) {
        match part.kind() {
            "escape_sequence" => text.push_str(&resolved(making.text(part))),
            _ => text.push_str(making.text(part)),
        }
    }
    text.into()
}

/// `T{..}`.
pub(super) fn composite(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let (of, body) = (node.child_by_field_name("type"), node.child_by_field_name("body"));
    match body {
        Some(body) => filled(making, of, body, node),
        None => at(node, Kind::Opaque(Vec::new())),
    }
}

/// A value with these parts. In `[]T{{..}}` the inner ones have no type of their own.
fn filled(making: &mut Making<'_>, of: Option<Node<'_>>, body: Node<'_>, place: Node<'_>) -> Expression {
    let of = of.map(bare);
    let name = of.map_or("", |of| making.text(of));
    let kind = match of.map(|of| (of, of.kind())) {
        Some((of, "map_type")) => {
            let value = of.child_by_field_name("value");
            let lists = value.is_some_and(|value| value.kind() == "slice_type");
            Kind::Map(entries(making, value, body, false, lists))
        }
        Some((of, "slice_type" | "array_type" | "implicit_length_array_type")) => {
            list(making, of.child_by_field_name("element"), body)
        }
        Some((_, "qualified_type")) if is_map(name) => Kind::Map(entries(making, None, body, false, true)),
        Some((of, _)) if !keys_are_values(body) => {
            let entries = entries(making, None, body, true, false);
            Kind::Record { of: Box::new(express(making, of)), entries }
        }
        None if children(body).all(|child| child.kind() != "keyed_element") => list(making, None, body),
        _ => Kind::Map(entries(making, None, body, false, false)),
    };
    at(place, kind)
}

/// Whether something stands before the colons that cannot be the name of a field.
fn keys_are_values(body: Node<'_>) -> bool {
    let keys = children(body).filter_map(|element| element.child_by_field_name("key"));
    keys.filter_map(|key| children(key).next()).any(|key| key.kind() != "identifier")
}

fn list(making: &mut Making<'_>, of: Option<Node<'_>>, body: Node<'_>) -> Kind {
    let parts = children(body).map(|child| {
        // `[...]string{2: "b"}`: places are not kept.
        let value = child.child_by_field_name("value").unwrap_or(child);
        plain(element(making, of, value))
    });
    Kind::List(parts.collect::<Vec<Argument>>())
}

/// The entries. `named`: what stands before the colon is the name of a field. `lists`: the values are lists, as those of
/// `url.Values`, of which nearly all have one element and are taken for it.
fn entries(
    making: &mut Making<'_>,
    of: Option<Node<'_>>,
    body: Node<'_>,
    named: bool,
    lists: bool,
) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (index, child) in children(body).enumerate() {
        let key = child.child_by_field_name("key");
        let value = child.child_by_field_name("value").unwrap_or(child);
        let key = match key {
            Some(key) if named => at(key, Kind::Text(making.name(key))),
            Some(key) => element(making, None, key),
            None => at(child, Kind::Text(index.to_string().into())),
        };
        let mut value = element(making, of, value);
        if lists {
            value = sole(value);
        }
        entries.push(Entry::Pair(key, value));
    }
    entries
}

/// The only element of a list that is written out.
fn sole(value: Expression) -> Expression {
    match value.kind {
        Kind::List(mut parts) if parts.len() == 1 => {
            parts.pop().map_or(Expression { span: value.span, kind: Kind::Null }, |part| part.value)
        }
        _ => value,
    }
}

fn element(making: &mut Making<'_>, of: Option<Node<'_>>, node: Node<'_>) -> Expression {
    let inner = if node.kind() == "literal_element" { children(node).next().unwrap_or(node) } else { node };
    match inner.kind() {
        "literal_value" => making.deeper(inner, |making| filled(making, of, inner, inner)),
        // Two levels each: more is done for one of them than for other expressions.
        _ => making.deeper(inner, |making| express(making, inner)),
    }
}

/// `fmt.Sprintf("a=%s&b=%[1]v", x, y)`, where the format is a literal.
pub(super) fn formatted(making: &mut Making<'_>, node: Node<'_>, given: &[Node<'_>]) -> Option<Expression> {
    let (format, given) = given.split_first()?;
    if !matches!(format.kind(), "interpreted_string_literal" | "raw_string_literal") {
        return None;
    }
    let mut holes: Vec<_> = given.iter().map(|hole| Some(*boxed(making, Some(*hole), node))).collect();
    let whole = text(making, *format);
    let mut parts = Vec::new();
    let fixed = |text: &str| at(*format, Kind::Text(text.into()));
    let (mut upto, mut next) = (0, 0);
    let mut rest = whole.match_indices('%').map(|(index, _)| index).peekable();
    while let Some(start) = rest.next() {
        let after = whole.get(start + 1..).unwrap_or_default();
        let length = after.find(|char: char| char.is_ascii_alphabetic() || char == '%');
        let Some(length) = length else { break };
        let verb = after.get(..=length).unwrap_or_default();
        parts.push(fixed(whole.get(upto..start).unwrap_or_default()));
        upto = start + 1 + verb.len();
        if verb.ends_with('%') {
            parts.push(fixed("%"));
        } else {
            let index = verb.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
            if let Some(index) = index.and_then(|(index, _)| index.parse::<usize>().ok()) {
                next = index.saturating_sub(1);
            }
            match holes.get_mut(next).and_then(Option::take) {
                Some(hole) => parts.push(hole),
                // Given once, said twice.
                None => match given.get(next) {
                    Some(again) => parts.push(*boxed(making, Some(*again), node)),
                    None => parts.push(at(*format, Kind::Opaque(Vec::new()))),
                },
            }
            next += 1;
        }
        while rest.peek().is_some_and(|index| *index < upto) {
            rest.next();
        }
    }
    parts.push(fixed(whole.get(upto..).unwrap_or_default()));
    parts.extend(holes.into_iter().flatten());
    parts.retain(|part| !matches!(&part.kind, Kind::Text(text) if text.is_empty()));
    Some(at(node, Kind::Template(parts)))
}
