//! Counters in memory: bounded, and forgotten when their time is over.

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use warded_core::UnixTime;

use crate::{
    Counter, Counters, Reserved, Reserving, Settled, StoreFailed, Taken, Taking, UNSETTLED_SECONDS,
    Uncertain,
    counters::{
        Key, ReservationId,
        tally::{Draw, Tally},
    },
};

/// What one process counts for itself. Where several nodes serve one server, each would let through as much as the limit says:
/// they need a store that they share.
///
/// It is bounded. When it is full, nothing is forgotten early, since that would refill what was used, and nothing new is counted:
/// calls that are counted meet a fault until the oldest windows are over.
pub struct Counts {
    limit: usize,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    tally: Tally,
    /// Each row of it, by when it may be forgotten.
    ends: BTreeSet<(UnixTime, Key, i64)>,
    last: i64,
    open: HashMap<ReservationId, Open>,
    /// The same, by their age.
    ages: BTreeSet<(UnixTime, ReservationId)>,
}

/// A reservation that is not settled.
struct Open {
    node: Box<str>,
    run: [u8; 16],
    uncertain: Uncertain,
}

impl Counts {
    /// How many rows, and how many calls under way, are kept unless somebody says otherwise: about 200 MB when it is full.
    pub const DEFAULT_LIMIT: usize = 1 << 20;

    /// Keeps so many rows at most, and so many calls under way.
    pub fn up_to(limit: usize) -> Self {
        Self { limit, held: Mutex::default() }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // Nothing below panics between two writes that belong together.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn forget(&self, now: UnixTime) -> usize {
        self.held().forget(now)
    }
}

impl Default for Counts {
    fn default() -> Self {
        Self::up_to(Self::DEFAULT_LIMIT)
    }
}

impl Held {
    fn forget(&mut self, now: UnixTime) -> usize {
        let mut gone = 0;
        while let Some(&(until, key, start)) = self.ends.first()
            && until <= now
        {
            self.ends.pop_first();
            self.tally.forget(&key, start);
            gone += 1;
        }
        while let Some(&(since, id)) = self.ages.first()
            && since.plus(UNSETTLED_SECONDS) <= now
        {
            self.ages.pop_first();
            self.open.remove(&id);
            gone += 1;
        }
        gone
    }

    fn has_room(&self, draws: &[Draw], limit: usize) -> bool {
        let is_new = |draw: &&Draw| self.tally.row(&draw.key, draw.taken.start).is_none();
        let new = draws.iter().filter(is_new).count();
        self.ends.len().saturating_add(new) <= limit && self.open.len() < limit
    }

    fn reserve(&mut self, draws: Vec<Draw>, by: &Reserving<'_>, now: UnixTime) -> Reserved {
        let over = match self.tally.take(&draws) {
            Ok(over) => over,
            Err(place) => {
                for draw in &draws {
                    self.leave(draw.key, &draw.taken);
                }
                return Reserved::Exceeded(place);
            }
        };
        let mut taken = Vec::new();
        for (place, draw) in draws.into_iter().enumerate() {
            if draw.taken.amount > 0 && !over.contains(&place) {
                self.ends.insert((draw.taken.window.until(draw.taken.start), draw.key, draw.taken.start));
                taken.push(draw.taken);
            }
        }
        self.last = self.last.saturating_add(1);
        let id = ReservationId(self.last);
        let uncertain = Uncertain { id, request: by.request.into(), since: now, taken };
        self.ages.insert((now, id));
        self.open.insert(id, Open { node: by.node.into(), run: *by.run, uncertain });
        Reserved::All { id, over }
    }

    fn settle(&mut self, id: ReservationId, end: Settled) {
        let Some(open) = self.open.remove(&id) else { return };
        self.ages.remove(&(open.uncertain.since, id));
        match end {
            Settled::Committed => {}
            Settled::RolledBack => {
                for taken in &open.uncertain.taken {
                    let key = taken.counter().key();
                    self.tally.give_back(&key, taken);
                    self.leave(key, taken);
                }
            }
        }
    }

    /// Forgets a row in which nothing stands: or whoever makes calls that come to nothing would fill the store for everybody,
    /// and no limit would ever be reached.
    fn leave(&mut self, key: Key, taken: &Taken) {
        if self.tally.row(&key, taken.start) == Some(0) {
            self.tally.forget(&key, taken.start);
            self.ends.remove(&(taken.window.until(taken.start), key, taken.start));
        }
    }
}

