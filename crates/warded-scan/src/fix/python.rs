//! Python.

use tree_sitter::Node;

use super::{hand::Hand, source::Source, value::constant_text};

pub(super) const HAND: Hand = Hand {
    functions: &["function_definition", "lambda"],
    classes: &["class_definition"],
    strings: &["string"],
    names: &["identifier"],
    members: &["attribute"],
    calls: &["call"],
    arguments: &["argument_list"],
    entries: &["pair", "keyword_argument"],
    pairs: &["tuple", "list"],
    assignments: &["assignment"],
    wrappers: &["subscript"],
    spreads: &["dictionary_splat", "list_splat"],
    statements: &["expression_statement"],
    conditionals: &["if_statement"],
    and: "and",
    or: "or",
    not: "not ",
    operations: &["boolean_operator"],
    texts: &["str"],
    this: "self",
    constant: "MCP_SERVER_URL",
    define,
};

/// Behind the imports, or behind what says what the file is.
#[expect(clippy::unnecessary_wraps, reason = "in other languages there are places without one")]
fn define(source: &Source<'_>, at: Node<'_>) -> Option<(usize, String)> {
    let line = source.newline();
    let constant = format!(
        "# The canonical URL of the MCP server: fill it in.{line}{} = {}",
        HAND.constant,
        constant_text()
    );
    Some(source.behind_first(
        &["import_statement", "import_from_statement", "future_import_statement"],
        at,
        &constant,
    ))
}
