//! A file that is to be edited: its text, its tree, and how its lines look.

use std::{ops::Range, sync::Arc};

use tree_sitter::{Node, Tree};

use super::hand::Hand;
use crate::{language::Language, parse::parse};

/// How many nodes are looked through for one question.
const MOST: usize = 20_000;

pub(super) struct Source<'s> {
    pub(super) path: Arc<str>,
    pub(super) text: &'s str,
    pub(super) hand: &'static Hand,
    pub(super) language: Language,
    tree: Tree,
    /// The other files that see each other's names without an import.
    beside: Vec<&'s str>,
}

impl<'s> Source<'s> {
    pub(super) fn of(path: &Arc<str>, text: &'s str, language: Language) -> Option<Self> {
        let tree = parse(text, language, &mut || true).ok()?;
        Some(Self {
            path: Arc::clone(path),
            text,
            hand: Hand::of(language),
            language,
            tree,
            beside: Vec::new(),
        })
    }

    /// The same, with the files of its package.
    pub(super) fn with(mut self, beside: Vec<&'s str>) -> Self {
        self.beside = beside;
        self
    }

    /// Whether another file of the package defines the constant.
    pub(super) fn is_defined_beside(&self) -> bool {
        let definition = format!("const {} =", self.hand.constant);
        self.beside.iter().any(|text| text.contains(&definition))
    }

    pub(super) fn root(&self) -> Node<'_> {
        self.tree.root_node()
    }

    /// The smallest node that covers a place.
    pub(super) fn at(&self, span: &Range<usize>) -> Option<Node<'_>> {
        self.root().named_descendant_for_byte_range(span.start, span.end)
    }

    pub(super) fn read(&self, node: Node<'_>) -> &'s str {
        self.between(node.start_byte(), node.end_byte())
    }

    pub(super) fn between(&self, start: usize, end: usize) -> &'s str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// The white space with which the line of a place begins.
    pub(super) fn indent(&self, at: usize) -> &'s str {
        let line = self.between(self.line(at), self.text.len());
        let end = line.find(|letter: char| !matches!(letter, ' ' | '\t')).unwrap_or(line.len());
        line.get(..end).unwrap_or_default()
    }

    /// Where the line of a place begins.
    pub(super) fn line(&self, at: usize) -> usize {
        self.between(0, at).rfind('\n').map_or(0, |before| before + 1)
    }

    /// How its lines end.
    pub(super) fn newline(&self) -> &'static str {
        if self.text.contains("\r\n") { "\r\n" } else { "\n" }
    }

    /// A line of its own, behind a statement and indented like it.
    pub(super) fn beneath(&self, statement: Node<'_>, text: &str) -> (Range<usize>, String) {
        let end = statement.end_byte();
        (end..end, format!("{}{}{text}", self.newline(), self.indent(statement.start_byte())))
    }
}

/// The innermost node of these kinds around a node, itself included.
pub(super) fn around<'t>(node: Node<'t>, kinds: &[&str]) -> Option<Node<'t>> {
    let mut at = Some(node);
    while let Some(node) = at {
        if kinds.contains(&node.kind()) {
            return Some(node);
        }
        at = node.parent();
    }
    None
}

/// All nodes of these kinds in a node, itself included, in the order of the text.
pub(super) fn within<'t>(node: Node<'t>, kinds: &[&str]) -> Vec<Node<'t>> {
    let (mut all, mut cursor, mut left) = (Vec::new(), node.walk(), MOST);
    loop {
        if kinds.contains(&cursor.node().kind()) {
            all.push(cursor.node());
        }
        left -= 1;
        if left == 0 {
            return all;
        }
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return all;
            }
        }
    }
}

/// What is in a node, without comments.
pub(super) fn parts(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|part| !part.kind().contains("comment")).collect()
}

/// Whether a node is, or stands in, another one.
pub(super) fn is_in(node: Node<'_>, other: Node<'_>) -> bool {
    other.start_byte() <= node.start_byte() && node.end_byte() <= other.end_byte()
}

/// Where a constant can stand.
impl Source<'_> {
    /// Behind the last of the nodes of these kinds that stand before that place in the file; `=text` is one that begins
    /// with that text. What says what the file is stays before it.
    pub(super) fn behind_first(&self, kinds: &[&str], at: Node<'_>, text: &str) -> (usize, String) {
        let mut cursor = self.root().walk();
        let mut behind = None;
        let is_meant = |node: Node<'_>| {
            let said = self.read(node);
            let first = said.lines().next().unwrap_or_default();
            kinds.iter().any(|kind| match kind.strip_prefix('=') {
                Some("require") => first.contains("require(") && node.kind().ends_with("declaration"),
                Some("'use strict'") => {
                    matches!(first.trim_end_matches(';'), "'use strict'" | "\"use strict\"")
                }
                Some(start) => said.starts_with(start),
                None => *kind == node.kind(),
            })
        };
        for node in
            self.root().named_children(&mut cursor).take_while(|node| node.end_byte() <= at.start_byte())
        {
            let is_about_file = node.kind().contains("comment") && behind.is_none() && node.start_byte() <= 3;
            let is_said = node.kind() == "expression_statement" && self.read(node).starts_with(['"', '\'']);
            if is_meant(node) || is_about_file || (is_said && Self::is_first(node)) {
                behind = Some(node);
            }
        }
        let line = self.newline();
        let Some(node) = behind else {
            let start = if self.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
            return (start, format!("{text}{line}{line}"));
        };
        // Some comments end with their line, and some behind it.
        let end = self.between(0, node.end_byte()).trim_end().len();
        let rest = self.between(end, self.text.len());
        let end = end
            + rest.find('\n').map_or(rest.len(), |at| {
                at - usize::from(rest.get(..at).is_some_and(|rest| rest.ends_with('\r')))
            });
        (end, format!("{line}{line}{text}"))
    }

    /// Whether only comments stand before it.
    fn is_first(node: Node<'_>) -> bool {
        let mut before = node.prev_named_sibling();
        while let Some(one) = before {
            if !one.kind().contains("comment") {
                return false;
            }
            before = one.prev_named_sibling();
        }
        true
    }

    /// As the first member of the class around a node.
    pub(super) fn first_in(
        &self,
        body: &str,
        at: Node<'_>,
        comment: &str,
        text: &str,
    ) -> Option<(usize, String)> {
        let body = around(at, &[body])?;
        let (line, start) = (self.newline(), body.start_byte() + 1);
        let indent = match parts(body).first() {
            Some(first) if self.line(first.start_byte()) > start => {
                self.indent(first.start_byte()).to_owned()
            }
            _ => format!("{}    ", self.indent(body.start_byte())),
        };
        Some((start, format!("{line}{indent}{comment}{line}{indent}{text}{line}")))
    }
}
