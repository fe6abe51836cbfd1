//! Statements.

use tree_sitter::Node;

use super::{
    assign, branch, choose, class, commonjs, define,
    express::{boxed, express, says_types},
    modules, operate, prototype, repeat, shape,
};
use crate::{
    ir::{Expression, Kind, Operator, Statement, Step, Takes},
    lower::{
        breaks,
        making::{Making, at, children, does, step},
    },
};

/// The statements of a block or a file. Functions come first: they are there before anything is done.
pub(super) fn block(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let (functions, others): (Vec<_>, Vec<_>) = children(node).partition(|child| declares_function(*child));
    for child in functions.into_iter().chain(others) {
        making.steps(child, |making, into| one(making, child, into), into);
    }
}

fn declares_function(node: Node<'_>) -> bool {
    let node = match node.kind() {
        "export_statement" => node.child_by_field_name("declaration"),
        _ => Some(node),
    };
    node.is_some_and(|node| matches!(node.kind(), "function_declaration" | "generator_function_declaration"))
}

/// The steps of a body: a block, a single statement, or the expression of an arrow.
pub(super) fn body_of(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    match node.kind() {
        "statement_block" => block(making, node, into),
        "else_clause" | "finally_clause" => {
            if let Some(inner) = children(node).next() {
                body_of(making, inner, into);
            }
        }
        kind if is_step(kind) => making.steps(node, |making, into| one(making, node, into), into),
        _ => {
            let value = express(making, node);
            into.push(step(node, Step::Return(Some(value))));
        }
    }
}

/// The same where there may be none.
pub(super) fn optional(making: &mut Making<'_>, node: Option<Node<'_>>) -> Vec<Statement> {
    let mut steps = Vec::new();
    if let Some(node) = node {
        body_of(making, node, &mut steps);
    }
    steps
}

/// Whether something of that kind is a step and not an expression.
pub(super) fn is_step(kind: &str) -> bool {
    kind.ends_with("_statement")
        || kind.ends_with("_declaration")
        || matches!(kind, "statement_block" | "import_alias" | "internal_module" | "module" | "else_clause")
}

/// A statement. Every kind has a function of its own, which also keeps what is needed for each level small.
pub(super) fn one(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    match node.kind() {
        "expression_statement" => expressions(making, node, into),
        "lexical_declaration" | "variable_declaration" | "using_declaration" => {
            assign::declaration(making, node, into);
        }
        "function_declaration"
        | "generator_function_declaration"
        | "class_declaration"
        | "abstract_class_declaration" => decorated(making, node, &[], into),
        "import_statement" => modules::import(making, node),
        "export_statement" => modules::export(making, node, into),
        "import_alias" => modules::alias(making, node, into),
        "enum_declaration" => class::enumeration(making, node, into),
        "internal_module" | "module" => class::namespace(making, node, into),
        "if_statement" => branch::branch(making, node, into),
        "switch_statement" => choose::choose(making, node, into),
        "for_statement" => repeat::counted(making, node, into),
        "for_in_statement" => repeat::through(making, node, into),
        "while_statement" => repeat::as_long_as(making, node, into),
        "do_statement" => repeat::at_least_once(making, node, into),
        "try_statement" => branch::attempt(making, node, into),
        "return_statement" | "throw_statement" | "break_statement" | "continue_statement" => {
            branch::end(making, node, into);
        }
        "labeled_statement" => labelled(making, node, into),
        "statement_block" | "else_clause" => scope(making, node, into),
        "with_statement" => with(making, node, into),
        "interface_declaration" | "type_alias_declaration" => shape::declared(making, node, into),
        "ERROR" => broken(making, node, into),
        "empty_statement"
        | "debugger_statement"
        | "ambient_declaration"
        | "hash_bang_line"
        | "function_signature" => {}
        kind if says_types(kind) => {}
        _ => expression(making, node, into),
    }
}

fn expressions(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    // `"use strict"`
    for child in children(node).filter(|child| child.kind() != "string") {
        expression(making, child, into);
    }
}

fn labelled(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let Some(body) = node.child_by_field_name("body") else { return };
    if body.kind() != "statement_block" {
        return body_of(making, body, into);
    }
    let mut steps = Vec::new();
    block(making, body, &mut steps);
    breaks::once(&node.byte_range(), steps, into);
}

fn scope(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let body = optional(making, Some(node));
    into.push(step(node, Step::Block(body)));
}

fn with(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    into.push(does(*boxed(making, node.child_by_field_name("object"), node)));
    if let Some(body) = node.child_by_field_name("body") {
        body_of(making, body, into);
    }
}

