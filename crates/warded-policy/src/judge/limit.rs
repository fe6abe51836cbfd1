//! How much may a counter come to? Said by the rule's own conditions on its own counter, and by nothing else.

use super::View;
use crate::{
    Amount, Call, Limit, Op, Undecided,
    found::Found,
    operators::Wanted,
    policy::{Counts, Rule},
    steps::Steps,
};

/// The lowest of the limits; none where the rule says none, so that it counts nothing.
pub(super) fn of(
    rule: &Rule,
    counts: &Counts,
    view: &View<'_>,
    call: &Call<'_>,
    steps: &mut Steps,
) -> Result<Option<Limit>, Undecided> {
    let mut lowest: Option<Limit> = None;
    for condition in counts.limits.iter().filter_map(|at| rule.conditions.get(*at)) {
        steps.take(1)?;
        let wanted = view.wanted(&condition.operand, call, steps)?;
        let found = match &wanted {
            Some(Wanted::Literal(literal)) => Found::value(&literal.value),
            Some(Wanted::Read(found)) => found.clone(),
            _ => continue,
        };
        let Some(number) = found.as_number() else { continue };
        let limit = match condition.op {
            Op::Lt => Limit::Below(Amount::at_least(number)),
            _ => Limit::AtMost(Amount::at_most(number)),
        };
        if lowest.is_none_or(|lowest| most(limit) < most(lowest)) {
            lowest = Some(limit);
        }
    }
    Ok(lowest)
}

/// The highest amount that it permits.
fn most(limit: Limit) -> Amount {
    match limit {
        Limit::AtMost(most) => most,
        Limit::Below(end) => Amount::from_millionths(end.millionths().saturating_sub(1)),
    }
}
