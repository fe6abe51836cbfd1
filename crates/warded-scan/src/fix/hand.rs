//! What the constructs that fixes touch are called in each language: a table for each, read by whatever edits.

use super::source::Source;
use crate::language::Language;
use tree_sitter::Node;

/// The kinds of nodes of one language, and how it writes what fixes add.
#[derive(Debug)]
pub(super) struct Hand {
    pub(super) functions: &'static [&'static str],
    pub(super) classes: &'static [&'static str],
    pub(super) strings: &'static [&'static str],
    pub(super) names: &'static [&'static str],
    pub(super) members: &'static [&'static str],
    pub(super) calls: &'static [&'static str],
    pub(super) arguments: &'static [&'static str],
    /// A key and its value in one node, among others of its kind.
    pub(super) entries: &'static [&'static str],
    /// Lists that are a key and its value where they have two items.
    pub(super) pairs: &'static [&'static str],
    pub(super) assignments: &'static [&'static str],
    /// Nodes around others that say nothing of their own.
    pub(super) wrappers: &'static [&'static str],
    /// What brings entries of its own, which may take the place of others.
    pub(super) spreads: &'static [&'static str],
    pub(super) statements: &'static [&'static str],
    pub(super) conditionals: &'static [&'static str],
    /// `and`, `or`, `not` as they are written.
    pub(super) and: &'static str,
    pub(super) or: &'static str,
    pub(super) not: &'static str,
    pub(super) operations: &'static [&'static str],
    /// What a type of texts looks like; empty where parameters have none.
    pub(super) texts: &'static [&'static str],
    /// What the object is called whose method runs.
    pub(super) this: &'static str,
    /// What the constant is called that somebody has to fill in.
    pub(super) constant: &'static str,
    /// Where it is to stand for something at that node, and how it is written there.
    pub(super) define: fn(&Source<'_>, Node<'_>) -> Option<(usize, String)>,
}

impl Hand {
    pub(super) fn of(language: Language) -> &'static Self {
        match language {
            Language::Python => &super::python::HAND,
            Language::JavaScript | Language::TypeScript | Language::Tsx => &super::javascript::HAND,
            Language::Go => &super::go::HAND,
            Language::Rust => &super::rust::HAND,
            Language::Java => &super::java::HAND,
            Language::CSharp => &super::csharp::HAND,
        }
    }
}
