//! Functions: methods, constructors, lambdas, local functions, and what they take; attributes.

use tree_sitter::Node;

use super::{
    children,
    express::{arguments, express, simple},
    hint::{dotted, hint},
    perform,
};
use crate::{
    ir::{Argument, ClassId, Expression, FunctionId, Kind, Parameter, Statement, Step, Takes, Target, Text},
    lower::making::{Making, at, does, step},
};

/// The attributes before something.
pub(super) fn attributes(making: &mut Making<'_>, node: Node<'_>) -> Vec<Expression> {
    let lists = children(node).filter(|child| child.kind() == "attribute_list").flat_map(children);
    let found: Vec<_> = lists.filter(|child| child.kind() == "attribute").collect();
    found.into_iter().map(|found| attribute(making, found)).collect()
}

/// `[A]` is `A`, `[A("b")]` and `[A(C = "d")]` are calls.
fn attribute(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let Some(name) = node.child_by_field_name("name") else {
        return at(node, Kind::Opaque(Vec::new()));
    };
    let callee = dotted(name, making.text(name).split('<').next().unwrap_or_default());
    let given = children(node).find(|child| child.kind() == "attribute_argument_list");
    let Some(given) = given else { return callee };
    let given = children(given).map(|part| {
        let name = part.child_by_field_name("name");
        let value = children(part).filter(|child| Some(*child) != name).last();
        let value = value.map_or_else(|| at(part, Kind::Null), |value| express(making, value));
        Argument { name: name.map(|name| making.name(name)), gives: Takes::One, value }
    });
    let arguments = given.collect();
    at(node, Kind::Call { callee: Box::new(callee), arguments, new: false })
}

/// Whether that word stands before it.
pub(super) fn says(making: &Making<'_>, node: Node<'_>, words: &[&str]) -> bool {
    children(node).any(|child| child.kind() == "modifier" && words.contains(&making.text(child)))
}

/// What a body does: a block, or what stands after `=>`.
pub(super) fn body_of(making: &mut Making<'_>, body: Node<'_>, gives: bool, into: &mut Vec<Statement>) {
    if body.kind() == "block" {
        perform::block(making, body, into);
        return;
    }
    let inner = match body.kind() {
        "arrow_expression_clause" => children(body).next(),
        _ => Some(body),
    };
    let Some(inner) = inner else { return };
    if gives {
        let value = express(making, inner);
        into.push(step(inner, Step::Return(Some(value))));
    } else {
        perform::expression(making, inner, into);
    }
}

/// A method, or with that name a constructor. What has no body is none: whoever extends the class has it.
pub(super) fn method(making: &mut Making<'_>, node: Node<'_>, class: ClassId, name: &str) {
    let Some(body) = node.child_by_field_name("body") else { return };
    let of_object = !says(making, node, &["static"]);
    let of_type = node.child_by_field_name("returns").or_else(|| node.child_by_field_name("type"));
    let nothing = of_type.is_none_or(|of_type| making.text(of_type) == "void");
    let returns = of_type.and_then(|of_type| hint(making, of_type));
    let decorators = attributes(making, node);
    let id = making.make_function(node, name, Some(class), |making, _| {
        making.scopes().enter_function(of_object);
        let takes = node.child_by_field_name("parameters").map(|takes| parameters(making, takes));
        let mut steps = Vec::new();
        let first = children(node).find(|child| child.kind() == "constructor_initializer");
        if let Some(first) = first {
            let call = constructor(making, first);
            steps.push(does(call));
        }
        body_of(making, body, !nothing, &mut steps);
        making.scopes().leave();
        (takes.unwrap_or_default(), steps)
    });
    let made = making.function(id);
    made.returns = returns;
    made.decorators = decorators;
    made.receiver = of_object.then(|| "this".into());
}

/// `: this(..)` is another constructor, `: base(..)` one of what it extends.
fn constructor(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let list = children(node).find(|child| child.kind() == "argument_list");
    let given = arguments(making, list);
    let mut cursor = node.walk();
    let own = node.children(&mut cursor).any(|child| child.kind() == "this");
    let callee = if own {
        let this = Box::new(at(node, Kind::Name("this".into())));
        Kind::Member(this, "<init>".into())
    } else {
        Kind::Name("super".into())
    };
    at(node, Kind::Call { callee: Box::new(at(node, callee)), arguments: given, new: false })
}

