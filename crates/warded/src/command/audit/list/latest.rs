//! Which of many are the latest? In whatever order they come: nodes come one after the other, a call where it ended, and one
//! that never ended at last, however old it is.

use std::{cmp::Reverse, collections::BinaryHeap};

/// The greatest of what it was given, by time and then by order.
pub(super) struct Latest<T> {
    limit: usize,
    kept: BinaryHeap<Reverse<(i64, u64, T)>>,
    count: u64,
}

impl<T: Ord> Latest<T> {
    /// Keeps so many.
    pub(super) const fn new(limit: usize) -> Self {
        Self { limit, kept: BinaryHeap::new(), count: 0 }
    }

    pub(super) fn keep(&mut self, time: i64, what: impl FnOnce() -> T) {
        self.count += 1;
        if self.kept.len() >= self.limit {
            let earliest = self.kept.peek().map(|Reverse((earliest, ..))| *earliest);
            // Of two with one time the later one is kept.
            if earliest.is_none_or(|earliest| time < earliest) {
                return;
            }
            self.kept.pop();
        }
        self.kept.push(Reverse((time, self.count, what())));
    }

    /// Whether it was given more than it kept.
    pub(super) fn has_left_some(&self) -> bool {
        self.kept.len() as u64 != self.count
    }

    /// The latest last.
    pub(super) fn in_order(self) -> Vec<(i64, T)> {
        let kept = self.kept.into_sorted_vec().into_iter().rev();
        kept.map(|Reverse((time, _, what))| (time, what)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_are_kept_in_whatever_order_they_come() {
        let mut latest = Latest::new(3);
        for (time, what) in [(9, "a"), (5, "b"), (9, "c"), (1, "d"), (7, "e"), (9, "f"), (2, "g")] {
            latest.keep(time, || what);
        }
        assert!(latest.has_left_some());
        assert_eq!(latest.in_order(), [(9, "a"), (9, "c"), (9, "f")]);
        let mut all = Latest::new(usize::MAX);
        all.keep(2, || "b");
        all.keep(1, || "a");
        assert!(!all.has_left_some());
        assert_eq!(all.in_order(), [(1, "a"), (2, "b")]);
    }
}
