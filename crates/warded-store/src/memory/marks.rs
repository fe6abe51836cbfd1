//! Marks in memory: bounded, and forgotten when their time is over.

use std::{
    collections::{BTreeMap, HashSet},
    fmt,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use warded_core::UnixTime;

use crate::{Replays, StoreFailed};

/// Marks that one process keeps for itself. Where several nodes serve one server, a proof could be used once at each
/// of them: they need a store that they share.
///
/// It is bounded. When it is full, nothing is forgotten early, since that could be used again, and nothing new is
/// let in: callers with proofs meet a fault until the oldest marks are over, a few minutes later. Only who has a
/// good token can fill it.
pub struct Marks {
    limit: usize,
    held: Mutex<Held>,
}

/// Each mark by itself, and by the second in which it ends.
#[derive(Default)]
struct Held {
    marks: HashSet<[u8; 32]>,
    ends: BTreeMap<UnixTime, Vec<[u8; 32]>>,
}

impl Marks {
    /// How many marks are kept unless somebody says otherwise: 2,900 requests a second for six minutes, in about
    /// 100 MB when it is full.
    pub const DEFAULT_LIMIT: usize = 1 << 20;

    /// Keeps so many marks at most.
    pub fn up_to(limit: usize) -> Self {
        Self { limit, held: Mutex::default() }
    }

    /// How many are kept.
    pub fn count(&self) -> usize {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).marks.len()
    }

    /// Uses marks up, all or none; which of them somebody used before.
    pub(super) fn use_up(
        &self,
        marks: &[([u8; 32], UnixTime)],
        now: UnixTime,
    ) -> Result<Option<usize>, StoreFailed> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.forget(now);
        if let Some(used) = marks.iter().position(|(mark, _)| held.marks.contains(mark)) {
            return Ok(Some(used));
        }
        if held.marks.len().saturating_add(marks.len()) > self.limit {
            return Err(StoreFailed::Full);
        }
        for (mark, until) in marks {
            held.marks.insert(*mark);
            held.ends.entry(*until).or_default().push(*mark);
        }
        Ok(None)
    }

    pub(super) fn forget(&self, now: UnixTime) -> usize {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).forget(now)
    }
}

impl Default for Marks {
    fn default() -> Self {
        Self::up_to(Self::DEFAULT_LIMIT)
    }
}

impl Held {
    fn forget(&mut self, now: UnixTime) -> usize {
        let mut gone = 0;
        while let Some(oldest) = self.ends.first_entry().filter(|oldest| *oldest.key() <= now) {
            for mark in oldest.remove() {
                gone += usize::from(self.marks.remove(&mark));
            }
        }
        gone
    }
}

#[async_trait]
impl Replays for Marks {
    async fn first_uses(
        &self,
        marks: &[([u8; 32], UnixTime)],
        now: UnixTime,
    ) -> Result<Option<usize>, StoreFailed> {
        self.use_up(marks, now)
    }
}

impl fmt::Debug for Marks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Marks").field("limit", &self.limit).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> UnixTime {
        UnixTime::from_seconds(1_800_000_000 + seconds)
    }

    #[tokio::test]
    async fn what_is_full_refuses_and_forgets_nothing_early() {
        let marks = Marks::up_to(2);
        assert_eq!(marks.first_use(&[1; 32], at(100), at(0)).await, Ok(true));
        assert_eq!(marks.first_use(&[2; 32], at(200), at(0)).await, Ok(true));
        assert_eq!(marks.first_use(&[3; 32], at(300), at(99)).await, Err(StoreFailed::Full));
        assert_eq!(marks.first_use(&[1; 32], at(300), at(99)).await, Ok(false), "still known");
        assert_eq!(marks.first_use(&[3; 32], at(300), at(100)).await, Ok(true), "there is room again");
        assert_eq!(marks.first_use(&[2; 32], at(300), at(100)).await, Ok(false));
        assert_eq!(marks.count(), 2);
    }

    #[tokio::test]
    async fn marks_leave_nothing_behind() {
        let marks = Marks::default();
        for n in 0..200_u8 {
            assert_eq!(marks.first_use(&[n; 32], at(i64::from(n) + 1), at(0)).await, Ok(true));
        }
        assert_eq!((marks.forget(at(100)), marks.count()), (100, 100));
        assert_eq!((marks.forget(at(200)), marks.count()), (100, 0));
        assert!(marks.held.lock().unwrap().ends.is_empty());
    }
}
