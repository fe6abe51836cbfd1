//! Java.

use tree_sitter::Node;

use super::{hand::Hand, source::Source, value::constant_text};

pub(super) const HAND: Hand = Hand {
    functions: &["method_declaration", "constructor_declaration", "lambda_expression"],
    classes: &["class_declaration"],
    strings: &["string_literal"],
    names: &["identifier"],
    members: &["field_access"],
    calls: &["method_invocation", "object_creation_expression"],
    arguments: &["argument_list"],
    entries: &[],
    pairs: &[],
    assignments: &["assignment_expression"],
    wrappers: &[],
    spreads: &[],
    statements: &["expression_statement"],
    conditionals: &["if_statement"],
    and: "&&",
    or: "||",
    not: "!",
    operations: &["binary_expression"],
    texts: &["String"],
    this: "this",
    constant: "MCP_SERVER_URL",
    define,
};

fn define(source: &Source<'_>, at: Node<'_>) -> Option<(usize, String)> {
    let constant = format!("private static final String {} = {};", HAND.constant, constant_text());
    source.first_in("class_body", at, "/** The canonical URL of the MCP server: fill it in. */", &constant)
}
