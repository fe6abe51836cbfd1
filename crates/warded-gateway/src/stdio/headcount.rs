//! How many processes are there of one server, and what becomes of them? Counted where they begin and end; whoever shows
//! it reads.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

/// What ended a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It did so by itself: a crash, or an end that nobody asked for.
    Itself,
    /// Nobody had used it for as long as `idle` says.
    Idle,
    /// It was told to: its session ended, its owner needed the room for another one, the configuration changed, or we end.
    Told,
}

/// How each is called in a label.
const ENDS: [(End, &str); 3] = [(End::Itself, "itself"), (End::Idle, "idle"), (End::Told, "told")];

/// What was counted of the processes of one server. It goes from one configuration to the next.
#[derive(Debug, Default)]
pub struct Headcount {
    started: AtomicU64,
    ended: [AtomicU64; ENDS.len()],
    refused: AtomicU64,
}

impl Headcount {
    /// Processes that have begun.
    pub fn started(&self) -> u64 {
        self.started.load(Relaxed)
    }

    /// Processes that have ended, by what ended them.
    pub fn ended(&self) -> impl Iterator<Item = (&'static str, u64)> {
        ENDS.iter().zip(&self.ended).map(|((_, name), count)| (*name, count.load(Relaxed)))
    }

    /// Processes that run now.
    pub fn running(&self) -> u64 {
        // In this order: what ends in between is not missing.
        let ended: u64 = self.ended().map(|(_, count)| count).sum();
        self.started().saturating_sub(ended)
    }

    /// Calls that got none, since there were as many as there may be.
    pub fn refused(&self) -> u64 {
        self.refused.load(Relaxed)
    }

    pub(super) fn has_no_room(&self) {
        self.refused.fetch_add(1, Relaxed);
    }

    /// One more runs, for as long as that is held.
    pub(super) fn one_more(self: &Arc<Self>) -> Counted {
        self.started.fetch_add(1, Relaxed);
        Counted { of: Arc::clone(self), end: End::Told }
    }
}

/// A process that counts.
pub(super) struct Counted {
    of: Arc<Headcount>,
    end: End,
}

impl Counted {
    /// What ends it, unless it is told to.
    pub(super) fn ends(&mut self, end: End) {
        self.end = end;
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let found = ENDS.iter().zip(&self.of.ended).find(|((end, _), _)| *end == self.end);
        if let Some((_, count)) = found {
            count.fetch_add(1, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_process_that_begins_ends_once_and_in_one_way() {
        let all = Arc::<Headcount>::default();
        let (mut one, mut other, third) = (all.one_more(), all.one_more(), all.one_more());
        let _runs = all.one_more();
        one.ends(End::Itself);
        other.ends(End::Idle);
        assert_eq!((all.started(), all.running()), (4, 4));
        drop((one, other, third));
        assert_eq!(all.ended().collect::<Vec<_>>(), [("itself", 1), ("idle", 1), ("told", 1)]);
        assert_eq!((all.started(), all.running(), all.refused()), (4, 1, 0));
    }
}
