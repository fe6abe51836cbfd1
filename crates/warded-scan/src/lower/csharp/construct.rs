//! What makes maps, lists and objects.

use tree_sitter::Node;

use super::{
    children,
    express::{arguments, express, of_type, opaque, simple},
    hint::{dotted, type_value},
};
use crate::{
    ir::{Argument, Entry, Expression, Kind, Takes, Text},
    lower::making::{Making, at, plain},
};

/// Classes that are maps.
const MAPS: &[&str] = &[
    "Dictionary",
    "SortedDictionary",
    "ConcurrentDictionary",
    "IDictionary",
    "IReadOnlyDictionary",
    "NameValueCollection",
    "Hashtable",
    "RouteValueDictionary",
    "JsonObject",
    "Parameters",
    "QueryBuilder",
    "ExpandoObject",
];

/// Classes that are lists or sets.
const LISTS: &[&str] = &[
    "List",
    "IList",
    "HashSet",
    "ISet",
    "Collection",
    "LinkedList",
    "SortedSet",
    "Queue",
    "Stack",
    "IEnumerable",
    "ICollection",
    "IReadOnlyList",
    "IReadOnlyCollection",
    "ConcurrentBag",
];

/// `new T(..) { .. }`.
pub(super) fn new(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let of = match node.child_by_field_name("type") {
        Some(of) => type_value(making, of),
        None => at(node, Kind::Opaque(Vec::new())),
    };
    let given = arguments(making, node.child_by_field_name("arguments"));
    let initializer = node.child_by_field_name("initializer");
    made(making, node, of, given, initializer)
}

/// `new(..) { .. }`, of the type that is written elsewhere.
pub(super) fn implicit(making: &mut Making<'_>, node: Node<'_>, hint: Option<&Text>) -> Expression {
    let initializer = children(node).find(|child| child.kind() == "initializer_expression");
    let given = arguments(making, children(node).find(|child| child.kind() == "argument_list"));
    match hint {
        Some(hint) => made(making, node, dotted(node, hint), given, initializer),
        // Among the elements of a list it is a pair more often than anything else.
        None if given.len() == 2 && initializer.is_none() => at(node, Kind::List(given)),
        None => {
            let of = at(node, Kind::Opaque(Vec::new()));
            made(making, node, of, given, initializer)
        }
    }
}

fn made(
    making: &mut Making<'_>,
    node: Node<'_>,
    of: Expression,
    given: Vec<Argument>,
    initializer: Option<Node<'_>>,
) -> Expression {
    let name = last(&of).unwrap_or_default().to_owned();
    if MAPS.contains(&&*name) {
        let copied = given.into_iter().map(|argument| argument.value).filter(is_content);
        let mut entries: Vec<_> = copied.map(Entry::Spread).collect();
        entries.extend(initializer.map(|of| self::entries(making, of)).unwrap_or_default());
        return at(node, Kind::Map(entries));
    }
    if LISTS.contains(&&*name) {
        let copied = given.into_iter().filter(|argument| is_content(&argument.value));
        let mut items: Vec<_> = copied.map(|copied| Argument { gives: Takes::Rest, ..copied }).collect();
        items.extend(initializer.map(|of| self::items(making, of)).unwrap_or_default());
        return at(node, Kind::List(items));
    }
    if name == "KeyValuePair" && given.len() == 2 {
        return at(node, Kind::List(given));
    }
    let Some(initializer) = initializer else {
        return at(node, Kind::Call { callee: Box::new(of), arguments: given, new: true });
    };
    if !children(initializer).all(|part| part.kind() == "assignment_expression") {
        let parts = self::items(making, initializer).into_iter().map(|item| item.value);
        let mut all: Vec<_> = given.into_iter().map(|argument| argument.value).collect();
        all.extend(parts);
        return at(node, Kind::Opaque(all));
    }
    let mut entries = Vec::new();
    if let (false, Some(callee)) = (given.is_empty(), super::pattern::again(&of)) {
        let call = Kind::Call { callee: Box::new(callee), arguments: given, new: true };
        entries.push(Entry::Spread(at(node, call)));
    }
    entries.extend(self::entries(making, initializer));
    at(node, Kind::Record { of: Box::new(of), entries })
}

/// Whether what a map or list is made of is what it begins with, and not how large it is or how it compares.
fn is_content(value: &Expression) -> bool {
    match &value.kind {
        Kind::Number(_) => false,
        Kind::Member(of, _) => last(of) != Some("StringComparer"),
        _ => true,
    }
}

