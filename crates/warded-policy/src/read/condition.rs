//! One condition: what is compared, how, and with what.

use super::{
    doubt,
    fields::Fields,
    findings::{Findings, shown},
    gathered::Gathered,
    kind,
    mention::Mentions,
    patterns::Patterns,
    section::{Kind, Place},
    value,
    yaml::Node,
};
use crate::{
    Condition, Finding, Op, Operand, Path, Scope, Value,
    finding::table,
    nearest,
    reference::{CONDITION, reference},
};

/// Reads a condition.
pub(super) fn condition(
    node: &Node<'_>,
    place: &Place,
    gathered: &mut Gathered,
    found: &mut Findings,
) -> Option<Condition> {
    let fields = Fields::read(node, "a condition", &CONDITION, found)?;
    for key in ["path", "op", "value"] {
        if fields.raw(key).is_none() || (key != "value" && fields.get(key).is_none()) {
            let message = format!("the condition has no `{key}`");
            let finding = Finding::new(&table::MISSING_KEY, node.at.range(), message, "in this mapping");
            found.say(finding.help(match key {
                "value" => "Add `value:`; beside `op: exists` it is `true` or `false`.".to_owned(),
                key => format!("Add `{key}:`."),
            }));
        }
    }
    let path = fields.get("path").and_then(|node| path(node, place, &mut gathered.mentions, found));
    let op = fields.get("op").and_then(|node| op(node, found));
    let value = fields.raw("value").and_then(|node| operand(node, op, &mut gathered.patterns, found));
    if let (Some(op), Some(value), Some(node)) = (op, &value, fields.raw("value"))
        && let (Some(advice), Some(operator)) = (kind::advice(op, value), op.described())
    {
        let expected = format!("{} beside `{}`", operator.value, operator.name);
        return found.wrong(node, "value", &expected, advice);
    }
    let condition =
        Condition { path: path?, op: op?, value: value?, span: node.at.range(), line: node.at.line() };
    doubt::of_condition(&condition, place, found);
    Some(condition)
}

fn path(node: &Node<'_>, place: &Place, mentions: &mut Mentions, found: &mut Findings) -> Option<Path> {
    let text = found.text(node, "path")?;
    let at = node.at.range();
    match Path::parse(text) {
        Ok(path) => {
            if let Scope::State { of, counter } = &path.scope {
                mentions.add(of.clone(), counter.clone(), node.at);
            }
            if path.scope == Scope::Args && text.contains('[') {
                let message = format!("`{}` leads into a list or to a quoted key", shown(text));
                found.say(Finding::new(&table::BRACKETS, at.clone(), message, "a bracket"));
            }
            if path.scope == Scope::Args && place.kind == Kind::Resources {
                let message = "a resource is read without arguments: nothing stands at this path";
                found.say(Finding::new(&table::NEVER, at, message, "always missing"));
            }
            Some(path)
        }
        Err(why) => {
            let message = format!("`{}` is no path: {why}", shown(text));
            found.say(Finding::new(&table::PATH, at, message, "no path").help(why.advice()));
            None
        }
    }
}

fn op(node: &Node<'_>, found: &mut Findings) -> Option<Op> {
    let text = found.text(node, "op")?;
    Op::parse(text).or_else(|| {
        let message = format!("`{}` is no operator", shown(text));
        let finding = Finding::new(&table::OP, node.at.range(), message, "unknown operator");
        let names = || reference().operators.iter().map(|operator| operator.name);
        found.say(match meant(text).or_else(|| nearest(text, names())) {
            Some(meant) => finding.help(format!("Did you mean `{meant}`?")),
            None => finding.help(format!("The operators are {}.", names().collect::<Vec<_>>().join(", "))),
        });
        None
    })
}

/// What other languages call it.
fn meant(op: &str) -> Option<&'static str> {
    Some(match op {
        "=" | "==" | "===" | "equals" | "equal" | "is" => "eq",
        "!=" | "<>" | "ne" | "not_equals" => "neq",
        "<" | "less_than" => "lt",
        "<=" | "le" => "lte",
        ">" | "greater_than" => "gt",
        ">=" | "ge" => "gte",
        "nin" | "notin" | "not in" => "not_in",
        "matches" | "match" | "=~" => "regex",
        "includes" | "has" => "contains",
        "present" | "defined" => "exists",
        _ => return None,
    })
}

fn operand(
    node: &Node<'_>,
    op: Option<Op>,
    patterns: &mut Patterns,
    found: &mut Findings,
) -> Option<Operand> {
    let value = value::value(node, found)?;
    if let (Some(Op::Regex), Value::Text(text)) = (op, &value) {
        // A pattern is compiled once, and so never read from a call: `${` in one is part of the pattern.
        return patterns.compiles(text, node.at, found).then_some(Operand::Literal(value));
    }
    Operand::of(value)
        .map_err(|why| {
            let message = format!("`value` cannot be read: {why}");
            let finding = Finding::new(&table::TEMPLATE, node.at.range(), message, "this value");
            found.say(match &why {
                crate::template::InvalidTemplate::Path { why, .. } => finding
                    .help(format!("{} A `${{` that is part of a text is written `$${{`.", why.advice())),
                _ => finding,
            });
        })
        .ok()
}