/// What a function takes.
pub(super) fn parameters(making: &mut Making<'_>, node: Node<'_>) -> Vec<Parameter> {
    let mut all: Vec<_> = children(node)
        .filter(|child| child.kind() == "parameter")
        .filter_map(|child| parameter(making, child))
        .collect();
    // What stands after `params` has no node of its own.
    if let Some(rest) = node.child_by_field_name("name") {
        let name = simple(making, rest);
        making.scopes().declare(&name);
        all.push(Parameter {
            target: Target::Name(name),
            takes: Takes::Rest,
            hint: None,
            default: None,
            decorators: Vec::new(),
        });
    }
    all
}

fn parameter(making: &mut Making<'_>, node: Node<'_>) -> Option<Parameter> {
    let named = node.child_by_field_name("name")?;
    let of_type = node.child_by_field_name("type");
    let name = simple(making, named);
    making.scopes().declare(&name);
    let default = children(node).filter(|child| {
        child.start_byte() >= named.end_byte() && !matches!(child.kind(), "attribute_list" | "modifier")
    });
    let default = default.last().map(|value| express(making, value));
    Some(Parameter {
        target: Target::Name(name),
        takes: Takes::One,
        hint: of_type.and_then(|of_type| hint(making, of_type)),
        default,
        decorators: attributes(making, node),
    })
}

/// `a => b`, `(a, b) => { .. }`.
pub(super) fn lambda(making: &mut Making<'_>, node: Node<'_>) -> FunctionId {
    making.make_function(node, "", None, |making, _| {
        making.scopes().enter_closure();
        let takes = match node.child_by_field_name("parameters") {
            Some(one) if one.kind() == "implicit_parameter" => {
                let name = simple(making, one);
                making.scopes().declare(&name);
                let target = Target::Name(name);
                vec![Parameter {
                    target,
                    takes: Takes::One,
                    hint: None,
                    default: None,
                    decorators: Vec::new(),
                }]
            }
            Some(several) => parameters(making, several),
            None => Vec::new(),
        };
        let mut steps = Vec::new();
        if let Some(body) = node.child_by_field_name("body") {
            body_of(making, body, true, &mut steps);
        }
        making.scopes().leave();
        (takes, steps)
    })
}

/// `delegate (T a) { .. }`.
pub(super) fn anonymous(making: &mut Making<'_>, node: Node<'_>) -> FunctionId {
    making.make_function(node, "", None, |making, _| {
        making.scopes().enter_closure();
        let takes = node.child_by_field_name("parameters").map(|takes| parameters(making, takes));
        let mut steps = Vec::new();
        if let Some(body) = children(node).find(|child| child.kind() == "block") {
            perform::block(making, body, &mut steps);
        }
        making.scopes().leave();
        (takes.unwrap_or_default(), steps)
    })
}

/// A function in a function.
pub(super) fn local(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let name = node.child_by_field_name("name").map_or("", |name| making.text(name)).to_owned();
    let Some(body) = node.child_by_field_name("body") else { return };
    let of_type = node.child_by_field_name("type");
    let nothing = of_type.is_some_and(|of_type| making.text(of_type) == "void");
    let id = making.make_function(node, &name, None, |making, _| {
        making.scopes().enter_closure();
        let takes = node.child_by_field_name("parameters").map(|takes| parameters(making, takes));
        let mut steps = Vec::new();
        body_of(making, body, !nothing, &mut steps);
        making.scopes().leave();
        (takes.unwrap_or_default(), steps)
    });
    let returns = of_type.and_then(|of_type| hint(making, of_type));
    making.function(id).returns = returns;
    into.push(step(node, Step::Function(id)));
}

/// `this.name = name`.
pub(super) fn kept(node: Node<'_>, name: &Text) -> Statement {
    let target = Target::Member(at(node, Kind::Name("this".into())), name.clone());
    step(node, Step::Assign { target, hint: None, value: at(node, Kind::Name(name.clone())) })
}
