//! Rust.

use tree_sitter::Node;

use super::{
    hand::Hand,
    source::{Source, around},
    value::constant_text,
};

pub(super) const HAND: Hand = Hand {
    functions: &["function_item", "closure_expression"],
    classes: &["impl_item"],
    strings: &["string_literal"],
    names: &["identifier", "field_identifier"],
    members: &["field_expression"],
    calls: &["call_expression"],
    arguments: &["arguments"],
    entries: &[],
    pairs: &["tuple_expression", "token_tree"],
    assignments: &["assignment_expression"],
    wrappers: &["index_expression"],
    spreads: &["base_field_initializer"],
    statements: &["expression_statement"],
    conditionals: &["if_expression"],
    and: "&&",
    or: "||",
    not: "!",
    operations: &["binary_expression"],
    texts: &["&str", "&'static str"],
    this: "self",
    constant: "MCP_SERVER_URL",
    define,
};

/// In a module of its own within a file, what stands around it is not seen.
fn define(source: &Source<'_>, at: Node<'_>) -> Option<(usize, String)> {
    if around(at, &["mod_item", "macro_definition"]).is_some() {
        return None;
    }
    let line = source.newline();
    let constant = format!(
        "/// The canonical URL of the MCP server: fill it in.{line}const {}: &str = {};",
        HAND.constant,
        constant_text()
    );
    Some(source.behind_first(
        &["use_declaration", "extern_crate_declaration", "inner_attribute_item", "=//!", "=/*!"],
        at,
        &constant,
    ))
}
