//! Expressions.

use tree_sitter::Node;

use super::{
    define, literal, macros,
    perform::{Wants, value_into},
    types::bare,
    uses,
};
use crate::{
    ir::{Argument, Expression, Kind, Operator, Step, Target},
    lower::making::{Making, at, children, plain, step},
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
        "identifier"
        | "type_identifier"
        | "field_identifier"
        | "primitive_type"
        | "self"
        | "super"
        | "crate"
        | "shorthand_field_identifier" => named(making, node),
        "string_literal" | "raw_string_literal" | "char_literal" => Kind::Text(literal::text(making, node)),
        "integer_literal" | "float_literal" | "negative_literal" => Kind::Number(making.name(node)),
        "boolean_literal" => Kind::Bool(making.text(node) == "true"),
        "unit_expression" => Kind::Null,
        "scoped_identifier" | "scoped_type_identifier" => return path(making, node),
        "call_expression" => return call(making, node),
        "macro_invocation" => return macros::express(making, node),
        "field_expression" => return part(making, node),
        "index_expression" => {
            let mut parts = children(node);
            let of = boxed(making, parts.next(), node);
            Kind::Index(of, boxed(making, parts.next(), node))
        }
        "try_expression" => {
            let of = boxed(making, children(node).next(), node);
            match of.kind {
                Kind::Call { .. } => Kind::Tried(of),
                _ => return *of,
            }
        }
        "await_expression" | "parenthesized_expression" | "yield_expression" => {
            return *boxed(making, children(node).next(), node);
        }
        "reference_expression" | "type_cast_expression" => return *boxed(making, field("value"), node),
        "generic_function" => return *boxed(making, field("function"), node),
        "generic_type"
        | "generic_type_with_turbofish"
        | "bracketed_type"
        | "reference_type"
        | "dynamic_type"
        | "qualified_type" => return inner_type(making, node),
        "unary_expression" => return unary(making, node),
        "binary_expression" => binary(making, node),
        "array_expression" | "tuple_expression" => list(making, node),
        "struct_expression" => literal::record(making, node),
        "closure_expression" => Kind::Function(define::closure(making, node)),
        "if_expression" => return either(making, node),
        "block" | "unsafe_block" | "async_block" | "const_block" | "try_block" | "match_expression" => {
            return worth(making, node);
        }
        "loop_expression"
        | "while_expression"
        | "for_expression"
        | "return_expression"
        | "break_expression"
        | "continue_expression"
        | "assignment_expression"
        | "compound_assignment_expr" => {
            let mut body = Vec::new();
            value_into(making, node, &Wants::Nothing, &mut body);
            Kind::Block(body, None)
        }
        "let_condition" | "let_chain" => return super::pattern::condition(making, node),
        "ERROR" => {
            let parts = children(node).map(|child| express(making, child)).collect();
            return making.gap(node, parts);
        }
        _ => Kind::Opaque(children(node).map(|child| express(making, child)).collect()),
    };
    at(node, kind)
}

fn named(making: &Making<'_>, node: Node<'_>) -> Kind {
    match (making.text(node), making.this()) {
        ("None", _) => Kind::Null,
        ("Self", Some(this)) => Kind::Name(this.clone()),
        (name, _) => Kind::Name(name.trim_start_matches("r#").into()),
    }
}

fn inner_type(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let inner = bare(node);
    if inner == node { at(node, Kind::Opaque(Vec::new())) } else { express(making, inner) }
}

/// `a::b`, `crate::a::b`, `Vec::<T>::new`, `<A as B>::c`.
fn path(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    if let Some(inner) = uses::inner_path(making, node) {
        return inner;
    }
    let name = node.child_by_field_name("name").map_or_else(|| "".into(), |name| making.name(name));
    match node.child_by_field_name("path") {
        Some(of) => at(node, Kind::Member(boxed(making, Some(of), node), name)),
        None if &*name == "None" => at(node, Kind::Null),
        None => at(node, Kind::Name(name)),
    }
}

/// `a.b`, `a.0`.
fn part(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let of = boxed(making, node.child_by_field_name("value"), node);
    match node.child_by_field_name("field") {
        Some(number) if number.kind() == "integer_literal" => {
            let index = Box::new(at(number, Kind::Number(making.name(number))));
            at(node, Kind::Index(of, index))
        }
        Some(name) => at(node, Kind::Member(of, making.text(name).trim_start_matches("r#").into())),
        None => *of,
    }
}

fn unary(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let operand = boxed(making, children(node).next(), node);
    match making.text(node).bytes().next() {
        Some(b'!') => at(node, Kind::Not(operand)),
        Some(b'*') => *operand,
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
        Some("|") => Operator::Merge,
        Some("<" | "<=" | ">" | ">=") => Operator::Order,
        _ => Operator::Other,
    };
    let left = boxed(making, node.child_by_field_name("left"), node);
    Kind::Binary(operator, left, boxed(making, node.child_by_field_name("right"), node))
}

