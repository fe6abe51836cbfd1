//! What a file gives to others where there is no `export`: `module.exports`, and what compilers make of `export`.
//!
//! `exports.a` is a name of the file, called like that.

use tree_sitter::Node;

use super::{
    compiled::helper,
    express::{boxed, express, property},
    literal::{self, key_text},
    modules,
};
use crate::{
    ir::{Export, Expression, Import, Kind, Statement, Step, Target, Text},
    lower::making::{Making, at, children, does, step},
};

/// The name for `exports.a`, `module.exports.a` and `module.exports`.
pub(super) fn own(making: &Making<'_>, node: Node<'_>) -> Option<Text> {
    if node.kind() != "member_expression" {
        return None;
    }
    let of = node.child_by_field_name("object")?;
    match (of.kind(), making.text(of)) {
        ("identifier", "module") if making.text(node) == "module.exports" => Some(making.name(node)),
        ("identifier", "exports") | ("member_expression", "module.exports") => {
            Some(format!("exports.{}", property(making, node)).into())
        }
        _ => None,
    }
}

/// `exports.a = value`, `module.exports = value`, where it is one.
pub(super) fn exported(
    making: &mut Making<'_>,
    node: Node<'_>,
    left: Node<'_>,
    value: Node<'_>,
    into: &mut Vec<Statement>,
) -> bool {
    if left.kind() == "identifier" && making.at_top() && making.text(left) == "exports" {
        return true;
    }
    if !making.at_top() {
        return false;
    }
    let Some(name) = own(making, left) else { return false };
    if &*name == "module.exports" {
        whole(making, node, value, into);
        return true;
    }
    let inner = name.strip_prefix("exports.").unwrap_or_default();
    if !is_nothing(making, value) && inner != "__esModule" {
        let value = express(making, value);
        give(making, node, inner, value, into);
    }
    true
}

/// Compilers name everything first, and give it its value later.
pub(super) fn is_nothing(making: &Making<'_>, value: Node<'_>) -> bool {
    matches!(making.text(value), "void 0" | "undefined")
}

/// Others get this value under that name.
fn give(making: &mut Making<'_>, node: Node<'_>, name: &str, value: Expression, into: &mut Vec<Statement>) {
    let own: Text = format!("exports.{name}").into();
    let known = match &value.kind {
        Kind::Name(name) => name.clone(),
        _ => own.clone(),
    };
    into.push(step(node, Step::Assign { target: Target::Name(own), hint: None, value }));
    let value = at(node, Kind::Name(known));
    making.module().exports.push(Export { name: name.into(), value });
}

/// `module.exports = value`: each entry of an object, or the value itself.
fn whole(making: &mut Making<'_>, node: Node<'_>, value: Node<'_>, into: &mut Vec<Statement>) {
    if helper(making, value) == "__toCommonJS" {
        return;
    }
    if value.kind() != "object" {
        all_of(making, value);
        let value = express(making, value);
        let known = if let Kind::Name(name) = &value.kind {
            name.clone()
        } else {
            let own: Text = "module.exports".into();
            into.push(step(node, Step::Assign { target: Target::Name(own.clone()), hint: None, value }));
            own
        };
        let value = at(node, Kind::Name(known));
        making.module().exports.push(Export { name: "default".into(), value });
        return;
    }
    each(making, node, value, into);
}

/// Each entry of an object is given to others.
fn each(making: &mut Making<'_>, node: Node<'_>, value: Node<'_>, into: &mut Vec<Statement>) {
    for entry in literal::entries_with_names(making, value) {
        match entry {
            (Some(name), value) => give(making, node, &name, value, into),
            (None, value) => into.push(does(value)),
        }
    }
    for spread in children(value).filter(|part| part.kind() == "spread_element") {
        if let Some(inner) = children(spread).next() {
            all_of(making, inner);
        }
    }
}

/// All names of the module that is taken there are names of this one.
fn all_of(making: &mut Making<'_>, node: Node<'_>) {
    if let Some((module, None)) = modules::module_of(making, node) {
        star(making, node, module);
    }
}

/// `export * from`.
pub(super) fn star(making: &mut Making<'_>, node: Node<'_>, module: Text) {
    making.module().imports.push(Import { local: "*".into(), module, item: None, span: node.byte_range() });
}

/// What compilers write for `export`, where a call is that.
pub(super) fn written_by_compiler(
    making: &mut Making<'_>,
    call: Node<'_>,
    into: &mut Vec<Statement>,
) -> bool {
    if !making.at_top() {
        return false;
    }
    let Some(given) = call.child_by_field_name("arguments") else { return false };
    match helper(making, call) {
        "defineProperty" => defined(making, call, given, into).is_some(),
        // `Object.assign(exports, { a })`
        "assign" => {
            let mut parts = children(given);
            let of_file =
                parts.next().is_some_and(|of| matches!(making.text(of), "exports" | "module.exports"));
            let objects: Vec<_> = parts.collect();
            if !of_file || objects.iter().any(|object| object.kind() != "object") {
                return false;
            }
            for object in objects {
                each(making, call, object, into);
            }
            true
        }
        "__exportStar" | "__reExport" => {
            let from = children(given).find_map(|part| modules::module_of(making, part));
            let Some((module, None)) = from else { return false };
            star(making, call, module);
            true
        }
        // `__export(all, { a: () => a })`
        "__export" => {
            let Some(names) = children(given).nth(1).filter(|names| names.kind() == "object") else {
                return false;
            };
            for pair in children(names).filter(|pair| pair.kind() == "pair") {
                let (Some(key), Some(getter)) =
                    (pair.child_by_field_name("key"), pair.child_by_field_name("value"))
                else {
                    continue;
                };
                let name = key_text(making, key);
                if let Some(value) = gotten(getter) {
                    let value = express(making, value);
                    making.module().exports.push(Export { name, value });
                }
            }
            true
        }
        _ => false,
    }
}

/// `Object.defineProperty(exports, "a", { enumerable: true, get: function () { return b.a; } })`.
fn defined(
    making: &mut Making<'_>,
    call: Node<'_>,
    given: Node<'_>,
    into: &mut Vec<Statement>,
) -> Option<()> {
    let mut given = children(given);
    let (of, name, how) = (given.next()?, given.next()?, given.next()?);
    if !matches!(making.text(of), "exports" | "module.exports") || name.kind() != "string" {
        return None;
    }
    let name = literal::text(making, name);
    if &*name == "__esModule" {
        return Some(());
    }
    for part in children(how) {
        let key = part.child_by_field_name("key").or_else(|| part.child_by_field_name("name"));
        let value = part.child_by_field_name("value");
        match key.map(|key| making.text(key)) {
            Some("get") => {
                let getter = if part.kind() == "method_definition" { Some(part) } else { value };
                let value = getter.and_then(gotten)?;
                let value = express(making, value);
                making.module().exports.push(Export { name, value });
                return Some(());
            }
            Some("value") => {
                let value = *boxed(making, value, part);
                give(making, call, &name, value, into);
                return Some(());
            }
            _ => {}
        }
    }
    None
}

/// What a getter of one step gives.
fn gotten(getter: Node<'_>) -> Option<Node<'_>> {
    let body = getter.child_by_field_name("body")?;
    if body.kind() != "statement_block" {
        return Some(body);
    }
    let returned = children(body).next().filter(|first| first.kind() == "return_statement")?;
    children(returned).next()
}
