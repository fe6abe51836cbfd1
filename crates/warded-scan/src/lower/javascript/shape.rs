//! What options may be left out: `interface A { audience?: string }` is a class whose field begins as nothing.

use tree_sitter::Node;

use super::hint::{hint, may_be_nothing};
use crate::{
    ir::{Field, Kind, Statement, Step},
    lower::making::{Making, at, children, step},
};

/// The options of which it matters whether they were given. A type without any of these says nothing that anybody asks.
const OF_INTEREST: &[&str] = &["audience", "audiences", "resource", "resources"];

/// An interface, or another name of a type that is written out.
pub(super) fn declared(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let (Some(name), Some(of)) = (
        node.child_by_field_name("name"),
        node.child_by_field_name("body").or_else(|| node.child_by_field_name("value")),
    ) else {
        return;
    };
    // What it begins with elsewhere nobody looks for.
    let extends = children(node).any(|part| part.kind() == "extends_type_clause");
    let members: Vec<_> =
        bodies(of).flat_map(children).filter(|one| one.kind() == "property_signature").collect();
    let is_of_interest = |member: &Node<'_>| {
        let name = member.child_by_field_name("name").map(|name| making.text(name));
        name.is_some_and(|name| OF_INTEREST.contains(&name)) && may_be_left_out(making, *member)
    };
    if extends || !members.iter().any(is_of_interest) {
        return;
    }
    let name = making.text(name).to_owned();
    let id = making.make_class(node, &name);
    for member in members {
        let Some(name) = member.child_by_field_name("name").map(|name| making.name(name)) else { continue };
        let annotation = member.child_by_field_name("type");
        let hint = annotation.and_then(|annotation| hint(making, annotation));
        let value = may_be_left_out(making, member).then(|| at(member, Kind::Null));
        making.class(id).fields.push(Field { name, hint, value, span: member.byte_range() });
    }
    into.push(step(node, Step::Class(id)));
}

/// The members that are written out: of `{..}`, and of each part of `A & {..}`.
fn bodies(of: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let parts = if of.kind() == "intersection_type" { children(of).collect() } else { vec![of] };
    parts.into_iter().filter(|part| matches!(part.kind(), "object_type" | "interface_body"))
}

/// `a?: T`, `a: T | undefined`.
pub(super) fn may_be_left_out(making: &Making<'_>, node: Node<'_>) -> bool {
    let mut cursor = node.walk();
    let is_marked = node.children(&mut cursor).any(|part| part.kind() == "?");
    is_marked || node.child_by_field_name("type").is_some_and(|annotation| may_be_nothing(making, annotation))
}
