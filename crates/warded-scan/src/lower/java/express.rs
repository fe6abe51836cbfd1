//! Expressions.

use tree_sitter::Node;

use super::{
    choose, construct,
    define::{annotation, anonymous, lambda},
    hint::type_value,
    literal, operate, perform,
};
use crate::{
    ir::{Argument, Expression, Kind, Target, Text},
    lower::{
        making::{Making, at, children, plain},
        scopes::Meaning,
    },
};

/// The value of an expression.
pub(super) fn express(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    making.deeper(node, |making| one(making, node))
}

/// The value of what may be missing where the source is broken.
pub(super) fn boxed(making: &mut Making<'_>, node: Option<Node<'_>>, whole: Node<'_>) -> Box<Expression> {
    Box::new(match node {
        Some(node) => express(making, node),
        None => at(whole, Kind::Opaque(Vec::new())),
    })
}

/// Only a list of who reads what: its frame stands once for each level of the source.
fn one(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    match node.kind() {
        "identifier" => bare(making, node),
        "string_literal" => literal::string(making, node),
        "method_invocation" => call(making, node),
        "field_access" => field_access(making, node),
        "array_access" => array_access(making, node),
        "object_creation_expression" => construct::new(making, node),
        "array_creation_expression" => construct::array(making, node),
        "array_initializer" | "element_value_array_initializer" => construct::list(making, node),
        "binary_expression" => operate::binary(making, node),
        "unary_expression" => operate::unary(making, node),
        "update_expression" | "assignment_expression" => assigned(making, node),
        "ternary_expression" => operate::ternary(making, node),
        "instanceof_expression" => operate::instance_of(making, node),
        "lambda_expression" => closure(making, node),
        "method_reference" => reference(making, node),
        "switch_expression" => choose::value(making, node),
        "cast_expression" => *boxed(making, node.child_by_field_name("value"), node),
        "parenthesized_expression" | "expression_statement" => *boxed(making, children(node).next(), node),
        "template_expression" => *boxed(making, node.child_by_field_name("template_argument"), node),
        "annotation" | "marker_annotation" => annotation(making, node),
        "class_body" => body(making, node),
        "ERROR" => gap(making, node),
        _ => leaf(making, node).unwrap_or_else(|| opaque(making, node)),
    }
}

/// What has nothing in it.
fn leaf(making: &Making<'_>, node: Node<'_>) -> Option<Expression> {
    let kind = match node.kind() {
        "this" => Kind::Name("this".into()),
        "super" => Kind::Name("super".into()),
        "character_literal" => {
            let inner = making.text(node).trim_matches('\'');
            Kind::Text(literal::unescaped(inner).into())
        }
        "decimal_integer_literal"
        | "hex_integer_literal"
        | "octal_integer_literal"
        | "binary_integer_literal"
        | "decimal_floating_point_literal"
        | "hex_floating_point_literal" => Kind::Number(making.name(node)),
        "true" => Kind::Bool(true),
        "false" => Kind::Bool(false),
        "null_literal" => Kind::Null,
        "class_literal" => return children(node).next().map(|of| type_value(making, of)),
        "type_identifier" | "scoped_type_identifier" | "generic_type" | "scoped_identifier" => {
            return Some(type_value(making, node));
        }
        _ => return None,
    };
    Some(at(node, kind))
}

fn gap(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let parts = children(node).map(|child| express(making, child)).collect();
    making.gap(node, parts)
}

fn closure(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    at(node, Kind::Function(lambda(making, node)))
}

fn body(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    at(node, Kind::Class(anonymous(making, node, Vec::new())))
}

fn array_access(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let of = boxed(making, node.child_by_field_name("array"), node);
    at(node, Kind::Index(of, boxed(making, node.child_by_field_name("index"), node)))
}

fn assigned(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    match perform::assignment(making, node) {
        Some((target, value)) => at(node, Kind::Assign(Box::new(target), Box::new(value))),
        None => opaque(making, node),
    }
}

fn opaque(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    at(node, Kind::Opaque(children(node).map(|child| express(making, child)).collect()))
}

/// A name alone: `this.` may be left out before it.
fn bare(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let name = making.name(node);
    let meaning = making.scopes().value(&name);
    meant(node, name, meaning)
}

fn meant(node: Node<'_>, name: Text, meaning: Meaning) -> Expression {
    let of = match meaning {
        Meaning::Name => return at(node, Kind::Name(name)),
        Meaning::OfThis => "this".into(),
        Meaning::OfClass(class) => class,
    };
    at(node, Kind::Member(Box::new(at(node, Kind::Name(of))), name))
}

/// `a.b`. `Outer.this` is said to be `Outer`: the object around has no name of its own here.
fn field_access(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let of = boxed(making, node.child_by_field_name("object"), node);
    match node.child_by_field_name("field") {
        Some(field) if field.kind() == "this" => *of,
        Some(field) => at(node, Kind::Member(of, making.name(field))),
        None => *of,
    }
}

/// What gets a value.
pub(super) fn target(making: &mut Making<'_>, node: Node<'_>) -> Target {
    match express(making, node).kind {
        Kind::Name(name) => Target::Name(name),
        Kind::Member(of, name) => Target::Member(*of, name),
        Kind::Index(of, key) => Target::Index(*of, *key),
        _ => Target::Nothing,
    }
}

/// `a.b(c)`, `b(c)`.
fn call(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let Some(named) = node.child_by_field_name("name") else { return opaque(making, node) };
    let name = making.name(named);
    let callee = if let Some(object) = node.child_by_field_name("object") {
        let of = Box::new(express(making, object));
        let span = object.start_byte()..named.end_byte();
        Expression { span, kind: Kind::Member(of, name) }
    } else {
        let imported = making.module().imports.iter().any(|import| import.local == name);
        let meaning = if imported { Meaning::Name } else { making.scopes().called(&name) };
        meant(named, name, meaning)
    };
    let arguments = arguments(making, node.child_by_field_name("arguments"));
    construct::known(node, callee, arguments)
}

/// What stands in the parentheses of a call.
pub(super) fn arguments(making: &mut Making<'_>, node: Option<Node<'_>>) -> Vec<Argument> {
    node.into_iter().flat_map(children).map(|part| plain(express(making, part))).collect()
}

/// `this::f` is `this.f`, `T::new` is `T`.
fn reference(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let mut parts = children(node).filter(|part| part.kind() != "type_arguments");
    let Some(of) = parts.next() else { return opaque(making, node) };
    let of = express(making, of);
    match parts.last() {
        Some(name) => at(node, Kind::Member(Box::new(of), making.name(name))),
        None => of,
    }
}
