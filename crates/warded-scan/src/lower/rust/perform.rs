//! Statements, and expressions that are made of them.

use tree_sitter::Node;

use super::{
    choose, define,
    express::{boxed, express, target},
    macros, pattern, types, uses,
};
use crate::{
    ir::{Expression, Kind, Operator, Statement, Step, Target, Text},
    lower::making::{Making, at, children, children_and_errors, does, step},
};

/// What is done with the value of an expression.
pub(super) enum Wants {
    /// Nothing.
    Nothing,
    /// It is what the function gives back.
    Return,
    /// It gets a name.
    Name(Text, Option<Text>),
}

impl Wants {
    /// Does that with it.
    pub(super) fn take(&self, node: Node<'_>, value: Expression, into: &mut Vec<Statement>) {
        into.push(match self {
            Self::Nothing => does(value),
            Self::Return => step(node, Step::Return(Some(value))),
            Self::Name(name, hint) => {
                let target = Target::Name(name.clone());
                step(node, Step::Assign { target, hint: hint.clone(), value })
            }
        });
    }
}

/// The statements of a block or a file, the last of which may be what it is worth.
pub(super) fn block(making: &mut Making<'_>, node: Node<'_>, wants: &Wants, into: &mut Vec<Statement>) {
    let mut before: Vec<Node<'_>> = Vec::new();
    let mut rest = children_and_errors(node).filter(|child| child.kind() != "label").peekable();
    while let Some(child) = rest.next() {
        if child.kind() == "attribute_item" {
            before.push(child);
            continue;
        }
        let attributes = std::mem::take(&mut before);
        if attributes.iter().any(|attribute| is_for_tests(making.text(*attribute))) {
            continue;
        }
        let is_last = rest.peek().is_none();
        making.steps(
            child,
            |making, into| {
                if is_last && is_value(child) {
                    value_into(making, child, wants, into);
                } else {
                    statement(making, child, &attributes, into);
                }
            },
            into,
        );
    }
}

/// Whether what stands after that attribute is in no program, but in its tests: who calls there is nobody that matters.
fn is_for_tests(attribute: &str) -> bool {
    let plain: String = attribute.chars().filter(|letter| !letter.is_whitespace()).collect();
    plain == "#[cfg(test)]" || plain.starts_with("#[cfg(all(test,")
}

/// Whether the last thing in a block is what it is worth. What ends with a block is, too, without a semicolon.
fn is_value(node: Node<'_>) -> bool {
    match node.kind() {
        "expression_statement" => node.child_count() == 1,
        kind => !kind.ends_with("_item") && !kind.ends_with("_declaration") && kind != "empty_statement",
    }
}

