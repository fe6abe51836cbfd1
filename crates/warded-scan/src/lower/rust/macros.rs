//! Macros. What stands in one is only a sequence of tokens to the parser; where it is known to be made of expressions,
//! it is read again as these.

use std::cell::RefCell;

use tree_sitter::{Node, Parser, Range, Tree};

use super::{express as values, types::last};
use crate::{
    ir::{Argument, Entry, Expression, Kind, Operator, Statement, Step, Takes},
    language::Language,
    lower::making::{self, Making, at, children, plain},
};

/// Macros after which nothing of the function is done any more.
const ENDS: &[&str] = &["panic", "bail", "unreachable", "todo", "unimplemented"];

/// Macros whose first text is a format.
const FORMATS: &[&str] = &[
    "print",
    "println",
    "eprint",
    "eprintln",
    "anyhow",
    "eyre",
    "trace",
    "debug",
    "info",
    "warn",
    "error",
    "panic",
    "bail",
    "unreachable",
    "todo",
    "unimplemented",
    "write",
    "writeln",
];

/// Macros that make a map of `key => value`.
const MAPS: &[&str] = &["hashmap", "btreemap", "indexmap", "map", "phf_map"];

/// A macro as a statement, where it is more than an expression.
pub(super) fn step(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) -> bool {
    let name = name_of(making, node).to_owned();
    if ENDS.contains(&&*name) {
        let message = express(making, node);
        into.push(making::step(node, Step::Throw(Some(message))));
        return true;
    }
    let operator = match name.trim_start_matches("debug_") {
        "assert" | "ensure" => None,
        "assert_eq" => Some(Operator::Unequal),
        "assert_ne" => Some(Operator::Equal),
        _ => return false,
    };
    let given = body(node).and_then(|tokens| arguments(making, tokens));
    let mut given = given.unwrap_or_default().into_iter().map(|argument| argument.value);
    let Some(first) = given.next() else { return false };
    let kind = match (operator, given.next()) {
        (None, _) => Kind::Not(Box::new(first)),
        (Some(operator), Some(second)) => Kind::Binary(operator, Box::new(first), Box::new(second)),
        (Some(_), None) => return false,
    };
    // What does not hold is thrown.
    let then = vec![making::step(node, Step::Throw(None))];
    into.push(making::step(node, Step::If { condition: at(node, kind), then, otherwise: Vec::new() }));
    true
}

/// What a macro is worth.
pub(super) fn express(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let name = name_of(making, node).to_owned();
    let Some(tokens) = body(node) else { return at(node, Kind::Opaque(Vec::new())) };
    let kind = match &*name {
        "json" => {
            let inner = inside(tokens);
            return making.deeper(node, |making| json(making, node, &inner));
        }
        "matches" => {
            let of = pieces(inside(tokens)).into_iter().next().unwrap_or_default();
            Kind::Opaque(vec![piece(making, node, &of)])
        }
        name if MAPS.contains(&name) => Kind::Map(pairs(making, node, &inside(tokens))),
        _ => {
            let Some(given) = arguments(making, tokens) else { return at(node, Kind::Opaque(Vec::new())) };
            match &*name {
                "vec" | "smallvec" | "join" | "try_join" | "array" => Kind::List(given),
                "format" | "format_args" | "concat" => Kind::Template(formatted(node, given, &name)),
                "dbg" | "Box" | "pin" => match given.into_iter().next() {
                    Some(argument) => return argument.value,
                    None => Kind::Null,
                },
                name if FORMATS.contains(&name) => {
                    let callee = Box::new(at(node, Kind::Name(format!("{name}!").into())));
                    let text = at(node, Kind::Template(formatted(node, given, name)));
                    Kind::Call { callee, arguments: vec![plain(text)], new: false }
                }
                _ => Kind::Opaque(given.into_iter().map(|argument| argument.value).collect()),
            }
        }
    };
    at(node, kind)
}

fn name_of<'s>(making: &Making<'s>, node: Node<'_>) -> &'s str {
    node.child_by_field_name("macro").map_or("", |name| last(making.text(name)))
}

