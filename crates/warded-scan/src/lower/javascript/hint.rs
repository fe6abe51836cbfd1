//! Types, as short hints.

use tree_sitter::Node;

use crate::{
    ir::Text,
    lower::making::{Making, children},
};

/// What only says how something is given, not what it is.
const WRAPPERS: &[&str] =
    &["Promise", "PromiseLike", "Awaited", "Readonly", "Required", "NonNullable", "DeepReadonly"];

/// Types that say nothing.
const ANYTHING: &[&str] = &["any", "unknown", "object"];

/// A type without its arguments: `Promise<X>` and `X | undefined` are `X`. Types without a name say nothing.
pub(super) fn hint(making: &Making<'_>, annotation: Node<'_>) -> Option<Text> {
    let mut node = annotation;
    loop {
        node = match node.kind() {
            "type_identifier"
            | "nested_type_identifier"
            | "predefined_type"
            | "identifier"
            | "nested_identifier"
            | "member_expression" => {
                // Not `import("a").B`.
                return Some(making.name(node))
                    .filter(|name| !name.contains('(') && !ANYTHING.contains(&&**name));
            }
            "generic_type" => {
                let name = node.child_by_field_name("name")?;
                if !WRAPPERS.contains(&making.text(name)) {
                    return Some(making.name(name));
                }
                children(node.child_by_field_name("type_arguments")?).next()?
            }
            // One level of these stands in the next: `A | B | null` is `(A | B) | null`.
            "union_type" => children(node).find(|part| !nothing(making, *part))?,
            "type_annotation" | "parenthesized_type" | "readonly_type" | "asserts_annotation" => {
                children(node).next()?
            }
            _ => return None,
        };
    }
}

/// Whether a type says that it may be nothing: `A | undefined`.
pub(super) fn may_be_nothing(making: &Making<'_>, annotation: Node<'_>) -> bool {
    let of =
        children(annotation).next().filter(|_| annotation.kind() == "type_annotation").unwrap_or(annotation);
    match of.kind() {
        // One level of these stands in the next.
        "union_type" => children(of).any(|part| nothing(making, part) || may_be_nothing(making, part)),
        _ => false,
    }
}

fn nothing(making: &Making<'_>, node: Node<'_>) -> bool {
    matches!(making.text(node), "null" | "undefined" | "void")
}
