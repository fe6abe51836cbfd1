//! From text to a tree, within a budget.

use std::ops::ControlFlow;

use tree_sitter::{ParseOptions, ParseState, Parser, Tree};

use crate::language::Language;

/// Why there is no tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It took longer than it may.
    TooLong,
    /// The grammar is of another version than the library.
    Grammar,
}

/// The tree of a text. `goes_on` is asked again and again, and ends it with `false`.
pub(crate) fn parse(
    text: &str,
    language: Language,
    goes_on: &mut dyn FnMut() -> bool,
) -> Result<Tree, Unread> {
    let mut parser = Parser::new();
    parser.set_language(&language.grammar()).map_err(|_| Unread::Grammar)?;
    let mut progress =
        |_: &ParseState| if goes_on() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
    let options = ParseOptions::new().progress_callback(&mut progress);
    let bytes = text.as_bytes();
    let mut read = |at: usize, _| bytes.get(at..).unwrap_or_default();
    parser.parse_with_options(&mut read, None, Some(options)).ok_or(Unread::TooLong)
}
