//! Functions, methods, types, imports.

use tree_sitter::Node;

use super::{
    express::{express, target},
    perform::block,
    types::{bare, hint, zero},
};
use crate::{
    ir::{Field, FunctionId, Import, Parameter, Statement, Step, Takes, Target, Text},
    lower::making::{Making, at, children, fields, step},
};

/// `func name(..)`.
pub(super) fn function(making: &mut Making<'_>, node: Node<'_>) -> Statement {
    let name = node.child_by_field_name("name").map_or("", |name| making.text(name)).to_owned();
    let id = making.make_function(node, &name, None, |making, _| parts(making, node));
    making.function(id).returns = returns(making, node);
    step(node, Step::Function(id))
}

/// `func (c *Client) name(..)`, which is noted with its type.
pub(super) fn method(making: &mut Making<'_>, node: Node<'_>) {
    let name = node.child_by_field_name("name").map_or("", |name| making.text(name)).to_owned();
    let receiver = node.child_by_field_name("receiver").and_then(|list| children(list).next());
    let of = receiver.and_then(|receiver| receiver.child_by_field_name("type"));
    let class = of.map(|of| making.text(bare(of)).to_owned()).map(|of| making.gather_class(node, &of));
    let receiver = receiver.and_then(|receiver| receiver.child_by_field_name("name"));
    let receiver = receiver.map(|name| making.name(name)).filter(|name| &**name != "_");
    let id = making.make_function(node, &name, class, |making, _| parts(making, node));
    let returns = returns(making, node);
    let made = making.function(id);
    made.receiver = receiver;
    made.returns = returns;
}

/// `func(..) {..}`.
pub(super) fn closure(making: &mut Making<'_>, node: Node<'_>) -> FunctionId {
    making.make_function(node, "", None, |making, _| parts(making, node))
}

fn returns(making: &Making<'_>, node: Node<'_>) -> Option<Text> {
    node.child_by_field_name("result").map(|result| making.name(result))
}

/// The parameters and the body. What it gives back by name begins as nothing.
fn parts(making: &mut Making<'_>, node: Node<'_>) -> (Vec<Parameter>, Vec<Statement>) {
    let parameters = node.child_by_field_name("parameters");
    let parameters = parameters.map(|list| parameters_of(making, list)).unwrap_or_default();
    let mut body = Vec::new();
    let results = node.child_by_field_name("result").filter(|result| result.kind() == "parameter_list");
    let mut names = Vec::new();
    for result in results.into_iter().flat_map(children) {
        let Some(of) = result.child_by_field_name("type") else { continue };
        for name in fields(result, "name") {
            let value = zero(making, of, name);
            let (target, hint) = (target(making, name), hint(making, of));
            body.push(step(name, Step::Assign { target, hint, value }));
            names.push(making.name(name));
        }
    }
    if let Some(node) = node.child_by_field_name("body") {
        making.with_results(names, |making| block(making, node, &mut body));
    }
    (parameters, body)
}

fn parameters_of(making: &mut Making<'_>, list: Node<'_>) -> Vec<Parameter> {
    let mut parameters = Vec::new();
    for node in children(list) {
        let takes = match node.kind() {
            "parameter_declaration" => Takes::One,
            "variadic_parameter_declaration" => Takes::Rest,
            _ => continue,
        };
        let of = node.child_by_field_name("type");
        let hint = of.filter(|_| takes == Takes::One).and_then(|of| hint(making, of));
        let names = fields(node, "name");
        let mut targets: Vec<_> = names.into_iter().map(|name| target(making, name)).collect();
        if targets.is_empty() {
            targets.push(Target::Nothing);
        }
        parameters.extend(targets.into_iter().map(|target| Parameter {
            target,
            takes,
            hint: hint.clone(),
            default: None,
            decorators: Vec::new(),
        }));
    }
    parameters
}

