//! Counters in memory: bounded, and forgotten when their time is over.

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use warded_core::UnixTime;

use self::rows::Rows;
use crate::{
    Counter, Counters, Reserved, Reserving, Settled, StoreFailed, Taking, UNSETTLED_SECONDS, Uncertain,
    counters::{
        ReservationId,
        asked::{self, Asked},
        tally::Draw,
    },
};

mod rows;

/// What one process counts for itself. Where several nodes serve one server, each would let through as much as the limit says:
/// they need a store that they share.
///
/// It is bounded. When it is full, nothing is forgotten early, since that would refill what was used, and nothing new is counted:
/// calls that are counted meet a fault until the oldest windows are over. One counter of a policy cannot fill it: it gets room
/// for as long as it has less than is free.
pub struct Counts {
    limit: usize,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    rows: Rows,
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
        let mut gone = self.rows.forget(now);
        while let Some(&(since, id)) = self.ages.first()
            && since.plus(UNSETTLED_SECONDS) <= now
        {
            self.ages.pop_first();
            self.open.remove(&id);
            gone += 1;
        }
        gone
    }

    fn reserve(
        &mut self,
        mut draws: Vec<Draw>,
        by: &Reserving<'_>,
        now: UnixTime,
        limit: usize,
    ) -> Result<Reserved, StoreFailed> {
        if self.open.len() >= limit || !self.rows.has_room(&mut draws, limit) {
            return Err(StoreFailed::Full);
        }
        let (taken, over) = match self.rows.take(&draws) {
            Ok(taken) => taken,
            Err(place) => return Ok(Reserved::Exceeded(place)),
        };
        self.last = self.last.saturating_add(1);
        let id = ReservationId(self.last);
        let uncertain = Uncertain { id, request: by.request.into(), since: now, taken };
        self.ages.insert((now, id));
        self.open.insert(id, Open { node: by.node.into(), run: *by.run, uncertain });
        Ok(Reserved::All { id, over })
    }

    fn settle(&mut self, id: ReservationId, end: Settled) {
        let Some(open) = self.open.remove(&id) else { return };
        self.ages.remove(&(open.uncertain.since, id));
        match end {
            Settled::Committed => {}
            Settled::RolledBack => {
                for taken in &open.uncertain.taken {
                    self.rows.give_back(taken);
                }
            }
        }
    }
}

#[async_trait]
impl Counters for Counts {
    async fn counts(&self, counters: &[Counter<'_>], now: UnixTime) -> Result<Vec<i64>, StoreFailed> {
        let asked = Asked::for_all(counters, now)?;
        let held = self.held();
        let sums: Vec<_> = asked.rows.iter().map(|(key, rows)| held.rows.tally().sum(key, rows)).collect();
        Ok(asked.answer(&sums))
    }

    async fn reserve_all(
        &self,
        takings: &[Taking<'_>],
        by: &Reserving<'_>,
        now: UnixTime,
    ) -> Result<Reserved, StoreFailed> {
        let draws = asked::draws(takings, now)?;
        let mut held = self.held();
        held.forget(now);
        held.reserve(draws, by, now, self.limit)
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

    fn own<'a>(name: &'a str, per: &'a str, shadow: bool) -> Taking<'a> {
        let window = Window::calendar(Span::Minute);
        let counter = Counter { place: "server/notes", scope: "tool", name, per, window };
        Taking { counter, amount: 1, most: 1, shadow }
    }

    /// A row for each caller, or for each token of one: what is counted beside it must not meet a fault for that.
    #[tokio::test]
    async fn one_counter_of_a_policy_leaves_room_for_the_others() {
        let counts = Counts::up_to(16);
        let by = Reserving { node: "a", run: &[1; 16], request: "" };
        let window = Window::calendar(Span::Minute);
        let fill = async |name, shadow| {
            let mut filled = 0;
            loop {
                let per = format!("{filled}");
                match counts.reserve_all(&[own(name, &per, shadow)], &by, at(0)).await {
                    Ok(Reserved::All { id, over }) => {
                        counts.settle(id, Settled::Committed).await.unwrap();
                        if over == [0] {
                            return filled;
                        }
                    }
                    full => {
                        assert_eq!(full, Err(StoreFailed::Full));
                        return filled;
                    }
                }
                filled += 1;
            }
        };
        assert_eq!((fill("first", false).await, fill("second", false).await), (8, 4));
        assert_eq!(
            fill("looked at", true).await,
            2,
            "what only counts is told as too much, and refuses nothing"
        );
        let others = (fill("third", false).await, fill("fourth", false).await, fill("fifth", false).await);
        assert_eq!(others, (1, 1, 0));
        let known = counts.reserve_all(&[own("first", "0", true)], &by, at(0)).await;
        assert!(matches!(known, Ok(Reserved::All { over, .. }) if over == [0]), "it has its row");
        let until = window.until(window.start(at(0)));
        assert_eq!(counts.forget(until), 8 + 4 + 2 + 1 + 1);
        assert!(counts.held().rows.is_empty());
    }

    #[tokio::test]
    async fn what_is_taken_of_one_row_takes_the_room_of_one() {
        let counts = Counts::up_to(2);
        let by = Reserving { node: "a", run: &[1; 16], request: "" };
        let counter =
            Counter { place: "", scope: "", name: "", per: "", window: Window::calendar(Span::Minute) };
        let takings = [Taking { counter, amount: 1, most: 9, shadow: false }; 9];
        assert!(matches!(counts.reserve_all(&takings, &by, at(0)).await, Ok(Reserved::All { .. })));
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
        assert!(held.rows.is_empty());
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
        assert!(held.rows.is_empty() && held.open.is_empty() && held.ages.is_empty());
    }
}
