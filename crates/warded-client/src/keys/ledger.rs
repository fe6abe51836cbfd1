//! When is an issuer asked, and what may be said of a key that it did not bring? Decisions only: no fetch, no clock.

use std::collections::{HashMap, VecDeque};

use warded_core::{UnixTime, jose::MAX_KID_BYTES};

/// How much time passes between two fetches that strangers cause.
const BETWEEN_FETCHES: i64 = 30;
/// Most names that are remembered of each kind: a flood of forged tokens fills no memory.
const MAX_NAMES: usize = 256;

/// What about a key makes somebody want its issuer to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish<'k> {
    /// No key of that name is held. Anybody can make such a name up.
    Absent(Option<&'k str>),
    /// The keys of that name that are held made no such signature: the issuer may have put another in their place. Only
    /// names that are held come here, so no stranger fills this list.
    Misfit(Option<&'k str>),
}

impl<'k> Wish<'k> {
    fn kid(self) -> Option<&'k str> {
        let (Self::Absent(kid) | Self::Misfit(kid)) = self;
        kid
    }
}

/// What is done about such a key.
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
/// A fetch settles the names that were asked for before its answer was made: issuers publish a key before they sign
/// with it, so a key that is in a token by then would be in the answer. A name that is first asked for later may belong
/// to a key that is younger than the answer.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    began: u64,
    ended: u64,
    began_at: Option<UnixTime>,
    /// When the last fetch began that no misfit caused, and the last that one did: neither kind of flood takes the other's
    /// look away.
    usual_at: Option<UnixTime>,
    misfit_at: Option<UnixTime>,
    /// Asked for since the last fetch began.
    asked: Asked,
    /// Asked for before the answer was made.
    sought: Asked,
    /// What an answer left out that was held before, the latest last. As long as the issuer likes, but for the bound;
    /// strangers put nothing here.
    withdrawn: VecDeque<Box<str>>,
    /// Whether the last fetch that ended brought a key set.
    answered: bool,
}

/// Names, and when they were first asked for.
#[derive(Debug, Default)]
struct Names(HashMap<Option<Box<str>>, UnixTime>);

impl Names {
    fn note(&mut self, kid: Option<&str>, at: UnixTime) {
        let fits = kid.is_none_or(|kid| kid.len() <= MAX_KID_BYTES);
        if fits && self.0.len() < MAX_NAMES {
            self.0.entry(kid.map(Into::into)).or_insert(at);
        }
    }

    fn first(&self, kid: Option<&str>) -> Option<UnixTime> {
        self.0.get(&kid.map(Into::into)).copied()
    }

    /// Gives up those that were first asked for after that.
    fn younger(&mut self, than: UnixTime) -> Self {
        Self(self.0.extract_if(|_, first| *first > than).collect())
    }

    fn join(&mut self, others: Self) {
        for (kid, first) in others.0 {
            self.note(kid.as_deref(), first);
        }
    }
}

/// The names of both kinds, each with room of its own.
#[derive(Debug, Default)]
struct Asked {
    absent: Names,
    misfit: Names,
}

impl Asked {
    fn note(&mut self, wish: Wish<'_>, at: UnixTime) {
        match wish {
            Wish::Absent(kid) => self.absent.note(kid, at),
            Wish::Misfit(kid) => self.misfit.note(kid, at),
        }
    }

    /// Whoever was asked for a key has told all about it, whichever way it was missed.
    fn first(&self, kid: Option<&str>) -> Option<UnixTime> {
        self.absent.first(kid).into_iter().chain(self.misfit.first(kid)).min()
    }
}

impl Ledger {
    /// Whether a fetch has been begun and not ended.
    pub(super) fn is_running(&self) -> bool {
        self.began > self.ended
    }

    /// What is done about a key that is wanted now. Begins a fetch where one is due.
    pub(super) fn look_up(&mut self, wish: Wish<'_>, now: UnixTime) -> Lookup {
        // Also where the answer is known: the next fetch must know that this name is older than itself. A name that is
        // asked for without a pause is as old as the first who asked, or a flood would keep it young for ever.
        let first = self.sought.first(wish.kid()).unwrap_or(now).min(now);
        self.asked.note(wish, first);
        if self.is_running() {
            return Lookup::Running(self.began);
        }
        let is_settled = self.has_looked_for(wish);
        let is_due = match wish {
            Wish::Absent(_) => !is_recent(self.usual_at, now),
            Wish::Misfit(_) if is_settled => !is_recent(self.began_at, now),
            Wish::Misfit(_) => !is_recent(self.misfit_at, now),
        };
        if is_due {
            return Lookup::Running(match wish {
                Wish::Absent(_) => self.begin(now),
                Wish::Misfit(_) => {
                    self.misfit_at = Some(now);
                    self.start(now)
                }
            });
        }
        if is_settled { Lookup::Done } else { Lookup::TooSoon(self.next_look(wish, now)) }
    }

