//! Classes, records, enumerations, interfaces.

use tree_sitter::Node;

use super::{
    define::{annotations, kept, method, parameters, says},
    express::{arguments, express},
    hint::{hint, type_value},
    perform,
};
use crate::{
    ir::{ClassId, Expression, Field, Kind, Statement, Step, Target},
    lower::{
        making::{Making, at, children, fields, step},
        scopes::Members,
    },
};

/// What declares a class of any kind.
pub(super) const KINDS: &[&str] = &[
    "class_declaration",
    "record_declaration",
    "enum_declaration",
    "interface_declaration",
    "annotation_type_declaration",
];

/// A class gets its name here, and those in it: whoever says it means `Outer.Inner`.
pub(super) fn declared(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let named = node.child_by_field_name("name");
    let name = named.map_or("", |name| making.text(name)).to_owned();
    let id = making.make_class(node, &name);
    into.push(step(node, Step::Class(id)));
    let (bases, decorators) = (bases(making, node), annotations(making, node));
    let made = making.class(id);
    made.bases = bases;
    made.decorators = decorators;
    let body = node.child_by_field_name("body");
    let mut members = members(making, body, node.kind());
    members.name = name.as_str().into();
    members.extends = node.child_by_field_name("superclass").is_some();
    let parts = node.child_by_field_name("parameters").filter(|_| node.kind() == "record_declaration");
    if let Some(parts) = parts {
        for part in children(parts).filter_map(|part| part.child_by_field_name("name")) {
            members.fields.insert(making.name(part), true);
            members.methods.insert(making.name(part), true);
        }
    }
    making.scopes().enter_class(members);
    if let Some(parts) = parts {
        record(making, parts, body, id);
    }
    if let Some(body) = body {
        inside(making, body, id, into);
    }
    making.scopes().leave();
}

/// A class without a name: `new Base() { .. }`.
pub(super) fn anonymous(making: &mut Making<'_>, body: Node<'_>, bases: Vec<Expression>) -> ClassId {
    let id = making.make_class(body, "");
    let mut members = members(making, Some(body), "");
    members.extends = !bases.is_empty();
    making.class(id).bases = bases;
    making.scopes().enter_class(members);
    let mut others = Vec::new();
    inside(making, body, id, &mut others);
    making.scopes().leave();
    id
}

fn bases(making: &Making<'_>, node: Node<'_>) -> Vec<Expression> {
    let mut bases = Vec::new();
    for clause in children(node) {
        match clause.kind() {
            "superclass" => bases.extend(children(clause).map(|of| type_value(making, of))),
            "super_interfaces" | "extends_interfaces" => {
                let lists = children(clause).filter(|child| child.kind() == "type_list");
                bases.extend(lists.flat_map(children).map(|of| type_value(making, of)));
            }
            _ => {}
        }
    }
    bases
}

/// What the body of a class declares, before any of it is read.
fn members(making: &Making<'_>, body: Option<Node<'_>>, kind: &str) -> Members {
    let mut members = Members::default();
    let shared = kind == "interface_declaration";
    let open = body.into_iter().flat_map(children);
    let declarations = open.flat_map(|child| match child.kind() {
        "enum_body_declarations" => children(child).collect(),
        _ => vec![child],
    });
    for child in declarations {
        match child.kind() {
            "field_declaration" | "constant_declaration" => {
                let of_object = !(shared || child.kind() == "constant_declaration" || says(child, "static"));
                for declarator in fields(child, "declarator") {
                    let name = declarator.child_by_field_name("name");
                    members.fields.extend(name.map(|name| (making.name(name), of_object)));
                }
            }
            "enum_constant" => {
                let name = child.child_by_field_name("name");
                members.fields.extend(name.map(|name| (making.name(name), false)));
            }
            "method_declaration" => {
                let name = child.child_by_field_name("name");
                let of_object = !says(child, "static");
                members.methods.extend(name.map(|name| (making.name(name), of_object)));
            }
            _ => {}
        }
    }
    members
}

fn inside(making: &mut Making<'_>, body: Node<'_>, id: ClassId, into: &mut Vec<Statement>) {
    for child in children(body) {
        making.steps(child, |making, into| member(making, child, id, into), into);
    }
}