/// What the parser could not read: what could be inside of it is read all the same.
fn broken(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let (mut parts, mut steps) = (Vec::new(), Vec::new());
    for child in children(node).filter(|child| !says_types(child.kind())) {
        if is_step(child.kind()) {
            making.steps(child, |making, into| one(making, child, into), &mut steps);
        } else {
            parts.push(express(making, child));
        }
    }
    into.push(does(making.gap(node, parts)));
    into.extend(steps);
}

/// A function or class gets its name here.
pub(super) fn decorated(
    making: &mut Making<'_>,
    node: Node<'_>,
    decorators: &[Node<'_>],
    into: &mut Vec<Statement>,
) {
    match node.kind() {
        "function_declaration" | "generator_function_declaration" => {
            let name = node.child_by_field_name("name").map_or("", |name| making.text(name));
            if prototype::declared(making, node, name, into) {
                return;
            }
            let id = define::function(making, node, name, None);
            into.push(step(node, Step::Function(id)));
        }
        "class_declaration" | "abstract_class_declaration" => class::declared(making, node, decorators, into),
        _ => one(making, node, into),
    }
}

/// An expression for what it does.
pub(super) fn expression(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    match node.kind() {
        "assignment_expression" | "augmented_assignment_expression" | "update_expression" => {
            assign::as_step(making, node, into);
        }
        "internal_module" => class::namespace(making, node, into),
        "sequence_expression" | "parenthesized_expression" | "await_expression" | "yield_expression" => {
            children(node).for_each(|part| inner(making, part, into));
        }
        "ternary_expression" => chosen(making, node, into),
        "binary_expression" => perhaps(making, node, into),
        "call_expression" => called(making, node, into),
        _ => plain(making, node, into),
    }
}

fn plain(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    into.push(does(express(making, node)));
}

/// `a ? b() : c()` is `if (a) b(); else c()`.
fn chosen(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let condition = *boxed(making, node.child_by_field_name("condition"), node);
    let [then, otherwise] = ["consequence", "alternative"].map(|way| {
        let mut steps = Vec::new();
        node.child_by_field_name(way).into_iter().for_each(|part| inner(making, part, &mut steps));
        steps
    });
    into.push(step(node, Step::If { condition, then, otherwise }));
}

/// `a && b()` is `if (a) b()`.
fn perhaps(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let sign = node.child_by_field_name("operator").map_or("", |sign| sign.kind());
    let operator = operate::operator(sign);
    if !matches!(operator, Operator::And | Operator::Or) {
        return plain(making, node, into);
    }
    let mut condition = *boxed(making, node.child_by_field_name("left"), node);
    if operator == Operator::Or {
        condition = at(node, Kind::Not(Box::new(condition)));
    }
    let mut then = Vec::new();
    node.child_by_field_name("right").into_iter().for_each(|part| inner(making, part, &mut then));
    into.push(step(node, Step::If { condition, then, otherwise: Vec::new() }));
}

fn called(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    if !commonjs::written_by_compiler(making, node, into) {
        let called = express(making, node);
        into.push(asserted(node, called));
    }
}

/// The same one level deeper.
pub(super) fn inner(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    making.steps(node, |making, into| expression(making, node, into), into);
}

/// `assert(a)` and `assert.equal(a, b)`: what does not hold is thrown.
fn asserted(node: Node<'_>, called: Expression) -> Statement {
    let Kind::Call { callee, mut arguments, new: false } = called.kind else { return does(called) };
    let wanted = match &callee.kind {
        Kind::Name(name) if matches!(&**name, "assert" | "invariant") => 1,
        Kind::Member(of, how) if matches!(&of.kind, Kind::Name(name) if &**name == "assert") => {
            match &**how {
                "ok" => 1,
                "equal" | "strictEqual" | "deepEqual" | "deepStrictEqual" => 2,
                _ => 0,
            }
        }
        _ => 0,
    };
    let by_place = arguments.iter().all(|given| given.gives == Takes::One);
    if wanted == 0 || !by_place || arguments.len() < wanted {
        let kind = Kind::Call { callee, arguments, new: false };
        return does(Expression { span: called.span, kind });
    }
    let thrown = arguments.drain(wanted..).next().map(|given| given.value);
    let mut asked = arguments.into_iter().map(|given| given.value);
    let one = asked.next().unwrap_or_else(|| at(node, Kind::Null));
    let holds = match asked.next() {
        Some(other) => Kind::Binary(Operator::Equal, Box::new(one), Box::new(other)),
        None => one.kind,
    };
    let holds = Box::new(Expression { span: called.span, kind: holds });
    let condition = at(node, Kind::Not(holds));
    let then = vec![step(node, Step::Throw(thrown))];
    step(node, Step::If { condition, then, otherwise: Vec::new() })
}
