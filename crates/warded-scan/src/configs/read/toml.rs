//! TOML. What stands around a mistake is read all the same.

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::MOST_DEPTH;
use crate::{
    configs::tree::{Entry, Node, Read, What},
    finding::Why,
};

pub(super) fn read(source: &str) -> Read {
    let (table, errors) = DeTable::parse_recoverable(source);
    let mut broken = None;
    let span = table.span();
    let root = Node { what: map(table.get_ref(), 0, &mut broken), span };
    if let Some(error) = errors.first() {
        // The error points at what was expected, which may be far behind what is wrong.
        let at = error.span().map_or(0, |span| span.start.min(source.len()));
        broken = Some((last_before(&root, at), Why::Syntax));
    }
    Read { root: Some(root), broken }
}

/// Where the last value before a place ends.
fn last_before(node: &Node, at: usize) -> usize {
    let inner = node.entries().iter().map(|entry| &entry.value).chain(node.items());
    let own = if matches!(node.what, What::Text(_) | What::Nothing) { node.span.end } else { 0 };
    inner.map(|node| last_before(node, at)).chain([own]).filter(|end| *end < at).max().unwrap_or_default()
}

fn map(table: &DeTable<'_>, depth: usize, broken: &mut Option<(usize, Why)>) -> What {
    let entries = table.iter().map(|(key, value)| Entry {
        key: key.get_ref().clone().into_owned(),
        key_span: key.span(),
        value: node(value, depth + 1, broken),
    });
    let mut entries: Vec<_> = entries.collect();
    entries.sort_by_key(|entry| entry.key_span.start);
    What::Map(entries)
}

fn node(value: &Spanned<DeValue<'_>>, depth: usize, broken: &mut Option<(usize, Why)>) -> Node {
    let span = value.span();
    let what = match value.get_ref() {
        DeValue::Array(_) | DeValue::Table(_) if depth > MOST_DEPTH => {
            broken.get_or_insert((span.start, Why::Deep));
            What::Nothing
        }
        DeValue::Array(items) => What::List(items.iter().map(|item| node(item, depth + 1, broken)).collect()),
        DeValue::Table(table) => map(table, depth, broken),
        DeValue::String(text) => What::Text(text.clone().into_owned()),
        DeValue::Integer(number) => What::Text(number.as_str().to_owned()),
        _ => What::Nothing,
    };
    Node { what, span }
}
