//! Classes as they were written before there were any: a function, and what is put into its `prototype`.

use std::collections::BTreeSet;

use tree_sitter::Node;

use super::define;
use crate::{
    ir::{ClassId, Statement, Step},
    lower::making::{Making, step},
};

/// What is shorter is a name that a minifier gave, to many things of one file.
const SHORTEST: usize = 3;

/// Notes which functions of the file are such classes.
pub(super) fn note(making: &mut Making<'_>, root: Node<'_>) {
    let text = making.text(root);
    let extended = text.match_indices(".prototype.").filter_map(|(at, _)| text.get(..at));
    let extended = extended.map(|before| before.trim_end_matches(is_of_name).len()..before.len());
    let extended: BTreeSet<_> =
        extended.filter_map(|name| text.get(name)).filter(|name| is_kind(name)).collect();
    if extended.is_empty() {
        return;
    }
    let declared = text.match_indices("function ").filter_map(|(at, word)| text.get(at + word.len()..));
    let declared = declared.filter_map(|after| after.split(|letter| !is_of_name(letter)).next());
    let declared: BTreeSet<_> = declared.filter(|name| extended.contains(name)).collect();
    for name in declared {
        making.gather_class(root, name);
    }
}

/// The function is the constructor of such a class.
pub(super) fn declared(
    making: &mut Making<'_>,
    node: Node<'_>,
    name: &str,
    into: &mut Vec<Statement>,
) -> bool {
    if !making.is_gathered(name) {
        return false;
    }
    let class = making.declare_class(node, name);
    define::function(making, node, "constructor", Some(class));
    into.push(step(node, Step::Class(class)));
    true
}

/// `A.prototype.b = function () {}` is a method of `A`.
pub(super) fn method(making: &mut Making<'_>, left: Node<'_>, value: Node<'_>) -> bool {
    let is_function = matches!(value.kind(), "function_expression" | "generator_function");
    let Some((class, name)) = place(making, left).filter(|_| is_function) else { return false };
    define::function(making, value, name, Some(class));
    true
}

fn place<'s>(making: &mut Making<'s>, left: Node<'_>) -> Option<(ClassId, &'s str)> {
    let (of, name) = (left.child_by_field_name("object")?, left.child_by_field_name("property")?);
    let class = making.text(of).strip_suffix(".prototype")?;
    let is_known = making.is_gathered(class);
    is_known.then(|| (making.gather_class(left, class), making.text(name)))
}

fn is_kind(name: &str) -> bool {
    name.len() >= SHORTEST && name.starts_with(|first: char| first.is_ascii_uppercase())
}

fn is_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || letter == '$'
}
