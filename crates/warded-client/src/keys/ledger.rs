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
    /// The issuer was asked less than half a minute ago, or the ledger's clock cannot tell.
    TooSoon,
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
        if self.has_looked_for(kid) {
            return Lookup::Done;
        }
        self.asked.note(kid);
        Lookup::TooSoon
    }

    /// Whether a fetch that began after somebody asked for the key has ended well.
    pub(super) fn has_looked_for(&self, kid: Option<&str>) -> bool {
        !self.is_running() && self.answered && self.sought.has(kid)
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

    /// The number of the last fetch that ended.
    pub(super) fn ended(&self) -> u64 {
        self.ended
    }
}
