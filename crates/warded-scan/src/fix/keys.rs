//! Keys under which tokens are kept: what says for which server a token is becomes part of them.

use std::ops::Range;

use tree_sitter::Node;

use super::{
    draft::Draft,
    source::{Source, around, within},
    value::values,
};
use crate::language::Language;

/// Whom a key names already.
const WHO: &[&str] = &["client", "issuer", "user", "tenant", "account"];

/// Where the server has a name already: one that would have to be filled in would be the same for all.
pub(super) fn of_server(source: &Source<'_>, place: &Range<usize>) -> Vec<Draft> {
    let Some(node) = source.at(place) else { return Vec::new() };
    // A place that begins with what is called is the call.
    let node = around(node, source.hand.calls).filter(|call| call.byte_range() == *place).unwrap_or(node);
    let mut all = Vec::new();
    for value in values(source, node, false).into_iter().filter(super::value::Value::is_there) {
        for key in keys(source, node) {
            let says = "have the key of the token name";
            all.extend(named(source, key, &value.text).map(|edit| value.draft(says, vec![edit])));
        }
    }
    all
}

/// What may be a key: texts that are put together, and names, the outermost ones first.
fn keys<'t>(source: &Source<'_>, node: Node<'t>) -> Vec<Node<'t>> {
    const TEMPLATES: &[&str] = &["template_string", "interpolated_string_expression", "binary_operator"];
    let hand = source.hand;
    let kinds = [hand.strings, hand.operations, hand.names, hand.members, TEMPLATES].concat();
    let is_key = |key: &Node<'_>| {
        let said = source.read(*key).to_ascii_lowercase();
        let is_alone = key.parent().is_some_and(|parent| !hand.members.contains(&parent.kind()));
        WHO.iter().any(|who| said.contains(who)) && is_alone
    };
    within(node, &kinds).into_iter().filter(is_key).collect()
}

/// The same key with a name in it.
fn named(source: &Source<'_>, key: Node<'_>, name: &str) -> Option<(Range<usize>, String)> {
    let said = source.read(key);
    let end = key.end_byte();
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    // Into a text that has holes already.
    let hole = match source.language.family() {
        Language::Python if said.starts_with(['f', 'F']) && is_plain => Some(format!(" {{{name}}}")),
        Language::JavaScript if key.kind() == "template_string" => Some(format!(" ${{{name}}}")),
        Language::CSharp if key.kind() == "interpolated_string_expression" => Some(format!(" {{{name}}}")),
        Language::Rust if said.starts_with('"') && said.contains('{') && is_plain => {
            Some(format!(" {{{name}}}"))
        }
        Language::Rust => return None,
        _ => None,
    };
    if let Some(hole) = hole {
        let at = end.checked_sub(1)?;
        return Some((at..at, hole));
    }
    // A text without holes names nobody, and what is assigned to is no key yet.
    let is_text = source.hand.strings.contains(&key.kind()) || key.kind() == "template_string";
    let is_assigned = key.parent().is_some_and(|parent| {
        ["left", "name", "pattern", "function"]
            .iter()
            .any(|field| parent.child_by_field_name(field) == Some(key))
    });
    let quote = if source.language.family() == Language::JavaScript { '\'' } else { '"' };
    (!is_text && !is_assigned).then(|| (end..end, format!(" + {quote} {quote} + {name}")))
}
