//! What is `rate_limit: 5/minute` short for?

use super::{
    counted,
    fields::Fields,
    findings::{Findings, shown},
    section::Place,
    yaml::{At, Node},
};
use crate::{
    Action, Condition, Decimal, Finding, Op, Operand, Path, Per, Rule, Scope, State, Unit, Value, Window,
    finding::table,
};

/// Writes a rule out: a counter of its own, a condition on it, and what is said where there is no more. None where it
/// cannot be, so that nothing else is said of the rule.
pub(super) fn desugar(
    node: &Node<'_>,
    fields: &Fields<'_, '_>,
    rule: &mut Rule,
    place: &Place,
    found: &mut Findings,
) -> Option<()> {
    let text = found.text(node, "rate_limit")?;
    let Some((count, unit)) = parse(text) else {
        let message = format!("`{}` is no rate limit", shown(text));
        let finding = Finding::new(&table::RATE_LIMIT, node.at.range(), message, "not `N/minute`");
        let has_blank = text.contains(char::is_whitespace);
        found.say(if has_blank { finding.help("Write it without blanks.") } else { finding });
        return None;
    };
    if count <= 0 {
        let message = format!("`{}` lets no call pass", shown(text));
        let finding = Finding::new(&table::RATE_LIMIT, node.at.range(), message, "not above zero");
        found.say(finding.help("Write `action: deny`, which says so."));
        return None;
    }
    if !rule.conditions.is_empty() || rule.state.is_some() || rule.action != Action::Evaluate {
        let message = "`rate_limit` stands beside conditions, `state` or an action of its own";
        found.say(Finding::new(&table::RATE_LIMIT_BESIDE, node.at.range(), message, "not alone"));
        return None;
    }
    let per = fields.get("per").map_or(Vec::new(), |node| counted::per(node, found));
    let sliding = fields.get("sliding").and_then(|node| found.flag(node, "sliding")).unwrap_or(false);
    let counter = counter(unit, &per, sliding);
    rule.conditions.push(condition(node.at, count, &counter, place));
    rule.on_deny.get_or_insert_with(|| {
        format!("Rate limit of {count} per {} reached. Try again later.", unit.text()).into()
    });
    let window = Window { unit, sliding };
    rule.state = Some(State { counter, window, increment: one(), increment_from: None, per });
    Some(())
}

/// What stands beside a rate limit stands alone.
pub(super) fn alone(fields: &Fields<'_, '_>, found: &mut Findings) {
    for key in ["per", "sliding"] {
        if let Some(at) = fields.at(key) {
            let message = format!("`{key}` stands at a rule without `rate_limit`");
            found.say(Finding::new(&table::NO_RATE_LIMIT, at.range(), message, "without effect"));
        }
    }
}

/// Several limits of one tool have counters of their own, as long as they differ in anything but the number.
fn counter(unit: Unit, per: &[Per], sliding: bool) -> Box<str> {
    let mut counter = format!("_rate_{}", unit.text());
    for (at, per) in per.iter().enumerate() {
        counter.push_str(if at == 0 { "_per_" } else { "_" });
        counter.push_str(per.text());
    }
    if sliding {
        counter.push_str("_sliding");
    }
    counter.into()
}

fn condition(at: At, count: i64, counter: &str, place: &Place) -> Condition {
    let of = place.scope.clone();
    let scope = if of == crate::Name::Every { "_global" } else { of.text() };
    Condition {
        path: Path {
            text: format!("state.{scope}.{counter}").into(),
            scope: Scope::State { of, counter: counter.into() },
            segments: Box::default(),
        },
        op: Op::Lte,
        value: Operand::Literal(Value::Number(whole(count))),
        span: at.range(),
        line: at.line(),
    }
}

/// `N/minute`, `N/hour` or `N/day`. The number is what Go's `Atoi` takes: a sign and digits.
fn parse(text: &str) -> Option<(i64, Unit)> {
    let (count, unit) = text.split_once('/')?;
    let digits = count.strip_prefix(['+', '-']).unwrap_or(count);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((count.parse().ok()?, Unit::parse(unit)?))
}

impl Unit {
    /// Reads a unit.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Minute, Self::Hour, Self::Day].into_iter().find(|unit| unit.text() == text)
    }

    /// As it is written.
    pub fn text(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }
}

pub(super) fn one() -> Decimal {
    whole(1)
}

fn whole(number: i64) -> Decimal {
    Decimal::scaled(number.into(), 0)
}
