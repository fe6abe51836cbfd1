//! JavaScript and TypeScript.

use tree_sitter::Node;

use super::{hand::Hand, source::Source, value::constant_text};

pub(super) const HAND: Hand = Hand {
    functions: &[
        "function_declaration",
        "function_expression",
        "arrow_function",
        "method_definition",
        "generator_function_declaration",
    ],
    classes: &["class_declaration", "class"],
    strings: &["string"],
    names: &["identifier", "property_identifier", "shorthand_property_identifier"],
    members: &["member_expression"],
    calls: &["call_expression", "new_expression"],
    arguments: &["arguments"],
    entries: &["pair"],
    pairs: &["array"],
    assignments: &["assignment_expression"],
    wrappers: &["subscript_expression", "member_expression"],
    spreads: &["spread_element"],
    statements: &["expression_statement"],
    conditionals: &["if_statement"],
    and: "&&",
    or: "||",
    not: "!",
    operations: &["binary_expression"],
    texts: &["string"],
    this: "this",
    constant: "MCP_SERVER_URL",
    define,
};

/// Behind what is imported, by whatever means.
#[expect(clippy::unnecessary_wraps, reason = "in other languages there are places without one")]
fn define(source: &Source<'_>, at: Node<'_>) -> Option<(usize, String)> {
    let line = source.newline();
    let text = constant_text().replace('"', "'");
    let constant =
        format!("// The canonical URL of the MCP server: fill it in.{line}const {} = {text};", HAND.constant);
    Some(source.behind_first(
        &["import_statement", "hash_bang_line", "=require", "='use strict'"],
        at,
        &constant,
    ))
}
