//! C#.

mod assign;
mod choose;
mod class;
mod construct;
mod define;
mod express;
mod hint;
mod known;
mod literal;
mod modules;
mod operate;
mod pattern;
mod perform;
mod query;

use tree_sitter::Node;

use super::Making;

/// The named children, without comments; `this` and `base`, which have no name of their own in this grammar, are among
/// them.
fn children(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let mut cursor = node.walk();
    let mut more = cursor.goto_first_child();
    std::iter::from_fn(move || {
        while more {
            let node = cursor.node();
            more = cursor.goto_next_sibling();
            let spoken = node.is_named() || matches!(node.kind(), "this" | "base");
            if spoken && !node.is_extra() {
                return Some(node);
            }
        }
        None
    })
}

/// The whole file.
pub(super) fn module(making: &mut Making<'_>, root: Node<'_>) {
    let mut body = Vec::new();
    perform::block(making, root, &mut body);
    making.file_does(body);
}
