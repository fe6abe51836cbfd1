//! Functions: declarations, closures, methods, and what they take.

use tree_sitter::Node;

use super::{
    compiled, express::express, hint::hint, literal::key_text, perform::body_of, shape, target::target,
};
use crate::{
    ir::{ClassId, Expression, FunctionId, Kind, Parameter, Statement, Step, Takes, Target, Text},
    lower::making::{Making, at, children, fields, step},
};

/// A function of that name.
pub(super) fn function(
    making: &mut Making<'_>,
    node: Node<'_>,
    name: &str,
    class: Option<ClassId>,
) -> FunctionId {
    let returns = node.child_by_field_name("return_type").and_then(|annotation| hint(making, annotation));
    let id = making.make_function(node, name, class, |making, _| {
        let mut body = node.child_by_field_name("body");
        let mut takes =
            node.child_by_field_name("parameters").or_else(|| node.child_by_field_name("parameter"));
        if let Some(inner) = body.and_then(|body| compiled::awaited_body(making, body)) {
            body = inner.child_by_field_name("body");
            // Where there are defaults, compilers give the names to the inner one.
            takes = inner
                .child_by_field_name("parameters")
                .filter(|inner| children(*inner).next().is_some())
                .or(takes);
        }
        let mut steps = Vec::new();
        let parameters = takes.map(|takes| parameters(making, takes, &mut steps)).unwrap_or_default();
        if let Some(body) = body {
            body_of(making, body, &mut steps);
        }
        (parameters, steps)
    });
    let made = making.function(id);
    made.returns = returns;
    if class.is_some() {
        made.receiver = Some("this".into());
    }
    id
}

/// A method of a class, or of an object.
pub(super) fn method(making: &mut Making<'_>, node: Node<'_>, class: Option<ClassId>) -> FunctionId {
    let name_node = node.child_by_field_name("name");
    let mut name = name_node.map_or_else(|| "".into(), |name| key_text(making, name));
    let mut decorators: Vec<Expression> = fields(node, "decorator")
        .into_iter()
        .filter_map(|decorator| children(decorator).next())
        .map(|decorator| express(making, decorator))
        .collect();
    let mut cursor = node.walk();
    let marks: Vec<_> = node.children(&mut cursor).take_while(|child| Some(*child) != name_node).collect();
    for mark in marks {
        match mark.kind() {
            "get" => decorators.push(at(mark, Kind::Name("get".into()))),
            // So that nobody takes it for the method that gives the value.
            "set" => name = format!("set {name}").into(),
            _ => {}
        }
    }
    let id = function(making, node, &name, class);
    let made = making.function(id);
    made.decorators = decorators;
    made.receiver = Some("this".into());
    id
}

/// What it takes; what TypeScript assigns by itself becomes steps.
fn parameters(making: &mut Making<'_>, node: Node<'_>, steps: &mut Vec<Statement>) -> Vec<Parameter> {
    if node.kind() != "formal_parameters" {
        return vec![parameter(making, node, node)];
    }
    let mut all = Vec::new();
    for child in children(node).filter(|child| child.kind() != "ERROR") {
        let Some(pattern) = pattern(child) else { continue };
        if pattern.kind() == "this" {
            continue;
        }
        let made = parameter(making, child, pattern);
        match &made.target {
            Target::Name(name) if is_field(child) => steps.push(kept(child, name)),
            _ => {}
        }
        all.push(made);
    }
    all
}

/// What a parameter is called, or taken apart into.
fn pattern(node: Node<'_>) -> Option<Node<'_>> {
    match node.kind() {
        "required_parameter" | "optional_parameter" => {
            node.child_by_field_name("pattern").or_else(|| node.child_by_field_name("name"))
        }
        "assignment_pattern" => node.child_by_field_name("left"),
        _ => Some(node),
    }
}

fn parameter(making: &mut Making<'_>, node: Node<'_>, pattern: Node<'_>) -> Parameter {
    let takes = if pattern.kind() == "rest_pattern" { Takes::Rest } else { Takes::One };
    let default = match node.kind() {
        "assignment_pattern" => node.child_by_field_name("right"),
        "required_parameter" | "optional_parameter" => node.child_by_field_name("value"),
        _ => None,
    };
    let decorators = fields(node, "decorator");
    // What may be left out is nothing then.
    let is_left_out = node.kind() == "optional_parameter"
        || (node.kind() == "required_parameter"
            && pattern.kind() == "identifier"
            && shape::may_be_left_out(making, node));
    let nothing = (default.is_none() && is_left_out).then(|| at(pattern, Kind::Null));
    Parameter {
        target: target(making, pattern),
        takes,
        hint: node.child_by_field_name("type").and_then(|annotation| hint(making, annotation)),
        default: default.map(|value| express(making, value)).or(nothing),
        decorators: decorators
            .into_iter()
            .filter_map(|decorator| children(decorator).next())
            .map(|decorator| express(making, decorator))
            .collect(),
    }
}

/// Whether a parameter of a constructor is a field as well.
fn is_field(node: Node<'_>) -> bool {
    let mut cursor = node.walk();
    node.children(&mut cursor)
        .any(|child| matches!(child.kind(), "accessibility_modifier" | "readonly" | "override_modifier"))
}

/// `this.name = name`.
fn kept(node: Node<'_>, name: &Text) -> Statement {
    let target = Target::Member(at(node, Kind::Name("this".into())), name.clone());
    let value = at(node, Kind::Name(name.clone()));
    step(node, Step::Assign { target, hint: None, value })
}
