//! Functions, types, and what they can do.

use tree_sitter::Node;

use super::{
    express::express,
    macros, pattern,
    perform::{Wants, block, value_into},
    types::{bare, hint, last, left_out},
};
use crate::{
    ir::{ClassId, Expression, Field, FunctionId, Kind, Parameter, Statement, Step, Takes},
    lower::making::{Making, at, children, fields, plain, step},
};

/// `fn name(..)` outside of types.
pub(super) fn function(making: &mut Making<'_>, node: Node<'_>, attributes: &[Node<'_>]) -> Statement {
    step(node, Step::Function(method(making, node, None, attributes)))
}

fn method(
    making: &mut Making<'_>,
    node: Node<'_>,
    class: Option<ClassId>,
    attributes: &[Node<'_>],
) -> FunctionId {
    let name = node.child_by_field_name("name").map_or("", |name| making.text(name)).to_owned();
    let decorators = decorators(making, attributes);
    let list = node.child_by_field_name("parameters");
    let receiver = list.and_then(|list| children(list).find(|child| is_self(*child)));
    let returns = node.child_by_field_name("return_type").map(|of| making.name(of));
    let wants = if returns.is_some() { Wants::Return } else { Wants::Nothing };
    let id = making.make_function(node, &name, class, |making, _| {
        let parameters: Vec<_> =
            list.into_iter().flat_map(children).filter_map(|child| parameter(making, child)).collect();
        let mut body = Vec::new();
        if let Some(node) = node.child_by_field_name("body") {
            block(making, node, &wants, &mut body);
        }
        (parameters, body)
    });
    let made = making.function(id);
    made.receiver = receiver.map(|_| "self".into());
    made.returns = returns;
    made.decorators = decorators;
    id
}

/// `&self`, `self: Arc<Self>`.
fn is_self(node: Node<'_>) -> bool {
    let pattern = node.child_by_field_name("pattern");
    node.kind() == "self_parameter" || pattern.is_some_and(|pattern| pattern.kind() == "self")
}

fn parameter(making: &mut Making<'_>, node: Node<'_>) -> Option<Parameter> {
    let (name, of) = match node.kind() {
        _ if is_self(node) => return None,
        "parameter" => (node.child_by_field_name("pattern")?, node.child_by_field_name("type")),
        "attribute_item" | "variadic_parameter" => return None,
        // A closure's, or a bare type.
        _ => (node, None),
    };
    Some(Parameter {
        target: pattern::target(making, name),
        takes: Takes::One,
        hint: of.and_then(|of| hint(making, of)),
        default: of.and_then(|of| left_out(making, of)),
        decorators: Vec::new(),
    })
}

/// `|a, b| ..`.
pub(super) fn closure(making: &mut Making<'_>, node: Node<'_>) -> FunctionId {
    making.make_function(node, "", None, |making, _| {
        let list = node.child_by_field_name("parameters");
        let parameters =
            list.into_iter().flat_map(children).filter_map(|child| parameter(making, child)).collect();
        let mut body = Vec::new();
        match node.child_by_field_name("body") {
            Some(of) if of.kind() == "block" => block(making, of, &Wants::Return, &mut body),
            Some(of) => value_into(making, of, &Wants::Return, &mut body),
            None => {}
        }
        (parameters, body)
    })
}

/// `struct`, `enum`, `union`.
pub(super) fn type_of(making: &mut Making<'_>, node: Node<'_>, attributes: &[Node<'_>]) -> Statement {
    let id = declared(making, node, attributes);
    let body = node.child_by_field_name("body");
    let mut held = Vec::new();
    for child in body.into_iter().flat_map(children).filter(|child| child.kind() == "field_declaration") {
        let of = child.child_by_field_name("type");
        held.push(Field {
            name: child.child_by_field_name("name").map_or_else(|| "".into(), |name| making.name(name)),
            hint: of.and_then(|of| hint(making, of)),
            value: of.and_then(|of| left_out(making, of)),
            span: child.byte_range(),
        });
    }
    if let Some(body) = body.filter(|body| body.kind() == "ordered_field_declaration_list") {
        for (index, of) in fields(body, "type").into_iter().enumerate() {
            held.push(Field {
                name: index.to_string().into(),
                hint: hint(making, of),
                value: None,
                span: of.byte_range(),
            });
        }
    }
    making.class(id).fields = held;
    step(node, Step::Class(id))
}

fn declared(making: &mut Making<'_>, node: Node<'_>, attributes: &[Node<'_>]) -> ClassId {
    let name = node.child_by_field_name("name").map_or("", |name| making.text(name)).to_owned();
    let id = making.declare_class(node, &name);
    let decorators = decorators(making, attributes);
    making.class(id).decorators.extend(decorators);
    id
}

/// A trait is a class whose methods others have, too.
pub(super) fn a_trait(making: &mut Making<'_>, node: Node<'_>, attributes: &[Node<'_>]) -> Statement {
    let id = declared(making, node, attributes);
    let bounds = node.child_by_field_name("bounds").into_iter().flat_map(children);
    for bound in bounds.filter(|bound| bound.kind() != "lifetime") {
        let base = express(making, bare(bound));
        making.class(id).bases.push(base);
    }
    let name = making.class(id).name.clone();
    members(making, node, id, &name);
    step(node, Step::Class(id))
}

/// `impl A` and `impl B for A` are noted with `A`, which may stand in another file.
pub(super) fn implementation(making: &mut Making<'_>, node: Node<'_>) {
    let Some(of) = node.child_by_field_name("type") else { return };
    let name = last(making.text(bare(of))).to_owned();
    let id = making.gather_class(node, &name);
    if let Some(base) = node.child_by_field_name("trait") {
        let base = express(making, bare(base));
        making.class(id).bases.push(base);
    }
    members(making, node, id, &name);
}

fn members(making: &mut Making<'_>, node: Node<'_>, class: ClassId, name: &str) {
    let body = node.child_by_field_name("body");
    making.with_this(name.into(), |making| {
        let mut before = Vec::new();
        for child in body.into_iter().flat_map(children) {
            match child.kind() {
                "attribute_item" => {
                    before.push(child);
                    continue;
                }
                "function_item" => {
                    method(making, child, Some(class), &before);
                }
                "const_item" => {
                    let value = child.child_by_field_name("value").map(|value| express(making, value));
                    let called = child.child_by_field_name("name").map(|name| making.name(name));
                    let hint = child.child_by_field_name("type").and_then(|of| hint(making, of));
                    let name = called.unwrap_or_else(|| "".into());
                    making.class(class).fields.push(Field { name, hint, value, span: child.byte_range() });
                }
                _ => {}
            }
            before.clear();
        }
    });
}

/// `#[derive(Deserialize)]`, `#[tool(name = "x")]`.
fn decorators(making: &mut Making<'_>, attributes: &[Node<'_>]) -> Vec<Expression> {
    let mut all = Vec::new();
    for attribute in attributes.iter().filter_map(|item| children(*item).next()) {
        let Some(path) = children(attribute).next() else { continue };
        let callee = express(making, path);
        all.push(match attribute.child_by_field_name("arguments") {
            Some(given) => {
                let arguments = macros::arguments(making, given).unwrap_or_default();
                at(attribute, Kind::Call { callee: Box::new(callee), arguments, new: false })
            }
            None => match attribute.child_by_field_name("value") {
                Some(value) => {
                    let arguments = vec![plain(express(making, value))];
                    at(attribute, Kind::Call { callee: Box::new(callee), arguments, new: false })
                }
                None => callee,
            },
        });
    }
    all
}
