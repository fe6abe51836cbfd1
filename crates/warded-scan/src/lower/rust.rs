//! Rust.

mod choose;
mod define;
mod express;
mod literal;
mod macros;
mod pattern;
mod perform;
mod types;
mod uses;

use tree_sitter::Node;

use super::Making;
use perform::Wants;

/// The whole file.
pub(super) fn module(making: &mut Making<'_>, root: Node<'_>) {
    let mut body = Vec::new();
    perform::block(making, root, &Wants::Nothing, &mut body);
    making.file_does(body);
}
