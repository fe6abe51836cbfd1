//! Statements.

use tree_sitter::Node;

use super::{
    choose, define,
    express::{boxed, express, list, target, targets},
    types::hint,
};
use crate::{
    ir::{Expression, Kind, Operator, Statement, Step, Target, Text},
    lower::making::{Making, at, children, children_and_errors, does, plain, step},
};

/// Calls after which nothing of the function is done any more.
const ENDS: &[&str] = &[
    "panic",
    "os.Exit",
    "log.Fatal",
    "log.Fatalf",
    "log.Fatalln",
    "log.Panic",
    "log.Panicf",
    "t.Fatal",
    "t.Fatalf",
    "runtime.Goexit",
];

/// The statements of a block or a file.
pub(super) fn block(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    for child in children_and_errors(node) {
        if child.kind() == "statement_list" {
            for child in children_and_errors(child) {
                making.steps(child, |making, into| statement(making, child, into), into);
            }
        } else {
            making.steps(child, |making, into| statement(making, child, into), into);
        }
    }
}

fn optional(making: &mut Making<'_>, node: Option<Node<'_>>) -> Vec<Statement> {
    let mut body = Vec::new();
    if let Some(node) = node {
        block(making, node, &mut body);
    }
    body
}

/// One statement, which can be several steps.
pub(super) fn statement(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    match node.kind() {
        "package_clause" => {
            let name = children(node).next().map(|name| making.name(name));
            making.module().package = name;
        }
        "import_declaration" => define::imports(making, node),
        "function_declaration" => {
            let made = define::function(making, node);
            into.push(made);
        }
        "method_declaration" => define::method(making, node),
        "type_declaration" => define::types(making, node, into),
        "const_declaration" | "var_declaration" => define::variables(making, node, into),
        "short_var_declaration" | "assignment_statement" => assignment(making, node, into),
        "inc_statement" | "dec_statement" => counted(making, node, into),
        "expression_statement" | "go_statement" | "defer_statement" => {
            if let Some(inner) = children(node).next() {
                done(making, inner, into);
            }
        }
        "if_statement" => branch(making, node, into),
        "for_statement" => repeat(making, node, into),
        "expression_switch_statement" | "type_switch_statement" | "select_statement" => {
            // Two levels each: more is done for one of them than for other statements.
            making.steps(node, |making, into| choose::choose(making, node, into), into);
        }
        "return_statement" => {
            let value = returned(making, node);
            into.push(step(node, Step::Return(value)));
        }
        "break_statement" | "continue_statement" | "goto_statement" => into.push(step(node, Step::Leave)),
        "block" => {
            let body = optional(making, Some(node));
            into.push(step(node, Step::Block(body)));
        }
        "labeled_statement" => {
            for child in children(node).filter(|child| child.kind() != "label_name") {
                making.steps(child, |making, into| statement(making, child, into), into);
            }
        }
        "empty_statement" | "fallthrough_statement" => {}
        "ERROR" => broken(making, node, into),
        _ => into.push(does(express(making, node))),
    }
}

/// What could be read in something that could not.
fn broken(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let mut steps = Vec::new();
    let mut parts = Vec::new();
    for child in children(node) {
        let is_statement = child.kind().ends_with("_statement") || child.kind().ends_with("_declaration");
        if is_statement || matches!(child.kind(), "block" | "statement_list") {
            making.steps(child, |making, into| statement(making, child, into), &mut steps);
        } else {
            parts.push(express(making, child));
        }
    }
    into.push(does(making.gap(node, parts)));
    into.append(&mut steps);
}

/// An expression for what it does.
fn done(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let function = node.child_by_field_name("function");
    let ends = function.is_some_and(|function| ENDS.contains(&making.text(function)));
    let expression = express(making, node);
    into.push(if ends { step(node, Step::Throw(Some(expression))) } else { does(expression) });
}

fn returned(making: &mut Making<'_>, node: Node<'_>) -> Option<Expression> {
    if let Some(value) = children(node).next() {
        return Some(list(making, value));
    }
    let names = making.results().to_vec();
    let mut results = names.into_iter().map(|name| at(node, Kind::Name(name)));
    match results.len() {
        0 | 1 => results.next(),
        _ => Some(at(node, Kind::List(results.map(plain).collect()))),
    }
}

