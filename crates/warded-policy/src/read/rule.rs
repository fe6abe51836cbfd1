//! One rule: what it is called, what it does, when, and what it counts.

use super::{
    action, condition, counted, doubt,
    fields::Fields,
    findings::{Findings, shown},
    gathered::Gathered,
    rate_limit,
    section::Place,
    yaml::Node,
};
use crate::{Finding, Rule, finding::table, reference::RULE};

/// Reads the rule that is the section's first, second and so on.
pub(super) fn rule(
    node: &Node<'_>,
    number: usize,
    place: &Place,
    gathered: &mut Gathered,
    found: &mut Findings,
) -> Option<Rule> {
    let errors = found.errors();
    let fields = Fields::read(node, "a rule", &RULE, found)?;
    let name = name(node, &fields, number, place, found);
    let action = action::action(&fields, found);
    let mut conditions = Vec::new();
    if let Some(items) = fields.get("conditions").and_then(|node| found.list(node, "conditions")) {
        conditions.extend(items.iter().filter_map(|item| condition::condition(item, place, gathered, found)));
    }
    let on_deny = fields.get("on_deny").and_then(|node| found.text(node, "on_deny"));
    let state = fields.get("state").and_then(|node| counted::state(node, place, found));
    if fields.get("state").is_some() && state.is_none() {
        gathered.mentions.is_unsure_of(place.scope.clone());
    }
    let shadow = fields.get("shadow").and_then(|node| found.flag(node, "shadow")).unwrap_or(false);
    let mut rule = Rule {
        name,
        span: node.at.range(),
        line: node.at.line(),
        action,
        conditions,
        // As in Go, where an empty text is none.
        on_deny: on_deny.filter(|text| !text.is_empty()).map(Into::into),
        state,
        shadow,
    };
    match fields.get("rate_limit") {
        Some(limit) => {
            let written_out = rate_limit::desugar(limit, &fields, &mut rule, place, found);
            if written_out.is_none() {
                gathered.mentions.is_unsure_of(place.scope.clone());
            }
            written_out?;
        }
        None => rate_limit::alone(&fields, found),
    }
    // What is wrong with a rule is not said twice.
    if found.errors() == errors {
        doubt::of_rule(&rule, &fields, place, found);
    }
    Some(rule)
}

fn name(
    node: &Node<'_>,
    fields: &Fields<'_, '_>,
    number: usize,
    place: &Place,
    found: &mut Findings,
) -> Box<str> {
    let name = format!("rule {number} of {}", place.name.text());
    match fields.get("name").map(|node| found.text(node, "name")) {
        Some(Some(written)) if !written.trim().is_empty() => return written.into(),
        // That it is no text is said already.
        Some(None) => return name.into(),
        Some(Some(_)) | None => {}
    }
    let start = node.at.range().start;
    found.say(Finding::new(
        &table::NAMELESS,
        start..node.at.range().end,
        format!("the rule has no name, and is called `{}`", shown(&name)),
        "this rule",
    ));
    name.into()
}
