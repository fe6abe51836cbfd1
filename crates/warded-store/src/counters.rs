//! How much was used of what is limited, and what is under way?
//!
//! Whoever is about to make a call reserves what it takes: of all counters, or of none. When the call has ended, it is
//! settled: committed, it stays counted; rolled back, it is given back to the very window from which it was taken, and never
//! to another. What is not settled stays counted: after a kill nobody knows whether those calls were made, and
//! [`Counters::uncertain`] says which they are.

use std::fmt;

use async_trait::async_trait;
use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};
use warded_core::UnixTime;

use crate::StoreFailed;

pub(crate) mod asked;
pub(crate) mod tally;
mod window;

pub use window::{Span, Window};

/// For how long a reservation is remembered that nobody settles.
pub const UNSETTLED_SECONDS: u32 = 7 * 24 * 60 * 60;

/// How much may be taken at once, and of how many counters it may be asked what they have come to: far more than one request
/// has to do with; so little that nobody waits for it.
pub const MOST_TAKINGS: usize = 4096;

/// A counter. Two are the same where all of this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(clippy::exhaustive_structs, reason = "a plain description: whoever counts says all of it")]
pub struct Counter<'a> {
    /// Whose policy it is of.
    pub place: &'a str,
    /// Of which tool, resource or prompt, or of all.
    pub scope: &'a str,
    /// Its name in the policy.
    pub name: &'a str,
    /// Whose own it is; empty where it is everybody's.
    pub per: &'a str,
    /// For which time it counts.
    pub window: Window,
}

/// What a counter is found by, of one length whatever its name is.
pub(crate) type Key = [u8; 32];

impl Counter<'_> {
    pub(crate) fn key(&self) -> Key {
        let mut hash = digest::Context::new(&digest::SHA256);
        for part in [self.place, self.scope, self.name, self.per] {
            // With its length before it: or what ends one part could begin the next.
            hash.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hash.update(&self.window.span.seconds().to_be_bytes());
        hash.update(&[u8::from(self.window.sliding)]);
        let mut key = Key::default();
        key.iter_mut().zip(hash.finish().as_ref()).for_each(|(to, from)| *to = *from);
        key
    }
}

/// What is to be taken of a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain description: whoever counts says all of it")]
pub struct Taking<'a> {
    /// Of which.
    pub counter: Counter<'a>,
    /// How much, in millionths. Less than nothing is nothing, or a call could refill what others have used; the largest number
    /// there is stands for everything above it, and exceeds every limit.
    pub amount: i64,
    /// How much there may be with it, in millionths.
    pub most: i64,
    /// Whether it only counts: where there would be more, it is not taken, and the others are.
    pub shadow: bool,
}

/// Who reserves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain description: whoever reserves says all of it")]
pub struct Reserving<'a> {
    /// The name of the process, which no other has at the same time.
    pub node: &'a str,
    /// What it drew when it started: what another run of the same node has left is nobody's any more.
    pub run: &'a [u8; 16],
    /// What the request is called in the journal.
    pub request: &'a str,
}

/// The name of a reservation. No other has it, ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReservationId(pub(crate) i64);

