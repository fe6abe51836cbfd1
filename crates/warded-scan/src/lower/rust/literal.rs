//! Texts, and values that are written out with their parts.

use tree_sitter::Node;

use super::express::{boxed, express, list};
use crate::{
    ir::{Entry, Expression, Kind, Text},
    lower::{
        escape::resolved,
        making::{Making, at, children},
    },
};

/// Types that are maps from keys to values.
const MAPS: &[&str] = &["HashMap", "BTreeMap", "IndexMap", "FxHashMap", "AHashMap", "Map", "HeaderMap"];

/// Types that are lists of values.
const LISTS: &[&str] = &["Vec", "HashSet", "BTreeSet", "VecDeque", "IndexSet", "SmallVec"];

/// `"..."`, `b"..."`, `r#"..."#`, `'.'`.
pub(super) fn text(making: &Making<'_>, node: Node<'_>) -> Text {
    if node.kind() == "char_literal" {
        let whole = making.text(node).trim_start_matches('b');
        let inner = whole.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
        return resolved(inner.unwrap_or(whole)).into();
    }
    let mut text = String::new();
    let mut joined = false;
    for part in children(node) {
        let content = making.text(part);
        if part.kind() == "escape_sequence" {
            joined = content.ends_with('\n') || content.ends_with('\r');
            text.push_str(&resolved(content));
        } else {
            text.push_str(if joined { content.trim_start() } else { content });
            joined = false;
        }
    }
    text.into()
}

/// `Config { a: b, c, ..d }`.
pub(super) fn record(making: &mut Making<'_>, node: Node<'_>) -> Kind {
    let of = boxed(making, node.child_by_field_name("name"), node);
    let mut entries = Vec::new();
    for part in node.child_by_field_name("body").into_iter().flat_map(children) {
        match part.kind() {
            "field_initializer" => {
                let key = part.child_by_field_name("field").unwrap_or(part);
                let key = at(key, Kind::Text(making.name(key)));
                entries.push(Entry::Pair(key, *boxed(making, part.child_by_field_name("value"), part)));
            }
            "shorthand_field_initializer" => {
                let Some(name) = children(part).find(|child| child.kind() == "identifier") else { continue };
                let key = at(name, Kind::Text(making.name(name)));
                entries.push(Entry::Pair(key, express(making, name)));
            }
            "base_field_initializer" => {
                entries.push(Entry::Spread(*boxed(making, children(part).next(), part)));
            }
            _ => {}
        }
    }
    Kind::Record { of, entries }
}

/// `HashMap::new()`, `BTreeMap::from([(k, v)])`, `Vec::with_capacity(3)`, `String::from(x)`.
pub(super) fn container(
    making: &mut Making<'_>,
    node: Node<'_>,
    function: Node<'_>,
    given: &[Node<'_>],
) -> Option<Expression> {
    let function = if function.kind() == "generic_function" {
        function.child_by_field_name("function")?
    } else {
        function
    };
    if function.kind() != "scoped_identifier" {
        return None;
    }
    let of = super::types::bare(function.child_by_field_name("path")?);
    let of = super::types::last(making.text(of));
    let name = making.text(function.child_by_field_name("name")?);
    let is_empty = matches!((name, given), ("new" | "default", []) | ("with_capacity", [_]));
    let kind = match (name, given) {
        _ if is_empty && MAPS.contains(&of) => Kind::Map(Vec::new()),
        _ if is_empty && LISTS.contains(&of) => Kind::List(Vec::new()),
        _ if is_empty && of == "String" => Kind::Text("".into()),
        ("from" | "from_iter", [pairs]) if MAPS.contains(&of) && pairs.kind() == "array_expression" => {
            pairs_as_map(making, *pairs)?
        }
        ("from" | "from_iter", [parts]) if LISTS.contains(&of) && parts.kind() == "array_expression" => {
            list(making, *parts)
        }
        ("from", [value]) if of == "String" => return Some(express(making, *value)),
        _ => return None,
    };
    Some(at(node, kind))
}

fn pairs_as_map(making: &mut Making<'_>, pairs: Node<'_>) -> Option<Kind> {
    let mut entries = Vec::new();
    for pair in children(pairs) {
        let mut parts = children(pair).filter(|_| pair.kind() == "tuple_expression");
        let (key, value) = (parts.next()?, parts.next()?);
        let key = express(making, key);
        entries.push(Entry::Pair(key, express(making, value)));
    }
    Some(Kind::Map(entries))
}
