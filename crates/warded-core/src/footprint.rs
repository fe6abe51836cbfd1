//! How much memory does something take? Estimates for whoever keeps many tokens, rather too much than too little.

use serde_json::{Map, Value};

/// A node of the standard library's tree has room for so many, and all but one are at least half full.
const ROOM: usize = 11;

/// What an allocation of so many bytes takes: allocators round up, and keep a word for themselves.
pub(crate) fn allocation(bytes: usize) -> usize {
    if bytes == 0 { 0 } else { (bytes + size_of::<usize>()).next_multiple_of(16).max(32) }
}

pub(crate) fn text(text: &str) -> usize {
    allocation(text.len())
}

/// What is shared has two counters before it.
pub(crate) fn shared(bytes: usize) -> usize {
    allocation(bytes + 2 * size_of::<usize>())
}

/// The nodes of a tree with so many entries of that size.
pub(crate) fn tree(entries: usize, size: usize) -> usize {
    let node = allocation(ROOM * size + 2 * size_of::<usize>());
    match entries {
        0 => 0,
        1..=ROOM => node,
        _ => (1 + entries.div_ceil(ROOM / 2)) * (node + (ROOM + 1) * size_of::<usize>()),
    }
}

pub(crate) fn members(members: &Map<String, Value>) -> usize {
    let within = members.iter().map(|(name, member)| text(name) + value(member));
    tree(members.len(), size_of::<(String, Value)>()) + within.sum::<usize>()
}

fn value(value_of: &Value) -> usize {
    match value_of {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => allocation(text.capacity()),
        Value::Array(values) => {
            allocation(values.capacity() * size_of::<Value>()) + values.iter().map(value).sum::<usize>()
        }
        Value::Object(object) => members(object),
    }
}