impl fmt::Display for ReservationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What came of a wish to take.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "there is no third outcome")]
pub enum Reserved {
    /// Everything was taken, but for what only counts and would have been too much.
    All {
        /// What it is settled by.
        id: ReservationId,
        /// Of what only counts, which ones would have exceeded their limits or found no room, by their places, in their order.
        over: Vec<usize>,
    },
    /// Nothing was taken: there would have been too much of this one, by its place.
    Exceeded(usize),
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third way")]
pub enum Settled {
    /// It was made, or may have been: it stays counted.
    Committed,
    /// It came to nothing: what was taken for it is given back.
    RolledBack,
}

/// A reservation whose process ended before the call did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain description: whoever tells it knows all of it")]
pub struct Uncertain {
    /// What it is settled by.
    pub id: ReservationId,
    /// What its request is called in the journal.
    pub request: Box<str>,
    /// Since when it is under way.
    pub since: UnixTime,
    /// What was taken for it, of each counter once.
    pub taken: Vec<Taken>,
}

/// What was taken of a counter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "a plain description: whoever tells it knows all of it")]
#[expect(missing_docs, reason = "as in `Counter` and `Taking`")]
pub struct Taken {
    pub place: Box<str>,
    pub scope: Box<str>,
    pub name: Box<str>,
    pub per: Box<str>,
    pub window: Window,
    pub amount: i64,
    /// Where the row begins from which it was taken, in seconds since 1970.
    pub start: i64,
}

impl Taken {
    pub(crate) fn of(taking: &Taking<'_>, now: UnixTime) -> Self {
        let Counter { place, scope, name, per, window } = taking.counter;
        Self {
            place: place.into(),
            scope: scope.into(),
            name: name.into(),
            per: per.into(),
            window,
            amount: taking.amount.max(0),
            start: window.start(now),
        }
    }

    /// Of which counter.
    pub fn counter(&self) -> Counter<'_> {
        let Self { place, scope, name, per, window, .. } = self;
        Counter { place, scope, name, per, window: *window }
    }
}

/// What is counted.
#[async_trait]
pub trait Counters: fmt::Debug + Send + Sync {
    /// How much each of them has come to, in millionths, with what is under way. Not more
    /// than [`MOST_TAKINGS`] different ones.
    async fn counts(&self, counters: &[Counter<'_>], now: UnixTime) -> Result<Vec<i64>, StoreFailed>;

    /// Takes all of it, or nothing: no limit is exceeded, whoever else takes something at the same time. Where whoever asks
    /// hangs up before it is told, it is given back. Not more than [`MOST_TAKINGS`].
    async fn reserve_all(
        &self,
        takings: &[Taking<'_>],
        by: &Reserving<'_>,
        now: UnixTime,
    ) -> Result<Reserved, StoreFailed>;

    /// Settles a reservation. It is settled once: whatever is said of it afterwards changes nothing.
    async fn settle(&self, id: ReservationId, end: Settled) -> Result<(), StoreFailed>;

    /// What earlier runs of a node have left unsettled, oldest first. It stays counted, and is told again until it is settled
    /// or [`UNSETTLED_SECONDS`] old.
    async fn uncertain(&self, node: &str, run: &[u8; 16]) -> Result<Vec<Uncertain>, StoreFailed>;
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    mod bound;

    #[test]
    fn counters_are_different_where_any_part_of_their_names_is() {
        let window = Window::calendar(Span::Hour);
        let counter = Counter { place: "server/a", scope: "tool", name: "n", per: "", window };
        let others = [
            counter,
            Counter { place: "server/b", ..counter },
            Counter { place: "server/at", scope: "ool", ..counter },
            Counter { scope: "too", name: "ln", ..counter },
            Counter { name: "", per: "n", ..counter },
            Counter { scope: "Tool", ..counter },
            Counter { window: Window::sliding(Span::Hour), ..counter },
            Counter { window: Window::calendar(Span::Minute), ..counter },
            Counter { window: Window::calendar(Span::Day), ..counter },
        ];
        let keys: HashSet<_> = others.iter().map(Counter::key).collect();
        assert_eq!(keys.len(), others.len());
    }

    /// It stands in files: a version that computes another one has forgotten everything.
    #[test]
    fn what_a_counter_is_found_by_stays_the_same() {
        let window = Window::sliding(Span::Minute);
        let counter = Counter { place: "shared", scope: "_global", name: "_rate_minute", per: "ada", window };
        let mut text = Vec::new();
        for part in ["shared", "_global", "_rate_minute", "ada"] {
            text.extend(u64::try_from(part.len()).unwrap().to_be_bytes());
            text.extend(part.bytes());
        }
        text.extend([0, 0, 0, 60, 1]);
        assert_eq!(counter.key(), crate::Digest::of(&text).as_bytes());
    }
}
