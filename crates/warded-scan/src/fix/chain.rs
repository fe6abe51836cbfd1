//! Calls that are made on what other calls give: `a.b().c()`.

use tree_sitter::Node;

use super::source::Source;

/// What a method is called on.
pub(super) fn receiver(call: Node<'_>) -> Option<Node<'_>> {
    let function = call.child_by_field_name("function");
    let of = function.unwrap_or(call);
    ["object", "value", "operand", "expression"].iter().find_map(|field| of.child_by_field_name(field))
}

/// What the method of a call is called.
pub(super) fn method<'s>(source: &Source<'s>, call: Node<'_>) -> &'s str {
    let function = call.child_by_field_name("function");
    let of = function.unwrap_or(call);
    let name =
        ["property", "field", "attribute", "name"].iter().find_map(|field| of.child_by_field_name(field));
    source.read(name.unwrap_or(of))
}

/// The call that is made on what a call gives.
pub(super) fn follower<'t>(source: &Source<'_>, call: Node<'t>) -> Option<Node<'t>> {
    let parent = call.parent()?;
    let next = if source.hand.calls.contains(&parent.kind()) { parent } else { parent.parent()? };
    (source.hand.calls.contains(&next.kind()) && receiver(next) == Some(call)).then_some(next)
}

/// Whether what it is called on is a call itself.
pub(super) fn is_chained(source: &Source<'_>, call: Node<'_>) -> bool {
    receiver(call).is_some_and(|receiver| {
        source.hand.calls.contains(&receiver.kind()) && method(source, receiver) == method(source, call)
    })
}