#[async_trait]
impl Counters for Counts {
    async fn counts(&self, counters: &[Counter<'_>], now: UnixTime) -> Result<Vec<i64>, StoreFailed> {
        let held = self.held();
        Ok(counters.iter().map(|counter| held.tally.sum(&counter.key(), &counter.window.rows(now))).collect())
    }

    async fn reserve_all(
        &self,
        takings: &[Taking<'_>],
        by: &Reserving<'_>,
        now: UnixTime,
    ) -> Result<Reserved, StoreFailed> {
        let draws: Vec<_> = takings.iter().map(|taking| Draw::of(taking, now)).collect();
        let mut held = self.held();
        held.forget(now);
        if held.has_room(&draws, self.limit) {
            Ok(held.reserve(draws, by, now))
        } else {
            Err(StoreFailed::Full)
        }
    }

    async fn settle(&self, id: ReservationId, end: Settled) -> Result<(), StoreFailed> {
        self.held().settle(id, end);
        Ok(())
    }

    async fn uncertain(&self, node: &str, run: &[u8; 16]) -> Result<Vec<Uncertain>, StoreFailed> {
        let held = self.held();
        let by_age = held.ages.iter().filter_map(|(_, id)| held.open.get(id));
        let left = by_age.filter(|open| &*open.node == node && open.run != *run);
        Ok(left.map(|open| open.uncertain.clone()).collect())
    }
}

impl fmt::Debug for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counts").field("limit", &self.limit).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Span, Window};

    fn at(seconds: i64) -> UnixTime {
        UnixTime::from_seconds(1_800_000_000 + seconds)
    }

    async fn take(counts: &Counts, name: &str, now: i64) -> Result<ReservationId, StoreFailed> {
        let window = Window::calendar(Span::Minute);
        let counter = Counter { place: "", scope: "", name, per: "", window };
        let taking = Taking { counter, amount: 1, most: 5, shadow: false };
        let by = Reserving { node: "a", run: &[1; 16], request: "" };
        match counts.reserve_all(&[taking], &by, at(now)).await? {
            Reserved::All { id, .. } => Ok(id),
            Reserved::Exceeded(place) => panic!("{place} is exceeded"),
        }
    }

    #[tokio::test]
    async fn what_is_full_refuses_and_forgets_nothing_early() {
        let counts = Counts::up_to(2);
        let over = Window::calendar(Span::Minute).until(at(0).seconds()).since(at(0));
        for name in ["a", "b"] {
            let id = take(&counts, name, 0).await.unwrap();
            counts.settle(id, Settled::Committed).await.unwrap();
        }
        assert_eq!(take(&counts, "c", over - 1).await, Err(StoreFailed::Full));
        assert!(take(&counts, "a", 1).await.is_ok(), "a row that is there already");
        assert!(take(&counts, "c", over).await.is_ok(), "there is room again");
    }

    #[tokio::test]
    async fn so_many_calls_are_under_way_and_no_more() {
        let counts = Counts::up_to(2);
        let first = take(&counts, "a", 0).await.unwrap();
        let _second = take(&counts, "a", 0).await.unwrap();
        assert_eq!(take(&counts, "a", 0).await, Err(StoreFailed::Full));
        counts.settle(first, Settled::RolledBack).await.unwrap();
        assert!(take(&counts, "a", 0).await.is_ok());
    }

    /// Or whoever makes calls that fail, or are refused, fills the store for all, with no limit ever reached.
    #[tokio::test]
    async fn no_row_is_left_of_what_came_to_nothing() {
        let counts = Counts::up_to(2);
        let window = Window::sliding(Span::Minute);
        let of = |name, most| Taking {
            counter: Counter { place: "", scope: "", name, per: "", window },
            amount: 1,
            most,
            shadow: false,
        };
        let by = Reserving { node: "a", run: &[1; 16], request: "" };
        for now in 0..50 {
            let id = take(&counts, "fails", now * 60).await.unwrap();
            counts.settle(id, Settled::RolledBack).await.unwrap();
            let refused = counts.reserve_all(&[of("let", 1), of("refused", 0)], &by, at(now * 60)).await;
            assert_eq!(refused, Ok(Reserved::Exceeded(1)));
        }
        let held = counts.held();
        assert!(held.ends.is_empty());
        assert_eq!(format!("{:?}", held.tally), "Tally({})");
    }

    #[tokio::test]
    async fn nothing_is_left_of_what_is_over() {
        let counts = Counts::default();
        for n in 0..180 {
            let id = take(&counts, &format!("{n}"), n).await.unwrap();
            if n % 2 == 0 {
                counts.settle(id, Settled::Committed).await.unwrap();
            }
        }
        let week = i64::from(UNSETTLED_SECONDS);
        assert_eq!(
            counts.forget(at(week + 99)),
            180 + 50,
            "all rows, and who has been under way for too long"
        );
        assert_eq!(counts.forget(at(week + 199)), 40);
        let held = counts.held();
        assert!(held.ends.is_empty() && held.open.is_empty() && held.ages.is_empty());
        assert_eq!(format!("{:?}", held.tally), "Tally({})");
    }
}
