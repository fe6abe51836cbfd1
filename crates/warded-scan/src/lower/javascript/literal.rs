//! Literals: texts, templates, objects, arrays, patterns, elements of JSX.

use tree_sitter::Node;

use super::{
    define,
    express::{boxed, express},
};
use crate::{
    ir::{Argument, Entry, Expression, Kind, Takes, Text},
    lower::making::{Making, at, children, plain},
};

/// What is written as it is.
pub(super) fn simple(making: &Making<'_>, node: Node<'_>) -> Expression {
    let kind = match node.kind() {
        "true" => Kind::Bool(true),
        "false" => Kind::Bool(false),
        "number" => Kind::Number(making.name(node)),
        _ => Kind::Null,
    };
    at(node, kind)
}

/// `"..."`.
pub(super) fn string(making: &Making<'_>, node: Node<'_>) -> Expression {
    at(node, Kind::Text(text(making, node)))
}

/// What a text says that has no holes, in whichever quotes.
pub(super) fn plain_text(making: &Making<'_>, node: Node<'_>) -> Option<Text> {
    let plain = match node.kind() {
        "string" => true,
        "template_string" => children(node).all(|part| part.kind() != "template_substitution"),
        _ => false,
    };
    plain.then(|| text(making, node))
}

/// What a text in quotes says.
pub(super) fn text(making: &Making<'_>, node: Node<'_>) -> Text {
    let end = node.end_byte().saturating_sub(1).max(node.start_byte());
    between(making, node, node.start_byte() + 1, end, children(node))
}

/// What stands between two places, its escapes resolved.
fn between<'t>(
    making: &Making<'_>,
    node: Node<'t>,
    start: usize,
    end: usize,
    escapes: impl Iterator<Item = Node<'t>>,
) -> Text {
    let whole = making.text(node);
    let piece = |from: usize, to: usize| {
        whole
            .get(from.saturating_sub(node.start_byte())..to.saturating_sub(node.start_byte()))
            .unwrap_or_default()
    };
    let mut text = String::new();
    let mut upto = start;
    for escape in escapes.filter(|child| child.kind() == "escape_sequence") {
        text.push_str(piece(upto, escape.start_byte()));
        text.push_str(&resolved(making.text(escape)));
        upto = escape.end_byte();
    }
    text.push_str(piece(upto, end));
    text.into()
}

/// `` `...${hole}...` ``.
pub(super) fn template(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let mut parts = Vec::new();
    let mut escapes = Vec::new();
    let mut upto = node.start_byte() + 1;
    let fixed = |making: &Making<'_>, parts: &mut Vec<Expression>, escapes: &mut Vec<Node<'_>>, upto, to| {
        let text = between(making, node, upto, to, escapes.drain(..));
        if !text.is_empty() {
            parts.push(Expression { span: upto..to, kind: Kind::Text(text) });
        }
    };
    for child in children(node) {
        if child.kind() == "template_substitution" {
            fixed(making, &mut parts, &mut escapes, upto, child.start_byte());
            parts.push(express(making, child));
            upto = child.end_byte();
        } else {
            escapes.push(child);
        }
    }
    fixed(making, &mut parts, &mut escapes, upto, node.end_byte().saturating_sub(1).max(upto));
    match parts.as_slice() {
        [] => at(node, Kind::Text("".into())),
        [Expression { kind: Kind::Text(text), .. }] => at(node, Kind::Text(text.clone())),
        _ => at(node, Kind::Template(parts)),
    }
}

fn resolved(escape: &str) -> String {
    let number =
        |digits: &str| u32::from_str_radix(digits, 16).ok().and_then(char::from_u32).map(String::from);
    let rest = escape.strip_prefix('\\').unwrap_or(escape);
    let known = match rest.chars().next() {
        Some('n') => Some("\n".to_owned()),
        Some('t') => Some("\t".to_owned()),
        Some('r') => Some("\r".to_owned()),
        Some('b') => Some("\u{8}".to_owned()),
        Some('f') => Some("\u{c}".to_owned()),
        Some('v') => Some("\u{b}".to_owned()),
        Some('0') if rest.len() == 1 => Some("\0".to_owned()),
        // A line that goes on.
        Some('\n' | '\r' | '\u{2028}' | '\u{2029}') => Some(String::new()),
        Some('x') => rest.get(1..).and_then(number),
        Some('u') => rest.get(1..).and_then(|digits| {
            number(digits.strip_prefix('{').and_then(|digits| digits.strip_suffix('}')).unwrap_or(digits))
        }),
        Some(_) => Some(rest.to_owned()),
        None => None,
    };
    known.unwrap_or_else(|| escape.to_owned())
}

