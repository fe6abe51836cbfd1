//! Statements.

use tree_sitter::Node;

use super::{
    choose, class,
    express::{arguments, boxed, express, target},
    hint::{hint, type_value},
    modules, operate,
};
use crate::{
    ir::{Catch, Expression, Kind, Operator, Statement, Step, Target},
    lower::making::{Making, at, children, does, fields, step},
};

/// The statements of a block or a file.
pub(super) fn block(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    for child in children(node) {
        making.steps(child, |making, into| one(making, child, into), into);
    }
}

/// The steps of what follows a condition: a block, or a single statement.
fn body_of(making: &mut Making<'_>, node: Option<Node<'_>>) -> Vec<Statement> {
    let mut steps = Vec::new();
    match node {
        Some(node) if node.kind() == "block" => block(making, node, &mut steps),
        Some(node) => making.steps(node, |making, into| one(making, node, into), &mut steps),
        None => {}
    }
    steps
}

/// One statement. Only a list of who reads what: its frame stands once for each level of the source.
pub(super) fn one(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    match node.kind() {
        "package_declaration" => modules::package(making, node),
        "import_declaration" => modules::import(making, node),
        kind if class::KINDS.contains(&kind) => class::declared(making, node, into),
        "expression_statement" => expressions(making, node, into),
        "local_variable_declaration" => local(making, node, into),
        "if_statement" => branch(making, node, into),
        "while_statement" => repeat(making, node, into),
        "do_statement" => once_or_more(making, node, into),
        "for_statement" => count(making, node, into),
        "enhanced_for_statement" => through(making, node, into),
        "try_statement" | "try_with_resources_statement" => attempt(making, node, into),
        "switch_expression" => choose::statement(making, node, into),
        "return_statement" | "throw_statement" | "yield_statement" | "break_statement"
        | "continue_statement" => end(making, node, into),
        "block" => inner(making, node, into),
        "labeled_statement" => into.extend(body_of(making, children(node).last())),
        "synchronized_statement" => locked(making, node, into),
        "explicit_constructor_invocation" => constructor(making, node, into),
        "module_declaration" => {}
        "method_declaration" | "constructor_declaration" => stray(making, node, into),
        "ERROR" => broken(making, node, into),
        _ => work_out(making, node, into),
    }
}

fn work_out(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let done = express(making, node);
    into.push(does(done));
}

fn inner(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let mut steps = Vec::new();
    block(making, node, &mut steps);
    into.push(step(node, Step::Block(steps)));
}

fn expressions(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    for child in children(node) {
        expression(making, child, into);
    }
}

/// `return`, `throw`, `yield`, `break`, `continue`.
fn end(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let value = children(node).next();
    let done = match node.kind() {
        "return_statement" => Step::Return(value.map(|value| express(making, value))),
        "throw_statement" => Step::Throw(value.map(|value| express(making, value))),
        "yield_statement" => {
            let value = *boxed(making, value, node);
            choose::yields(making, node, value, into);
            Step::Leave
        }
        _ => Step::Leave,
    };
    into.push(step(node, done));
}

fn locked(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    if let Some(lock) = children(node).next() {
        work_out(making, lock, into);
    }
    into.extend(body_of(making, node.child_by_field_name("body")));
}

fn repeat(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let condition = Some(*boxed(making, node.child_by_field_name("condition"), node));
    let body = body_of(making, node.child_by_field_name("body"));
    into.push(step(node, Step::Loop { each: None, condition, body }));
}

/// `for (T a : b) { .. }`
fn through(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let through = *boxed(making, node.child_by_field_name("value"), node);
    let name = node.child_by_field_name("name").map(|name| making.name(name));
    let target = name.map_or(Target::Nothing, |name| {
        making.scopes().declare(&name);
        Target::Name(name)
    });
    let body = body_of(making, node.child_by_field_name("body"));
    into.push(step(node, Step::Loop { each: Some((target, through)), condition: None, body }));
}

/// What stands around an error is read like what stands elsewhere.
fn broken(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let gap = making.gap(node, Vec::new());
    into.push(does(gap));
    block(making, node, into);
}

/// A method outside of any class: its class could not be read.
fn stray(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let name = node.child_by_field_name("name").map_or("", |name| making.text(name)).to_owned();
    let Some(body) = node.child_by_field_name("body") else { return };
    let id = making.make_function(node, &name, None, |making, _| {
        making.scopes().enter_function(false);
        let takes = node.child_by_field_name("parameters");
        let takes = takes.map(|takes| super::define::parameters(making, takes)).unwrap_or_default();
        let mut steps = Vec::new();
        block(making, body, &mut steps);
        making.scopes().leave();
        (takes, steps)
    });
    into.push(step(node, Step::Function(id)));
}

/// An expression for what it does.
pub(super) fn expression(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    match node.kind() {
        "assignment_expression" | "update_expression" => {
            if let Some((target, value)) = assignment(making, node) {
                into.push(step(node, Step::Assign { target, hint: None, value }));
            }
        }
        "switch_expression" => choose::statement(making, node, into),
        _ => {
            let done = express(making, node);
            into.push(does(done));
        }
    }
}

