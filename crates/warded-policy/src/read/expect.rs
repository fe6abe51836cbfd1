//! Is a value what stands in this place? If not, it is said.

use super::{
    findings::{Findings, shown},
    yaml::{Node, Pair, Sort, What},
};
use crate::{Finding, finding::table};

impl Findings {
    /// A text; a number or `true` is the text that stands there, as Go has it.
    pub(super) fn text<'n>(&mut self, node: &'n Node<'_>, key: &str) -> Option<&'n str> {
        match &node.what {
            What::Scalar(scalar) if !scalar.is_null() => Some(&scalar.text),
            _ => self.wrong(node, key, "a text", "Put it in quotes, if it was meant as a text."),
        }
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, node: &Node<'_>, key: &str) -> Option<bool> {
        match &node.what {
            What::Scalar(scalar) if matches!(scalar.sort(), Sort::Bool(_)) => {
                Some(scalar.sort() == Sort::Bool(true))
            }
            _ => self.wrong(node, key, "`true` or `false`", "Write `true` or `false`, without quotes."),
        }
    }

    /// A list.
    pub(super) fn list<'n, 's>(&mut self, node: &'n Node<'s>, key: &str) -> Option<&'n [Node<'s>]> {
        match &node.what {
            What::List(items) => Some(items),
            _ => self.wrong(
                node,
                key,
                "a list",
                "Write `[first, second]`, or one entry a line, each behind `- `.",
            ),
        }
    }

    /// A mapping.
    pub(super) fn map<'n, 's>(&mut self, node: &'n Node<'s>, key: &str) -> Option<&'n [Pair<'s>]> {
        match &node.what {
            What::Map(pairs) => Some(pairs),
            _ => self.wrong(
                node,
                key,
                "a mapping",
                "Write `key: value` lines, indented below, or `{ key: value }`.",
            ),
        }
    }

    pub(super) fn wrong<T>(&mut self, node: &Node<'_>, key: &str, expected: &str, help: &str) -> Option<T> {
        let message = format!("`{}` is {expected}, and this is {}", shown(key), said(node));
        self.say(Finding::new(&table::TYPE, node.at.range(), message, format!("not {expected}")).help(help));
        None
    }
}

/// What stands there, in words.
fn said(node: &Node<'_>) -> String {
    match &node.what {
        What::Scalar(scalar) if !scalar.is_null() => match scalar.sort() {
            Sort::Bool(value) => format!("`{value}`"),
            Sort::Number(_) => format!("the number `{}`", shown(&scalar.text)),
            _ => format!("the text `{}`", shown(&scalar.text)),
        },
        _ => node.kind().to_owned(),
    }
}
