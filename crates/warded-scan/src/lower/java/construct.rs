//! What makes maps, lists and objects: `new T(..)`, `Map.of(..)`; and what asks whether two are the same.

use tree_sitter::Node;

use super::{
    define::anonymous,
    express::{arguments, express},
    hint::type_value,
};
use crate::{
    ir::{Argument, Entry, Expression, Kind, Operator, Takes},
    lower::making::{Making, at, children, plain},
};

/// Classes that are maps.
const MAPS: &[&str] = &[
    "HashMap",
    "LinkedHashMap",
    "TreeMap",
    "ConcurrentHashMap",
    "Hashtable",
    "IdentityHashMap",
    "LinkedMultiValueMap",
    "MultivaluedHashMap",
    "LinkedCaseInsensitiveMap",
];

/// Classes that are lists or sets.
const LISTS: &[&str] = &[
    "ArrayList",
    "LinkedList",
    "HashSet",
    "LinkedHashSet",
    "TreeSet",
    "CopyOnWriteArrayList",
    "ArrayDeque",
    "Vector",
];

/// Classes that are a key and its value.
const PAIRS: &[&str] = &["BasicNameValuePair", "SimpleEntry", "SimpleImmutableEntry", "Pair"];

/// `new T(..)`.
pub(super) fn new(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let of = match node.child_by_field_name("type") {
        Some(of) => type_value(making, of),
        None => at(node, Kind::Opaque(Vec::new())),
    };
    let simple = last(&of).unwrap_or_default().to_owned();
    let body = children(node).find(|child| child.kind() == "class_body");
    let mut given = arguments(making, node.child_by_field_name("arguments"));
    if MAPS.contains(&&*simple) {
        let mut entries = Vec::new();
        // A number only says how large it will be.
        if let Some(argument) = given.pop()
            && !matches!(argument.value.kind, Kind::Number(_))
        {
            entries.push(Entry::Spread(argument.value));
        }
        if let Some(puts) = body.map(|body| puts(making, body)) {
            entries.extend(puts);
        }
        return at(node, Kind::Map(entries));
    }
    if LISTS.contains(&&*simple) {
        let of = given.into_iter().filter(|argument| !matches!(argument.value.kind, Kind::Number(_)));
        let items = of.map(|argument| Argument { gives: Takes::Rest, ..argument });
        return at(node, Kind::List(items.collect()));
    }
    if PAIRS.contains(&&*simple) && given.len() == 2 {
        return at(node, Kind::List(given));
    }
    let callee = match body {
        Some(body) => at(body, Kind::Class(anonymous(making, body, vec![of]))),
        None => of,
    };
    at(node, Kind::Call { callee: Box::new(callee), arguments: given, new: true })
}

/// `new T[] {a, b}`; `new T[2]` has nothing in it yet.
pub(super) fn array(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    match node.child_by_field_name("value") {
        Some(value) => express(making, value),
        None => at(node, Kind::List(Vec::new())),
    }
}

/// `{a, b}`.
pub(super) fn list(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    at(node, Kind::List(children(node).map(|part| plain(express(making, part))).collect()))
}

/// `new HashMap<>() {{ put(k, v); }}` is `{k: v}`.
fn puts(making: &mut Making<'_>, body: Node<'_>) -> Vec<Entry> {
    let mut entries = Vec::new();
    for statement in children(body).filter(|child| child.kind() == "block").flat_map(children) {
        let call = children(statement).next().filter(|call| call.kind() == "method_invocation");
        let Some(call) = call else { continue };
        let name = call.child_by_field_name("name").map_or("", |name| making.text(name));
        let object = call.child_by_field_name("object");
        if !matches!(name, "put" | "add" | "set") || object.is_some_and(|object| object.kind() != "this") {
            entries.push(Entry::Spread(at(call, Kind::Opaque(vec![express(making, call)]))));
            continue;
        }
        let given = arguments(making, call.child_by_field_name("arguments"));
        entries.extend(pairs(given));
    }
    entries
}

/// A call, or what it comes to where everybody knows what it does.
pub(super) fn known(node: Node<'_>, callee: Expression, arguments: Vec<Argument>) -> Expression {
    let kind = match known_kind(&callee, &arguments) {
        Some(Known::Map) => Kind::Map(pairs(arguments)),
        Some(Known::Entries) => {
            let entries = arguments.into_iter().flat_map(|argument| match argument.value.kind {
                Kind::List(pair) => pairs(pair),
                // `entry` of `Map`, imported.
                Kind::Call { callee, arguments: pair, .. }
                    if matches!(&callee.kind, Kind::Name(name) if &**name == "entry") =>
                {
                    pairs(pair)
                }
                kind => vec![Entry::Spread(Expression { span: argument.value.span, kind })],
            });
            Kind::Map(entries.collect())
        }
        Some(Known::Copy) => {
            let entries = arguments.into_iter().map(|argument| Entry::Spread(argument.value));
            Kind::Map(entries.collect())
        }
        Some(Known::List) => Kind::List(arguments),
        Some(Known::ListOf) => {
            let items = arguments.into_iter().map(|argument| Argument { gives: Takes::Rest, ..argument });
            Kind::List(items.collect())
        }
        Some(Known::Same) => return asked(node, Operator::Equal, callee, arguments, false),
        Some(Known::Contains) => return asked(node, Operator::In, callee, arguments, true),
        Some(Known::Format) => return formatted(node, callee, arguments),
        None => Kind::Call { callee: Box::new(callee), arguments, new: false },
    };
    at(node, kind)
}

