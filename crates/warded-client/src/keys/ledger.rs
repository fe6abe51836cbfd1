//! When is an issuer asked, and what may be said of a key that it did not bring? Decisions only: no fetch, no clock.

use std::collections::HashSet;

use warded_core::UnixTime;

/// How much time passes between two fetches that strangers cause.
const BETWEEN_FETCHES: i64 = 30;
/// Most names that are remembered, and the longest: a flood of forged tokens fills no memory.
const MAX_NAMES: usize = 256;
const MAX_NAME_BYTES: usize = 128;

/// What is done about a key that is not held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lookup {
    /// The issuer was asked since somebody first wanted that key, and does not have it.
    Done,
    /// The issuer was asked less than half a minute ago, but before somebody first wanted that key, or in vain. It is
    /// asked again in so many seconds at the earliest.
    TooSoon(u32),
    /// The fetch of this number runs, or is about to.
    Running(u64),
}

/// What is known about the fetches of one issuer.
///
/// A fetch settles the names that were asked for before it began: issuers publish a key before they sign with it,
/// so a key that is in a token by then would be in the answer. A name that is first asked for later may belong to a
/// key that is younger than the answer.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    began: u64,
    ended: u64,
    began_at: Option<UnixTime>,
    /// Asked for since the last fetch began.
    asked: Names,
    /// Asked for before it began.
    sought: Names,
    /// Whether the last fetch that ended brought a key set.
    answered: bool,
}

#[derive(Debug, Default)]
struct Names(HashSet<Option<Box<str>>>);

impl Names {
    fn note(&mut self, kid: Option<&str>) {
        let fits = kid.is_none_or(|kid| kid.len() <= MAX_NAME_BYTES);
        if fits && self.0.len() < MAX_NAMES {
            self.0.insert(kid.map(Into::into));
        }
    }

    fn has(&self, kid: Option<&str>) -> bool {
        self.0.contains(&kid.map(Into::into))
    }
}

impl Ledger {
    /// Whether a fetch has been begun and not ended.
    pub(super) fn is_running(&self) -> bool {
        self.began > self.ended
    }

    /// What is done about a key that is wanted now and is not held. Begins a fetch where one is due.
    pub(super) fn look_up(&mut self, kid: Option<&str>, now: UnixTime) -> Lookup {
        if self.is_running() {
            self.asked.note(kid);
            return Lookup::Running(self.began);
        }
        // A clock that was set back makes no fetch overdue for hours.
        let is_recent = self.began_at.is_some_and(|at| (0..BETWEEN_FETCHES).contains(&now.since(at)));
        if !is_recent {
            self.asked.note(kid);
            return Lookup::Running(self.begin(now));
        }
        // Also where the answer is known: the next fetch must know that this name is older than itself.
        self.asked.note(kid);
        if self.has_looked_for(kid) { Lookup::Done } else { Lookup::TooSoon(self.next_look(now)) }
    }

    /// Whether a fetch that began after somebody asked for the key has ended well.
    pub(super) fn has_looked_for(&self, kid: Option<&str>) -> bool {
        !self.is_running() && self.answered && self.sought.has(kid)
    }

