//! Where are tokens for servers behind kept, and for how long? In one bounded memory for all servers, for as long as some
//! gateway has a use for them: a configuration that is read again leaves them to the next where nothing about them has
//! changed, and what nobody has a use for any more is gone at once.

use std::{
    collections::HashMap,
    fmt,
    hash::RandomState,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use quick_cache::{
    Weighter,
    sync::{Cache, DefaultLifecycle},
};
use warded_client::onward::Grantor;
use warded_core::UnixTime;

use super::{
    coin::{Coin, Whose},
    purse::{Grant, Purse},
    tally::Tally,
};
use crate::echo::Told;

/// About how much a token takes in the memory.
const USUAL: usize = 3 * 1024;

/// Tokens for servers behind, of all servers of a process.
///
/// There is a bound on what they take; what is forgotten is asked for again. A caller's is found by the digest of the
/// caller's own token, so it is of no use once that is refused.
pub struct Purses {
    coins: Cache<Key, Arc<Coin>, Weigh, RandomState, DefaultLifecycle<Key, Arc<Coin>>>,
    seats: AtomicU64,
    told: Mutex<Known>,
    by_server: Mutex<HashMap<Box<str>, OfServer>>,
}

/// What servers were shown, by their names and on whose behalf.
type Known = HashMap<(Box<str>, Whose), Weak<Told>>;

/// The purses of one server: that of the configuration that holds, and those of calls that were let in before it.
#[derive(Default)]
struct OfServer {
    purses: Vec<Weak<Purse>>,
    tally: Arc<Tally>,
}

/// Whose token, and by which purse it was got.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) seat: u64,
    pub(super) whose: Whose,
}

#[derive(Clone)]
struct Weigh;

impl Weighter<Key, Arc<Coin>> for Weigh {
    fn weight(&self, _: &Key, coin: &Arc<Coin>) -> u64 {
        coin.bytes() as u64 + size_of::<Key>() as u64
    }
}

impl Purses {
    /// How much memory tokens take at most unless somebody says otherwise, in bytes.
    pub const BYTES: usize = 64 * 1024 * 1024;

    /// Keeps tokens in at most so many bytes.
    pub fn of(bytes: usize) -> Arc<Self> {
        let coins =
            Cache::with(bytes / USUAL, bytes as u64, Weigh, RandomState::new(), DefaultLifecycle::default());
        let (told, by_server) = (Mutex::default(), Mutex::default());
        Arc::new(Self { coins, seats: AtomicU64::new(0), told, by_server })
    }

    /// The purse for such tokens: the one that is there, where it asks for the same. One that asks otherwise is another
    /// purse, which knows none of the tokens that are there: neither those of another secret nor those that other rules let
    /// pass.
    pub(super) fn purse(self: &Arc<Self>, grantor: Grantor, grant: Grant) -> Arc<Purse> {
        let mut by_server = self.by_server();
        // A configuration that comes to nothing leaves the one before it where it is.
        let of_server = by_server.entry(grantor.server().into()).or_default();
        of_server.purses.retain(|purse| purse.strong_count() > 0);
        let mut there = of_server.purses.iter().filter_map(Weak::upgrade);
        there.find(|purse| purse.is_for(&grantor, grant)).unwrap_or_else(|| {
            let seat = self.seats.fetch_add(1, Relaxed);
            let purse = Arc::new(Purse::new(self, seat, (grantor, grant), Arc::clone(&of_server.tally)));
            of_server.purses.push(Arc::downgrade(&purse));
            purse
        })
    }

    fn by_server(&self) -> MutexGuard<'_, HashMap<Box<str>, OfServer>> {
        self.by_server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was counted of each server whose tokens are got, by their names. What is gone is forgotten.
    pub fn tallies(&self) -> Vec<(Box<str>, Arc<Tally>)> {
        let mut by_server = self.by_server();
        by_server.retain(|_, of_server| of_server.purses.iter().any(|purse| purse.strong_count() > 0));
        let mut all: Vec<_> =
            by_server.iter().map(|(server, of)| (server.clone(), Arc::clone(&of.tally))).collect();
        drop(by_server);
        all.sort_by(|(one, _), (other, _)| one.cmp(other));
        all
    }

    /// What a server was shown for a caller, or for all: for as long as a token is kept or a stream lasts.
    pub(super) fn told(&self, server: &str, whose: Whose) -> Arc<Told> {
        let mut known = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() == known.capacity() {
            // Before it grows: those that nobody needs any more make room.
            known.retain(|_, told| told.strong_count() > 0);
            let room = known.len().max(64);
            known.reserve(room);
        }
        let kept = known.entry((server.into(), whose)).or_default();
        kept.upgrade().unwrap_or_else(|| {
            let told = Arc::default();
            *kept = Arc::downgrade(&told);
            told
        })
    }

    pub(super) fn coin(&self, key: &Key) -> Option<Arc<Coin>> {
        self.coins.get(key)
    }

    /// Keeps a token only as long as it can be used; says whether it is kept.
    pub(super) fn still_keeps(&self, key: &Key, now: UnixTime) -> bool {
        let is_good = self.coins.peek(key).is_some_and(|coin| coin.is_good(now));
        if !is_good {
            self.coins.remove(key);
        }
        is_good
    }

    pub(super) fn keep(&self, key: Key, coin: Arc<Coin>) {
        self.coins.insert(key, coin);
    }

    pub(super) fn let_go(&self, key: &Key) {
        self.coins.remove(key);
    }

    /// How many tokens are kept now.
    pub fn tokens(&self) -> usize {
        self.coins.len()
    }
}

impl fmt::Debug for Purses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Purses").field("tokens", &self.tokens()).finish_non_exhaustive()
    }
}
