//! Audiences that are compared in a way that fits other servers: the whole of it is compared instead, or that of this server.

use std::ops::Range;

use tree_sitter::Node;

use super::{
    draft::Draft,
    source::{Source, around, parts, within},
    value::{names_server, values},
};
use crate::{language::Language, rules::is_shared_audience};

/// How the methods are called that compare a beginning or an end.
const PARTLY: &[&str] = &[
    "startswith",
    "endswith",
    "startsWith",
    "endsWith",
    "starts_with",
    "ends_with",
    "HasPrefix",
    "HasSuffix",
    "StartsWith",
    "EndsWith",
];

pub(super) fn whole(source: &Source<'_>, place: &Range<usize>) -> Vec<Draft> {
    let Some(node) = source.at(place) else { return Vec::new() };
    let mut all: Vec<_> = partly(source, node).into_iter().collect();
    // The audience may be given to something that is made before the call.
    let here = shared(source, node);
    let shared = if here.is_empty() {
        around(node, source.hand.functions).map(|function| shared(source, function)).unwrap_or_default()
    } else {
        here
    };
    if let [text] = shared.as_slice() {
        let own = values(source, node, true).into_iter();
        all.extend(
            own.map(|value| value.draft("demand as audience", vec![(text.byte_range(), value.text.clone())])),
        );
    }
    all
}

/// The texts in a node that are an audience of all tokens.
fn shared<'t>(source: &Source<'_>, node: Node<'t>) -> Vec<Node<'t>> {
    let is_shared = |text: &Node<'_>| is_shared_audience(source.read(*text).trim_matches(['"', '\'', '`']));
    within(node, source.hand.strings).into_iter().filter(is_shared).collect()
}

/// `not A.startswith(B)` becomes `A != B`, where `B` is called like this server.
fn partly(source: &Source<'_>, node: Node<'_>) -> Option<Draft> {
    let called = |call: &Node<'_>| {
        Some(source.read(*call)).filter(|said| PARTLY.iter().any(|name| said.contains(name)))
    };
    let call = around(node, source.hand.calls).filter(|call| called(call).is_some());
    let call =
        call.or_else(|| within(node, source.hand.calls).into_iter().find(|call| called(call).is_some()))?;
    let given = parts(call.child_by_field_name("arguments")?);
    let (audience, name, server) = match (source.language, given.as_slice()) {
        (Language::Go, [audience, server]) => {
            (source.read(*audience), call.child_by_field_name("function")?, *server)
        }
        (Language::Go, _) | (_, []) => return None,
        (_, [server, ..]) => {
            let name = call.child_by_field_name("name").or_else(|| {
                let function = call.child_by_field_name("function")?;
                ["attribute", "property", "field", "name"]
                    .iter()
                    .find_map(|field| function.child_by_field_name(field))
            })?;
            let audience =
                source.between(call.start_byte(), name.start_byte()).trim_end().strip_suffix('.')?;
            let audience = audience.trim_end_matches('?');
            (audience, name, *server)
        }
    };
    let method = source.read(name).rsplit('.').next()?;
    let server = source.read(server);
    if !PARTLY.contains(&method) || !names_server(server) || audience.contains('\n') {
        return None;
    }
    let says = format!("compare the whole audience with `{server}`");
    let edit = match source.language.family() {
        // Texts are objects there, and the operator asks whether they are the same one.
        Language::Java => (name.byte_range(), "equals".to_owned()),
        Language::CSharp => (name.byte_range(), "Equals".to_owned()),
        family => {
            let negation = call.parent().filter(|parent| {
                source.read(*parent).trim_start_matches(source.hand.not) == source.read(call)
            });
            let negation = negation.filter(|parent| parent.byte_range() != call.byte_range());
            let is = match (family, negation.is_some()) {
                (Language::JavaScript, true) => "!==",
                (Language::JavaScript, false) => "===",
                (_, true) => "!=",
                (_, false) => "==",
            };
            (negation.unwrap_or(call).byte_range(), format!("{audience} {is} {server}"))
        }
    };
    Some(Draft::weighed(says, vec![edit]))
}
