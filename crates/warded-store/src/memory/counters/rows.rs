//! Which rows are kept in memory, until when, and is there room for one more?
//!
//! What is counted for one rule must not keep the others from being counted: a counter of a policy gets a row for as long as it
//! has fewer than are free. So none ever has more than half of the room, and there is some for each that comes.

use std::collections::{BTreeMap, HashMap, HashSet, btree_map::Entry};

use warded_core::UnixTime;

use crate::{
    Counter, Taken,
    counters::{
        Key,
        tally::{self, Draw, Tally},
    },
};

/// A counter as a policy has it, whoever's it is: the beginning of a hash. Two that begin alike share their room.
type Kind = u64;

/// The rows that are kept.
#[derive(Debug, Default)]
pub(super) struct Rows {
    tally: Tally,
    /// Each of them, by when it may be forgotten, and whose it is. What stands in it is not nothing.
    ends: BTreeMap<(UnixTime, Key, i64), Kind>,
    /// How many there are of each counter of a policy.
    shares: HashMap<Kind, usize>,
}

impl Rows {
    pub(super) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Forgets what is over; how many rows.
    pub(super) fn forget(&mut self, now: UnixTime) -> usize {
        let mut gone = 0;
        while let Some(first) = self.ends.first_entry()
            && first.key().0 <= now
        {
            let ((_, key, start), kind) = first.remove_entry();
            self.tally.forget(&key, start);
            self.gives_up(kind);
            gone += 1;
        }
        gone
    }

    /// Whether there is room for all of it among so many rows. What only counts gets none where there is none, and is told as
    /// too much: it must not refuse a call.
    pub(super) fn has_room(&self, draws: &mut [Draw], limit: usize) -> bool {
        let (mut new, mut more) = (HashSet::new(), HashMap::<Kind, usize>::new());
        for draw in draws {
            let row = (draw.key, draw.taken.start);
            let is_there = self.tally.row(&draw.key, draw.taken.start).is_some() || new.contains(&row);
            if is_there || draw.taken.amount == 0 {
                continue;
            }
            let kind = kind(&draw.taken);
            let more = more.entry(kind).or_default();
            let own = self.shares.get(&kind).copied().unwrap_or(0).saturating_add(*more);
            let free = limit.saturating_sub(self.ends.len().saturating_add(new.len()));
            if own < free {
                new.insert(row);
                *more = more.saturating_add(1);
            } else if draw.is_shadow {
                draw.pass_over();
            } else {
                return false;
            }
        }
        true
    }

    /// Takes all, or nothing ([`Tally::take`]); what was taken, and what was too much of that which only counts.
    pub(super) fn take(&mut self, draws: &[Draw]) -> Result<(Vec<Taken>, Vec<usize>), usize> {
        match self.tally.take(draws) {
            Ok(over) => {
                let taken = tally::taken(draws, &over).into_iter().map(|(key, taken)| {
                    self.keep(key, &taken);
                    taken
                });
                Ok((taken.collect(), over))
            }
            Err(place) => {
                for draw in draws {
                    self.leave(draw.key, &draw.taken);
                }
                Err(place)
            }
        }
    }

    pub(super) fn give_back(&mut self, taken: &Taken) {
        let key = taken.counter().key();
        self.tally.give_back(&key, taken);
        self.leave(key, taken);
    }

    fn keep(&mut self, key: Key, taken: &Taken) {
        if let Entry::Vacant(end) = self.ends.entry(end(key, taken)) {
            let kind = *end.insert(kind(taken));
            let share = self.shares.entry(kind).or_default();
            *share = share.saturating_add(1);
        }
    }

    /// Forgets a row in which nothing stands: or whoever makes calls that come to nothing would fill the store for everybody,
    /// and no limit would ever be reached.
    fn leave(&mut self, key: Key, taken: &Taken) {
        if self.tally.row(&key, taken.start) == Some(0) {
            self.tally.forget(&key, taken.start);
            if let Some(kind) = self.ends.remove(&end(key, taken)) {
                self.gives_up(kind);
            }
        }
    }

    fn gives_up(&mut self, kind: Kind) {
        if let Some(share) = self.shares.get_mut(&kind) {
            *share = share.saturating_sub(1);
            if *share == 0 {
                self.shares.remove(&kind);
            }
        }
    }

    /// Whether nothing is left of anything.
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        format!("{:?}", self.tally) == "Tally({})" && self.ends.is_empty() && self.shares.is_empty()
    }
}

fn end(key: Key, taken: &Taken) -> (UnixTime, Key, i64) {
    (taken.window.until(taken.start), key, taken.start)
}

fn kind(taken: &Taken) -> Kind {
    let key = Counter { per: "", ..taken.counter() }.key();
    key.first_chunk().map_or(0, |first| Kind::from_be_bytes(*first))
}
