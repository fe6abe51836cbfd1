//! Classes, structs, records, interfaces, enumerations.

use tree_sitter::Node;

use super::{
    children,
    define::{attributes, body_of, kept, method, parameters, says},
    express::{arguments, express, of_type, simple},
    hint::{hint, type_value},
};
use crate::{
    ir::{ClassId, Expression, Field, Kind, Parameter, Statement, Step, Takes, Target, Text},
    lower::{
        making::{Making, at, does, step},
        scopes::Members,
    },
};

/// What declares a class of any kind.
pub(super) const KINDS: &[&str] = &[
    "class_declaration",
    "struct_declaration",
    "record_declaration",
    "interface_declaration",
    "enum_declaration",
];

/// A class gets its name here, and those in it: whoever says it means `Outer.Inner`.
pub(super) fn declared(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let name = node.child_by_field_name("name").map_or_else(|| "".into(), |name| simple(making, name));
    let id = making.make_class(node, &name);
    into.push(step(node, Step::Class(id)));
    let bases = children(node).find(|child| child.kind() == "base_list");
    let decorators = attributes(making, node);
    let made = making.class(id);
    made.decorators = decorators;
    let body = node.child_by_field_name("body");
    let takes = children(node).find(|child| child.kind() == "parameter_list");
    let mut members = Members { name, extends: bases.is_some(), ..Members::default() };
    note(making, body, &mut members);
    for part in takes.into_iter().flat_map(children) {
        if let Some(name) = part.child_by_field_name("name") {
            members.fields.insert(simple(making, name), true);
        }
    }
    making.scopes().enter_class(members);
    let bases_of = self::bases(making, bases);
    making.class(id).bases = bases_of;
    if let Some(takes) = takes {
        primary(making, takes, bases, id);
    }
    if let Some(body) = body {
        inside(making, body, id, into);
    }
    making.scopes().leave();
}

fn bases(making: &Making<'_>, list: Option<Node<'_>>) -> Vec<Expression> {
    let mut bases = Vec::new();
    for of in list.into_iter().flat_map(children) {
        match of.kind() {
            "argument_list" => {}
            "primary_constructor_base_type" => {
                bases.extend(of.child_by_field_name("type").map(|of| type_value(making, of)));
            }
            _ => bases.push(type_value(making, of)),
        }
    }
    bases
}

/// What stands behind the name of a class is kept, and what it extends gets its part.
fn primary(making: &mut Making<'_>, takes: Node<'_>, bases: Option<Node<'_>>, id: ClassId) {
    for part in children(takes) {
        let Some(name) = part.child_by_field_name("name").map(|name| simple(making, name)) else { continue };
        let hint = part.child_by_field_name("type").and_then(|of_type| hint(making, of_type));
        making.class(id).fields.push(Field { name, hint, value: None, span: part.byte_range() });
    }
    let made = making.make_function(takes, "<init>", Some(id), |making, _| {
        making.scopes().enter_function(true);
        let parameters = parameters(making, takes);
        let mut steps = Vec::new();
        let list = bases.into_iter().flat_map(children).find_map(|base| match base.kind() {
            "argument_list" => Some(base),
            "primary_constructor_base_type" => children(base).find(|child| child.kind() == "argument_list"),
            _ => None,
        });
        if let Some(list) = list {
            let given = arguments(making, Some(list));
            let callee = Box::new(at(list, Kind::Name("super".into())));
            steps.push(does(at(list, Kind::Call { callee, arguments: given, new: false })));
        }
        for parameter in &parameters {
            if let Target::Name(name) = &parameter.target {
                steps.push(kept(takes, name));
            }
        }
        making.scopes().leave();
        (parameters, steps)
    });
    making.function(made).receiver = Some("this".into());
}

/// What the body of a class declares, before any of it is read. Methods are values as well, and fields can be called.
fn note(making: &Making<'_>, body: Option<Node<'_>>, members: &mut Members) {
    let mut open: Vec<_> = body.into_iter().flat_map(children).collect();
    while let Some(child) = open.pop() {
        let of_object = !says(making, child, &["static", "const"]);
        match child.kind() {
            "field_declaration" => {
                let declarators =
                    children(child).filter(|part| part.kind() == "variable_declaration").flat_map(children);
                for name in declarators.filter_map(|declarator| declarator.child_by_field_name("name")) {
                    add(members, simple(making, name), of_object);
                }
            }
            "property_declaration" | "method_declaration" => {
                if let Some(name) = child.child_by_field_name("name") {
                    add(members, simple(making, name), of_object);
                }
            }
            "enum_member_declaration" => {
                if let Some(name) = child.child_by_field_name("name") {
                    add(members, simple(making, name), false);
                }
            }
            "preproc_if" | "preproc_else" | "preproc_elif" => open.extend(children(child)),
            _ => {}
        }
    }
}

fn add(members: &mut Members, name: Text, of_object: bool) {
    members.methods.insert(name.clone(), of_object);
    members.fields.insert(name, of_object);
}

fn inside(making: &mut Making<'_>, body: Node<'_>, id: ClassId, into: &mut Vec<Statement>) {
    for child in children(body) {
        making.steps(child, |making, into| member(making, child, id, into), into);
    }
}

