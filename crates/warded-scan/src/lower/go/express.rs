//! Expressions.

use tree_sitter::Node;

use super::{define, literal, types};
use crate::{
    ir::{Argument, Expression, Kind, Operator, Takes, Target},
    lower::making::{Making, at, children, plain},
};

/// The value of an expression.
pub(super) fn express(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    making.deeper(node, |making| one(making, node))
}

/// The value of an expression, or of nothing that is known.
pub(super) fn boxed(making: &mut Making<'_>, node: Option<Node<'_>>, whole: Node<'_>) -> Box<Expression> {
    Box::new(match node {
        Some(node) => express(making, node),
        None => at(whole, Kind::Opaque(Vec::new())),
    })
}

fn one(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let field = |name: &str| node.child_by_field_name(name);
    let kind = match node.kind() {
        "identifier" | "package_identifier" | "field_identifier" | "type_identifier" => {
            Kind::Name(making.name(node))
        }
        "interpreted_string_literal" | "raw_string_literal" => Kind::Text(literal::text(making, node)),
        "int_literal" | "float_literal" | "imaginary_literal" | "iota" => Kind::Number(making.name(node)),
        "rune_literal" => Kind::Text(making.text(node).trim_matches('\'').into()),
        "true" => Kind::Bool(true),
        "false" => Kind::Bool(false),
        "nil" => Kind::Null,
        "call_expression" => return call(making, node),
        "selector_expression" => member(making, node, "operand", "field"),
        "qualified_type" => member(making, node, "package", "name"),
        "index_expression" => {
            let of = boxed(making, field("operand"), node);
            Kind::Index(of, boxed(making, field("index"), node))
        }
        "type_conversion_expression" if field("type").is_some_and(|of| of.kind() == "generic_type") => {
            // `f[T](x)` looks like it, and is a call more often.
            let callee = boxed(making, field("type"), node);
            let arguments = vec![plain(*boxed(making, field("operand"), node))];
            Kind::Call { callee, arguments, new: false }
        }
        "type_assertion_expression" | "type_conversion_expression" => {
            return *boxed(making, field("operand"), node);
        }
        "generic_type" | "type_instantiation_expression" => return *boxed(making, field("type"), node),
        "unary_expression" => return unary(making, node),
        "binary_expression" => binary(making, node),
        "composite_literal" => return literal::composite(making, node),
        "func_literal" => Kind::Function(define::closure(making, node)),
        "parenthesized_expression" | "literal_element" | "variadic_argument" | "pointer_type" => {
            return *boxed(making, children(node).next(), node);
        }
        "expression_list" => return list(making, node),
        "ERROR" => {
            let parts = children(node).map(|child| express(making, child)).collect();
            return making.gap(node, parts);
        }
        _ => Kind::Opaque(children(node).map(|child| express(making, child)).collect()),
    };
    at(node, kind)
}

/// One value, or several as a list.
pub(super) fn list(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let mut parts: Vec<_> = children(node).map(|part| plain(express(making, part))).collect();
    match (parts.len(), parts.pop()) {
        (1, Some(part)) => part.value,
        (_, last) => at(node, Kind::List(parts.into_iter().chain(last).collect())),
    }
}

fn member(making: &mut Making<'_>, node: Node<'_>, of: &str, name: &str) -> Kind {
    let name = node.child_by_field_name(name).map_or_else(|| "".into(), |name| making.name(name));
    Kind::Member(boxed(making, node.child_by_field_name(of), node), name)
}

/// Addresses and what is at them, and what comes out of a channel, are what they are of.
fn unary(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let operand = boxed(making, node.child_by_field_name("operand"), node);
    match node.child_by_field_name("operator").map(|operator| operator.kind()) {
        Some("!") => at(node, Kind::Not(operand)),
        Some("&" | "*" | "<-") => *operand,
        _ => at(node, Kind::Opaque(vec![*operand])),
    }
}

fn binary(making: &mut Making<'_>, node: Node<'_>) -> Kind {
    let operator = match node.child_by_field_name("operator").map(|operator| operator.kind()) {
        Some("==") => Operator::Equal,
        Some("!=") => Operator::Unequal,
        Some("&&") => Operator::And,
        Some("||") => Operator::Or,
        Some("+") => Operator::Plus,
        Some("<" | "<=" | ">" | ">=") => Operator::Order,
        _ => Operator::Other,
    };
    let left = boxed(making, node.child_by_field_name("left"), node);
    Kind::Binary(operator, left, boxed(making, node.child_by_field_name("right"), node))
}

fn call(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let function = node.child_by_field_name("function");
    let given: Vec<_> = node.child_by_field_name("arguments").into_iter().flat_map(children).collect();
    if let Some(built_in) = function.and_then(|function| built_in(making, node, function, &given)) {
        return built_in;
    }
    let callee = boxed(making, function, node);
    let arguments = given.into_iter().map(|part| argument(making, part)).collect();
    at(node, Kind::Call { callee, arguments, new: false })
}

/// What comes with the language and looks like a call, and formats.
fn built_in(
    making: &mut Making<'_>,
    node: Node<'_>,
    function: Node<'_>,
    given: &[Node<'_>],
) -> Option<Expression> {
    let kind = match (making.text(function), given) {
        // Two lists as one.
        ("append", [first, more @ ..]) => {
            let left = boxed(making, Some(*first), node);
            let right = match more {
                [all] if all.kind() == "variadic_argument" => boxed(making, Some(*all), node),
                _ => {
                    let parts = more.iter().map(|part| argument(making, *part)).collect();
                    Box::new(at(node, Kind::List(parts)))
                }
            };
            Kind::Binary(Operator::Merge, left, right)
        }
        ("make", [of, ..]) => return Some(types::made(making, *of, node)),
        ("new", [of]) => return Some(types::zero(making, *of, node)),
        ("delete", [of, key]) => {
            let callee = Kind::Member(boxed(making, Some(*of), node), "delete".into());
            let arguments = vec![argument(making, *key)];
            Kind::Call { callee: Box::new(at(*of, callee)), arguments, new: false }
        }
        ("fmt.Sprintf", _) => return literal::formatted(making, node, given),
        (name, [value]) if types::is_basic(name) => return Some(express(making, *value)),
        _ => return None,
    };
    Some(at(node, kind))
}

fn argument(making: &mut Making<'_>, node: Node<'_>) -> Argument {
    let gives = if node.kind() == "variadic_argument" { Takes::Rest } else { Takes::One };
    Argument { name: None, gives, value: express(making, node) }
}

/// What gets a value.
pub(super) fn target(making: &mut Making<'_>, node: Node<'_>) -> Target {
    let field = |name: &str| node.child_by_field_name(name);
    match node.kind() {
        "identifier" | "type_identifier" | "field_identifier" => match making.text(node) {
            "_" => Target::Nothing,
            name => Target::Name(name.into()),
        },
        "selector_expression" => {
            let name = field("field").map_or_else(|| "".into(), |name| making.name(name));
            Target::Member(*boxed(making, field("operand"), node), name)
        }
        "index_expression" => {
            let of = *boxed(making, field("operand"), node);
            Target::Index(of, *boxed(making, field("index"), node))
        }
        _ => Target::Nothing,
    }
}

/// What gets a value: one, or several in order.
pub(super) fn targets(making: &mut Making<'_>, node: Node<'_>) -> Target {
    let mut all: Vec<_> = children(node).map(|part| target(making, part)).collect();
    match (all.len(), all.pop()) {
        (1, Some(one)) => one,
        (_, last) => Target::Several(all.into_iter().chain(last).collect()),
    }
}
