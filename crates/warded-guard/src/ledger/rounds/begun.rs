//! What was done for a call in the rounds before? It is not done again, for as long as it still holds.

use warded_core::UnixTime;
use warded_policy::{Amount, CounterKey, Taking, Unit, Window};
use warded_store::ApprovalId;

use crate::ledger::Who;

/// For how long a call may go on, from its first round, in seconds: whoever is asked for something may be at lunch.
pub(super) const LASTS: u32 = 3600;

/// What a rule holds of a call: the hash of a thing and of the rule.
pub(crate) type Thing = [u8; 32];

/// What was done for a call in the rounds before.
#[derive(Clone, Debug)]
pub(crate) struct Begun {
    pub(super) who: Who,
    pub(super) expires: UnixTime,
    pub(super) rounds: u8,
    counted: Vec<Counted>,
    /// What of it was held, and which approvals it has used for that.
    approved: Vec<(Thing, ApprovalId)>,
}

#[derive(Clone, Debug)]
struct Counted {
    key: CounterKey,
    window: Window,
    amount: Amount,
    at: UnixTime,
}

impl Begun {
    /// Of a call in its first round.
    pub(crate) fn now(who: Who, now: UnixTime) -> Self {
        Self { who, expires: now.plus(LASTS), rounds: 0, counted: Vec::new(), approved: Vec::new() }
    }

    /// How much was done.
    pub(super) fn done(&self) -> usize {
        self.counted.len() + self.approved.len()
    }

    /// Whether this was counted, in the window in which it would count now. Or many calls could be begun, one after the other, and all
    /// be made at once.
    pub(crate) fn has_counted(&self, taking: &Taking, now: UnixTime) -> bool {
        self.counted.iter().any(|counted| {
            (&counted.key, counted.window, counted.amount) == (&taking.key, taking.window, taking.amount)
                && is_same(taking.window, counted.at, now)
        })
    }

    pub(crate) fn counts(&mut self, taken: &[(usize, Taking)], now: UnixTime) {
        let is_new = |old: &Counted| {
            !taken.iter().any(|(_, taking)| (&taking.key, taking.window) == (&old.key, old.window))
        };
        self.counted.retain(is_new);
        self.counted.extend(taken.iter().map(|(_, taking)| Counted {
            key: taking.key.clone(),
            window: taking.window,
            amount: taking.amount,
            at: now,
        }));
    }

    /// The approval that was used for this.
    pub(crate) fn approval(&self, thing: &Thing) -> Option<&ApprovalId> {
        self.approved.iter().find(|(of, _)| of == thing).map(|(_, approval)| approval)
    }

    pub(crate) fn uses(&mut self, thing: Thing, approval: ApprovalId) {
        self.approved.retain(|(of, _)| *of != thing);
        self.approved.push((thing, approval));
    }
}

/// Whether what counted then is what would count now, and for as long.
fn is_same(window: Window, then: UnixTime, now: UnixTime) -> bool {
    let span = match window.unit {
        // What was counted a while ago leaves the window before the call does that is made now.
        _ if window.sliding => 1,
        Unit::Minute => 60,
        Unit::Hour => 3600,
        Unit::Day => 86_400,
    };
    then.seconds().div_euclid(span) == now.seconds().div_euclid(span)
}

#[cfg(test)]
mod tests {
    use warded_policy::{Denial, Limit};

    use super::*;

    const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);

    fn begun() -> Begun {
        Begun::now(Who::default(), NOW)
    }

    fn taking(counter: &str, sliding: bool) -> Taking {
        let amount = Amount::from_millionths(1_000_000);
        Taking {
            key: CounterKey { place: "".into(), scope: "".into(), counter: counter.into(), per: "".into() },
            window: Window { unit: Unit::Minute, sliding },
            amount,
            limit: Limit::AtMost(amount),
            exceeded: Denial { rule: "".into(), file: "".into(), line: 1, message: "".into() },
            shadow: false,
        }
    }

    #[test]
    fn what_was_counted_is_so_until_its_window_is_over() {
        let mut begun = begun();
        begun.counts(&[(0, taking("calendar", false)), (0, taking("sliding", true))], NOW);
        let counted = |later| {
            let has = |name, sliding| begun.has_counted(&taking(name, sliding), NOW.plus(later));
            (has("calendar", false), has("sliding", true))
        };
        assert_eq!(counted(0), (true, true));
        assert_eq!(counted(1), (true, false), "what is made now is still in the window when that is not");
        assert_eq!((counted(59), counted(60)), ((true, false), (false, false)));
        assert!(!begun.has_counted(&taking("calendar", true), NOW), "it is another window");
        assert!(!begun.has_counted(&taking("other", false), NOW));
    }

    #[test]
    fn what_is_counted_anew_takes_the_place_of_what_was_counted_before() {
        let mut begun = begun();
        let (one, other) = (taking("one", false), taking("other", false));
        begun.counts(&[(0, one.clone()), (0, other.clone())], NOW);
        for round in 1..=16 {
            begun.counts(&[(0, one.clone())], NOW.plus(60 * round));
        }
        assert_eq!(begun.done(), 2);
        assert!(begun.has_counted(&one, NOW.plus(960)) && !begun.has_counted(&one, NOW));
        assert!(begun.has_counted(&other, NOW));
    }
}
