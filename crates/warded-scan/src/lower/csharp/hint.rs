//! Types, as short hints.

use tree_sitter::Node;

use super::children;

use crate::{
    ir::{Expression, Kind, Text},
    lower::making::{Making, at},
};

/// What only says how something is given, not what it is.
const WRAPPERS: &[&str] =
    &["Task", "ValueTask", "IOptions", "IOptionsMonitor", "IOptionsSnapshot", "Lazy", "Nullable"];

/// A type without its arguments: `Task<X?>` is `X`, and `var` says nothing.
pub(super) fn hint(making: &Making<'_>, node: Node<'_>) -> Option<Text> {
    let mut node = node;
    loop {
        node = match node.kind() {
            "identifier" if making.text(node) == "var" => return None,
            "identifier" | "predefined_type" | "alias_qualified_name" => return Some(making.name(node)),
            "qualified_name" => {
                let text = making.text(node).split('<').next().unwrap_or_default();
                return Some(text.trim_start_matches("global::").into());
            }
            "generic_name" => {
                let name = children(node).next()?;
                if !WRAPPERS.contains(&making.text(name)) {
                    return Some(making.name(name));
                }
                let arguments = children(node).find(|child| child.kind() == "type_argument_list")?;
                children(arguments).next()?
            }
            "nullable_type" | "ref_type" | "scoped_type" => node.child_by_field_name("type")?,
            _ => return None,
        };
    }
}

/// A type as an expression: a name, or a member of one, without its arguments.
pub(super) fn type_value(making: &Making<'_>, node: Node<'_>) -> Expression {
    let node = match node.kind() {
        "nullable_type" | "array_type" | "ref_type" => node.child_by_field_name("type").unwrap_or(node),
        _ => node,
    };
    let text = making.text(node).split(['<', '?', '[']).next().unwrap_or_default();
    dotted(node, text.trim_start_matches("global::"))
}

/// `A.B.C` as members of members.
pub(super) fn dotted(node: Node<'_>, text: &str) -> Expression {
    let mut parts = text.split('.').map(str::trim);
    let mut value = at(node, Kind::Name(parts.next().unwrap_or_default().into()));
    // A name of a thousand parts is no name.
    for part in parts.take(32) {
        value = at(node, Kind::Member(Box::new(value), part.into()));
    }
    value
}