fn member(making: &mut Making<'_>, node: Node<'_>, id: ClassId, into: &mut Vec<Statement>) {
    match node.kind() {
        "field_declaration" => fields(making, node, id),
        "property_declaration" => property(making, node, id),
        "method_declaration" => {
            let name = node.child_by_field_name("name").map_or_else(|| "".into(), |of| simple(making, of));
            method(making, node, id, &name);
        }
        "constructor_declaration" if says(making, node, &["static"]) => method(making, node, id, "static"),
        "constructor_declaration" => method(making, node, id, "<init>"),
        "operator_declaration" | "conversion_operator_declaration" => method(making, node, id, "operator"),
        "indexer_declaration" => accessors(making, node, id, "this[]"),
        "enum_member_declaration" => {
            let Some(name) = node.child_by_field_name("name").map(|of| simple(making, of)) else { return };
            let value = node.child_by_field_name("value").map(|value| express(making, value));
            making.class(id).fields.push(Field { name, hint: None, value, span: node.byte_range() });
        }
        "preproc_if" | "preproc_else" | "preproc_elif" => inside(making, node, id, into),
        kind if KINDS.contains(&kind) => declared(making, node, into),
        "ERROR" => {
            making.gap(node, Vec::new());
            inside(making, node, id, into);
        }
        _ => {}
    }
}

fn fields(making: &mut Making<'_>, node: Node<'_>, id: ClassId) {
    let Some(declaration) = children(node).find(|child| child.kind() == "variable_declaration") else {
        return;
    };
    let hint = declaration.child_by_field_name("type").and_then(|of| hint(making, of));
    for declarator in children(declaration).filter(|child| child.kind() == "variable_declarator") {
        let Some(named) = declarator.child_by_field_name("name") else { continue };
        let value = children(declarator).filter(|child| *child != named).last();
        let value = value.map(|value| of_type(making, value, hint.as_ref()));
        let name = simple(making, named);
        let span = declarator.byte_range();
        making.class(id).fields.push(Field { name, hint: hint.clone(), value, span });
    }
}

/// A property that only keeps its value is a field; any other is worked out.
fn property(making: &mut Making<'_>, node: Node<'_>, id: ClassId) {
    let Some(name) = node.child_by_field_name("name").map(|name| simple(making, name)) else { return };
    let value = node.child_by_field_name("value");
    if let Some(body) = value.filter(|value| value.kind() == "arrow_expression_clause") {
        getter(making, node, body, id, &name);
        return;
    }
    let all = node.child_by_field_name("accessors").into_iter().flat_map(children);
    let worked_out = all.into_iter().any(|accessor| {
        accessor.child_by_field_name("body").is_some() && making.text(accessor).contains("get")
    });
    if worked_out {
        accessors(making, node, id, &name);
        return;
    }
    let hint = node.child_by_field_name("type").and_then(|of| hint(making, of));
    let value = value.map(|value| of_type(making, value, hint.as_ref()));
    // A text that may be nothing is nothing where nobody gives it.
    let of_type = node.child_by_field_name("type").filter(|of| of.kind() == "nullable_type");
    let left_out = of_type.filter(|_| hint.as_deref() == Some("string")).map(|of| at(of, Kind::Null));
    let value = value.or(left_out);
    making.class(id).fields.push(Field { name, hint, value, span: node.byte_range() });
}

fn accessors(making: &mut Making<'_>, node: Node<'_>, id: ClassId, name: &str) {
    if let Some(body) = node.child_by_field_name("value") {
        getter(making, node, body, id, name);
    }
    for accessor in node.child_by_field_name("accessors").into_iter().flat_map(children) {
        let kind = accessor.child_by_field_name("name").map_or("", |name| making.text(name));
        let Some(body) = accessor.child_by_field_name("body") else { continue };
        match kind {
            "get" => getter(making, node, body, id, name),
            "set" | "init" => setter(making, accessor, body, id, name),
            _ => {}
        }
    }
}

fn getter(making: &mut Making<'_>, node: Node<'_>, body: Node<'_>, id: ClassId, name: &str) {
    let of_object = !says(making, node, &["static"]);
    let decorators = attributes(making, node);
    let returns = node.child_by_field_name("type").and_then(|of| hint(making, of));
    let made = making.make_function(node, name, Some(id), |making, _| {
        making.scopes().enter_function(of_object);
        let mut steps = Vec::new();
        body_of(making, body, true, &mut steps);
        making.scopes().leave();
        (Vec::new(), steps)
    });
    let made = making.function(made);
    made.decorators = decorators;
    made.decorators.push(at(node, Kind::Name("property".into())));
    made.returns = returns;
    made.receiver = of_object.then(|| "this".into());
}

fn setter(making: &mut Making<'_>, node: Node<'_>, body: Node<'_>, id: ClassId, name: &str) {
    let made = making.make_function(node, &format!("set {name}"), Some(id), |making, _| {
        making.scopes().enter_function(true);
        let name: Text = "value".into();
        making.scopes().declare(&name);
        let mut steps = Vec::new();
        body_of(making, body, false, &mut steps);
        making.scopes().leave();
        let target = Target::Name(name);
        let value =
            Parameter { target, takes: Takes::One, hint: None, default: None, decorators: Vec::new() };
        (vec![value], steps)
    });
    making.function(made).receiver = Some("this".into());
}
