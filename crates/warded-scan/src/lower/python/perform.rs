//! Statements.

use tree_sitter::Node;

use super::{
    define,
    express::{condition, express, target},
};
use crate::{
    ir::{Arm, Catch, Expression, Import, Kind, Operator, Statement, Step, Target},
    lower::making::{Making, at, children, does, fields, plain, step},
};

/// The statements of a block or a file.
pub(super) fn block(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    for child in children(node) {
        making.steps(child, |making, into| statement(making, child, into), into);
    }
}

/// The statements of a block, where there is one.
fn optional(making: &mut Making<'_>, node: Option<Node<'_>>) -> Vec<Statement> {
    let mut body = Vec::new();
    if let Some(node) = node {
        block(making, node, &mut body);
    }
    body
}

fn statement(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let done = match node.kind() {
        "expression_statement" => {
            for child in children(node) {
                expression_statement(making, child, into);
            }
            return;
        }
        "function_definition" | "class_definition" | "decorated_definition" => {
            into.extend(define::definition(making, node));
            return;
        }
        "import_statement" | "import_from_statement" | "future_import_statement" => {
            import(making, node);
            return;
        }
        "if_statement" => branch(making, node, &fields(node, "alternative")),
        "for_statement" => {
            let each = node.child_by_field_name("left").zip(node.child_by_field_name("right"));
            let each = each.map(|(left, right)| (target(making, left), express(making, right)));
            let body = optional(making, node.child_by_field_name("body"));
            into.push(step(node, Step::Loop { each, condition: None, body }));
            otherwise(making, node, into);
            return;
        }
        "while_statement" => {
            let condition = node.child_by_field_name("condition").map(|node| condition(making, node));
            let body = optional(making, node.child_by_field_name("body"));
            into.push(step(node, Step::Loop { each: None, condition, body }));
            otherwise(making, node, into);
            return;
        }
        "try_statement" => attempt(making, node),
        "with_statement" => {
            with(making, node, into);
            return;
        }
        "return_statement" => Step::Return(children(node).next().map(|value| express(making, value))),
        "raise_statement" => Step::Throw(children(node).next().map(|value| express(making, value))),
        "assert_statement" => {
            // What does not hold is thrown.
            let mut parts = children(node);
            let Some(asserted) = parts.next() else { return };
            let condition = condition(making, asserted);
            let thrown = parts.next().map(|message| express(making, message));
            let then = vec![step(node, Step::Throw(thrown))];
            let condition = Expression { span: condition.span.clone(), kind: Kind::Not(Box::new(condition)) };
            Step::If { condition, then, otherwise: Vec::new() }
        }
        "match_statement" => choose(making, node),
        "break_statement" | "continue_statement" => Step::Leave,
        "block" => {
            block(making, node, into);
            return;
        }
        "pass_statement" | "global_statement" | "nonlocal_statement" | "type_alias_statement" => return,
        "ERROR" => {
            let parts = children(node).map(|child| express(making, child)).collect();
            into.push(does(making.gap(node, parts)));
            return;
        }
        "delete_statement" => {
            for child in children(node) {
                let several = child.kind() == "expression_list";
                let each = if several { children(child).collect() } else { vec![child] };
                into.extend(each.into_iter().map(|child| deleted(making, child)));
            }
            return;
        }
        // `print`, `exec`: what is worked out for them.
        _ => Step::Do(at(node, Kind::Opaque(children(node).map(|child| express(making, child)).collect()))),
    };
    into.push(step(node, done));
}

/// `del a["b"]` is `a.delete("b")`; of anything else it is what is worked out for it.
fn deleted(making: &mut Making<'_>, node: Node<'_>) -> Statement {
    let parts = (node.child_by_field_name("value"), node.child_by_field_name("subscript"));
    let (Some(of), Some(key)) = parts else {
        let parts = vec![express(making, node)];
        return does(at(node, Kind::Opaque(parts)));
    };
    let of = Box::new(express(making, of));
    let arguments = vec![plain(express(making, key))];
    let callee = Box::new(at(node, Kind::Member(of, "delete".into())));
    does(at(node, Kind::Call { callee, arguments, new: false }))
}

/// `else` after a loop: done where it came to its end.
fn otherwise(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    for clause in fields(node, "alternative") {
        let body = optional(making, clause.child_by_field_name("body"));
        into.push(step(clause, Step::Block(body)));
    }
}

fn expression_statement(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    match node.kind() {
        "assignment" => assignment(making, node, into),
        "augmented_assignment" => {
            let (Some(left), Some(right)) =
                (node.child_by_field_name("left"), node.child_by_field_name("right"))
            else {
                return;
            };
            let operator = match node.child_by_field_name("operator").map(|node| node.kind()) {
                Some("+=") => Operator::Plus,
                Some("|=") => Operator::Merge,
                _ => Operator::Other,
            };
            let value =
                Kind::Binary(operator, Box::new(express(making, left)), Box::new(express(making, right)));
            let target = target(making, left);
            into.push(step(node, Step::Assign { target, hint: None, value: at(node, value) }));
        }
        _ => into.push(does(express(making, node))),
    }
}

/// `a = b = value`, `a: T = value`; `a: T` alone says nothing that is kept here.
fn assignment(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let mut targets = Vec::new();
    let mut node = node;
    let value = loop {
        let hint = node.child_by_field_name("type").map(|hint| define::hint(making, hint));
        if let Some(left) = node.child_by_field_name("left") {
            targets.push((left, hint));
        }
        match node.child_by_field_name("right") {
            Some(right) if right.kind() == "assignment" => node = right,
            Some(right) => break right,
            None => return,
        }
    };
    let value_of = express(making, value);
    let Some(((first, hint), others)) = targets.split_last().map(|(last, others)| (last.clone(), others))
    else {
        return;
    };
    let named = target(making, first);
    let name = if let Target::Name(name) = &named { Some(name.clone()) } else { None };
    into.push(step(node, Step::Assign { target: named, hint, value: value_of }));
    for (left, hint) in others {
        // The others are the same object, so they are said to be the last one.
        let value = match &name {
            Some(name) => at(value, Kind::Name(name.clone())),
            None => express(making, first),
        };
        let target = target(making, *left);
        into.push(step(node, Step::Assign { target, hint: hint.clone(), value }));
    }
}

