//! Which keys do issuers sign with? Fetched, kept fresh, and kept in an outage of up to a day.
//!
//! Anybody can send a token with a key name that does not exist. So a name that is not held costs one fetch for all
//! who ask, at most every half minute per issuer, and no fetch belongs to a request that can be hung up.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use tokio::time::timeout;
use warded_core::{Clock, Issuer, Keyring, WantedKey, jose::KeySet};

use crate::fetch::{Fetch, FetchFailed};

mod fetched;
mod ledger;
mod source;

use ledger::Lookup;
use source::Source;

/// How long a token waits for a key that is being fetched.
const PATIENCE: Duration = Duration::from_secs(5);

/// The keys of all issuers that this process trusts. Dropping it ends what it does in the background.
pub struct Keys {
    means: Arc<Means>,
    sources: HashMap<Box<str>, Source>,
}

/// The keys at hand, and what their absence means.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Ring {
    /// The keys.
    pub keyring: Arc<Keyring>,
    /// Whether the issuer has been asked since somebody first asked for this key. Where it has not (its last answer is less than
    /// half a minute old, or there is none), a key that is not held may exist all the same: a token that wants it
    /// is answered with 503, not with 401.
    pub certain: bool,
    /// Grows whenever keys change: what was judged under another generation is judged again.
    pub generation: u64,
}

/// Why an issuer's keys could not be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeysFailed {
    /// Its metadata could not be had.
    #[error(transparent)]
    Metadata(#[from] crate::discover::DiscoverFailed),
    /// Its metadata names no key set.
    #[error("the metadata of the issuer names no key set (`jwks_uri`)")]
    NoKeySet,
    /// Its key set could not be fetched.
    #[error("the issuer's key set: {0}")]
    Fetch(#[from] FetchFailed),
    /// Its key set is none.
    #[error(transparent)]
    Invalid(#[from] warded_core::jose::InvalidKeySet),
}

impl Keys {
    /// Will fetch the keys of these issuers, each from where its metadata says. Nothing is fetched yet.
    pub fn new(fetch: Fetch, clock: Arc<dyn Clock>, issuers: impl IntoIterator<Item = Issuer>) -> Arc<Self> {
        let means = Arc::new(Means { fetch, clock, rings: Rings::default() });
        let source = |issuer: Issuer| (issuer.as_str().into(), Source::new(issuer, means.clone()));
        let sources = issuers.into_iter().map(source).collect();
        Arc::new(Self { means, sources })
    }

    /// Holds the keys of an issuer that nobody needs to ask, since it is our own: one that was not given to
    /// [`new`](Self::new).
    pub fn hold(&self, issuer: &Issuer, keys: KeySet) {
        self.means.rings.hold(issuer, keys);
    }

    /// The keys at hand.
    pub fn ring(&self) -> Arc<Keyring> {
        self.means.rings.now().keyring
    }

    /// The generation of the keys at hand.
    pub fn generation(&self) -> u64 {
        self.means.rings.now().generation
    }

    /// The keys at hand, after one look for a key that is not among them, where a look is due.
    pub async fn ring_for(&self, wanted: &WantedKey) -> Ring {
        let held = self.means.rings.now();
        if held.keyring.holds(wanted) {
            return held.ring(true);
        }
        let Some(source) = self.sources.get(wanted.issuer.as_str()) else {
            // Whose keys are held without asking has no others.
            let certain = held.keyring.of(&wanted.issuer).is_some();
            return held.ring(certain);
        };
        let kid = wanted.kid.as_deref();
        match source.look_up(kid) {
            Lookup::Done => held.ring(true),
            Lookup::TooSoon => held.ring(false),
            Lookup::Running(number) => {
                // Whether it came or the patience ended: what is held now decides.
                drop(timeout(PATIENCE, source.ended(number)).await);
                let held = self.means.rings.now();
                let certain = held.keyring.holds(wanted) || source.has_looked_for(kid);
                held.ring(certain)
            }
        }
    }

    /// Fetches the keys of every issuer now and, from now on, before they grow old. Says which could not be had;
    /// they are asked again by and by.
    pub async fn warm(&self) -> Vec<(Issuer, KeysFailed)> {
        let outcomes = self.sources.values().map(Source::warm);
        futures_util::future::join_all(outcomes).await.into_iter().flatten().collect()
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("issuers", &self.sources.keys()).finish_non_exhaustive()
    }
}

/// What the sources of all issuers share.
struct Means {
    fetch: Fetch,
    clock: Arc<dyn Clock>,
    rings: Rings,
}

/// The one snapshot that everybody reads. Whoever reads holds the lock for as long as a pointer takes to copy.
#[derive(Default)]
struct Rings(RwLock<Held>);

#[derive(Clone, Default)]
struct Held {
    keyring: Arc<Keyring>,
    generation: u64,
}

impl Held {
    fn ring(self, certain: bool) -> Ring {
        Ring { keyring: self.keyring, certain, generation: self.generation }
    }
}

impl Rings {
    fn now(&self) -> Held {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn hold(&self, issuer: &Issuer, keys: KeySet) {
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        Arc::make_mut(&mut held.keyring).hold(issuer, keys);
        held.generation += 1;
    }

    fn forget(&self, issuer: &Issuer) {
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        Arc::make_mut(&mut held.keyring).forget(issuer);
        held.generation += 1;
    }
}