/// `/pattern/flags` is `new RegExp("pattern", "flags")`.
pub(super) fn regex(making: &Making<'_>, node: Node<'_>) -> Expression {
    let parts = ["pattern", "flags"].into_iter().filter_map(|name| node.child_by_field_name(name));
    let arguments = parts.map(|part| plain(at(part, Kind::Text(making.name(part))))).collect();
    let callee = Box::new(at(node, Kind::Name("RegExp".into())));
    at(node, Kind::Call { callee, arguments, new: true })
}

/// `[a, ...b]`.
pub(super) fn array(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    at(node, Kind::List(children(node).map(|part| argument(making, part)).collect()))
}

/// One argument, or one element of a list.
pub(super) fn argument(making: &mut Making<'_>, node: Node<'_>) -> Argument {
    let gives = if node.kind() == "spread_element" { Takes::Rest } else { Takes::One };
    Argument { name: None, gives, value: express(making, node) }
}

/// `{a, b: c, [d]: e, ...f, g() {}}`.
pub(super) fn object(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    at(node, Kind::Map(entries(making, node)))
}

/// What stands in an object.
pub(super) fn entries(making: &mut Making<'_>, node: Node<'_>) -> Vec<Entry> {
    children(node).map(|child| entry(making, child)).collect()
}

fn entry(making: &mut Making<'_>, node: Node<'_>) -> Entry {
    match node.kind() {
        "pair" => {
            let key = match node.child_by_field_name("key") {
                Some(key) => self::key(making, key),
                None => at(node, Kind::Opaque(Vec::new())),
            };
            let value = *boxed(making, node.child_by_field_name("value"), node);
            let is_method = node
                .child_by_field_name("value")
                .is_some_and(|value| matches!(value.kind(), "function_expression" | "generator_function"));
            if let (true, Kind::Function(function)) = (is_method, &value.kind) {
                making.function(*function).receiver = Some("this".into());
            }
            Entry::Pair(key, value)
        }
        "shorthand_property_identifier" => {
            Entry::Pair(at(node, Kind::Text(making.name(node))), express(making, node))
        }
        "method_definition" => {
            let key = match node.child_by_field_name("name") {
                Some(key) => self::key(making, key),
                None => at(node, Kind::Opaque(Vec::new())),
            };
            let function = define::method(making, node, None);
            Entry::Pair(key, at(node, Kind::Function(function)))
        }
        // What is not an entry is read for what it does.
        _ => Entry::Spread(express(making, node)),
    }
}

/// What stands in an object, each under its name where it has one.
pub(super) fn entries_with_names(making: &mut Making<'_>, node: Node<'_>) -> Vec<(Option<Text>, Expression)> {
    let entries = entries(making, node).into_iter().map(|entry| match entry {
        Entry::Pair(Expression { kind: Kind::Text(name), .. }, value) => (Some(name), value),
        Entry::Pair(_, value) | Entry::Spread(value) => (None, value),
    });
    entries.collect()
}

/// The key of an entry, as a text where it is one.
fn key(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    match node.kind() {
        "computed_property_name" => *boxed(making, children(node).next(), node),
        _ => at(node, Kind::Text(key_text(making, node))),
    }
}

/// What a key that is not worked out says.
pub(super) fn key_text(making: &Making<'_>, node: Node<'_>) -> Text {
    match node.kind() {
        "string" => text(making, node),
        "computed_property_name" => match children(node).next() {
            Some(inner) if inner.kind() == "string" => text(making, inner),
            _ => making.name(node),
        },
        _ => making.name(node),
    }
}

/// An element: what is worked out for it.
pub(super) fn jsx(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let inner = children(node).filter(|child| {
        matches!(
            child.kind(),
            "jsx_element"
                | "jsx_self_closing_element"
                | "jsx_opening_element"
                | "jsx_attribute"
                | "jsx_expression"
        )
    });
    if node.kind() == "jsx_expression" {
        return match children(node).next() {
            Some(inner) => express(making, inner),
            None => at(node, Kind::Null),
        };
    }
    let parts = inner.map(|child| express(making, child)).collect();
    at(node, Kind::Opaque(parts))
}
