//! Functions and classes.

use tree_sitter::Node;

use super::{
    express::{argument, express},
    perform::block,
};
use crate::{
    ir::{ClassId, Expression, Field, FunctionId, Parameter, Statement, Step, Takes, Target, Text},
    lower::making::{Making, children, step},
};

/// A function or class, with its decorators.
pub(super) fn definition(making: &mut Making<'_>, node: Node<'_>) -> Option<Statement> {
    defined(making, node, None)
}

fn defined(making: &mut Making<'_>, node: Node<'_>, class: Option<ClassId>) -> Option<Statement> {
    match node.kind() {
        "decorated_definition" => {
            let decorators: Vec<_> = children(node)
                .filter(|child| child.kind() == "decorator")
                .filter_map(|decorator| children(decorator).next())
                .map(|decorator| express(making, decorator))
                .collect();
            let defined = defined(making, node.child_by_field_name("definition")?, class)?;
            match defined.step {
                Step::Function(id) => making.function(id).decorators = decorators,
                Step::Class(id) => making.class(id).decorators = decorators,
                _ => {}
            }
            Some(defined)
        }
        "function_definition" => Some(step(node, Step::Function(function(making, node, class)))),
        "class_definition" => Some(step(node, Step::Class(self::class(making, node)))),
        _ => None,
    }
}

fn function(making: &mut Making<'_>, node: Node<'_>, class: Option<ClassId>) -> FunctionId {
    let name = node.child_by_field_name("name").map_or("", |name| making.text(name)).to_owned();
    let returns = node.child_by_field_name("return_type").map(|hint| self::hint(making, hint));
    let id = making.make_function(node, &name, class, |making, _| {
        let parameters = node
            .child_by_field_name("parameters")
            .map(|parameters| parameters_of(making, parameters))
            .unwrap_or_default();
        let mut body = Vec::new();
        if let Some(node) = node.child_by_field_name("body") {
            block(making, node, &mut body);
        }
        (parameters, body)
    });
    let made = making.function(id);
    made.returns = returns;
    // A static method has no receiver, but then it has no parameter that is called like one either.
    if class.is_some()
        && let Some(Parameter { target: Target::Name(name), .. }) = made.parameters.first()
        && matches!(&**name, "self" | "cls")
    {
        made.receiver = Some(name.clone());
        made.parameters.remove(0);
    }
    id
}

/// A lambda.
pub(super) fn lambda(making: &mut Making<'_>, node: Node<'_>) -> FunctionId {
    making.make_function(node, "", None, |making, _| {
        let parameters = node
            .child_by_field_name("parameters")
            .map(|parameters| parameters_of(making, parameters))
            .unwrap_or_default();
        let body = node.child_by_field_name("body").map(|body| {
            let value = express(making, body);
            step(body, Step::Return(Some(value)))
        });
        (parameters, body.into_iter().collect())
    })
}

fn parameters_of(making: &mut Making<'_>, node: Node<'_>) -> Vec<Parameter> {
    children(node).filter_map(|child| parameter(making, child)).collect()
}

fn parameter(making: &mut Making<'_>, node: Node<'_>) -> Option<Parameter> {
    let named = match node.kind() {
        "identifier" | "list_splat_pattern" | "dictionary_splat_pattern" => node,
        "default_parameter" | "typed_default_parameter" => node.child_by_field_name("name")?,
        "typed_parameter" => children(node).next()?,
        // `/` and `*` alone.
        _ => return None,
    };
    let takes = match named.kind() {
        "list_splat_pattern" => Takes::Rest,
        "dictionary_splat_pattern" => Takes::Named,
        _ => Takes::One,
    };
    let name = if takes == Takes::One { named } else { children(named).next()? };
    let hint = node.child_by_field_name("type").map(|hint| self::hint(making, hint));
    let default = node.child_by_field_name("value").map(|value| express(making, value));
    let mut calls = Vec::new();
    if let Some(hint) = node.child_by_field_name("type") {
        calls_in(hint, &mut calls);
    }
    let decorators = calls.into_iter().map(|call| express(making, call)).collect();
    Some(Parameter { target: Target::Name(making.name(name)), takes, hint, default, decorators })
}

/// What is called in a type says where the value comes from: `Annotated[str, Header()]`.
fn calls_in<'t>(hint: Node<'t>, calls: &mut Vec<Node<'t>>) {
    for child in children(hint) {
        match child.kind() {
            "call" => calls.push(child),
            "type" | "generic_type" | "type_parameter" | "subscript" | "binary_operator" | "union_type" => {
                calls_in(child, calls);
            }
            _ => {}
        }
    }
}

fn class(making: &mut Making<'_>, node: Node<'_>) -> ClassId {
    let name = node.child_by_field_name("name").map_or("", |name| making.text(name)).to_owned();
    let id = making.make_class(node, &name);
    if let Some(bases) = node.child_by_field_name("superclasses") {
        let bases = children(bases).map(|base| argument(making, base).value).collect();
        making.class(id).bases = bases;
    }
    let body = node.child_by_field_name("body");
    for child in body.map(|body| children(body).collect::<Vec<_>>()).unwrap_or_default() {
        match child.kind() {
            "function_definition" | "decorated_definition" | "class_definition" => {
                defined(making, child, Some(id));
            }
            "expression_statement" => {
                let field = children(child).next().and_then(|child| field(making, child));
                making.class(id).fields.extend(field);
            }
            _ => {}
        }
    }
    id
}

/// `a: T = value` in a class.
fn field(making: &mut Making<'_>, node: Node<'_>) -> Option<Field> {
    if node.kind() != "assignment" {
        return None;
    }
    let name = node.child_by_field_name("left").filter(|left| left.kind() == "identifier")?;
    let hint = node.child_by_field_name("type").map(|hint| self::hint(making, hint));
    let value: Option<Expression> = node.child_by_field_name("right").map(|value| express(making, value));
    Some(Field { name: making.name(name), hint, value, span: node.byte_range() })
}

/// A type without what stands in brackets: `Optional[X]`, `X | None` and `"X"` are `X`.
pub(super) fn hint(making: &Making<'_>, node: Node<'_>) -> Text {
    let mut text = making.text(node).trim();
    for wrapper in ["Optional[", "Annotated[", "Awaitable[", "typing.Optional[", "type["] {
        text = text.strip_prefix(wrapper).unwrap_or(text);
    }
    let text = text.trim_start_matches(['"', '\'']);
    let end = text.find(['[', '|', ',', ']', '"', '\'', ' ']).unwrap_or(text.len());
    text.get(..end).unwrap_or_default().into()
}