/// `a, b := f()`, `a += b`, `v, ok := m[k]`.
fn assignment(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right"))
    else {
        return;
    };
    let operator = node.child_by_field_name("operator").map(|operator| operator.kind());
    let operator = match operator {
        None | Some("=") => None,
        Some("+=") => Some(Operator::Plus),
        Some(_) => Some(Operator::Other),
    };
    if let Some(operator) = operator {
        let value = Kind::Binary(operator, Box::new(list(making, left)), Box::new(list(making, right)));
        let value = at(node, value);
        into.push(step(node, Step::Assign { target: targets(making, left), hint: None, value }));
        return;
    }
    let said = asserted(making, right);
    if let Some((value, given, found)) = comma_ok(left, right) {
        // Whether it was found is whether there is any.
        let value = express(making, value);
        let (given, found) = (target(making, given), target(making, found));
        let again = match &given {
            Target::Name(name) => Some(at(node, Kind::Name(name.clone()))),
            _ => None,
        };
        match again {
            Some(again) => {
                into.push(step(node, Step::Assign { target: given, hint: said, value }));
                into.push(step(node, Step::Assign { target: found, hint: None, value: again }));
            }
            None => into.push(step(node, Step::Assign { target: found, hint: None, value })),
        }
        return;
    }
    let value = list(making, right);
    into.push(step(node, Step::Assign { target: targets(making, left), hint: said, value }));
}

/// The type that one value is said to be of: `x.(*T)`.
fn asserted(making: &Making<'_>, right: Node<'_>) -> Option<Text> {
    let mut all = children(right);
    let only = all.next().filter(|one| one.kind() == "type_assertion_expression" && all.next().is_none())?;
    hint(making, only.child_by_field_name("type")?)
}

/// The value, what gets it and what gets whether there is one, of `v, ok := m[k]`, `x.(T)` and `<-c`.
fn comma_ok<'t>(left: Node<'t>, right: Node<'t>) -> Option<(Node<'t>, Node<'t>, Node<'t>)> {
    let (mut left, mut right) = (children(left), children(right));
    let (Some(given), Some(found), None) = (left.next(), left.next(), left.next()) else { return None };
    let (Some(value), None) = (right.next(), right.next()) else { return None };
    let operator = value.child_by_field_name("operator").map(|operator| operator.kind());
    let has_ok = matches!(value.kind(), "index_expression" | "type_assertion_expression")
        || (value.kind() == "unary_expression" && operator == Some("<-"));
    has_ok.then_some((value, given, found))
}

fn counted(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let Some(inner) = children(node).next() else { return };
    let operator = if node.kind() == "inc_statement" { Operator::Plus } else { Operator::Other };
    let one = Box::new(at(node, Kind::Number("1".into())));
    let value = at(node, Kind::Binary(operator, Box::new(express(making, inner)), one));
    into.push(step(node, Step::Assign { target: target(making, inner), hint: None, value }));
}

/// `if a := b; a != nil {..} else {..}`, in a scope of its own where something stands before the condition.
fn branch(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let mut before = Vec::new();
    if let Some(first) = node.child_by_field_name("initializer") {
        statement(making, first, &mut before);
    }
    let condition = *boxed(making, node.child_by_field_name("condition"), node);
    let then = optional(making, node.child_by_field_name("consequence"));
    let mut otherwise = Vec::new();
    if let Some(other) = node.child_by_field_name("alternative") {
        if other.kind() == "block" {
            block(making, other, &mut otherwise);
        } else {
            making.steps(other, |making, into| statement(making, other, into), &mut otherwise);
        }
    }
    let branch = step(node, Step::If { condition, then, otherwise });
    scoped(node, before, branch, into);
}

/// A step with what stands before it and is seen by it alone.
pub(super) fn scoped(node: Node<'_>, mut before: Vec<Statement>, last: Statement, into: &mut Vec<Statement>) {
    if before.is_empty() {
        into.push(last);
    } else {
        before.push(last);
        into.push(step(node, Step::Block(before)));
    }
}

fn repeat(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let body = node.child_by_field_name("body");
    let head = children(node).find(|child| Some(*child) != body);
    let (mut before, mut each, mut condition, mut update) = (Vec::new(), None, None, None);
    match head {
        Some(clause) if clause.kind() == "range_clause" => {
            let through = *boxed(making, clause.child_by_field_name("right"), clause);
            let left = clause.child_by_field_name("left");
            each = Some((left.map_or(Target::Nothing, |left| ranged(making, left)), through));
        }
        Some(clause) if clause.kind() == "for_clause" => {
            if let Some(first) = clause.child_by_field_name("initializer") {
                statement(making, first, &mut before);
            }
            condition = clause.child_by_field_name("condition").map(|of| express(making, of));
            update = clause.child_by_field_name("update");
        }
        Some(of) => condition = Some(express(making, of)),
        None => {}
    }
    let mut body = optional(making, body);
    if let Some(update) = update {
        statement(making, update, &mut body);
    }
    scoped(node, before, step(node, Step::Loop { each, condition, body }), into);
}

/// `for _, x := range xs` goes through the elements; `for k, v := range m` through pairs.
fn ranged(making: &mut Making<'_>, left: Node<'_>) -> Target {
    match targets(making, left) {
        Target::Several(mut parts) if matches!(parts.first(), Some(Target::Nothing)) => {
            parts.pop().unwrap_or(Target::Nothing)
        }
        target => target,
    }
}
