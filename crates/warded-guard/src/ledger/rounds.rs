//! Which calls has a server answered by asking for more? Such a call goes on in another request, and is counted and approved once
//! (MCP 2026-07-28, Multi Round-Trip Requests).
//!
//! What is remembered is found by a hash of everything that makes the call the one that it is, and of the state that the server gave
//! along: so nobody else's state, and no state of another call, is found. It is good once. What is not found here, since another node
//! has it or there was no room, is a call like any other, and is counted anew.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use warded_core::UnixTime;
use warded_policy::{Amount, CounterKey, Taking, Unit, Window};
use warded_store::ApprovalId;

use super::Who;

/// For how long a call may go on, from its first round, in seconds: whoever is asked for something may be at lunch.
const LASTS: u32 = 3600;

/// How often a server may ask in the middle of one call. A call without end would be one that nobody counts.
const MOST_ROUNDS: u8 = 16;

/// How much is kept of what was done for one call: what reaches for a thousand things is counted anew.
const MOST_DONE: usize = 64;

/// How many calls of one caller, and of all, may wait to go on; the oldest give way.
const MOST_OF_ONE: usize = 64;
const MOST: usize = 4096;

/// What a call that goes on is found by.
pub(crate) type Key = [u8; 32];

/// The calls that go on in another request.
///
/// ```
/// let rounds = warded_guard::Rounds::default();
/// # let _ = rounds;
/// ```
#[derive(Clone, Default)]
pub struct Rounds(Arc<Mutex<Open>>);

impl std::fmt::Debug for Rounds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rounds")
    }
}

#[derive(Default)]
struct Open {
    calls: HashMap<Key, (u64, Begun)>,
    /// By age, of all and of each caller.
    ages: BTreeMap<u64, Key>,
    callers: BTreeSet<(Who, u64)>,
    next: u64,
}

/// What was done for a call in the rounds before.
#[derive(Clone, Debug)]
pub(crate) struct Begun {
    who: Who,
    expires: UnixTime,
    rounds: u8,
    counted: Vec<Counted>,
    /// By which rules it was held, and which approvals it has used.
    approved: Vec<([u8; 32], ApprovalId)>,
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

    /// What was said when this rule held it.
    pub(crate) fn approval(&self, rule: &[u8; 32]) -> Option<&ApprovalId> {
        self.approved.iter().find(|(by, _)| by == rule).map(|(_, approval)| approval)
    }

    pub(crate) fn uses(&mut self, rule: [u8; 32], approval: ApprovalId) {
        self.approved.push((rule, approval));
    }
}

fn is_same(window: Window, then: UnixTime, now: UnixTime) -> bool {
    let span: i64 = match window.unit {
        Unit::Minute => 60,
        Unit::Hour => 3600,
        Unit::Day => 86_400,
    };
    let (then, now) = (then.seconds(), now.seconds());
    if window.sliding {
        now.abs_diff(then) < span.unsigned_abs()
    } else {
        then.div_euclid(span) == now.div_euclid(span)
    }
}

/// A call that goes on. Dropped, it can go on once more: it was not made.
#[derive(Debug)]
pub(crate) struct Claimed {
    rounds: Rounds,
    key: Key,
    begun: Option<(u64, Begun)>,
}

impl Claimed {
    pub(crate) fn begun(&self) -> Option<&Begun> {
        self.begun.as_ref().map(|(_, begun)| begun)
    }

    /// It was made, or may have been.
    pub(crate) fn used_up(mut self) {
        self.begun = None;
    }
}

impl Drop for Claimed {
    fn drop(&mut self) {
        if let Some((age, begun)) = self.begun.take() {
            self.rounds.open().enter(self.key, age, begun);
        }
    }
}

impl Rounds {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The server asks for more, and the call goes on with this.
    pub(crate) fn go_on(&self, key: Key, begun: Begun) {
        if begun.rounds >= MOST_ROUNDS || begun.counted.len() + begun.approved.len() > MOST_DONE {
            return;
        }
        let mut open = self.open();
        let age = open.next;
        open.next += 1;
        open.enter(key, age, Begun { rounds: begun.rounds + 1, ..begun });
    }