    /// Whether a fetch whose answer was made after somebody asked for the key has ended well.
    pub(super) fn has_looked_for(&self, wish: Wish<'_>) -> bool {
        let is_withdrawn = |kid: &str| self.withdrawn.iter().any(|one| **one == *kid);
        let is_settled = match wish {
            Wish::Absent(Some(kid)) if is_withdrawn(kid) => true,
            wish => self.sought.first(wish.kid()).is_some(),
        };
        !self.is_running() && self.answered && is_settled
    }

    /// An answer has left these out that were held before it.
    pub(super) fn withdraw<'k>(&mut self, kids: impl IntoIterator<Item = &'k str>) {
        // A longer name is in no token.
        for kid in kids.into_iter().filter(|kid| kid.len() <= MAX_KID_BYTES) {
            self.withdrawn.retain(|one| **one != *kid);
            if self.withdrawn.len() >= MAX_NAMES {
                self.withdrawn.pop_front();
            }
            self.withdrawn.push_back(kid.into());
        }
    }

    /// Begins a fetch, unless one runs; gives its number.
    pub(super) fn begin(&mut self, now: UnixTime) -> u64 {
        if !self.is_running() {
            self.usual_at = Some(now);
            self.start(now);
        }
        self.began
    }

    fn start(&mut self, now: UnixTime) -> u64 {
        self.began += 1;
        self.began_at = Some(now);
        self.sought = std::mem::take(&mut self.asked);
        self.began
    }

    /// Ends the running fetch, whose answer had lain in somebody's cache for so many seconds. Says whether it went
    /// otherwise than the one before.
    pub(super) fn end(&mut self, answered: bool, age: u32) -> bool {
        if let Some(began_at) = self.began_at.filter(|_| age > 0) {
            // Whoever asked since the answer was made may want a key that is younger than the answer.
            let made_at = UnixTime::from_seconds(began_at.seconds() - i64::from(age));
            let Asked { absent, misfit } = &mut self.sought;
            self.asked.absent.join(absent.younger(made_at));
            self.asked.misfit.join(misfit.younger(made_at));
        }
        let is_first = self.ended == 0;
        self.ended = self.began;
        std::mem::replace(&mut self.answered, answered) != answered || (is_first && !answered)
    }

    /// In how many seconds somebody who wants a key may cause a fetch; at least one, or whoever waits would not wait.
    pub(super) fn next_look(&self, wish: Wish<'_>, now: UnixTime) -> u32 {
        let last = match wish {
            Wish::Absent(_) => self.usual_at,
            Wish::Misfit(_) => self.misfit_at,
        };
        let left = last.map_or(0, |at| BETWEEN_FETCHES - now.since(at));
        u32::try_from(left.clamp(1, BETWEEN_FETCHES)).unwrap_or(1)
    }

    /// When the running fetch, or the last one, began.
    pub(super) fn began_at(&self) -> Option<UnixTime> {
        self.began_at
    }

    /// The number of the last fetch that ended.
    pub(super) fn ended(&self) -> u64 {
        self.ended
    }
}

