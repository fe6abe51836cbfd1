//! Expressions.

use tree_sitter::Node;

use super::{
    assign, children, choose, construct,
    define::{anonymous, lambda},
    hint::type_value,
    known, literal, operate, pattern, query,
};
use crate::{
    ir::{Argument, Expression, Kind, Operator, Statement, Step, Takes, Target, Text},
    lower::{
        making::{Making, at, plain, step},
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

/// The value where its type is written: `new()` is of that type.
pub(super) fn of_type(making: &mut Making<'_>, node: Node<'_>, hint: Option<&Text>) -> Expression {
    match (node.kind(), hint) {
        ("implicit_object_creation_expression", Some(hint)) => {
            let hint = hint.clone();
            making.deeper(node, |making| construct::implicit(making, node, Some(&hint)))
        }
        _ => express(making, node),
    }
}

/// Only a list of who reads what: its frame stands once for each level of the source.
fn one(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    match node.kind() {
        "identifier" | "generic_name" => bare(making, node),
        "interpolated_string_expression" => literal::template(making, node),
        "invocation_expression" => call(making, node),
        "member_access_expression" => member(making, node),
        "conditional_access_expression" => conditional(making, node),
        "element_access_expression" => element(making, node),
        "object_creation_expression" => construct::new(making, node),
        "implicit_object_creation_expression" => construct::implicit(making, node, None),
        "anonymous_object_creation_expression" => construct::anonymous(making, node),
        "array_creation_expression" | "implicit_array_creation_expression" => construct::array(making, node),
        "initializer_expression" => construct::initializer(making, node),
        "collection_expression" => construct::collection(making, node),
        "with_expression" => construct::with(making, node),
        "tuple_expression" => at(node, Kind::List(arguments(making, Some(node)))),
        "binary_expression" => operate::binary(making, node),
        "prefix_unary_expression" => operate::prefix(making, node),
        "postfix_unary_expression" => operate::postfix(making, node),
        "assignment_expression" => assign::value(making, node),
        "conditional_expression" => operate::ternary(making, node),
        "is_expression" => operate::is_type(making, node),
        "is_pattern_expression" => pattern::question(making, node),
        "as_expression" => *boxed(making, node.child_by_field_name("left"), node),
        "cast_expression" => *boxed(making, node.child_by_field_name("value"), node),
        "await_expression"
        | "parenthesized_expression"
        | "checked_expression"
        | "ref_expression"
        | "expression_element"
        | "expression_statement"
        | "arrow_expression_clause" => *boxed(making, children(node).next(), node),
        "lambda_expression" => closure(making, node, false),
        "anonymous_method_expression" => closure(making, node, true),
        "switch_expression" => choose::value(making, node),
        "query_expression" => query::query(making, node),
        "throw_expression" => thrown(making, node),
        "declaration_expression" => declaration(making, node),
        "preproc_if" => *boxed(making, children(node).nth(1), node),
        "ERROR" => gap(making, node),
        _ => leaf(making, node).unwrap_or_else(|| opaque(making, node)),
    }
}

/// What has nothing in it.
fn leaf(making: &Making<'_>, node: Node<'_>) -> Option<Expression> {
    let kind = match node.kind() {
        "this" => Kind::Name("this".into()),
        "base" => Kind::Name("super".into()),
        "string_literal" | "verbatim_string_literal" | "raw_string_literal" | "character_literal" => {
            Kind::Text(literal::string(making, node))
        }
        "integer_literal" | "real_literal" => Kind::Number(making.name(node)),
        "boolean_literal" => Kind::Bool(making.text(node) == "true"),
        "null_literal" | "default_expression" => Kind::Null,
        "typeof_expression" => {
            return node.child_by_field_name("type").map(|of_type| type_value(making, of_type));
        }
        "predefined_type" | "qualified_name" | "alias_qualified_name" | "nullable_type" => {
            return Some(type_value(making, node));
        }
        _ => return None,
    };
    Some(at(node, kind))
}

pub(super) fn opaque(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    at(node, Kind::Opaque(children(node).map(|child| express(making, child)).collect()))
}

fn gap(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let parts = children(node).map(|child| express(making, child)).collect();
    making.gap(node, parts)
}

fn closure(making: &mut Making<'_>, node: Node<'_>, old: bool) -> Expression {
    let id = if old { anonymous(making, node) } else { lambda(making, node) };
    at(node, Kind::Function(id))
}

fn thrown(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let value = children(node).next().map(|value| express(making, value));
    at(node, Kind::Block(vec![step(node, Step::Throw(value))], None))
}

/// `out var x`: whoever is called gives it its value.
fn declaration(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let Some(name) = node.child_by_field_name("name").map(|name| simple(making, name)) else {
        return opaque(making, node);
    };
    making.scopes().declare(&name);
    let value = Box::new(at(node, Kind::Opaque(Vec::new())));
    at(node, Kind::Assign(Box::new(Target::Name(name)), value))
}

/// A name without its type arguments, and without `@`.
pub(super) fn simple(making: &Making<'_>, node: Node<'_>) -> Text {
    let text = making.text(node).split('<').next().unwrap_or_default().trim();
    text.strip_prefix('@').unwrap_or(text).into()
}

/// A name alone: `this.` may be left out before it.
fn bare(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let name = simple(making, node);
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

/// `a.b`.
fn member(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let of = boxed(making, node.child_by_field_name("expression"), node);
    match node.child_by_field_name("name") {
        Some(name) => at(node, Kind::Member(of, simple(making, name))),
        None => *of,
    }
}

/// `a?.b`, `a?[b]`.
fn conditional(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let of = boxed(making, node.child_by_field_name("condition"), node);
    let Some(bound) = children(node).last() else { return *of };
    if bound.kind() == "member_binding_expression" {
        match bound.child_by_field_name("name") {
            Some(name) => at(node, Kind::Member(of, simple(making, name))),
            None => *of,
        }
    } else {
        let key = arguments(making, Some(bound)).into_iter().next();
        let key = key.map_or_else(|| at(bound, Kind::Opaque(Vec::new())), |key| key.value);
        at(node, Kind::Index(of, Box::new(key)))
    }
}

/// `a[b]`.
fn element(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let of = boxed(making, node.child_by_field_name("expression"), node);
    let mut keys = arguments(making, node.child_by_field_name("subscript")).into_iter().map(|key| key.value);
    match (keys.next(), keys.next()) {
        (Some(key), None) => at(node, Kind::Index(of, Box::new(key))),
        (first, second) => {
            at(node, Kind::Opaque(std::iter::once(*of).chain(first).chain(second).chain(keys).collect()))
        }
    }
}

/// `a.b(c)`, `b(c)`.
fn call(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let Some(function) = node.child_by_field_name("function") else { return opaque(making, node) };
    if matches!(function.kind(), "identifier" | "generic_name") {
        let name = simple(making, function);
        if &*name == "nameof" {
            return named(making, node);
        }
        let meaning = making.scopes().called(&name);
        let callee = meant(function, name, meaning);
        let given = arguments(making, node.child_by_field_name("arguments"));
        return known::known(node, callee, given);
    }
    let callee = express(making, function);
    let given = arguments(making, node.child_by_field_name("arguments"));
    if let Some(found) = tried(node, &callee, &given) {
        return found;
    }
    known::known(node, callee, given)
}

/// `nameof(a.b)` is `"b"`.
fn named(making: &Making<'_>, node: Node<'_>) -> Expression {
    let inner = making.text(node).trim_end_matches(')');
    let last = inner.rsplit(['.', '(']).next().unwrap_or_default().trim();
    at(node, Kind::Text(last.into()))
}

/// `a.TryGetValue(k, out var v)` gives `v` what `a[k]` is.
fn tried(node: Node<'_>, callee: &Expression, given: &[Argument]) -> Option<Expression> {
    let Kind::Member(of, method) = &callee.kind else { return None };
    let [key, Argument { value: Expression { kind: Kind::Assign(target, _), .. }, .. }] = given else {
        return None;
    };
    let Target::Name(target) = &**target else { return None };
    if &**method != "TryGetValue" {
        return None;
    }
    let (of, again) = (pattern::again(of)?, pattern::again(of)?);
    let (key, asked) = (pattern::again(&key.value)?, pattern::again(&key.value)?);
    let value = at(node, Kind::Index(Box::new(of), Box::new(key)));
    let found: Statement =
        step(node, Step::Assign { target: Target::Name(target.clone()), hint: None, value });
    let callee = Box::new(at(node, Kind::Member(Box::new(again), "ContainsKey".into())));
    let asked = at(node, Kind::Call { callee, arguments: vec![plain(asked)], new: false });
    Some(at(node, Kind::Block(vec![found], Some(Box::new(asked)))))
}

/// What stands in the parentheses of a call.
pub(super) fn arguments(making: &mut Making<'_>, node: Option<Node<'_>>) -> Vec<Argument> {
    let all = node.into_iter().flat_map(children);
    all.map(|part| argument(making, part)).collect()
}

fn argument(making: &mut Making<'_>, node: Node<'_>) -> Argument {
    if node.kind() != "argument" {
        return plain(express(making, node));
    }
    let name = node.child_by_field_name("name");
    let value = children(node).filter(|child| Some(*child) != name).last();
    let mut value = *boxed(making, value, node);
    let given_back = node.child(0).is_some_and(|first| first.kind() == "out");
    if let (true, Kind::Name(_)) = (given_back, &value.kind) {
        // Whoever is called writes to it.
        if let Kind::Name(name) = value.kind {
            let unknown = Box::new(at(node, Kind::Opaque(Vec::new())));
            value = at(node, Kind::Assign(Box::new(Target::Name(name)), unknown));
        }
    }
    Argument { name: name.map(|name| simple(making, name)), gives: Takes::One, value }
}

/// Two values and what is done with them.
pub(super) fn binary(node: Node<'_>, operator: Operator, left: Expression, right: Expression) -> Expression {
    at(node, Kind::Binary(operator, Box::new(left), Box::new(right)))
}
