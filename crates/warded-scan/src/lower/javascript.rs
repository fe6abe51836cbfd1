//! JavaScript and TypeScript, with or without JSX, as people write them and as compilers put them out.

mod assign;
mod branch;
mod call;
mod choose;
mod class;
mod commonjs;
mod compiled;
mod define;
mod express;
mod hint;
mod literal;
mod modules;
mod operate;
mod perform;
mod repeat;
mod target;

use tree_sitter::Node;

use super::Making;

/// The whole file.
pub(super) fn module(making: &mut Making<'_>, root: Node<'_>) {
    let mut body = Vec::new();
    perform::block(making, root, &mut body);
    making.file_does(body);
    if root.has_error() {
        gaps(making, root);
    }
}

/// Everything that the parser could not read, also where nobody looked.
fn gaps(making: &mut Making<'_>, root: Node<'_>) {
    let mut cursor = root.walk();
    loop {
        let node = cursor.node();
        if node.is_error() || node.is_missing() {
            making.module().gaps.push(node.byte_range());
        }
        if node.has_error() && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                let gaps = &mut making.module().gaps;
                gaps.sort_by_key(|gap| (gap.start, gap.end));
                gaps.dedup();
                return;
            }
        }
    }
}