/// A clock that was set back makes no fetch overdue for hours.
fn is_recent(last: Option<UnixTime>, now: UnixTime) -> bool {
    last.is_some_and(|at| (0..BETWEEN_FETCHES).contains(&now.since(at)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_800_000_000;

    fn at(seconds: i64) -> UnixTime {
        UnixTime::from_seconds(START + seconds)
    }

    fn absent(kid: Option<&str>) -> Wish<'_> {
        Wish::Absent(kid)
    }

    fn misfit(kid: &str) -> Wish<'_> {
        Wish::Misfit(Some(kid))
    }

    /// A ledger whose first fetch began at second 0, for the key `a`, and did not bring it.
    fn looked() -> Ledger {
        let mut ledger = Ledger::default();
        assert_eq!(ledger.look_up(absent(Some("a")), at(0)), Lookup::Running(1));
        ledger.end(true, 0);
        ledger
    }

    #[test]
    fn strangers_cause_one_fetch_in_half_a_minute() {
        let mut ledger = looked();
        for second in 0..30 {
            let left = u32::try_from(30 - second).unwrap();
            assert_eq!(
                ledger.look_up(absent(Some(&format!("forged-{second}"))), at(second)),
                Lookup::TooSoon(left)
            );
        }
        assert_eq!(ledger.look_up(absent(Some("forged")), at(30)), Lookup::Running(2));
        for _ in 0..10 {
            assert_eq!(ledger.look_up(absent(Some("forged")), at(1000)), Lookup::Running(2));
        }
    }

    #[test]
    fn what_was_sought_is_known_not_to_be_there() {
        let mut ledger = looked();
        assert_eq!(ledger.look_up(absent(Some("a")), at(29)), Lookup::Done);
        assert_eq!(ledger.look_up(absent(None), at(29)), Lookup::TooSoon(1));
        assert_eq!(ledger.look_up(absent(Some("a")), at(30)), Lookup::Running(2));
    }

    #[test]
    fn what_is_wanted_while_a_fetch_runs_may_be_younger_than_its_answer() {
        let mut ledger = Ledger::default();
        ledger.look_up(absent(Some("a")), at(0));
        assert_eq!(ledger.look_up(absent(Some("b")), at(1)), Lookup::Running(1));
        assert!(!ledger.has_looked_for(absent(Some("a"))) && !ledger.has_looked_for(absent(Some("b"))));
        ledger.end(true, 0);
        assert!(ledger.has_looked_for(absent(Some("a"))) && !ledger.has_looked_for(absent(Some("b"))));
        // The next one knows both.
        ledger.look_up(absent(Some("a")), at(2));
        ledger.begin(at(3));
        ledger.end(true, 0);
        assert!(ledger.has_looked_for(absent(Some("a"))) && ledger.has_looked_for(absent(Some("b"))));
    }

    #[test]
    fn what_an_answer_leaves_out_is_withdrawn_whatever_strangers_ask_for() {
        let mut ledger = Ledger::default();
        ledger.begin(at(0));
        ledger.withdraw(["a"]);
        ledger.end(true, 0);
        for fetch in 1..10 {
            for name in 0..1000 {
                ledger.look_up(absent(Some(&format!("forged-{fetch}-{name}"))), at(fetch * 100));
            }
            ledger.end(true, 0);
            assert_eq!(ledger.look_up(absent(Some("a")), at(fetch * 100 + 1)), Lookup::Done, "{fetch}");
        }
        assert!(!ledger.has_looked_for(absent(None)), "any key may be without a name");
        // An issuer that rotates for years fills no memory either.
        let kids: Vec<_> = (0..10_000).map(|kid| kid.to_string()).collect();
        ledger.withdraw(kids.iter().map(String::as_str));
        assert_eq!(ledger.withdrawn.len(), MAX_NAMES);
        assert!(ledger.has_looked_for(absent(Some("9999"))) && !ledger.has_looked_for(absent(Some("9"))));
    }

    #[test]
    fn a_signature_that_does_not_fit_causes_one_fetch_and_is_then_a_bad_one() {
        let mut ledger = looked();
        // Strangers have taken the look for names; this is another.
        assert_eq!(ledger.look_up(misfit("k"), at(1)), Lookup::Running(2));
        ledger.end(true, 0);
        for second in 2..31 {
            assert_eq!(ledger.look_up(misfit("k"), at(second)), Lookup::Done, "{second}");
        }
        // It takes no look away from names.
        let mut other = Ledger::default();
        other.look_up(misfit("k"), at(0));
        other.end(true, 0);
        assert_eq!(other.look_up(absent(Some("b")), at(1)), Lookup::Running(2));
        // Another key is not settled by that, and waits for its turn.
        assert_eq!(ledger.look_up(misfit("l"), at(3)), Lookup::TooSoon(28));
        assert_eq!(ledger.look_up(misfit("k"), at(31)), Lookup::Running(3));
        ledger.end(true, 0);
        assert_eq!(ledger.look_up(misfit("l"), at(32)), Lookup::Done);
    }

    #[test]
    fn a_flood_of_bad_signatures_is_called_bad_and_costs_one_fetch_in_half_a_minute() {
        let (mut ledger, mut fetches) = (Ledger::default(), 0);
        for second in 0..300 {
            for kid in ["k", "l"] {
                match ledger.look_up(misfit(kid), at(second)) {
                    Lookup::Running(_) => {
                        fetches += 1;
                        ledger.end(true, 0);
                    }
                    Lookup::TooSoon(_) => assert!(second < 30 && kid == "l", "{second} {kid}"),
                    Lookup::Done => {}
                }
            }
        }
        assert_eq!(fetches, 10);
    }

    #[test]
    fn names_that_strangers_make_up_leave_room_for_keys_that_are_held() {
        let mut ledger = looked();
        for name in 0..10_000 {
            ledger.look_up(absent(Some(&name.to_string())), at(1));
        }
        ledger.look_up(misfit("k"), at(1));
        ledger.end(true, 0);
        assert!(ledger.has_looked_for(misfit("k")));
    }

    #[test]
    fn an_answer_from_a_cache_settles_nothing_that_is_younger_than_itself() {
        let mut ledger = looked();
        ledger.look_up(absent(Some("b")), at(10));
        ledger.look_up(absent(Some("c")), at(50));
        ledger.end(true, 40);
        assert!(ledger.has_looked_for(absent(Some("b"))) && !ledger.has_looked_for(absent(Some("c"))));
        assert_eq!(ledger.look_up(absent(Some("c")), at(51)), Lookup::TooSoon(29));
        // The same copy again, and then a new one.
        for (second, age, is_settled) in [(80, 70, false), (110, 100, false), (140, 10, true)] {
            assert!(matches!(ledger.look_up(absent(Some("c")), at(second)), Lookup::Running(_)));
            ledger.end(true, age);
            assert_eq!(ledger.has_looked_for(absent(Some("c"))), is_settled, "{second}");
        }
    }

    #[test]
    fn behind_a_cache_a_flood_is_called_bad_all_the_same() {
        let mut ledger = Ledger::default();
        let mut called_bad = 0;
        for second in 0..3000 {
            match ledger.look_up(misfit("k"), at(second)) {
                // A copy is served for ten minutes.
                Lookup::Running(_) => drop(ledger.end(true, u32::try_from(second % 600).unwrap())),
                Lookup::Done => called_bad += 1,
                Lookup::TooSoon(_) => assert!(second < 600, "{second}"),
            }
        }
        assert!(called_bad > 2000, "{called_bad}");
    }

    #[test]
    fn an_outage_proves_nothing() {
        let mut ledger = Ledger::default();
        ledger.look_up(absent(Some("a")), at(0));
        ledger.end(false, 0);
        assert_eq!(ledger.look_up(absent(Some("a")), at(1)), Lookup::TooSoon(29));
        assert!(!ledger.has_looked_for(absent(Some("a"))));
    }

    #[test]
    fn a_flood_of_names_fills_no_memory() {
        let mut ledger = looked();
        let long = "x".repeat(MAX_KID_BYTES + 1);
        for name in (0..10_000).map(|number| number.to_string()).chain([long.clone()]) {
            ledger.look_up(absent(Some(&name)), at(1));
        }
        assert_eq!(ledger.asked.absent.0.len(), MAX_NAMES);
        // What was not remembered is not called absent, even where a fetch has just ended.
        ledger.begin(at(40));
        ledger.end(true, 0);
        assert!(ledger.has_looked_for(absent(Some("0"))) && !ledger.has_looked_for(absent(Some("9999"))));
        let mut ledger = Ledger::default();
        ledger.look_up(absent(Some(&long)), at(0));
        ledger.end(true, 0);
        assert_eq!(ledger.look_up(absent(Some(&long)), at(1)), Lookup::TooSoon(29));
    }

    #[test]
    fn a_clock_that_was_set_back_stops_nothing() {
        assert_eq!(looked().look_up(absent(Some("b")), at(-3600)), Lookup::Running(2));
    }

    #[test]
    fn whoever_must_wait_is_told_how_long() {
        assert_eq!(Ledger::default().next_look(absent(None), at(0)), 1);
        for (second, left) in [(0, 30), (1, 29), (29, 1), (30, 1), (1000, 1), (-3600, 30)] {
            assert_eq!(looked().next_look(absent(None), at(second)), left, "{second}");
        }
    }

    #[test]
    fn only_a_change_is_news() {
        let mut ledger = Ledger::default();
        let mut next = |answered| {
            ledger.begin(at(0));
            ledger.end(answered, 0)
        };
        let told: Vec<_> = [false, false, true, true, false, false, true].map(&mut next).into();
        assert_eq!(told, [true, false, true, false, true, false, true]);
        let mut fresh = Ledger::default();
        fresh.begin(at(0));
        assert!(fresh.end(true, 0));
    }

    #[test]
    fn a_fetch_that_runs_is_not_begun_again() {
        let mut ledger = Ledger::default();
        assert!(!ledger.is_running());
        assert_eq!((ledger.begin(at(0)), ledger.begin(at(1)), ledger.ended()), (1, 1, 0));
        ledger.end(true, 0);
        assert_eq!((ledger.begin(at(2)), ledger.ended()), (2, 1));
    }
}