fn member(making: &mut Making<'_>, node: Node<'_>, id: ClassId, into: &mut Vec<Statement>) {
    match node.kind() {
        "field_declaration" | "constant_declaration" => {
            let hint = node.child_by_field_name("type").and_then(|of_type| hint(making, of_type));
            // What is said of a field may be how it is sent.
            let said = children(node).find(|child| child.kind() == "modifiers");
            let is_said = said.is_some_and(|said| children(said).any(|part| part.kind() == "annotation"));
            for declarator in fields(node, "declarator") {
                let begins = if is_said { node.start_byte() } else { declarator.start_byte() };
                let Some(name) = declarator.child_by_field_name("name").map(|name| making.name(name)) else {
                    continue;
                };
                let value = declarator.child_by_field_name("value").map(|value| express(making, value));
                let is_fixed = node.kind() == "constant_declaration" || says(node, "final");
                let value = value.map(|value| if is_fixed { value } else { or_another(node, value) });
                let field = Field { name, hint: hint.clone(), value, span: begins..declarator.end_byte() };
                making.class(id).fields.push(field);
            }
        }
        "enum_constant" => {
            let Some(name) = node.child_by_field_name("name").map(|name| making.name(name)) else { return };
            let of = making.class(id).name.clone();
            let given = arguments(making, node.child_by_field_name("arguments"));
            let of_class = match node.child_by_field_name("body") {
                Some(body) => Kind::Class(anonymous(making, body, vec![at(node, Kind::Name(of))])),
                None => Kind::Name(of),
            };
            let callee = Box::new(at(node, of_class));
            let value = Some(at(node, Kind::Call { callee, arguments: given, new: true }));
            making.class(id).fields.push(Field { name, hint: None, value, span: node.byte_range() });
        }
        "method_declaration" => {
            let name = node.child_by_field_name("name").map_or("", |name| making.text(name)).to_owned();
            method(making, node, id, &name);
        }
        "constructor_declaration" => method(making, node, id, "<init>"),
        "static_initializer" => {
            if let Some(block) = children(node).next() {
                initializer(making, block, id, false);
            }
        }
        "block" => initializer(making, node, id, true),
        "enum_body_declarations" => inside(making, node, id, into),
        kind if KINDS.contains(&kind) => declared(making, node, into),
        "ERROR" => {
            making.gap(node, Vec::new());
            inside(making, node, id, into);
        }
        _ => {}
    }
}

/// What a field begins as, where that is a function and somebody may put another one in its place.
fn or_another(node: Node<'_>, value: Expression) -> Expression {
    if !matches!(value.kind, Kind::Function(_)) {
        return value;
    }
    let nobody_knows = || Box::new(at(node, Kind::Opaque(Vec::new())));
    let (condition, otherwise) = (nobody_knows(), nobody_knows());
    at(node, Kind::Choice { condition, then: Box::new(value), otherwise })
}

/// `static { .. }`, and a block that stands in the class.
fn initializer(making: &mut Making<'_>, node: Node<'_>, id: ClassId, of_object: bool) {
    let name = if of_object { "<block>" } else { "static" };
    let made = making.make_function(node, name, Some(id), |making, _| {
        making.scopes().enter_function(of_object);
        let mut steps = Vec::new();
        perform::block(making, node, &mut steps);
        making.scopes().leave();
        (Vec::new(), steps)
    });
    making.function(made).receiver = of_object.then(|| "this".into());
}

/// A record has a field for each of its parts, a constructor, and a method that gives each of them.
fn record(making: &mut Making<'_>, parts: Node<'_>, body: Option<Node<'_>>, id: ClassId) {
    let members: Vec<_> = body.into_iter().flat_map(children).collect();
    let names: Vec<_> = children(parts).filter_map(|part| part.child_by_field_name("name")).collect();
    for part in children(parts) {
        let Some(name) = part.child_by_field_name("name").map(|name| making.name(name)) else { continue };
        let hint = part.child_by_field_name("type").and_then(|of_type| hint(making, of_type));
        making.class(id).fields.push(Field { name, hint, value: None, span: part.byte_range() });
    }
    let whole = members.iter().any(|member| {
        let takes = member.child_by_field_name("parameters").map_or(0, |takes| children(takes).count());
        member.kind() == "constructor_declaration" && takes == names.len()
    });
    if !whole {
        let compact = members.iter().find(|member| member.kind() == "compact_constructor_declaration");
        let made = making.make_function(parts, "<init>", Some(id), |making, _| {
            making.scopes().enter_function(true);
            let takes = parameters(making, parts);
            let mut steps = Vec::new();
            if let Some(body) = compact.and_then(|compact| compact.child_by_field_name("body")) {
                perform::block(making, body, &mut steps);
            }
            for parameter in &takes {
                if let Target::Name(name) = &parameter.target {
                    steps.push(kept(parts, name));
                }
            }
            making.scopes().leave();
            (takes, steps)
        });
        making.function(made).receiver = Some("this".into());
    }
    for named in names {
        let name = making.name(named);
        let own = members.iter().any(|member| {
            let same = member.child_by_field_name("name").is_some_and(|of| making.text(of) == &*name);
            member.kind() == "method_declaration" && same
        });
        if own {
            continue;
        }
        let made = making.make_function(named, &name, Some(id), |_, _| {
            let of = Box::new(at(named, Kind::Name("this".into())));
            let value = at(named, Kind::Member(of, name.clone()));
            (Vec::new(), vec![step(named, Step::Return(Some(value)))])
        });
        making.function(made).receiver = Some("this".into());
    }
}
