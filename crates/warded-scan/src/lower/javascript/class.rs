//! Classes, enumerations, namespaces.

use tree_sitter::Node;

use super::{define, express::express, hint::hint, literal::key_text, modules::dotted, perform::body_of};
use crate::{
    ir::{ClassId, Entry, Expression, Field, Kind, Statement, Step, Target},
    lower::making::{Making, at, children, fields, step},
};

/// A class with its methods and fields.
pub(super) fn class(making: &mut Making<'_>, node: Node<'_>) -> ClassId {
    let name = node.child_by_field_name("name").map_or("", |name| making.text(name)).to_owned();
    let id = making.make_class(node, &name);
    let bases = bases(making, node);
    let decorators = decorators(making, &fields(node, "decorator"));
    let made = making.class(id);
    made.bases = bases;
    made.decorators = decorators;
    // Those of a member stand before it in TypeScript, and in it in JavaScript.
    let mut before: Vec<Node<'_>> = Vec::new();
    for member in node.child_by_field_name("body").into_iter().flat_map(children) {
        if member.kind() == "decorator" {
            before.push(member);
            continue;
        }
        self::member(making, id, member, &before);
        before.clear();
    }
    id
}

/// What stands in each of these.
pub(super) fn decorators(making: &mut Making<'_>, nodes: &[Node<'_>]) -> Vec<Expression> {
    let inner = nodes.iter().filter_map(|decorator| children(*decorator).next());
    inner.collect::<Vec<_>>().into_iter().map(|inner| express(making, inner)).collect()
}

fn bases(making: &mut Making<'_>, node: Node<'_>) -> Vec<Expression> {
    let mut bases = Vec::new();
    let heritage = children(node).find(|child| child.kind() == "class_heritage");
    for clause in heritage.into_iter().flat_map(children) {
        match clause.kind() {
            "extends_clause" => {
                for base in fields(clause, "value") {
                    bases.push(express(making, base));
                }
            }
            "implements_clause" => {
                for of in children(clause) {
                    let of = of.child_by_field_name("name").unwrap_or(of);
                    bases.push(dotted(making, of));
                }
            }
            _ => bases.push(express(making, clause)),
        }
    }
    bases
}

fn member(making: &mut Making<'_>, class: ClassId, node: Node<'_>, before: &[Node<'_>]) {
    match node.kind() {
        "method_definition" => {
            let decorators = decorators(making, before);
            let id = define::method(making, node, Some(class));
            making.function(id).decorators.extend(decorators);
        }
        "public_field_definition" | "field_definition" => field(making, class, node),
        "class_static_block" => {
            define::function(making, node, "static", Some(class));
        }
        "ERROR" => {
            let parts = children(node).filter(|part| part.kind() == "method_definition").collect::<Vec<_>>();
            making.gap(node, Vec::new());
            for part in parts {
                define::method(making, part, Some(class));
            }
        }
        _ => {}
    }
}

/// `a: T = value`; a function is a method.
fn field(making: &mut Making<'_>, class: ClassId, node: Node<'_>) {
    let name = node.child_by_field_name("name").or_else(|| node.child_by_field_name("property"));
    let Some(name) = name.map(|name| key_text(making, name)) else { return };
    let value = node.child_by_field_name("value");
    if let Some(value) = value.filter(|value| {
        matches!(value.kind(), "arrow_function" | "function_expression" | "generator_function")
    }) {
        define::function(making, value, &name, Some(class));
        return;
    }
    let hint = node.child_by_field_name("type").and_then(|annotation| hint(making, annotation));
    let value = value.map(|value| express(making, value));
    making.class(class).fields.push(Field { name, hint, value, span: node.byte_range() });
}

/// `enum A { B = "c", D }` is `A = {B: "c", D: 1}`.
pub(super) fn enumeration(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let (Some(name), Some(body)) = (node.child_by_field_name("name"), node.child_by_field_name("body"))
    else {
        return;
    };
    let mut entries = Vec::new();
    for (index, part) in children(body).enumerate() {
        let named = part.child_by_field_name("name").unwrap_or(part);
        let key = at(named, Kind::Text(key_text(making, named)));
        let value = match part.child_by_field_name("value") {
            Some(value) => express(making, value),
            None => at(part, Kind::Number(index.to_string().into())),
        };
        entries.push(Entry::Pair(key, value));
    }
    let target = Target::Name(making.name(name));
    into.push(step(node, Step::Assign { target, hint: None, value: at(body, Kind::Map(entries)) }));
}

/// `namespace A { export const b = 1 }` is `b = 1; A = {b}`.
pub(super) fn namespace(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let (Some(name), Some(body)) = (node.child_by_field_name("name"), node.child_by_field_name("body"))
    else {
        return;
    };
    let mut steps = Vec::new();
    body_of(making, body, &mut steps);
    let mut names = Vec::new();
    for declaration in children(body)
        .filter(|part| part.kind() == "export_statement")
        .filter_map(|part| part.child_by_field_name("declaration"))
    {
        let declared = declaration.child_by_field_name("name");
        names.extend(declared);
        let several = children(declaration).filter(|part| part.kind() == "variable_declarator");
        names.extend(several.filter_map(|part| part.child_by_field_name("name")));
    }
    let entries = names.into_iter().filter(|name| matches!(name.kind(), "identifier" | "type_identifier"));
    let entries = entries.map(|name| {
        let text = making.name(name);
        Entry::Pair(at(name, Kind::Text(text.clone())), at(name, Kind::Name(text)))
    });
    let value = at(body, Kind::Map(entries.collect()));
    into.push(step(node, Step::Block(steps)));
    let first = making.text(name).split('.').next().unwrap_or_default();
    into.push(step(node, Step::Assign { target: Target::Name(first.into()), hint: None, value }));
}

/// A class gets its name here.
pub(super) fn declared(
    making: &mut Making<'_>,
    node: Node<'_>,
    before: &[Node<'_>],
    into: &mut Vec<Statement>,
) {
    let id = class(making, node);
    let more = decorators(making, before);
    making.class(id).decorators.extend(more);
    into.push(step(node, Step::Class(id)));
}
