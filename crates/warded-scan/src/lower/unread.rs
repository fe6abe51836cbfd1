//! What the parser could not read, wherever it stands.

use std::collections::HashSet;

use tree_sitter::Node;

use super::Making;

/// Notes each region with an error that nobody came by while the file was lowered.
pub(crate) fn unread(making: &mut Making<'_>, root: Node<'_>) {
    let gaps = &mut making.module().gaps;
    let known: HashSet<_> = gaps.iter().map(|gap| (gap.start, gap.end)).collect();
    let mut cursor = root.walk();
    loop {
        let node = cursor.node();
        let wrong = node.is_error() || node.is_missing();
        if wrong && !known.contains(&(node.start_byte(), node.end_byte())) {
            gaps.push(node.byte_range());
        }
        if !wrong && node.has_error() && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}
