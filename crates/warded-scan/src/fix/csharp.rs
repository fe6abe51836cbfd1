//! C#.

use tree_sitter::Node;

use super::{hand::Hand, source::Source, value::constant_text};

pub(super) const HAND: Hand = Hand {
    functions: &[
        "method_declaration",
        "constructor_declaration",
        "local_function_statement",
        "lambda_expression",
    ],
    classes: &["class_declaration", "record_declaration", "struct_declaration"],
    strings: &["string_literal"],
    names: &["identifier"],
    members: &["member_access_expression"],
    calls: &["invocation_expression", "object_creation_expression"],
    arguments: &["argument_list", "bracketed_argument_list"],
    entries: &[],
    pairs: &["initializer_expression"],
    assignments: &["assignment_expression"],
    wrappers: &[
        "argument",
        "bracketed_argument_list",
        "element_binding_expression",
        "implicit_element_access",
        "element_access_expression",
    ],
    spreads: &[],
    statements: &["expression_statement"],
    conditionals: &["if_statement"],
    and: "&&",
    or: "||",
    not: "!",
    operations: &["binary_expression"],
    texts: &["string"],
    this: "this",
    constant: "McpServerUrl",
    define,
};

fn define(source: &Source<'_>, at: Node<'_>) -> Option<(usize, String)> {
    let constant = format!("private const string {} = {};", HAND.constant, constant_text());
    source.first_in("declaration_list", at, "// The canonical URL of the MCP server: fill it in.", &constant)
}
