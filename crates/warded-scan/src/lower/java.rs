//! Java.

mod choose;
mod class;
mod construct;
mod define;
mod express;
mod hint;
mod literal;
mod modules;
mod operate;
mod perform;

use tree_sitter::Node;

use super::Making;

/// The whole file.
pub(super) fn module(making: &mut Making<'_>, root: Node<'_>) {
    let mut body = Vec::new();
    perform::block(making, root, &mut body);
    making.file_does(body);
}
