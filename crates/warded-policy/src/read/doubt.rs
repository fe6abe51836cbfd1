//! What works, and hardly as it was meant?

use super::{fields::Fields, findings::Findings, section::Place};
use crate::{Action, Amount, Condition, Decimal, Finding, Op, Operand, Rule, Scope, Value, finding::table};

mod never;
mod precision;

/// Looks at a rule.
pub(super) fn of_rule(rule: &Rule, fields: &Fields<'_, '_>, place: &Place, found: &mut Findings) {
    let at = |key| fields.at(key).map_or(rule.span.clone(), super::yaml::At::range);
    if rule.action == Action::Deny && !rule.conditions.is_empty() {
        let message = "a rule that denies has no conditions: it would deny whatever they say";
        found.say(Finding::new(&table::DENY_CONDITIONS, at("conditions"), message, "beside `deny`"));
    }
    let is_idle = rule.action == Action::Evaluate && rule.conditions.is_empty();
    // Intercept refuses it, and whoever comments `action: deny` out would not know that the tool is open.
    if is_idle {
        let (key, message) = match rule.on_deny {
            Some(_) => {
                ("on_deny", "the rule has no conditions, so that it never denies, and this is never told")
            }
            None => ("name", "the rule has no conditions, so that it never denies"),
        };
        found.say(Finding::new(&table::IDLE, at(key), message, "without effect"));
    }
    if matches!(rule.action, Action::RequireApproval { .. }) {
        of_approval(rule, at("state"), found);
        return;
    }
    if rule.state.is_some()
        && !is_idle
        && !rule.conditions.iter().any(|condition| is_limit(condition, rule, place))
    {
        let message = "the counter has no limit in this rule, and without one nothing is counted";
        found.say(Finding::new(&table::UNCOUNTED, at("state"), message, "never counted"));
    }
    for condition in rule.conditions.iter().filter(|condition| is_limit(condition, rule, place)) {
        limit(condition, found);
    }
}

/// Looks at a rule that asks for approval: what it would count is not counted, and what others count comes too late.
fn of_approval(rule: &Rule, state: std::ops::Range<usize>, found: &mut Findings) {
    if rule.state.is_some() {
        let message = "a rule that asks for approval counts nothing";
        found.say(Finding::new(&table::HELD_STATE, state, message, "never counted"));
    }
    for condition in &rule.conditions {
        if matches!(condition.path.scope, Scope::State { .. }) {
            let message = "the counter is compared without what this call takes";
            found.say(Finding::new(
                &table::HELD_BY_COUNTER,
                condition.span.clone(),
                message,
                "one call late",
            ));
        }
    }
}

/// Whether a condition says how much the rule's own counter may come to.
fn is_limit(condition: &Condition, rule: &Rule, place: &Place) -> bool {
    let Some(state) = &rule.state else { return false };
    let is_own = matches!(
        &condition.path.scope,
        Scope::State { of, counter } if *of == place.scope && *counter == state.counter
    );
    let is_number = match &condition.value {
        Operand::Literal(value) => matches!(value, Value::Number(_)),
        Operand::Template(templates) => matches!(&**templates, [template] if template.is_alone),
    };
    is_own && is_number && matches!(condition.op, Op::Lt | Op::Lte) && rule.action != Action::Deny
}

fn limit(condition: &Condition, found: &mut Findings) {
    let Operand::Literal(Value::Number(limit)) = &condition.value else { return };
    if !Amount::is_countable(limit) {
        let message = "the limit is more than a counter comes to";
        found.say(Finding::new(&table::TOO_MUCH, condition.span.clone(), message, "too much"));
    } else if limit.is_negative || limit.digits.is_empty() {
        let message = "a limit of nothing: no call passes";
        found.say(Finding::new(&table::NOTHING_PASSES, condition.span.clone(), message, "this limit"));
    } else if limit.exponent < 0 {
        let message = "the limit is compared as it is written: Intercept cuts its fraction off";
        found.say(Finding::new(&table::EXACT, condition.span.clone(), message, "a fraction"));
    }
}

/// Looks at a condition.
pub(super) fn of_condition(condition: &Condition, _place: &Place, found: &mut Findings) {
    if let Some(why) = never::holds(condition) {
        found.say(Finding::new(&table::NEVER, condition.span.clone(), why, "never holds"));
    }
    if condition.op == Op::NotIn
        && matches!(&condition.value, Operand::Literal(Value::List(items)) if items.is_empty())
    {
        let message = "`not_in` holds for everything, since the list is empty";
        found.say(Finding::new(&table::ALWAYS, condition.span.clone(), message, "always holds"));
    }
    if let Operand::Literal(value) = &condition.value
        && let Some(number) = precision::lost(value)
    {
        let message = format!("`{}` is compared exactly: Intercept compares it as `{}`", number.0, number.1);
        found.say(Finding::new(
            &table::EXACT,
            condition.span.clone(),
            message,
            "more digits than a float64 has",
        ));
    }
}

/// Says which rule nobody ever asks, since one before it denies every call.
pub(super) fn unreachable(rules: &[Rule], found: &mut Findings) {
    let is_end = |rule: &&Rule| rule.action == Action::Deny && !rule.shadow;
    let Some(end) = rules.iter().position(|rule| is_end(&rule)) else { return };
    let Some(next) = rules.get(end + 1) else { return };
    let message = "a rule before this one denies every call";
    found.say(Finding::new(&table::UNREACHABLE, next.span.clone(), message, "never asked"));
}

/// In how many digits a number is written, where it is whole.
fn whole_digits(number: &Decimal) -> Option<String> {
    let zeros = usize::try_from(number.exponent).ok().filter(|zeros| *zeros <= 40)?;
    Some(format!("{}{}", number.digits, "0".repeat(zeros)))
}
