//! Who waits before the issuer is asked again, how long, and how often was that in a row? Bounded: a flood of callers
//! fills no memory.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
};

use warded_core::{Fault, UnixTime};

/// How many are remembered.
pub(super) const MOST: usize = 4096;

/// A pause of each.
pub(super) struct Pauses<K> {
    kept: HashMap<K, Pause>,
    /// The oldest first.
    order: VecDeque<K>,
}

struct Pause {
    times: u32,
    fault: Fault,
    since: UnixTime,
    until: UnixTime,
}

impl<K> Default for Pauses<K> {
    fn default() -> Self {
        Self { kept: HashMap::new(), order: VecDeque::new() }
    }
}

impl<K: Clone + Eq + Hash> Pauses<K> {
    /// Why and for how many seconds it still has to wait.
    pub(super) fn left(&self, key: &K, now: UnixTime) -> Option<(Fault, u32)> {
        let pause = self.kept.get(key)?;
        left(pause.until, now, pause.until.since(pause.since)).map(|seconds| (pause.fault, seconds))
    }

    /// How often in a row it had to wait.
    pub(super) fn times(&self, key: &K) -> u32 {
        self.kept.get(key).map_or(0, |pause| pause.times)
    }

    /// It waits from now on until then.
    pub(super) fn enter(&mut self, key: K, fault: Fault, since: UnixTime, until: UnixTime) {
        let times = self.times(&key).saturating_add(1).min(16);
        if self.kept.insert(key.clone(), Pause { times, fault, since, until }).is_none() {
            self.order.push_back(key);
        }
        if self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.kept.remove(&oldest);
        }
    }

    /// It waits no more.
    pub(super) fn forget(&mut self, key: &K) {
        if self.kept.remove(key).is_some() {
            self.order.retain(|kept| kept != key);
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        assert_eq!(self.kept.len(), self.order.len());
        self.order.len()
    }
}

/// How many seconds are left. A clock that was set back makes nobody wait for hours.
pub(super) fn left(until: UnixTime, now: UnixTime, most: i64) -> Option<u32> {
    let seconds = until.since(now);
    (1..=most).contains(&seconds).then(|| u32::try_from(seconds).unwrap_or(1))
}