fn body(node: Node<'_>) -> Option<Node<'_>> {
    children(node).find(|child| child.kind() == "token_tree")
}

/// The tokens between the brackets.
fn inside(tokens: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = tokens.walk();
    let mut all: Vec<_> = tokens.children(&mut cursor).filter(|token| !token.is_extra()).collect();
    all.pop();
    if !all.is_empty() {
        all.remove(0);
    }
    all
}

/// What stands between commas.
fn pieces(tokens: Vec<Node<'_>>) -> Vec<Vec<Node<'_>>> {
    let mut pieces = vec![Vec::new()];
    for token in tokens {
        if token.kind() == "," {
            pieces.push(Vec::new());
        } else if let Some(piece) = pieces.last_mut() {
            piece.push(token);
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// The tokens as arguments: all at once, or else each by itself.
pub(super) fn arguments(making: &mut Making<'_>, tokens: Node<'_>) -> Option<Vec<Argument>> {
    let inner = inside(tokens);
    if inner.is_empty() {
        return Some(Vec::new());
    }
    let tree = again(making, tokens, tokens);
    if let Some(whole) = tree.as_ref().and_then(expression).filter(|whole| {
        matches!(whole.kind(), "tuple_expression" | "array_expression" | "parenthesized_expression")
    }) {
        let count = whole.child_by_field_name("length");
        let parts: Vec<_> = children(whole).filter(|part| Some(*part) != count).collect();
        return Some(parts.into_iter().map(|part| argument(making, part)).collect());
    }
    let mut given = Vec::new();
    for tokens in pieces(inner) {
        if let (Some(first), Some(last)) = (tokens.first(), tokens.last()) {
            let tree = again(making, *first, *last)?;
            given.extend(expression(&tree).map(|part| argument(making, part)));
        }
    }
    Some(given)
}

fn argument(making: &mut Making<'_>, part: Node<'_>) -> Argument {
    if part.kind() == "assignment_expression" {
        let (name, value) = (part.child_by_field_name("left"), part.child_by_field_name("right"));
        if let (Some(name), Some(value)) = (name, value) {
            let name = Some(making.name(name));
            return Argument { name, gives: Takes::One, value: values::express(making, value) };
        }
    }
    plain(values::express(making, part))
}

/// These tokens, read as if they stood in a body.
fn again(making: &mut Making<'_>, first: Node<'_>, last: Node<'_>) -> Option<Tree> {
    let range = Range {
        start_byte: first.start_byte(),
        end_byte: last.end_byte(),
        start_point: first.start_position(),
        end_point: last.end_position(),
    };
    if !making.reads_again(last.end_byte().saturating_sub(first.start_byte())) {
        return None;
    }
    PARSER.with_borrow_mut(|parser| {
        parser.set_language(&Language::Rust.grammar()).ok()?;
        parser.set_included_ranges(&[range]).ok()?;
        parser.parse(making.source(&(0..last.end_byte())), None)
    })
}

thread_local! {
    /// Macros are many and small: to make a parser for each costs more than to parse them.
    static PARSER: RefCell<Parser> = RefCell::new(Parser::new());
}

/// The expression that such a body is made of.
fn expression(tree: &Tree) -> Option<Node<'_>> {
    let mut parts = making::children_and_errors(tree.root_node());
    let (first, None) = (parts.next()?, parts.next()) else { return None };
    let inner = match first.kind() {
        "expression_statement" | "ERROR" => {
            let mut inner = children(first);
            let (one, None) = (inner.next()?, inner.next()) else { return None };
            one
        }
        _ => first,
    };
    (!inner.has_error()).then_some(inner)
}

/// The value of some tokens.
fn piece(making: &mut Making<'_>, place: Node<'_>, tokens: &[Node<'_>]) -> Expression {
    let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else {
        return at(place, Kind::Opaque(Vec::new()));
    };
    if tokens.len() == 1 && first.kind() != "token_tree" {
        return values::express(making, *first);
    }
    let tree = again(making, *first, *last);
    match tree.as_ref().and_then(expression) {
        Some(one) => values::express(making, one),
        None => at(*first, Kind::Opaque(Vec::new())),
    }
}

/// `{"a": b, "c": [d, null]}`.
fn json(making: &mut Making<'_>, place: Node<'_>, tokens: &[Node<'_>]) -> Expression {
    let [one] = tokens else { return piece(making, place, tokens) };
    let kind = match (one.kind(), making.text(*one).bytes().next()) {
        ("token_tree", Some(b'{')) => {
            let mut entries = Vec::new();
            for tokens in pieces(inside(*one)) {
                let Some(colon) = tokens.iter().position(|token| token.kind() == ":") else { continue };
                let key = piece(making, *one, tokens.get(..colon).unwrap_or_default());
                let rest = tokens.get(colon + 1..).unwrap_or_default();
                let value = making.deeper(*one, |making| json(making, *one, rest));
                entries.push(Entry::Pair(key, value));
            }
            Kind::Map(entries)
        }
        ("token_tree", Some(b'[')) => {
            let mut parts = Vec::new();
            for tokens in pieces(inside(*one)) {
                parts.push(plain(making.deeper(*one, |making| json(making, *one, &tokens))));
            }
            Kind::List(parts)
        }
        ("identifier", _) if making.text(*one) == "null" => Kind::Null,
        _ => return piece(making, place, tokens),
    };
    at(*one, kind)
}

/// `"a" => b, c => d`.
fn pairs(making: &mut Making<'_>, place: Node<'_>, tokens: &[Node<'_>]) -> Vec<Entry> {
    let mut entries = Vec::new();
    for tokens in pieces(tokens.to_vec()) {
        let Some(arrow) = tokens.iter().position(|token| token.kind() == "=>") else { continue };
        let key = piece(making, place, tokens.get(..arrow).unwrap_or_default());
        entries.push(Entry::Pair(key, piece(making, place, tokens.get(arrow + 1..).unwrap_or_default())));
    }
    entries
}

/// The parts of a format with what stands in its holes.
fn formatted(node: Node<'_>, given: Vec<Argument>, name: &str) -> Vec<Expression> {
    let mut given: Vec<_> = given.into_iter().map(|argument| (argument.name, Some(argument.value))).collect();
    let place = given.iter().position(|(name, value)| {
        name.is_none() && value.as_ref().is_some_and(|value| matches!(value.kind, Kind::Text(_)))
    });
    let format =
        place.filter(|_| name != "concat").map(|place| given.remove(place)).and_then(|(_, format)| format);
    let Some(Expression { span, kind: Kind::Text(format) }) = format else {
        return given.into_iter().filter_map(|(_, value)| value).collect();
    };
    let fixed = |text: &str| Expression { span: span.clone(), kind: Kind::Text(text.into()) };
    let (mut parts, mut text, mut next) = (Vec::new(), String::new(), 0);
    let mut rest = &*format;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        if let Some(after) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
            text.extend(from.chars().next());
            rest = after;
            continue;
        }
        let Some((hole, after)) = from.strip_prefix('{').and_then(|inner| inner.split_once('}')) else {
            let mut alone = from.chars();
            text.extend(alone.next());
            rest = alone.as_str();
            continue;
        };
        let hole = hole.split(':').next().unwrap_or_default().trim();
        rest = after;
        let known = match hole.parse::<usize>() {
            Ok(index) => Some(index),
            Err(_) if hole.is_empty() => {
                next += 1;
                Some(next - 1)
            }
            Err(_) => given.iter().position(|(name, _)| name.as_deref() == Some(hole)),
        };
        let value = known.and_then(|index| given.get_mut(index)).and_then(|(_, value)| value.take());
        let value = value.unwrap_or_else(|| {
            let is_name = known.is_none() && !hole.is_empty();
            let kind = if is_name { Kind::Name(hole.into()) } else { Kind::Opaque(Vec::new()) };
            Expression { span: span.clone(), kind }
        });
        if !text.is_empty() {
            parts.push(fixed(&std::mem::take(&mut text)));
        }
        parts.push(value);
    }
    text.push_str(rest);
    if !text.is_empty() {
        parts.push(fixed(&text));
    }
    // What is written to, and what is given besides.
    parts.extend(given.into_iter().filter_map(|(_, value)| value));
    if parts.is_empty() {
        parts.push(at(node, Kind::Text("".into())));
    }
    parts
}