/// The elements; of `[x; n]` the one that is repeated.
pub(super) fn list(making: &mut Making<'_>, node: Node<'_>) -> Kind {
    let count = node.child_by_field_name("length");
    let parts = children(node).filter(|part| Some(*part) != count && part.kind() != "attribute_item");
    Kind::List(parts.map(|part| plain(express(making, part))).collect())
}

/// `if a {b} else {c}` of values that do nothing but be there is a choice, as in other languages.
fn either(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let condition = node.child_by_field_name("condition");
    let then = node.child_by_field_name("consequence").and_then(sole);
    let other = node.child_by_field_name("alternative").and_then(|clause| children(clause).next());
    let other = other.filter(|other| other.kind() == "block").and_then(sole);
    match (condition, then, other) {
        (Some(condition), Some(then), Some(other)) if !condition.kind().starts_with("let_") => {
            let kind = Kind::Choice {
                condition: boxed(making, Some(condition), node),
                then: boxed(making, Some(then), node),
                otherwise: boxed(making, Some(other), node),
            };
            at(node, kind)
        }
        _ => worth(making, node),
    }
}

/// Steps, and what they are worth.
fn worth(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let name = making.fresh();
    let mut body = Vec::new();
    value_into(making, node, &Wants::Name(name.clone(), None), &mut body);
    at(node, Kind::Block(body, Some(Box::new(at(node, Kind::Name(name))))))
}

/// The only thing that a block is made of, where it is a plain value.
fn sole(block: Node<'_>) -> Option<Node<'_>> {
    let mut parts = children(block);
    let inner = parts.next()?;
    let is_plain = matches!(
        inner.kind(),
        "identifier"
            | "string_literal"
            | "call_expression"
            | "field_expression"
            | "scoped_identifier"
            | "reference_expression"
            | "array_expression"
            | "tuple_expression"
            | "boolean_literal"
    );
    (is_plain && parts.next().is_none()).then_some(inner)
}

fn call(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let function = node.child_by_field_name("function");
    let given: Vec<_> = node.child_by_field_name("arguments").into_iter().flat_map(children).collect();
    if let Some(made) = function.and_then(|function| literal::container(making, node, function, &given)) {
        return made;
    }
    if let Some(made) = function.and_then(|function| in_its_place(making, node, function, &given)) {
        return made;
    }
    let callee = boxed(making, function, node);
    let arguments = given
        .into_iter()
        .filter(|part| part.kind() != "attribute_item")
        .map(|part| plain(express(making, part)))
        .collect::<Vec<Argument>>();
    at(node, Kind::Call { callee, arguments, new: false })
}

/// `a.unwrap_or(b)`, `a.unwrap_or_else(|| b)`: the second stands in where the first is nothing.
fn in_its_place(
    making: &mut Making<'_>,
    node: Node<'_>,
    function: Node<'_>,
    given: &[Node<'_>],
) -> Option<Expression> {
    let ([other], "field_expression") = (given, function.kind()) else { return None };
    let is_worked_out = match making.text(function.child_by_field_name("field")?) {
        "unwrap_or" => false,
        "unwrap_or_else" => true,
        _ => return None,
    };
    let (name, of) = (making.fresh(), express(making, function.child_by_field_name("value")?));
    let first = step(node, Step::Assign { target: Target::Name(name.clone()), hint: None, value: of });
    let mut second = express(making, *other);
    if is_worked_out {
        let (callee, arguments) = (Box::new(second), vec![plain(at(*other, Kind::Opaque(Vec::new())))]);
        second = at(*other, Kind::Call { callee, arguments, new: false });
    }
    let first_of_both = Box::new(at(node, Kind::Name(name)));
    let either = at(node, Kind::Binary(Operator::Else, first_of_both, Box::new(second)));
    Some(at(node, Kind::Block(vec![first], Some(Box::new(either)))))
}

/// What gets a value in an assignment.
pub(super) fn target(making: &mut Making<'_>, node: Node<'_>) -> Target {
    match node.kind() {
        "identifier" if making.text(node) != "_" => Target::Name(making.name(node)),
        "tuple_expression" | "array_expression" => {
            Target::Several(children(node).map(|part| assigned(making, part)).collect())
        }
        "parenthesized_expression" | "unary_expression" | "reference_expression" => {
            children(node).last().map_or(Target::Nothing, |inner| assigned(making, inner))
        }
        "field_expression" | "index_expression" => match express(making, node).kind {
            Kind::Member(of, name) => Target::Member(*of, name),
            Kind::Index(of, key) => Target::Index(*of, *key),
            _ => Target::Nothing,
        },
        _ => Target::Nothing,
    }
}

fn assigned(making: &mut Making<'_>, node: Node<'_>) -> Target {
    let mut assigned = Target::Nothing;
    making.deeper(node, |making| {
        assigned = target(making, node);
        at(node, Kind::Null)
    });
    assigned
}
