//! Go.

mod choose;
mod define;
mod express;
mod literal;
mod perform;
mod types;

use tree_sitter::Node;

use super::Making;

/// The whole file.
pub(super) fn module(making: &mut Making<'_>, root: Node<'_>) {
    let mut body = Vec::new();
    perform::block(making, root, &mut body);
    making.file_does(body);
}
