//! Could all of it be taken? A gateway takes what a call counts for once its rules have passed, all of it or nothing; here
//! nothing is taken, and the answer is the same.

use warded_policy::{Amount, Counter, Decision, Explanation, Limit, Taking, Verdict};

/// What is decided in the end.
pub(super) fn in_the_end(explanation: &Explanation) -> Decision {
    let mut decision = explanation.decision.clone();
    let Verdict::Allow(takings) = &explanation.decision.verdict else {
        // A call that is held takes nothing until it is approved.
        return decision;
    };
    let mut counted = explanation.counters.clone();
    for taking in takings {
        let sum = sum(&mut counted, taking);
        let most = match taking.limit {
            Limit::AtMost(most) => most.millionths(),
            Limit::Below(end) => end.millionths().saturating_sub(1),
        };
        // The largest amount stands for everything above it.
        if sum <= most && taking.amount.millionths() < i64::MAX {
            continue;
        }
        if taking.shadow {
            decision.shadowed.push(taking.exceeded.clone());
        } else {
            decision.verdict = Verdict::Deny(taking.exceeded.clone());
            return decision;
        }
    }
    decision
}

/// What the counter would have come to with this, and with what was taken of it before.
fn sum(counted: &mut Vec<(Counter, Amount)>, taking: &Taking) -> i64 {
    let is_it =
        |(counter, _): &&mut (Counter, Amount)| counter.key == taking.key && counter.window == taking.window;
    let amount = taking.amount.millionths().max(0);
    if let Some((_, value)) = counted.iter_mut().find(is_it) {
        *value = Amount::from_millionths(value.millionths().saturating_add(amount));
        return value.millionths();
    }
    counted.push((Counter { key: taking.key.clone(), window: taking.window }, taking.amount));
    amount
}
