//! What is known of the whole file only once all of it is read?

use super::{mention::Mentions, patterns::Patterns};

/// What rules leave to be looked at together.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) mentions: Mentions,
    pub(super) patterns: Patterns,
}