/// `{ A = b, ["k"] = v, { k, v } }` as entries.
fn entries(making: &mut Making<'_>, node: Node<'_>) -> Vec<Entry> {
    children(node).map(|part| entry(making, part)).collect()
}

fn entry(making: &mut Making<'_>, part: Node<'_>) -> Entry {
    if part.kind() == "initializer_expression" {
        let mut items = items(making, part).into_iter().map(|item| item.value);
        if let (Some(key), Some(value)) = (items.next(), items.next()) {
            return Entry::Pair(key, value);
        }
    }
    let sides = (part.child_by_field_name("left"), part.child_by_field_name("right"));
    let (Some(left), Some(right)) = sides else { return Entry::Spread(express(making, part)) };
    let key = if left.kind() == "identifier" {
        at(left, Kind::Text(simple(making, left)))
    } else {
        let first = arguments(making, Some(left)).into_iter().next();
        first.map_or_else(|| at(left, Kind::Opaque(Vec::new())), |first| first.value)
    };
    Entry::Pair(key, express(making, right))
}

fn items(making: &mut Making<'_>, node: Node<'_>) -> Vec<Argument> {
    children(node).map(|part| plain(express(making, part))).collect()
}

/// `{ .. }` where its type is written elsewhere: a map where it has keys, else a list.
pub(super) fn initializer(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let is_pair = |part: Node<'_>| {
        part.kind() == "assignment_expression"
            || part.kind() == "initializer_expression" && children(part).count() == 2
    };
    let mut parts = children(node).peekable();
    let keyed = parts.peek().is_some() && parts.all(is_pair);
    if keyed { at(node, Kind::Map(entries(making, node))) } else { at(node, Kind::List(items(making, node))) }
}

/// `new T[] { .. }`, `new[] { .. }`.
pub(super) fn array(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let initializer = children(node).find(|child| child.kind() == "initializer_expression");
    let element = node.child_by_field_name("type").and_then(|of| of.child_by_field_name("type"));
    let element = element.and_then(|element| super::hint::hint(making, element));
    let parts = initializer.into_iter().flat_map(children);
    let parts = parts.map(|part| plain(of_type(making, part, element.as_ref()))).collect();
    at(node, Kind::List(parts))
}

/// `[a, ..b]`.
pub(super) fn collection(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let mut items = Vec::new();
    for part in children(node) {
        let element = if part.kind() == "collection_element" { children(part).next() } else { Some(part) };
        let Some(element) = element else { continue };
        let gives = if element.kind() == "spread_element" { Takes::Rest } else { Takes::One };
        let value = if gives == Takes::Rest { children(element).next() } else { Some(element) };
        if let Some(value) = value {
            items.push(Argument { name: None, gives, value: express(making, value) });
        }
    }
    at(node, Kind::List(items))
}

/// `new { a = b, c.d, e }` is `{a: b, d: c.d, e: e}`.
pub(super) fn anonymous(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let mut entries = Vec::new();
    let mut cursor = node.walk();
    let mut key: Option<Node<'_>> = None;
    let mut keyed = false;
    for child in node.children(&mut cursor).filter(|child| !child.is_extra()) {
        match child.kind() {
            "=" => keyed = true,
            "," | "}" => {
                if let Some(alone) = key.take().filter(|_| !keyed) {
                    let value = express(making, alone);
                    let name = last(&value).map_or_else(|| "".into(), Text::from);
                    entries.push(Entry::Pair(at(alone, Kind::Text(name)), value));
                }
                keyed = false;
            }
            _ if !child.is_named() => {}
            _ => match key.filter(|_| keyed) {
                Some(named) => {
                    let value = express(making, child);
                    entries.push(Entry::Pair(at(named, Kind::Text(simple(making, named))), value));
                }
                None => key = Some(child),
            },
        }
    }
    at(node, Kind::Map(entries))
}

/// `a with { B = c }` is `{...a, B: c}`.
pub(super) fn with(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let mut entries = Vec::new();
    for part in children(node) {
        if part.kind() != "with_initializer" {
            entries.push(Entry::Spread(express(making, part)));
            continue;
        }
        let mut sides = children(part);
        if let (Some(key), Some(value)) = (sides.next(), sides.next()) {
            let value = express(making, value);
            entries.push(Entry::Pair(at(key, Kind::Text(simple(making, key))), value));
        }
    }
    if entries.is_empty() { opaque(making, node) } else { at(node, Kind::Map(entries)) }
}

/// What it is called, without what it is a part of.
pub(super) fn last(of: &Expression) -> Option<&str> {
    match &of.kind {
        Kind::Name(name) | Kind::Member(_, name) => Some(name),
        _ => None,
    }
}