/// `type A struct {..}`, `type B = C`, also several in parentheses.
pub(super) fn types(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    for spec in children(node) {
        let (Some(name), Some(of)) = (spec.child_by_field_name("name"), spec.child_by_field_name("type"))
        else {
            continue;
        };
        if spec.kind() == "type_alias" {
            let value = express(making, bare(of));
            into.push(step(spec, Step::Assign { target: target(making, name), hint: None, value }));
            continue;
        }
        let name = making.text(name).to_owned();
        let id = making.declare_class(spec, &name);
        let list = children(of).find(|child| child.kind() == "field_declaration_list");
        match (of.kind(), list) {
            ("struct_type", Some(list)) => {
                for node in children(list).filter(|child| child.kind() == "field_declaration") {
                    let Some(of) = node.child_by_field_name("type") else { continue };
                    let names = fields(node, "name");
                    if names.is_empty() {
                        let base = express(making, bare(of));
                        making.class(id).bases.push(base);
                    }
                    let hint = hint(making, of);
                    for name in names {
                        let field = Field {
                            name: making.name(name),
                            hint: hint.clone(),
                            value: None,
                            span: node.byte_range(),
                        };
                        making.class(id).fields.push(field);
                    }
                }
            }
            ("qualified_type" | "type_identifier" | "generic_type", _) => {
                let base = express(making, bare(of));
                making.class(id).bases.push(base);
            }
            _ => {}
        }
        into.push(step(spec, Step::Class(id)));
    }
}

/// `import "a/b"`, `import ( x "a/b"; . "c"; _ "d" )`.
pub(super) fn imports(making: &mut Making<'_>, node: Node<'_>) {
    for child in children(node) {
        match child.kind() {
            "import_spec_list" => children(child).for_each(|spec| import(making, spec)),
            _ => import(making, child),
        }
    }
}

fn import(making: &mut Making<'_>, spec: Node<'_>) {
    let Some(path) = spec.child_by_field_name("path") else { return };
    let module = making.text(path).trim_matches(['"', '`']);
    let local = match spec.child_by_field_name("name") {
        Some(name) => match making.text(name) {
            "_" => return,
            "." => "*",
            name => name,
        },
        None => called(module),
    };
    let import = Import { local: local.into(), module: module.into(), item: None, span: spec.byte_range() };
    making.module().imports.push(import);
}

/// What the package at that path is called most likely: `jwt` for `github.com/golang-jwt/jwt/v5`.
fn called(path: &str) -> &str {
    let is_version = |part: &str| {
        part.strip_prefix('v')
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|at| at.is_ascii_digit()))
    };
    let last = path.rsplit('/').find(|part| !is_version(part)).unwrap_or(path);
    // `gopkg.in/yaml.v3`, `go-oidc`, `jwt-go`.
    let last = match last.rsplit_once('.') {
        Some((name, version)) if is_version(version) => name,
        _ => last,
    };
    let last = last.strip_prefix("go-").unwrap_or(last);
    let last = last.strip_suffix("-go").or(last.strip_suffix(".go")).unwrap_or(last);
    last.rsplit('-').next().unwrap_or(last)
}

/// `const ( A = iota; B )` and `var x, y T = 1, 2`.
pub(super) fn variables(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let mut specs: Vec<Node<'_>> = Vec::new();
    for child in children(node) {
        match child.kind() {
            "var_spec_list" => specs.extend(children(child)),
            _ => specs.push(child),
        }
    }
    for (ordinal, spec) in specs.into_iter().enumerate() {
        let names = fields(spec, "name");
        let of = spec.child_by_field_name("type");
        let hint = of.and_then(|of| hint(making, of));
        let values: Vec<_> = spec.child_by_field_name("value").into_iter().flat_map(children).collect();
        if names.len() > 1 && values.len() == 1 {
            let targets = names.into_iter().map(|name| target(making, name)).collect();
            let value = express(making, values[0]);
            into.push(step(spec, Step::Assign { target: Target::Several(targets), hint: None, value }));
            continue;
        }
        for (index, name) in names.into_iter().enumerate() {
            let value = match (values.get(index), of) {
                (Some(value), _) => express(making, *value),
                (None, Some(of)) => zero(making, of, name),
                (None, None) => at(name, crate::ir::Kind::Number(ordinal.to_string().into())),
            };
            into.push(step(spec, Step::Assign { target: target(making, name), hint: hint.clone(), value }));
        }
    }
}