    /// These keys were held when the running fetch began: an answer without them has withdrawn them.
    pub(super) fn held<'k>(&mut self, kids: impl IntoIterator<Item = Option<&'k str>>) {
        // As many as a key set has, whatever strangers have asked for.
        self.sought.0.extend(kids.into_iter().filter(Option::is_some).map(|kid| kid.map(Into::into)));
    }

    /// Begins a fetch, unless one runs; gives its number.
    pub(super) fn begin(&mut self, now: UnixTime) -> u64 {
        if !self.is_running() {
            self.began += 1;
            self.began_at = Some(now);
            self.sought = std::mem::take(&mut self.asked);
        }
        self.began
    }

    /// Ends the running fetch. Says whether it went otherwise than the one before.
    pub(super) fn end(&mut self, answered: bool) -> bool {
        let is_first = self.ended == 0;
        self.ended = self.began;
        std::mem::replace(&mut self.answered, answered) != answered || (is_first && !answered)
    }

    /// In how many seconds somebody who wants a key may cause a fetch; at least one, or whoever waits would not wait.
    pub(super) fn next_look(&self, now: UnixTime) -> u32 {
        let left = self.began_at.map_or(0, |at| BETWEEN_FETCHES - now.since(at));
        u32::try_from(left.clamp(1, BETWEEN_FETCHES)).unwrap_or(1)
    }

    /// The number of the last fetch that ended.
    pub(super) fn ended(&self) -> u64 {
        self.ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_800_000_000;

    fn at(seconds: i64) -> UnixTime {
        UnixTime::from_seconds(START + seconds)
    }

    /// A ledger whose first fetch began at second 0, for the key `a`, and did not bring it.
    fn looked() -> Ledger {
        let mut ledger = Ledger::default();
        assert_eq!(ledger.look_up(Some("a"), at(0)), Lookup::Running(1));
        ledger.end(true);
        ledger
    }

    #[test]
    fn strangers_cause_one_fetch_in_half_a_minute() {
        let mut ledger = looked();
        for second in 0..30 {
            let left = u32::try_from(30 - second).unwrap();
            assert_eq!(ledger.look_up(Some(&format!("forged-{second}")), at(second)), Lookup::TooSoon(left));
        }
        assert_eq!(ledger.look_up(Some("forged"), at(30)), Lookup::Running(2));
        for _ in 0..10 {
            assert_eq!(ledger.look_up(Some("forged"), at(1000)), Lookup::Running(2));
        }
    }

    #[test]
    fn what_was_sought_is_known_not_to_be_there() {
        let mut ledger = looked();
        assert_eq!(ledger.look_up(Some("a"), at(29)), Lookup::Done);
        assert_eq!(ledger.look_up(None, at(29)), Lookup::TooSoon(1));
        assert_eq!(ledger.look_up(Some("a"), at(30)), Lookup::Running(2));
    }

    #[test]
    fn what_is_wanted_while_a_fetch_runs_may_be_younger_than_its_answer() {
        let mut ledger = Ledger::default();
        ledger.look_up(Some("a"), at(0));
        assert_eq!(ledger.look_up(Some("b"), at(1)), Lookup::Running(1));
        assert!(!ledger.has_looked_for(Some("a")) && !ledger.has_looked_for(Some("b")));
        ledger.end(true);
        assert!(ledger.has_looked_for(Some("a")) && !ledger.has_looked_for(Some("b")));
        // The next one knows both.
        ledger.look_up(Some("a"), at(2));
        ledger.begin(at(3));
        ledger.end(true);
        assert!(ledger.has_looked_for(Some("a")) && ledger.has_looked_for(Some("b")));
    }

    #[test]
    fn what_an_answer_leaves_out_is_withdrawn() {
        let mut ledger = Ledger::default();
        for answered in [true, false] {
            ledger.begin(at(0));
            ledger.held([Some("a"), None]);
            ledger.end(answered);
            assert_eq!(ledger.has_looked_for(Some("a")), answered, "an outage withdraws nothing");
            assert!(!ledger.has_looked_for(None), "any key may be without a name");
        }
    }

    #[test]
    fn an_outage_proves_nothing() {
        let mut ledger = Ledger::default();
        ledger.look_up(Some("a"), at(0));
        ledger.end(false);
        assert_eq!(ledger.look_up(Some("a"), at(1)), Lookup::TooSoon(29));
        assert!(!ledger.has_looked_for(Some("a")));
    }

    #[test]
    fn a_flood_of_names_fills_no_memory() {
        let mut ledger = looked();
        let long = "x".repeat(MAX_NAME_BYTES + 1);
        for name in (0..10_000).map(|number| number.to_string()).chain([long.clone()]) {
            ledger.look_up(Some(&name), at(1));
        }
        assert_eq!(ledger.asked.0.len(), MAX_NAMES);
        // What was not remembered is not called absent, even where a fetch has just ended.
        ledger.begin(at(40));
        ledger.end(true);
        assert!(ledger.has_looked_for(Some("0")) && !ledger.has_looked_for(Some("9999")));
        let mut ledger = Ledger::default();
        ledger.look_up(Some(&long), at(0));
        ledger.end(true);
        assert_eq!(ledger.look_up(Some(&long), at(1)), Lookup::TooSoon(29));
    }

    #[test]
    fn a_clock_that_was_set_back_stops_nothing() {
        assert_eq!(looked().look_up(Some("b"), at(-3600)), Lookup::Running(2));
    }

    #[test]
    fn whoever_must_wait_is_told_how_long() {
        assert_eq!(Ledger::default().next_look(at(0)), 1);
        for (second, left) in [(0, 30), (1, 29), (29, 1), (30, 1), (1000, 1), (-3600, 30)] {
            assert_eq!(looked().next_look(at(second)), left, "{second}");
        }
    }

    #[test]
    fn only_a_change_is_news() {
        let mut ledger = Ledger::default();
        let mut next = |answered| {
            ledger.begin(at(0));
            ledger.end(answered)
        };
        let told: Vec<_> = [false, false, true, true, false, false, true].map(&mut next).into();
        assert_eq!(told, [true, false, true, false, true, false, true]);
        let mut fresh = Ledger::default();
        fresh.begin(at(0));
        assert!(fresh.end(true));
    }

    #[test]
    fn a_fetch_that_runs_is_not_begun_again() {
        let mut ledger = Ledger::default();
        assert!(!ledger.is_running());
        assert_eq!((ledger.begin(at(0)), ledger.begin(at(1)), ledger.ended()), (1, 1, 0));
        ledger.end(true);
        assert_eq!((ledger.begin(at(2)), ledger.ended()), (2, 1));
    }
}
