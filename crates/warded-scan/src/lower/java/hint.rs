//! Types, as short hints.

use tree_sitter::Node;

use crate::{
    ir::{Expression, Kind, Text},
    lower::making::{Making, at, children},
};

/// What only says how something is given, not what it is.
const WRAPPERS: &[&str] = &["Optional", "Mono", "CompletableFuture", "CompletionStage", "Future", "Supplier"];

/// A type without its arguments: `Optional<X>` is `X`, and `var` says nothing.
pub(super) fn hint(making: &Making<'_>, node: Node<'_>) -> Option<Text> {
    let mut node = node;
    loop {
        node = match node.kind() {
            "type_identifier" | "identifier" if making.text(node) == "var" => return None,
            "generic_type" => {
                let name = children(node).next()?;
                let simple = making.text(name).rsplit('.').next().unwrap_or_default();
                if !WRAPPERS.contains(&simple) {
                    return Some(making.name(name));
                }
                let arguments = children(node).find(|child| child.kind() == "type_arguments")?;
                match children(arguments).next() {
                    Some(argument) => argument,
                    None => return Some(making.name(name)),
                }
            }
            "annotated_type" => children(node).last()?,
            "type_identifier"
            | "identifier"
            | "scoped_type_identifier"
            | "integral_type"
            | "floating_point_type"
            | "boolean_type" => return Some(making.name(node)),
            _ => return None,
        };
    }
}

/// A type as an expression: a name, or a member of one, without its arguments.
pub(super) fn type_value(making: &Making<'_>, node: Node<'_>) -> Expression {
    let node = match node.kind() {
        "generic_type" | "annotated_type" | "array_type" => children(node)
            .find(|child| {
                matches!(child.kind(), "type_identifier" | "scoped_type_identifier" | "generic_type")
            })
            .unwrap_or(node),
        _ => node,
    };
    // `new Map.Entry<K, V>` has the arguments inside of it as well.
    let text = making.text(node).split('<').next().unwrap_or_default();
    dotted(node, text)
}

/// `a.b.c` as members of members.
pub(super) fn dotted(node: Node<'_>, text: &str) -> Expression {
    let mut parts = text.split('.').map(str::trim);
    let mut value = at(node, Kind::Name(parts.next().unwrap_or_default().into()));
    // A name of a thousand parts is no name.
    for part in parts.take(32) {
        value = at(node, Kind::Member(Box::new(value), part.into()));
    }
    value
}
