//! What gets a value: names, fields, entries, and what values are taken apart into.

use tree_sitter::Node;

use super::{
    commonjs,
    express::{boxed, express, property},
    literal::key_text,
};
use crate::{
    ir::{Expression, Target, Text},
    lower::making::{Making, children},
};

/// What gets a value.
pub(super) fn target(making: &mut Making<'_>, node: Node<'_>) -> Target {
    making.bounded(node, |making| one(making, node)).unwrap_or(Target::Nothing)
}

fn one(making: &mut Making<'_>, node: Node<'_>) -> Target {
    match node.kind() {
        "identifier" | "shorthand_property_identifier_pattern" | "shorthand_property_identifier" => {
            Target::Name(making.name(node))
        }
        "member_expression" => {
            if let Some(name) = commonjs::own(making, node) {
                return Target::Name(name);
            }
            let name = property(making, node);
            Target::Member(*boxed(making, node.child_by_field_name("object"), node), name)
        }
        "subscript_expression" => Target::Index(
            *boxed(making, node.child_by_field_name("object"), node),
            *boxed(making, node.child_by_field_name("index"), node),
        ),
        "object_pattern" | "object" => keyed(making, node),
        "array_pattern" | "array" => Target::Several(
            places(node)
                .into_iter()
                .map(|part| match part {
                    Some(part) => target(making, part),
                    None => Target::Nothing,
                })
                .collect(),
        ),
        // What an element is where there is none is not kept.
        "assignment_pattern" | "assignment_expression" => match node.child_by_field_name("left") {
            Some(left) => target(making, left),
            None => Target::Nothing,
        },
        "rest_pattern"
        | "spread_element"
        | "parenthesized_expression"
        | "non_null_expression"
        | "as_expression"
        | "satisfies_expression" => {
            children(node).next().map_or(Target::Nothing, |inner| target(making, inner))
        }
        // `const` and `let` before it, in loops of a broken file.
        "lexical_declaration" | "variable_declaration" => children(node)
            .next()
            .and_then(|declarator| declarator.child_by_field_name("name"))
            .map_or(Target::Nothing, |name| target(making, name)),
        _ => Target::Nothing,
    }
}

/// The elements of `[a, , b]`, with its hole.
fn places(node: Node<'_>) -> Vec<Option<Node<'_>>> {
    let mut places = Vec::new();
    let mut here = None;
    let mut cursor = node.walk();
    for child in node.children(&mut cursor) {
        match child.kind() {
            "," => places.push(here.take()),
            _ if child.is_named() && !child.is_extra() => here = Some(child),
            _ => {}
        }
    }
    if here.is_some() {
        places.push(here);
    }
    places
}

/// `{a, b: c, d = 1, ...rest}`.
fn keyed(making: &mut Making<'_>, node: Node<'_>) -> Target {
    let (mut entries, mut rest) = (Vec::new(), None);
    for part in children(node) {
        match part.kind() {
            "rest_pattern" | "spread_element" => {
                rest = children(part).next().map(|name| making.name(name));
            }
            "pair_pattern" | "pair" => entries.extend(pair(making, part)),
            "object_assignment_pattern" | "assignment_expression" => {
                let Some(left) = part.child_by_field_name("left") else { continue };
                let default = part.child_by_field_name("right").map(|value| express(making, value));
                entries.push((making.name(left), target(making, left), default));
            }
            _ => entries.push((making.name(part), target(making, part), None)),
        }
    }
    Target::Keyed { entries, rest }
}

fn pair(making: &mut Making<'_>, node: Node<'_>) -> Option<(Text, Target, Option<Expression>)> {
    let key = key_text(making, node.child_by_field_name("key")?);
    let value = node.child_by_field_name("value")?;
    let default = match value.kind() {
        "assignment_pattern" | "assignment_expression" => value.child_by_field_name("right"),
        _ => None,
    };
    let default = default.map(|default| express(making, default));
    Some((key, target(making, value), default))
}
