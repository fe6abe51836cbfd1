//! Statements.

use tree_sitter::Node;

use super::{
    assign, children, choose, class, define,
    express::{boxed, express, of_type, simple},
    hint::{hint, type_value},
    modules,
};
use crate::{
    ir::{Catch, Expression, Kind, Statement, Step, Text},
    lower::making::{Making, at, does, step},
};

/// The statements of a block or a file. Functions come first: they are there before anything is done.
pub(super) fn block(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let is_function = |child: &Node<'_>| {
        let inner = if child.kind() == "global_statement" { children(*child).next() } else { Some(*child) };
        inner.is_some_and(|inner| inner.kind() == "local_function_statement")
    };
    let (functions, others): (Vec<_>, Vec<_>) = children(node).partition(is_function);
    for function in &functions {
        let inner = children(*function).next().filter(|_| function.kind() == "global_statement");
        let name = inner.unwrap_or(*function).child_by_field_name("name");
        if let Some(name) = name.map(|name| simple(making, name)) {
            making.scopes().declare(&name);
        }
    }
    for child in functions.into_iter().chain(others) {
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
        "using_directive" => modules::using(making, node),
        "namespace_declaration" | "file_scoped_namespace_declaration" => {
            modules::namespace(making, node, into);
        }
        kind if class::KINDS.contains(&kind) => class::declared(making, node, into),
        "global_statement" | "labeled_statement" | "checked_statement" | "unsafe_statement" => {
            into.extend(body_of(making, children(node).last()));
        }
        "expression_statement" => expressions(making, node, into),
        "local_declaration_statement" | "variable_declaration" | "using_variable_declaration" => {
            local(making, node, into);
        }
        // A method outside of any class is one whose class could not be read.
        "local_function_statement" | "method_declaration" | "constructor_declaration" => {
            define::local(making, node, into);
        }
        "if_statement" => branch(making, node, into),
        "while_statement" => repeat(making, node, into),
        "do_statement" => once_or_more(making, node, into),
        "for_statement" => count(making, node, into),
        "foreach_statement" => through(making, node, into),
        "try_statement" => attempt(making, node, into),
        "switch_statement" => choose::statement(making, node, into),
        "return_statement" | "throw_statement" | "break_statement" | "continue_statement"
        | "yield_statement" => end(making, node, into),
        "using_statement" | "lock_statement" | "fixed_statement" => held(making, node, into),
        "block" => inner(making, node, into),
        "preproc_if" | "preproc_elif" | "preproc_else" => compiled(making, node, into),
        // Where `goto` goes to nobody says; what stands next is as good a guess as any.
        "goto_statement"
        | "extern_alias_directive"
        | "global_attribute"
        | "delegate_declaration"
        | "empty_statement"
        | "shebang_directive" => {}
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

/// What stands around an error is read like what stands elsewhere.
fn broken(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let gap = making.gap(node, Vec::new());
    into.push(does(gap));
    block(making, node, into);
}

fn expressions(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    for child in children(node) {
        expression(making, child, into);
    }
}

/// An expression for what it does.
pub(super) fn expression(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let changes = |sign: Option<Node<'_>>| sign.is_some_and(|sign| matches!(sign.kind(), "++" | "--"));
    match node.kind() {
        "assignment_expression" => assign::statement(making, node, into),
        "postfix_unary_expression" if changes(node.child(1)) => assign::statement(making, node, into),
        "prefix_unary_expression" if changes(node.child(0)) => assign::statement(making, node, into),
        "throw_expression" => end(making, node, into),
        _ => work_out(making, node, into),
    }
}

/// `T a = b, c;`; what gets no value here gets it elsewhere.
fn local(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let declaration = match node.kind() {
        "local_declaration_statement" => children(node).find(|child| child.kind() == "variable_declaration"),
        _ => Some(node),
    };
    let Some(declaration) = declaration else { return };
    let hint = declaration.child_by_field_name("type").and_then(|of| hint(making, of));
    for declarator in children(declaration).filter(|child| child.kind() == "variable_declarator") {
        let named = declarator.child_by_field_name("name");
        let named = named.or_else(|| children(declarator).find(|child| child.kind() == "tuple_pattern"));
        let Some(named) = named else { continue };
        // Its own value may not speak of it.
        let value = children(declarator).filter(|child| *child != named).last();
        let value = value.map(|value| of_type(making, value, hint.as_ref()));
        let target = assign::declared(making, named);
        if let Some(value) = value {
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

fn repeat(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let condition = Some(*boxed(making, node.child_by_field_name("condition"), node));
    let body = body_of(making, node.child_by_field_name("body"));
    into.push(step(node, Step::Loop { each: None, condition, body }));
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
    let mut cursor = node.walk();
    let (mut first, mut updates, mut semicolons) = (Vec::new(), Vec::new(), 0);
    let body = node.child_by_field_name("body");
    let asked = node.child_by_field_name("condition");
    for child in node.children(&mut cursor) {
        match child.kind() {
            ";" => semicolons += 1,
            _ if !child.is_named() || child.is_extra() || Some(child) == body || Some(child) == asked => {}
            _ if semicolons == 0 => first.push(child),
            _ => updates.push(child),
        }
    }
    for child in first {
        match child.kind() {
            "variable_declaration" => local(making, child, into),
            _ => expression(making, child, into),
        }
    }
    let condition = match asked {
        Some(condition) => express(making, condition),
        None => at(node, Kind::Bool(true)),
    };
    let mut body = body_of(making, body);
    for child in updates {
        expression(making, child, &mut body);
    }
    into.push(step(node, Step::Loop { each: None, condition: Some(condition), body }));
}

fn through(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let through = *boxed(making, node.child_by_field_name("right"), node);
    let target = match node.child_by_field_name("left") {
        Some(left) if matches!(left.kind(), "identifier" | "tuple_pattern") => assign::declared(making, left),
        Some(left) => assign::target(making, left),
        None => crate::ir::Target::Nothing,
    };
    let body = body_of(making, node.child_by_field_name("body"));
    into.push(step(node, Step::Loop { each: Some((target, through)), condition: None, body }));
}

/// `return`, `throw`, `yield`, `break`, `continue`.
fn end(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let value = children(node).next();
    let done = match node.kind() {
        "return_statement" => Step::Return(value.map(|value| express(making, value))),
        "throw_statement" | "throw_expression" => Step::Throw(value.map(|value| express(making, value))),
        "yield_statement" => match value {
            Some(value) => Step::Do(express(making, value)),
            None => Step::Return(None),
        },
        _ => Step::Leave,
    };
    into.push(step(node, done));
}

/// `using (var a = b) { .. }`, `lock (a) { .. }`: the first part, then what stands in it.
fn held(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let parts: Vec<_> = children(node).collect();
    let Some((body, before)) = parts.split_last() else { return };
    for part in before {
        match part.kind() {
            "variable_declaration" => local(making, *part, into),
            _ => work_out(making, *part, into),
        }
    }
    into.extend(body_of(making, Some(*body)));
}

/// `#if A .. #else .. #endif`: nobody knows which.
fn compiled(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let asked = node.child_by_field_name("condition");
    let other = node.child_by_field_name("alternative");
    let (mut then, mut otherwise) = (Vec::new(), Vec::new());
    for child in children(node).filter(|child| Some(*child) != asked && Some(*child) != other) {
        making.steps(child, |making, into| one(making, child, into), &mut then);
    }
    if let Some(other) = other {
        making.steps(other, |making, into| one(making, other, into), &mut otherwise);
    }
    // What is declared there is there.
    let declares =
        then.iter().chain(&otherwise).all(|of| matches!(of.step, Step::Class(_) | Step::Function(_)));
    if asked.is_none() || declares {
        into.extend(then);
        into.extend(otherwise);
        return;
    }
    let condition = at(node, Kind::Opaque(Vec::new()));
    into.push(step(node, Step::If { condition, then, otherwise }));
}

fn attempt(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let body = body_of(making, node.child_by_field_name("body"));
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
    let declaration = children(clause).find(|child| child.kind() == "catch_declaration");
    let of_type = declaration.and_then(|declaration| declaration.child_by_field_name("type"));
    let name: Option<Text> = declaration
        .and_then(|declaration| declaration.child_by_field_name("name"))
        .map(|name| simple(making, name));
    if let Some(name) = &name {
        making.scopes().declare(name);
    }
    let mut body = Vec::new();
    let filter = children(clause).find(|child| child.kind() == "catch_filter_clause");
    if let Some(asked) = filter.and_then(|filter| children(filter).next()) {
        // What is filtered out goes on as it was thrown.
        let asked = Box::new(express(making, asked));
        let condition = Expression { span: asked.span.clone(), kind: Kind::Not(asked) };
        let then = vec![step(clause, Step::Throw(None))];
        body.push(step(clause, Step::If { condition, then, otherwise: Vec::new() }));
    }
    body.extend(body_of(making, clause.child_by_field_name("body")));
    Catch { kinds: of_type.map(|of_type| type_value(making, of_type)).into_iter().collect(), name, body }
}
