//! Metadata that is believed: before it is used, it is compared for which server it is.

use std::ops::Range;

use tree_sitter::Node;

use super::{
    draft::Draft,
    source::{Source, around, within},
    value::{Value, values},
};
use crate::{flow::metadata::SERVERS, language::Language};

/// A block, in which another statement has room.
const BLOCKS: &[&str] = &["block", "statement_block", "program", "module"];

/// Where the server has a name, and by throwing: in Go and Rust each function gives failures back in its own way.
pub(super) fn compared(source: &Source<'_>, place: &Range<usize>) -> Vec<Draft> {
    let mut all = Vec::new();
    let Some(node) = source.at(place) else { return all };
    let Some(statement) = statement(source, node) else { return all };
    let Some(metadata) = metadata(source, node) else { return all };
    for server in values(source, node, false).into_iter().filter(Value::is_there) {
        if let Some(lines) = comparison(source, metadata, &server.text) {
            let at = statement.start_byte();
            let text: String =
                lines.into_iter().map(|line| line + source.newline() + source.indent(at)).collect();
            all.push(server.draft("refuse metadata that is not about", vec![(at..at, text)]));
        }
    }
    all
}

/// The statement around a node that has others before it, in the same function.
fn statement<'t>(source: &Source<'_>, node: Node<'t>) -> Option<Node<'t>> {
    let mut at = node;
    while let Some(parent) = at.parent() {
        if BLOCKS.contains(&parent.kind()) {
            return Some(at);
        }
        // A branch without a block has room for one statement, and what a function gives without one for none.
        if at.kind().ends_with("_statement") || source.hand.functions.contains(&at.kind()) {
            return None;
        }
        at = parent;
    }
    None
}

/// What the metadata is called: that of which its authorization servers are read here. And whether it is a map.
fn metadata<'s>(source: &Source<'s>, node: Node<'_>) -> Option<(&'s str, bool)> {
    let kinds = [source.hand.members, &["subscript", "method_invocation"]].concat();
    let reads = |read: &Node<'_>| SERVERS.iter().any(|name| source.read(*read).contains(name));
    let outer = around(node, &kinds).unwrap_or(node);
    let read = within(outer, &kinds).into_iter().rfind(reads)?;
    let of = ["object", "value", "expression"].iter().find_map(|field| read.child_by_field_name(field))?;
    let said = source.read(of);
    let is_plain = said.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
    let is_sure = !source.read(read).contains('?');
    (is_plain && is_sure && !said.is_empty()).then_some((said, read.kind() == "subscript"))
}

fn comparison(source: &Source<'_>, (metadata, is_map): (&str, bool), server: &str) -> Option<Vec<String>> {
    const WHY: &str = "this metadata is about another server";
    let said = match source.language.family() {
        Language::Python => {
            let said = if is_map {
                format!("{metadata}[\"resource\"]")
            } else {
                format!("str({metadata}.resource)")
            };
            return Some(vec![format!("if {said} != {server}:"), format!("    raise ValueError(\"{WHY}\")")]);
        }
        Language::JavaScript => format!("if ({metadata}.resource !== {server}) throw new Error('{WHY}');"),
        Language::Java => {
            format!(
                "if (!{server}.equals({metadata}.getResource())) throw new IllegalStateException(\"{WHY}\");"
            )
        }
        Language::CSharp => {
            format!(
                "if ({metadata}.Resource != {server}) throw new System.InvalidOperationException(\"{WHY}\");"
            )
        }
        _ => return None,
    };
    Some(vec![said])
}