/// What some calls are.
enum Known {
    /// A map of keys and values in turn.
    Map,
    /// A map of pairs.
    Entries,
    /// A map of another one.
    Copy,
    /// A list of what is given.
    List,
    /// A list of what is in what is given.
    ListOf,
    /// Whether two are the same.
    Same,
    /// Whether one is in the other.
    Contains,
    /// A text with holes.
    Format,
}

fn known_kind(callee: &Expression, arguments: &[Argument]) -> Option<Known> {
    let Kind::Member(of, method) = &callee.kind else { return None };
    let of_literal = matches!(of.kind, Kind::Text(_));
    let first_literal = arguments.first().is_some_and(|first| matches!(first.value.kind, Kind::Text(_)));
    Some(match (last(of).unwrap_or_default(), &**method, arguments.len()) {
        ("Map" | "ImmutableMap", "of", 0 | 2 | 4 | 6 | 8 | 10 | 12 | 14 | 16 | 18 | 20)
        | ("Collections", "singletonMap", 2)
        | ("Collections", "emptyMap", 0) => Known::Map,
        ("Map" | "ImmutableMap", "ofEntries", _) => Known::Entries,
        ("Map" | "ImmutableMap", "copyOf", 1) | ("Collections", "unmodifiableMap", 1) => Known::Copy,
        ("Map", "entry", 2)
        | ("Pair", "of", 2)
        | ("List" | "Set" | "ImmutableList" | "ImmutableSet" | "Stream", "of", _)
        | ("Arrays", "asList", _)
        | ("Collections", "singletonList" | "singleton" | "emptyList" | "emptySet", _) => Known::List,
        ("List" | "Set" | "ImmutableList" | "ImmutableSet", "copyOf", 1)
        | ("Collections", "unmodifiableList" | "unmodifiableSet", 1) => Known::ListOf,
        ("Objects" | "StringUtils", "equals", 2)
        | ("MessageDigest", "isEqual", 2)
        | (_, "equals" | "equalsIgnoreCase" | "contentEquals", 1) => Known::Same,
        (_, "contains", 1) => Known::Contains,
        ("String", "format", _) if first_literal => Known::Format,
        (_, "formatted", _) if of_literal => Known::Format,
        _ => return None,
    })
}

/// What it is called, without what it is a part of.
fn last(of: &Expression) -> Option<&str> {
    match &of.kind {
        Kind::Name(name) | Kind::Member(_, name) => Some(name),
        _ => None,
    }
}

/// Keys and values in turn.
fn pairs(given: Vec<Argument>) -> Vec<Entry> {
    let mut given = given.into_iter();
    let mut entries = Vec::new();
    while let (Some(key), Some(value)) = (given.next(), given.next()) {
        entries.push(Entry::Pair(key.value, value.value));
    }
    entries
}

/// `a.equals(b)`, `Objects.equals(a, b)`; with `turned`, `a.contains(b)`.
fn asked(
    node: Node<'_>,
    operator: Operator,
    callee: Expression,
    arguments: Vec<Argument>,
    turned: bool,
) -> Expression {
    let mut sides: Vec<_> = arguments.into_iter().map(|argument| argument.value).collect();
    if sides.len() == 1
        && let Kind::Member(of, _) = callee.kind
    {
        sides.insert(0, *of);
    }
    if turned {
        sides.reverse();
    }
    let (right, left) = (sides.pop().map(Box::new), sides.pop().map(Box::new));
    match (left, right) {
        (Some(left), Some(right)) => at(node, Kind::Binary(operator, left, right)),
        _ => at(node, Kind::Opaque(Vec::new())),
    }
}

/// `String.format("a=%s", b)`, `"a=%s".formatted(b)`.
fn formatted(node: Node<'_>, callee: Expression, arguments: Vec<Argument>) -> Expression {
    let mut holes = arguments.into_iter().map(|argument| argument.value);
    let format = match callee.kind {
        Kind::Member(of, _) if matches!(of.kind, Kind::Text(_)) => Some(*of),
        _ => holes.next(),
    };
    let Some(Expression { span, kind: Kind::Text(text) }) = format else {
        return at(node, Kind::Opaque(holes.collect()));
    };
    let mut parts = Vec::new();
    let mut rest = &*text;
    while let Some((before, after)) = rest.split_once('%') {
        parts.push(Expression { span: span.clone(), kind: Kind::Text(before.into()) });
        rest = after.get(after.chars().next().map_or(0, char::len_utf8)..).unwrap_or_default();
        match after.chars().next() {
            Some('%') => parts.push(Expression { span: span.clone(), kind: Kind::Text("%".into()) }),
            Some('n') => parts.push(Expression { span: span.clone(), kind: Kind::Text("\n".into()) }),
            _ => parts.extend(holes.next()),
        }
    }
    parts.push(Expression { span, kind: Kind::Text(rest.into()) });
    parts.retain(|part| !matches!(&part.kind, Kind::Text(text) if text.is_empty()));
    parts.extend(holes);
    at(node, Kind::Template(parts))
}