/// `a = b`, `a += b`, `a++`: what gets a value, and which.
pub(super) fn assignment(making: &mut Making<'_>, node: Node<'_>) -> Option<(Target, Expression)> {
    if node.kind() == "update_expression" {
        let of = children(node).next()?;
        let one = Box::new(at(node, Kind::Number("1".into())));
        let value = at(node, Kind::Binary(Operator::Other, Box::new(express(making, of)), one));
        return Some((target(making, of), value));
    }
    let (left, right) = (node.child_by_field_name("left")?, node.child_by_field_name("right")?);
    let sign = node.child_by_field_name("operator").map_or("=", |sign| sign.kind());
    let value = match sign.strip_suffix('=') {
        Some("") | None => express(making, right),
        Some(sign) => {
            let (before, by) = (Box::new(express(making, left)), Box::new(express(making, right)));
            at(node, Kind::Binary(operate::operator(sign), before, by))
        }
    };
    Some((target(making, left), value))
}

/// `T a = b, c;`; what gets no value here gets it elsewhere.
fn local(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let hint = node.child_by_field_name("type").and_then(|of_type| hint(making, of_type));
    for declarator in fields(node, "declarator") {
        let Some(name) = declarator.child_by_field_name("name").map(|name| making.name(name)) else {
            continue;
        };
        // Its own value may not speak of it.
        let value = declarator.child_by_field_name("value").map(|value| express(making, value));
        making.scopes().declare(&name);
        if let Some(value) = value {
            let target = Target::Name(name);
            into.push(step(declarator, Step::Assign { target, hint: hint.clone(), value }));
        }
    }
}

fn branch(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let condition = *boxed(making, node.child_by_field_name("condition"), node);
    let then = body_of(making, node.child_by_field_name("consequence"));
    let otherwise = body_of(making, node.child_by_field_name("alternative"));
    into.push(step(node, Step::If { condition, then, otherwise }));
}

/// `do { .. } while (c)` is a loop that is left where `c` does not hold.
fn once_or_more(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let mut body = body_of(making, node.child_by_field_name("body"));
    let asked = boxed(making, node.child_by_field_name("condition"), node);
    let condition = Expression { span: asked.span.clone(), kind: Kind::Not(asked) };
    let then = vec![step(node, Step::Leave)];
    body.push(step(node, Step::If { condition, then, otherwise: Vec::new() }));
    let condition = Some(at(node, Kind::Bool(true)));
    into.push(step(node, Step::Loop { each: None, condition, body }));
}

/// `for (a; b; c) { .. }` is `a; while b { ..; c }`.
fn count(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    for init in fields(node, "init") {
        match init.kind() {
            "local_variable_declaration" => local(making, init, into),
            _ => expression(making, init, into),
        }
    }
    let condition = match node.child_by_field_name("condition") {
        Some(condition) => express(making, condition),
        None => at(node, Kind::Bool(true)),
    };
    let mut body = body_of(making, node.child_by_field_name("body"));
    for update in fields(node, "update") {
        expression(making, update, &mut body);
    }
    into.push(step(node, Step::Loop { each: None, condition: Some(condition), body }));
}

fn attempt(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let mut body = Vec::new();
    let resources = node.child_by_field_name("resources").into_iter().flat_map(children);
    for resource in resources {
        match (resource.child_by_field_name("name"), resource.child_by_field_name("value")) {
            (Some(name), Some(value)) => {
                let hint = resource.child_by_field_name("type").and_then(|of| hint(making, of));
                let (name, value) = (making.name(name), express(making, value));
                making.scopes().declare(&name);
                let target = Target::Name(name);
                body.push(step(resource, Step::Assign { target, hint, value }));
            }
            _ => {
                for part in children(resource) {
                    let part = express(making, part);
                    body.push(does(part));
                }
            }
        }
    }
    body.extend(body_of(making, node.child_by_field_name("body")));
    let (mut catches, mut finally) = (Vec::new(), Vec::new());
    for clause in children(node) {
        match clause.kind() {
            "catch_clause" => catches.push(caught(making, clause)),
            "finally_clause" => finally = body_of(making, children(clause).next()),
            _ => {}
        }
    }
    into.push(step(node, Step::Try { body, catches, finally }));
}

fn caught(making: &mut Making<'_>, clause: Node<'_>) -> Catch {
    let parameter = children(clause).find(|child| child.kind() == "catch_formal_parameter");
    let (mut kinds, mut name) = (Vec::new(), None);
    for part in parameter.into_iter().flat_map(children) {
        match part.kind() {
            "catch_type" => kinds.extend(children(part).map(|of| type_value(making, of))),
            "identifier" => name = Some(making.name(part)),
            _ => {}
        }
    }
    if let Some(name) = &name {
        making.scopes().declare(name);
    }
    Catch { kinds, name, body: body_of(making, clause.child_by_field_name("body")) }
}

/// `this(..)` is another constructor, `super(..)` one of what it extends.
fn constructor(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let of = node.child_by_field_name("constructor");
    let given = arguments(making, node.child_by_field_name("arguments"));
    let callee = match of {
        Some(of) if of.kind() == "this" => {
            let this = Box::new(at(of, Kind::Name("this".into())));
            at(of, Kind::Member(this, "<init>".into()))
        }
        _ => at(of.unwrap_or(node), Kind::Name("super".into())),
    };
    into.push(does(at(node, Kind::Call { callee: Box::new(callee), arguments: given, new: false })));
}
