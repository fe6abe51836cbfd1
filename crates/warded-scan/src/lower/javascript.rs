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
mod prototype;
mod repeat;
mod shape;
mod target;
mod unwound;

use tree_sitter::Node;

use super::Making;

/// The whole file.
pub(super) fn module(making: &mut Making<'_>, root: Node<'_>) {
    prototype::note(making, root);
    let mut body = Vec::new();
    perform::block(making, root, &mut body);
    making.file_does(body);
}
