//! Expressions.

use tree_sitter::Node;

use super::{assign, call, class, commonjs, define, literal, operate, perform};
use crate::{
    ir::{Expression, Kind, Text},
    lower::making::{Making, at, children},
};

/// The value of an expression.
pub(super) fn express(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    making.deeper(node, |making| one(making, node))
}

/// The same where there may be none.
pub(super) fn boxed(making: &mut Making<'_>, node: Option<Node<'_>>, whole: Node<'_>) -> Box<Expression> {
    Box::new(match node {
        Some(node) => express(making, node),
        None => at(whole, Kind::Opaque(Vec::new())),
    })
}

/// Everything in it.
pub(super) fn parts(making: &mut Making<'_>, node: Node<'_>) -> Vec<Expression> {
    children(node).filter(|child| !says_types(child.kind())).map(|child| express(making, child)).collect()
}

/// Every kind has a function of its own, which also keeps what is needed for each level small.
fn one(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    if node.is_missing() {
        return making.gap(node, Vec::new());
    }
    match node.kind() {
        "identifier"
        | "property_identifier"
        | "private_property_identifier"
        | "type_identifier"
        | "shorthand_property_identifier"
        | "this"
        | "super"
        | "import"
        | "meta_property" => name(making, node),
        "null" | "undefined" | "true" | "false" | "number" => literal::simple(making, node),
        "string" => literal::string(making, node),
        "template_string" => literal::template(making, node),
        "regex" => literal::regex(making, node),
        "object" => literal::object(making, node),
        "array" => literal::array(making, node),
        "jsx_element"
        | "jsx_self_closing_element"
        | "jsx_opening_element"
        | "jsx_expression"
        | "jsx_attribute" => literal::jsx(making, node),
        "member_expression" => member(making, node),
        "subscript_expression" => subscript(making, node),
        "call_expression" => call::call(making, node),
        "new_expression" => call::construct(making, node),
        "assignment_expression" | "augmented_assignment_expression" | "update_expression" => {
            assign::as_value(making, node)
        }
        "binary_expression" => operate::binary(making, node),
        "unary_expression" => operate::unary(making, node),
        "ternary_expression" => operate::ternary(making, node),
        "sequence_expression" => operate::sequence(making, node),
        "await_expression"
        | "yield_expression"
        | "parenthesized_expression"
        | "non_null_expression"
        | "as_expression"
        | "satisfies_expression"
        | "instantiation_expression"
        | "spread_element"
        | "template_substitution" => only(making, node, children(node).next()),
        // `<T>value`
        "type_assertion" => only(making, node, children(node).last()),
        "function_expression" | "generator_function" | "arrow_function" => closure(making, node),
        "class" => class_as_value(making, node),
        "ERROR" => gap(making, node),
        kind if perform::is_step(kind) => steps(making, node),
        _ => opaque(making, node),
    }
}

/// What is only what it is of.
fn only(making: &mut Making<'_>, node: Node<'_>, inner: Option<Node<'_>>) -> Expression {
    match inner {
        Some(inner) => express(making, inner),
        None => at(node, Kind::Null),
    }
}

fn subscript(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let of = boxed(making, node.child_by_field_name("object"), node);
    at(node, Kind::Index(of, boxed(making, node.child_by_field_name("index"), node)))
}

fn closure(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let name = called(making, node).unwrap_or_default();
    at(node, Kind::Function(define::function(making, node, &name, None)))
}

/// What a function without a name is called where it is kept: `const verify = async (token) => {}`, `{verify: (token) => {}}`.
fn called(making: &Making<'_>, closure: Node<'_>) -> Option<String> {
    let mut node = closure;
    let mut parent = node.parent()?;
    while matches!(parent.kind(), "parenthesized_expression" | "as_expression" | "satisfies_expression") {
        (node, parent) = (parent, parent.parent()?);
    }
    let (of, value) = match parent.kind() {
        "variable_declarator" => ("name", "value"),
        "pair" => ("key", "value"),
        "assignment_expression" => ("left", "right"),
        _ => return None,
    };
    let mut name =
        parent.child_by_field_name(of).filter(|_| parent.child_by_field_name(value) == Some(node))?;
    if name.kind() == "member_expression" {
        name = name.child_by_field_name("property")?;
    }
    let is_name = matches!(name.kind(), "identifier" | "property_identifier");
    // What a module gives as a whole has no name of its own.
    is_name.then(|| making.text(name).to_owned()).filter(|name| name != "exports")
}

fn class_as_value(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    at(node, Kind::Class(class::class(making, node)))
}

/// Steps where the parser took them for a part of something that it could not read.
fn steps(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let mut steps = Vec::new();
    perform::one(making, node, &mut steps);
    at(node, Kind::Block(steps, None))
}

fn opaque(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    at(node, Kind::Opaque(parts(making, node)))
}

/// What could not be read, with what could be inside of it.
pub(super) fn gap(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let parts = parts(making, node);
    making.gap(node, parts)
}

fn name(making: &Making<'_>, node: Node<'_>) -> Expression {
    at(node, Kind::Name(making.name(node)))
}

fn member(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    if let Some(name) = commonjs::own(making, node) {
        return at(node, Kind::Name(name));
    }
    let name = property(making, node);
    at(node, Kind::Member(boxed(making, node.child_by_field_name("object"), node), name))
}

/// `b` of `a.b`, `#b` of `a.#b`.
pub(super) fn property(making: &Making<'_>, node: Node<'_>) -> Text {
    node.child_by_field_name("property").map_or_else(|| "".into(), |name| making.name(name))
}

/// What only the compiler of types reads.
pub(super) fn says_types(kind: &str) -> bool {
    kind.ends_with("_type")
        || matches!(
            kind,
            "type_annotation"
                | "type_arguments"
                | "type_parameters"
                | "type_predicate"
                | "type_predicate_annotation"
                | "asserts_annotation"
                | "interface_declaration"
                | "type_alias_declaration"
                | "implements_clause"
        )
}