/// `if`, with what is left of its `elif` and `else`.
fn branch(making: &mut Making<'_>, node: Node<'_>, alternatives: &[Node<'_>]) -> Step {
    let condition = match node.child_by_field_name("condition") {
        Some(node) => condition(making, node),
        None => at(node, Kind::Opaque(Vec::new())),
    };
    let then = optional(making, node.child_by_field_name("consequence"));
    let otherwise = match alternatives.split_first() {
        Some((first, rest)) if first.kind() == "elif_clause" => {
            let mut steps = Vec::new();
            making.steps(
                *first,
                |making, into| into.push(step(*first, branch(making, *first, rest))),
                &mut steps,
            );
            steps
        }
        Some((first, _)) => optional(making, first.child_by_field_name("body")),
        None => Vec::new(),
    };
    Step::If { condition, then, otherwise }
}

fn attempt(making: &mut Making<'_>, node: Node<'_>) -> Step {
    let mut body = optional(making, node.child_by_field_name("body"));
    let (mut catches, mut finally) = (Vec::new(), Vec::new());
    for clause in children(node) {
        match clause.kind() {
            "except_clause" | "except_group_clause" => catches.push(caught(making, clause)),
            "else_clause" => body.extend(optional(making, clause.child_by_field_name("body"))),
            "finally_clause" => {
                finally = optional(making, children(clause).find(|child| child.kind() == "block"));
            }
            _ => {}
        }
    }
    Step::Try { body, catches, finally }
}

fn caught(making: &mut Making<'_>, clause: Node<'_>) -> Catch {
    let kinds = fields(clause, "value").into_iter().map(|kind| express(making, kind)).collect();
    let name = clause.child_by_field_name("alias").map(|name| making.name(name));
    Catch { kinds, name, body: optional(making, children(clause).find(|child| child.kind() == "block")) }
}

/// `with a as b, c:` is `b = a; c` and then what stands in it.
fn with(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let clauses = children(node).filter(|child| child.kind() == "with_clause");
    let items: Vec<_> =
        clauses.flat_map(children).filter_map(|item| item.child_by_field_name("value")).collect();
    for value in items {
        if value.kind() == "as_pattern" {
            let mut parts = children(value);
            let (Some(of), Some(alias)) = (parts.next(), value.child_by_field_name("alias")) else {
                continue;
            };
            let of = express(making, of);
            let alias = children(alias).next().unwrap_or(alias);
            let target = target(making, alias);
            into.push(step(value, Step::Assign { target, hint: None, value: of }));
        } else {
            into.push(does(express(making, value)));
        }
    }
    if let Some(body) = node.child_by_field_name("body") {
        block(making, body, into);
    }
}

fn choose(making: &mut Making<'_>, node: Node<'_>) -> Step {
    let subjects = fields(node, "subject");
    let subject = match subjects.as_slice() {
        [one] => express(making, *one),
        several => {
            let parts = several.iter().map(|part| express(making, *part)).collect();
            at(node, Kind::Opaque(parts))
        }
    };
    let mut arms = Vec::new();
    let cases = node.child_by_field_name("body").map(|body| children(body).collect::<Vec<_>>());
    for case in cases.unwrap_or_default() {
        if case.kind() != "case_clause" {
            continue;
        }
        let patterns: Vec<_> = children(case).filter(|child| child.kind() == "case_pattern").collect();
        let always = patterns.iter().all(|pattern| making.text(*pattern) == "_");
        let guard = case.child_by_field_name("guard").and_then(|guard| children(guard).next());
        let guard = guard.map(|guard| condition(making, guard));
        let body = optional(making, case.child_by_field_name("consequence"));
        let patterns = patterns
            .into_iter()
            .map(|pattern| match children(pattern).next() {
                Some(inner) => express(making, inner),
                None => at(pattern, Kind::Opaque(Vec::new())),
            })
            .collect();
        arms.push(Arm { patterns, always: always && guard.is_none(), guard, body });
    }
    Step::Match { subject, arms }
}

fn import(making: &mut Making<'_>, node: Node<'_>) {
    let span = node.byte_range();
    let module = node.child_by_field_name("module_name").map(|module| making.name(module));
    let mut found = Vec::new();
    if children(node).any(|child| child.kind() == "wildcard_import") {
        found.extend(module.clone().map(|module| Import {
            local: "*".into(),
            module,
            item: None,
            span: span.clone(),
        }));
    }
    for name in fields(node, "name") {
        let (of, local) = match name.kind() {
            "aliased_import" => {
                let (Some(of), Some(alias)) =
                    (name.child_by_field_name("name"), name.child_by_field_name("alias"))
                else {
                    continue;
                };
                (making.text(of), Some(making.name(alias)))
            }
            _ => (making.text(name), None),
        };
        let (called, module, item) = if let Some(module) = &module {
            (of, module.clone(), Some(of.into()))
        } else {
            // `import a.b` gives the name `a`, which is the module `a`.
            let first = of.split('.').next().unwrap_or(of);
            (first, if local.is_some() { of } else { first }.into(), None)
        };
        let local = local.unwrap_or_else(|| called.into());
        found.push(Import { local, module, item, span: span.clone() });
    }
    making.module().imports.extend(found);
}
