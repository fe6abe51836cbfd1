//! Go.

use tree_sitter::Node;

use super::{hand::Hand, source::Source, value::constant_text};

pub(super) const HAND: Hand = Hand {
    functions: &["function_declaration", "method_declaration", "func_literal"],
    classes: &[],
    strings: &["interpreted_string_literal"],
    names: &["identifier"],
    members: &["selector_expression"],
    calls: &["call_expression"],
    arguments: &["argument_list"],
    entries: &["keyed_element"],
    pairs: &[],
    assignments: &["assignment_statement"],
    wrappers: &["literal_element", "index_expression", "expression_list"],
    spreads: &[],
    statements: &["expression_statement", "assignment_statement"],
    conditionals: &["if_statement"],
    and: "&&",
    or: "||",
    not: "!",
    operations: &["binary_expression"],
    texts: &["string"],
    this: "",
    constant: "mcpServerURL",
    define,
};

#[expect(clippy::unnecessary_wraps, reason = "in other languages there are places without one")]
fn define(source: &Source<'_>, at: Node<'_>) -> Option<(usize, String)> {
    let line = source.newline();
    let constant = format!(
        "// {0} is the canonical URL of the MCP server: fill it in.{line}const {0} = {1}",
        HAND.constant,
        constant_text()
    );
    Some(source.behind_first(&["package_clause", "import_declaration"], at, &constant))
}
