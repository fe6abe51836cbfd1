//! Which keys are at hand now, and does what was judged with them still stand? One snapshot that everybody reads.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicI64, AtomicU64, Ordering::SeqCst},
    },
};

use warded_core::{
    Issuer, Keyring, UnixTime,
    jose::{Algorithm, KeySet, Thumbprint},
};

use super::composed::Changes;

/// The keys of one issuer as they were when somebody used them. It ends when they change, or when nobody could
/// refresh them for a day; the keys of other issuers are no matter to it.
#[derive(Clone)]
pub struct Edition {
    latest: Arc<Latest>,
    number: u64,
}

impl Edition {
    /// Whether what was judged with these keys would be judged with the same keys now.
    pub fn is_current(&self, now: UnixTime) -> bool {
        // In this order, against that of the writer: a number that still is this one was not replaced when the date was
        // read, so the date is not that of other keys.
        self.latest.is_good(now) && self.latest.number.load(SeqCst) == self.number
    }

    fn none() -> Self {
        Self {
            latest: Arc::new(Latest { number: AtomicU64::new(0), good_until: AtomicI64::new(0) }),
            number: 0,
        }
    }
}

impl fmt::Debug for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Edition").field(&self.number).finish()
    }
}

/// What changes about the keys of one issuer. The number grows whenever keys come or go.
#[derive(Debug)]
struct Latest {
    number: AtomicU64,
    /// In seconds since 1970.
    good_until: AtomicI64,
}

impl Latest {
    fn is_good(&self, now: UnixTime) -> bool {
        now.seconds() < self.good_until.load(SeqCst)
    }
}

/// The keys of one issuer, for everybody who uses them. Whoever reads holds the lock for as long as two pointers take to copy.
pub(super) struct Rings {
    held: RwLock<Held>,
    changes: Changes,
}

/// The keys at one moment.
#[derive(Clone, Default)]
pub(super) struct Held {
    pub(super) keyring: Arc<Keyring>,
    editions: Arc<HashMap<Box<str>, Edition>>,
}

impl Held {
    /// The edition of an issuer's keys that this is.
    pub(super) fn edition(&self, issuer: &Issuer) -> Option<Edition> {
        self.editions.get(issuer.as_str()).cloned()
    }

    /// Whether keys of that issuer are here that are too old to be used.
    pub(super) fn is_stale(&self, issuer: &Issuer, now: UnixTime) -> bool {
        self.editions.get(issuer.as_str()).is_some_and(|edition| !edition.latest.is_good(now))
            && self.keyring.of(issuer).is_some()
    }

    fn change(&mut self, issuer: &Issuer, good_until: UnixTime, change: impl FnOnce(&mut Keyring)) {
        change(Arc::make_mut(&mut self.keyring));
        let editions = Arc::make_mut(&mut self.editions);
        let edition = editions.entry(issuer.as_str().into()).or_insert_with(Edition::none);
        edition.number += 1;
        // First: what was judged with the keys before is judged again, and their date is not that of the new ones.
        edition.latest.number.store(edition.number, SeqCst);
        edition.latest.good_until.store(good_until.seconds(), SeqCst);
    }
}

impl Rings {
    /// None yet. Whenever keys come or go, it is told.
    pub(super) fn telling(changes: Changes) -> Self {
        Self { held: RwLock::default(), changes }
    }

    pub(super) fn now(&self) -> Held {
        self.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts these keys in place of those that were held before.
    pub(super) fn hold(&self, issuer: &Issuer, keys: KeySet, good_until: UnixTime) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        held.change(issuer, good_until, |keyring| keyring.hold(issuer, keys));
        self.changes.one_more();
    }

    /// The same where they are others. The same keys again are no new edition: what was judged with them stays judged.
    pub(super) fn take(&self, issuer: &Issuer, keys: KeySet, good_until: UnixTime) {
        if self.now().keyring.of(issuer).is_some_and(|before| is_same(before, &keys)) {
            self.keep(issuer, good_until);
        } else {
            self.hold(issuer, keys, good_until);
        }
    }

    /// The issuer has said once more that these are its keys.
    pub(super) fn keep(&self, issuer: &Issuer, good_until: UnixTime) {
        if let Some(edition) = self.now().edition(issuer) {
            edition.latest.good_until.store(good_until.seconds(), SeqCst);
        }
    }

    /// Forgets the keys of an issuer; says whether there were any.
    pub(super) fn forget(&self, issuer: &Issuer, now: UnixTime) -> bool {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        let were_there = held.keyring.of(issuer).is_some();
        if were_there {
            held.change(issuer, now, |keyring| keyring.forget(issuer));
            self.changes.one_more();
        }
        were_there
    }

    /// Forgets the keys of an issuer that are too old to be used.
    pub(super) fn let_go_stale(&self, issuer: &Issuer, now: UnixTime) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        if held.is_stale(issuer, now) {
            held.change(issuer, now, |keyring| keyring.forget(issuer));
            self.changes.one_more();
            drop(held);
            tracing::warn!(%issuer, "the issuer's keys are a day old and used no more; its tokens are answered with 503");
        }
    }
}

/// Whether two sets are of the same keys under the same names, for the same algorithms: in which order, and what else
/// stands in the document, is no matter.
pub(super) fn is_same(one: &KeySet, other: &KeySet) -> bool {
    fn all(keys: &KeySet) -> HashSet<(Option<&str>, Thumbprint, Vec<Algorithm>)> {
        keys.keys().iter().map(|key| (key.kid(), key.thumbprint(), key.algorithms().collect())).collect()
    }
    all(one) == all(other)
}
