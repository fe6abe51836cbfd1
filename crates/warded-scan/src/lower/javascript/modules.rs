//! What a file takes from others and gives to them: `import`, `export`, `require`.

use tree_sitter::Node;

use super::{commonjs, compiled, express::express, literal, perform};
use crate::{
    ir::{Export, Expression, Import, Kind, Statement, Step, Target, Text},
    lower::making::{Making, at, children, fields, step},
};

/// `import a, * as b from "c"`, `import { a as b } from "c"`, `import a = require("b")`.
pub(super) fn import(making: &mut Making<'_>, node: Node<'_>) {
    let module = node.child_by_field_name("source").map(|source| literal::text(making, source));
    for clause in children(node) {
        if clause.kind() == "import_require_clause" {
            let (Some(name), Some(source)) = (children(clause).next(), clause.child_by_field_name("source"))
            else {
                continue;
            };
            let module = literal::text(making, source);
            take(making, node, making.name(name), module, None);
        }
        let Some(module) = module.as_ref().filter(|_| clause.kind() == "import_clause") else { continue };
        for part in children(clause) {
            match part.kind() {
                "identifier" => {
                    take(making, node, making.name(part), module.clone(), Some("default".into()));
                }
                "namespace_import" => {
                    if let Some(name) = children(part).next() {
                        take(making, node, making.name(name), module.clone(), None);
                    }
                }
                "named_imports" => {
                    for one in children(part) {
                        let Some((item, local)) = specified(making, one) else { continue };
                        take(making, node, local, module.clone(), Some(item));
                    }
                }
                _ => {}
            }
        }
    }
}

fn take(making: &mut Making<'_>, node: Node<'_>, local: Text, module: Text, item: Option<Text>) {
    making.module().imports.push(Import { local, module, item, span: node.byte_range() });
}

/// `a as b`.
fn specified(making: &Making<'_>, node: Node<'_>) -> Option<(Text, Text)> {
    let name = literal::key_text(making, node.child_by_field_name("name")?);
    let alias = node.child_by_field_name("alias").map(|alias| literal::key_text(making, alias));
    Some((name.clone(), alias.unwrap_or(name)))
}

/// `import a = b.c` of TypeScript's namespaces.
pub(super) fn alias(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let mut parts = children(node);
    let (Some(name), Some(of)) = (parts.next(), parts.next()) else { return };
    let value = dotted(making, of);
    let target = Target::Name(making.name(name));
    into.push(step(node, Step::Assign { target, hint: None, value }));
}

/// `a.b.c` where it is written as the name of a type.
pub(super) fn dotted(making: &Making<'_>, node: Node<'_>) -> Expression {
    let mut parts = making.text(node).split('.').take(32).map(str::trim);
    let first = at(node, Kind::Name(parts.next().unwrap_or_default().into()));
    parts.fold(first, |of, part| at(node, Kind::Member(Box::new(of), part.into())))
}

/// A module that is taken where its value stands: a name for it.
pub(super) fn taken(making: &mut Making<'_>, node: Node<'_>, module: Text) -> Expression {
    let local = making.fresh();
    take(making, node, local.clone(), module, None);
    at(node, Kind::Name(local))
}

/// The module of `require("a")` and `import("a")`.
pub(super) fn named_by(making: &Making<'_>, call: Node<'_>) -> Option<Text> {
    let function = call.child_by_field_name("function")?;
    let takes = match function.kind() {
        "import" => true,
        "identifier" => matches!(making.text(function), "require" | "__require"),
        _ => false,
    };
    let given = takes.then(|| call.child_by_field_name("arguments")).flatten()?;
    literal::plain_text(making, children(given).next()?)
}

/// The module, and which of its names, that an expression takes and does nothing else with.
pub(super) fn module_of(making: &Making<'_>, node: Node<'_>) -> Option<(Text, Option<Text>)> {
    let (mut node, mut item) = (node, None);
    loop {
        node = match node.kind() {
            "parenthesized_expression"
            | "await_expression"
            | "as_expression"
            | "non_null_expression"
            | "satisfies_expression" => children(node).next()?,
            "call_expression" => match named_by(making, node) {
                Some(module) => return Some((module, item)),
                None => compiled::passes_on(making, node)?,
            },
            "member_expression" if item.is_none() => {
                item = Some(making.name(node.child_by_field_name("property")?));
                node.child_by_field_name("object")?
            }
            _ => return None,
        };
    }
}

