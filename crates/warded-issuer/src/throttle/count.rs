//! How is an attempt counted, and what is forgotten where there are too many who try?
//!
//! A table that is full must cost neither our memory nor anybody's login. So no counter is shared by those who come on
//! top, since strangers would use it up for everybody: one of those that have been used least makes room. What a flood of
//! keys forgets is the flood.

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, Hash, RandomState},
    mem,
    sync::{Mutex, PoisonError},
};

use warded_core::UnixTime;

use super::WINDOW_SECONDS;

/// Most keys that are counted at a time.
const MAX_KEYS: u64 = 10_000;
/// Of how many that are drawn the one that was used least makes room. Whoever has used up what there is stays counted but
/// where all of these are as busy.
const DRAWN: usize = 4;

/// Counts attempts per key.
#[derive(Debug)]
pub(super) struct Throttle<K> {
    limit: u32,
    counts: Mutex<Counts<K>>,
}

#[derive(Debug)]
struct Counts<K> {
    places: HashMap<K, usize>,
    rows: Vec<Row<K>>,
    /// Draws who makes room. Nobody else knows its key, so nobody can choose a key that pushes another out.
    lots: RandomState,
    drawn: u64,
}

#[derive(Debug)]
struct Row<K> {
    key: K,
    since: UnixTime,
    count: u32,
}

impl<K> Row<K> {
    fn is_over(&self, now: UnixTime) -> bool {
        now.since(self.since) >= i64::from(WINDOW_SECONDS) || now < self.since
    }
}

impl<K: Clone + Eq + Hash> Throttle<K> {
    pub(super) fn new(limit: u32) -> Self {
        let (places, rows, lots) = (HashMap::new(), Vec::new(), RandomState::new());
        Self { limit, counts: Mutex::new(Counts { places, rows, lots, drawn: 0 }) }
    }

    /// Counts an attempt; false where there were too many. It is counted before it is made, so that a thousand
    /// attempts at once are a thousand.
    pub(super) fn admit(&self, key: K, now: UnixTime) -> bool {
        self.admit_up_to(self.limit, key, now)
    }

    /// Counts an attempt of somebody who has another bound than others.
    pub(super) fn admit_up_to(&self, limit: u32, key: K, now: UnixTime) -> bool {
        self.count(key, now) <= limit
    }

    /// Counts an attempt, and says how many there are with it.
    pub(super) fn count(&self, key: K, now: UnixTime) -> u32 {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.row(key, now).map_or(0, |row| {
            if row.is_over(now) {
                (row.since, row.count) = (now, 0);
            }
            row.count = row.count.saturating_add(1);
            row.count
        })
    }

    /// How many there may be where nothing else is said.
    pub(super) fn limit(&self) -> u32 {
        self.limit
    }

    /// Takes an attempt back that turned out to be good.
    pub(super) fn forgive(&self, key: &K) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let place = counts.places.get(key).copied();
        if let Some(row) = place.and_then(|place| counts.rows.get_mut(place)) {
            row.count = row.count.saturating_sub(1);
        }
    }
}

impl<K: Clone + Eq + Hash> Counts<K> {
    fn row(&mut self, key: K, now: UnixTime) -> Option<&mut Row<K>> {
        let place = match self.places.get(&key) {
            Some(place) => *place,
            None => self.enter(key, now),
        };
        self.rows.get_mut(place)
    }

    fn enter(&mut self, key: K, now: UnixTime) -> usize {
        let new = Row { key: key.clone(), since: now, count: 0 };
        let place = if usize::try_from(MAX_KEYS).is_ok_and(|most| self.rows.len() < most) {
            self.rows.push(new);
            self.rows.len().saturating_sub(1)
        } else {
            let place = self.least_used(now);
            if let Some(row) = self.rows.get_mut(place) {
                let gone = mem::replace(row, new);
                self.places.remove(&gone.key);
            }
            place
        };
        self.places.insert(key, place);
        place
    }

    fn least_used(&mut self, now: UnixTime) -> usize {
        let drawn = [(); DRAWN].map(|()| {
            self.drawn = self.drawn.wrapping_add(1);
            usize::try_from(self.lots.hash_one(self.drawn) % MAX_KEYS).unwrap_or_default()
        });
        let used = |place: &usize| {
            self.rows.get(*place).map_or(0, |row| if row.is_over(now) { 0 } else { row.count })
        };
        drawn.into_iter().min_by_key(used).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> UnixTime {
        UnixTime::from_seconds(1_800_000_000 + seconds)
    }

    #[test]
    fn so_many_attempts_in_a_window_and_no_more() {
        let throttle = Throttle::new(2);
        assert!(throttle.admit("a", at(0)) && throttle.admit("a", at(1)));
        assert!(!throttle.admit("a", at(2)) && !throttle.admit("a", at(899)));
        assert!(throttle.admit("b", at(2)), "another key");
        assert!(throttle.admit("a", at(900)), "another window");
        throttle.forgive(&"a");
        assert!(throttle.admit("a", at(901)) && throttle.admit("a", at(902)));
        assert!(!throttle.admit("a", at(903)));
    }

    #[test]
    fn a_flood_of_keys_takes_nothing_from_whoever_comes_after_it() {
        let throttle = Throttle::new(2);
        for key in 0..3 * MAX_KEYS {
            assert!(throttle.admit(key, at(0)));
        }
        let mine = 3 * MAX_KEYS;
        for _ in 0..100 {
            assert!(throttle.admit(mine, at(1)));
            throttle.forgive(&mine);
        }
        assert!(throttle.admit(mine, at(1)) && throttle.admit(mine, at(1)));
        assert!(!throttle.admit(mine, at(1)), "and it is counted all the same");
        assert_eq!(throttle.counts.lock().unwrap().rows.len(), 10_000);
        assert_eq!(throttle.counts.lock().unwrap().places.len(), 10_000);
    }

    #[test]
    fn a_flood_of_keys_gives_nothing_back_to_whoever_has_used_up_theirs() {
        let throttle = Throttle::new(2);
        assert!((0..3).map(|_| throttle.admit(0, at(0))).eq([true, true, false]));
        for key in 1..3 * MAX_KEYS {
            assert!(throttle.admit(key, at(0)));
        }
        assert!(!throttle.admit(0, at(1)));
        assert!(throttle.admit(0, at(1000)), "until the window is over");
    }
}