    /// The call that goes on with this; nobody else gets it meanwhile.
    pub(crate) fn claim(&self, key: Key, now: UnixTime) -> Option<Claimed> {
        let begun = self.open().take(&key)?;
        (now < begun.1.expires).then(|| Claimed { rounds: self.clone(), key, begun: Some(begun) })
    }
}

impl Open {
    fn enter(&mut self, key: Key, age: u64, begun: Begun) {
        // Servers that give the same state to two such calls cannot tell them apart either.
        drop(self.take(&key));
        let of_one = (begun.who, 0)..=(begun.who, u64::MAX);
        if self.callers.range(of_one.clone()).count() >= MOST_OF_ONE
            && let Some((_, oldest)) = self.callers.range(of_one).next().copied()
        {
            self.forget(oldest);
        }
        if self.calls.len() >= MOST
            && let Some((oldest, _)) = self.ages.first_key_value()
        {
            self.forget(*oldest);
        }
        self.ages.insert(age, key);
        self.callers.insert((begun.who, age));
        self.calls.insert(key, (age, begun));
    }

    fn take(&mut self, key: &Key) -> Option<(u64, Begun)> {
        let (age, begun) = self.calls.remove(key)?;
        self.ages.remove(&age);
        self.callers.remove(&(begun.who, age));
        Some((age, begun))
    }

    fn forget(&mut self, age: u64) {
        if let Some(key) = self.ages.get(&age).copied() {
            drop(self.take(&key));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);

    fn who(name: &str) -> Who {
        Who::of("https://a", Some(name), None)
    }

    fn key(number: usize) -> Key {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&u64::try_from(number).unwrap().to_be_bytes());
        key
    }

    fn goes_on(rounds: &Rounds, number: usize, name: &str) {
        rounds.go_on(key(number), Begun::now(who(name), NOW));
    }

    fn waits(rounds: &Rounds, number: usize) -> bool {
        rounds.claim(key(number), NOW).is_some()
    }

    #[test]
    fn a_call_goes_on_once() {
        let rounds = Rounds::default();
        goes_on(&rounds, 1, "ada");
        let claimed = rounds.claim(key(1), NOW).unwrap();
        assert!(!waits(&rounds, 1), "it is under way");
        drop(claimed);
        assert!(waits(&rounds, 1), "it was not made");
        rounds.claim(key(1), NOW).unwrap().used_up();
        assert!(!waits(&rounds, 1));
        let open = rounds.open();
        assert_eq!((open.calls.len(), open.ages.len(), open.callers.len()), (0, 0, 0));
    }

    #[test]
    fn a_call_does_not_go_on_for_ever() {
        let rounds = Rounds::default();
        goes_on(&rounds, 1, "ada");
        let claim = |later| rounds.claim(key(1), NOW.plus(later));
        let mut times = 0;
        while let Some(claimed) = claim(LASTS - 1) {
            let begun = claimed.begun().cloned().unwrap();
            claimed.used_up();
            rounds.go_on(key(1), begun);
            times += 1;
        }
        assert_eq!(times, MOST_ROUNDS);
        goes_on(&rounds, 1, "ada");
        assert!(claim(LASTS).is_none(), "from its first round");
    }

    #[test]
    fn nobody_fills_the_room_of_others() {
        let rounds = Rounds::default();
        goes_on(&rounds, 0, "ada");
        for number in 1..=1000 {
            goes_on(&rounds, number, "bob");
        }
        assert!(waits(&rounds, 0) && waits(&rounds, 1000) && !waits(&rounds, 1));
        for number in 0..2 * MOST {
            goes_on(&rounds, number, &number.to_string());
        }
        let open = rounds.open();
        assert_eq!((open.calls.len(), open.ages.len(), open.callers.len()), (MOST, MOST, MOST));
    }
}