/// `const a = require("b").c`, `const { a, b: c } = require("d")` at the top of a file, where it is one.
pub(super) fn required(
    making: &mut Making<'_>,
    declarator: Node<'_>,
    name: Node<'_>,
    value: Node<'_>,
) -> bool {
    if !making.at_top() {
        return false;
    }
    let Some((module, item)) = module_of(making, value) else { return false };
    match (name.kind(), item) {
        ("identifier", item) => take(making, declarator, making.name(name), module, item),
        ("object_pattern", None) => {
            let Some(names) = children(name).map(plain_name).collect::<Option<Vec<_>>>() else {
                return false;
            };
            for (item, local) in names {
                let item = literal::key_text(making, item);
                take(making, declarator, making.name(local), module.clone(), Some(item));
            }
        }
        _ => return false,
    }
    true
}

/// `a` and `a: b` of what a module is taken apart into.
fn plain_name(part: Node<'_>) -> Option<(Node<'_>, Node<'_>)> {
    match part.kind() {
        "shorthand_property_identifier_pattern" => Some((part, part)),
        "pair_pattern" => {
            let (key, value) = (part.child_by_field_name("key")?, part.child_by_field_name("value")?);
            let plain = key.kind() != "computed_property_name" && value.kind() == "identifier";
            plain.then_some((key, value))
        }
        _ => None,
    }
}

/// `export ...`, with what is declared there.
pub(super) fn export(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let is_default = node.children(&mut node.walk()).any(|child| child.kind() == "default");
    let source = node.child_by_field_name("source").map(|source| literal::text(making, source));
    if let Some(declaration) = node.child_by_field_name("declaration") {
        let decorators: Vec<_> = fields(node, "decorator");
        perform::decorated(making, declaration, &decorators, into);
        let name = declaration.child_by_field_name("name");
        if let Some(name) = name.filter(|_| is_default) {
            let value = at(name, Kind::Name(making.name(name)));
            give(making, "default".into(), value);
        }
        return;
    }
    if let Some(value) = node.child_by_field_name("value") {
        let value = express(making, value);
        by_default(making, node, value, into);
        return;
    }
    let mut all = source.is_some();
    for part in children(node) {
        match part.kind() {
            "export_clause" => {
                all = false;
                for one in children(part) {
                    specifier(making, one, source.as_ref());
                }
            }
            "namespace_export" => {
                all = false;
                let Some((name, module)) = children(part).next().zip(source.clone()) else { continue };
                let value = taken(making, part, module);
                give(making, literal::key_text(making, name), value);
            }
            "string" | "import_attribute" | "decorator" => {}
            // `export = a`
            _ if source.is_none() => {
                let value = express(making, part);
                by_default(making, node, value, into);
            }
            _ => {}
        }
    }
    if let (true, Some(module)) = (all, source) {
        commonjs::star(making, node, module);
    }
}

fn give(making: &mut Making<'_>, name: Text, value: Expression) {
    making.module().exports.push(Export { name, value });
}

/// `export default value`: a name for what is worked out.
fn by_default(making: &mut Making<'_>, node: Node<'_>, value: Expression, into: &mut Vec<Statement>) {
    let value = match &value.kind {
        Kind::Name(_) | Kind::Function(_) | Kind::Class(_) => value,
        _ => {
            let own: Text = "exports.default".into();
            into.push(step(node, Step::Assign { target: Target::Name(own.clone()), hint: None, value }));
            at(node, Kind::Name(own))
        }
    };
    give(making, "default".into(), value);
}

/// `a as b` of `export { a as b }`, with or without `from "c"`.
fn specifier(making: &mut Making<'_>, node: Node<'_>, source: Option<&Text>) {
    let Some((item, name)) = specified(making, node) else { return };
    let value = match source {
        Some(module) => {
            let local = making.fresh();
            take(making, node, local.clone(), module.clone(), Some(item));
            local
        }
        None if item == name => return,
        None => item,
    };
    give(making, name, at(node, Kind::Name(value)));
}