fn statement(making: &mut Making<'_>, node: Node<'_>, attributes: &[Node<'_>], into: &mut Vec<Statement>) {
    match node.kind() {
        "expression_statement" => {
            if let Some(inner) = children(node).next() {
                value_into(making, inner, &Wants::Nothing, into);
            }
        }
        "let_declaration" => bind(making, node, into),
        "function_item" => {
            let made = define::function(making, node, attributes);
            into.push(made);
        }
        "struct_item" | "enum_item" | "union_item" => {
            let made = define::type_of(making, node, attributes);
            into.push(made);
        }
        "trait_item" => {
            let made = define::a_trait(making, node, attributes);
            into.push(made);
        }
        "impl_item" => define::implementation(making, node),
        "use_declaration" => uses::uses(making, node),
        "extern_crate_declaration"
        | "function_signature_item"
        | "macro_definition"
        | "empty_statement"
        | "inner_attribute_item"
        | "associated_type"
        | "shebang" => {}
        "mod_item" => match node.child_by_field_name("body") {
            Some(body) => {
                let first = making.module().imports.len();
                let mut inner = Vec::new();
                block(making, body, &Wants::Nothing, &mut inner);
                uses::seen_from_within(making, first);
                uses::module_here(making, node);
                into.push(step(node, Step::Block(inner)));
            }
            None => uses::module_file(making, node),
        },
        "const_item" | "static_item" => {
            let (Some(name), Some(value)) =
                (node.child_by_field_name("name"), node.child_by_field_name("value"))
            else {
                return;
            };
            let hint = node.child_by_field_name("type").and_then(|of| types::hint(making, of));
            let value = express(making, value);
            into.push(step(node, Step::Assign { target: Target::Name(making.name(name)), hint, value }));
        }
        "type_item" => {
            let (Some(name), Some(of)) = (node.child_by_field_name("name"), node.child_by_field_name("type"))
            else {
                return;
            };
            let value = express(making, types::bare(of));
            into.push(step(
                node,
                Step::Assign { target: Target::Name(making.name(name)), hint: None, value },
            ));
        }
        "ERROR" => broken(making, node, into),
        _ => value_into(making, node, &Wants::Nothing, into),
    }
}

/// What could be read in something that could not.
fn broken(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let mut steps = Vec::new();
    for child in children(node) {
        making.steps(child, |making, into| statement(making, child, &[], into), &mut steps);
    }
    into.push(does(making.gap(node, Vec::new())));
    into.append(&mut steps);
}

/// `let P: T = e else {..};`
fn bind(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let field = |name: &str| node.child_by_field_name(name);
    let (Some(pattern), Some(value)) = (field("pattern"), field("value")) else { return };
    if let Some(otherwise) = field("alternative") {
        choose::let_else(making, node, pattern, value, otherwise, into);
        return;
    }
    let hint = field("type").and_then(|of| types::hint(making, of));
    match pattern::target(making, pattern) {
        Target::Name(name) => value_into(making, value, &Wants::Name(name, hint), into),
        target => {
            let value = express(making, value);
            into.push(step(node, Step::Assign { target, hint, value }));
        }
    }
}

/// Works an expression out, with what is wanted of its value at the end of each of its ways.
pub(super) fn value_into(making: &mut Making<'_>, node: Node<'_>, wants: &Wants, into: &mut Vec<Statement>) {
    match node.kind() {
        "expression_statement"
        | "parenthesized_expression"
        | "async_block"
        | "unsafe_block"
        | "const_block"
        | "try_block" => {
            if let Some(inner) = children(node).find(|child| child.kind() != "label") {
                making.steps(inner, |making, into| value_into(making, inner, wants, into), into);
            }
        }
        "block" => {
            let mut body = Vec::new();
            block(making, node, wants, &mut body);
            into.push(step(node, Step::Block(body)));
        }
        "if_expression" => making.steps(node, |making, into| choose::branch(making, node, wants, into), into),
        "match_expression" => {
            making.steps(node, |making, into| choose::choose(making, node, wants, into), into);
        }
        "loop_expression" | "while_expression" | "for_expression" => repeat(making, node, into),
        "return_expression" => match children(node).next() {
            Some(value) => {
                making.steps(value, |making, into| value_into(making, value, &Wants::Return, into), into);
            }
            None => into.push(step(node, Step::Return(None))),
        },
        "break_expression" | "continue_expression" => {
            if let Some(value) = children(node).find(|child| child.kind() != "label") {
                // What a loop is worth is not kept, but what is done for it is.
                into.push(does(express(making, value)));
            }
            into.push(step(node, Step::Leave));
        }
        "assignment_expression" | "compound_assignment_expr" => assignment(making, node, into),
        "macro_invocation" if macros::step(making, node, into) => {}
        _ => {
            let value = express(making, node);
            wants.take(node, value, into);
        }
    }
}

fn assignment(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right"))
    else {
        return;
    };
    let operator = match node.child_by_field_name("operator").map(|operator| operator.kind()) {
        None => {
            if let Target::Name(name) = target(making, left) {
                value_into(making, right, &Wants::Name(name, None), into);
            } else {
                let value = express(making, right);
                into.push(step(node, Step::Assign { target: target(making, left), hint: None, value }));
            }
            return;
        }
        Some("+=") => Operator::Plus,
        Some("|=") => Operator::Merge,
        Some(_) => Operator::Other,
    };
    let value = Kind::Binary(operator, boxed(making, Some(left), node), boxed(making, Some(right), node));
    into.push(step(node, Step::Assign { target: target(making, left), hint: None, value: at(node, value) }));
}

fn repeat(making: &mut Making<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let each = node.child_by_field_name("pattern").zip(node.child_by_field_name("value"));
    let each = each.map(|(name, of)| (pattern::target(making, name), express(making, of)));
    let condition = node.child_by_field_name("condition").map(|of| pattern::condition(making, of));
    let mut body = Vec::new();
    if let Some(node) = node.child_by_field_name("body") {
        block(making, node, &Wants::Nothing, &mut body);
    }
    into.push(step(node, Step::Loop { each, condition, body }));
}
