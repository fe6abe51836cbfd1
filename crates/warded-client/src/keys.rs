//! Which keys do issuers sign with? Fetched, kept fresh, and kept in an outage of up to a day.
//!
//! Anybody can send a token with a key name that does not exist, or with a signature that no key made. So a name that is
//! not held costs one fetch for all who ask, at most every half minute per issuer; a signature that does not fit costs
//! another; and no fetch belongs to a request that can be hung up.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use tokio::time::timeout;
use warded_core::{Clock, Issuer, Keyring, UnixTime, VerifiedToken, WantedKey, jose::KeySet};

use crate::fetch::{Fetch, FetchFailed};

mod composed;
mod fetched;
mod ledger;
mod rings;
mod source;

use composed::{Changes, Composed};
use ledger::{Lookup, Wish};
pub use rings::Edition;
use rings::{Held, Rings};
use source::Source;

/// How long a token waits for a key that is being fetched.
const PATIENCE: Duration = Duration::from_secs(5);

/// The keys of all issuers that this process trusts. Dropping it ends what it does in the background.
pub struct Keys {
    means: Arc<Means>,
    /// Each issuer's by itself: one configuration may leave those of one issuer to the next, and those of another not.
    rings: RwLock<HashMap<Box<str>, Arc<Rings>>>,
    composed: Composed,
    sources: HashMap<Box<str>, Arc<Source>>,
}

/// The keys at hand, and what their absence means.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Ring {
    /// The keys.
    pub keyring: Arc<Keyring>,
    /// Whether the issuer has been asked since somebody first asked for this key. Where it has not (its last answer is
    /// less than half a minute old, or there is none), a key that is not held may exist all the same: a token that
    /// wants it is answered with 503, not with 401, and this is in how many seconds the issuer will be asked again.
    pub doubt: Option<u32>,
    /// What a verdict that is given with these keys stands on. None where the issuer's keys were never at hand.
    pub edition: Option<Edition>,
}

/// How it goes with the keys of one issuer that is asked for them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Condition {
    /// Whose keys.
    pub issuer: Issuer,
    /// When they were had last; none where they never were.
    pub had_at: Option<UnixTime>,
    /// Whether the last try failed.
    pub is_failing: bool,
    /// Whether there are keys that may be used.
    pub is_at_hand: bool,
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
    /// No key in it can verify a signature.
    #[error("the issuer's key set has no usable key")]
    NoUsableKey,
}

impl Keys {
    /// Will fetch the keys of these issuers, each from where its metadata says. Nothing is fetched yet.
    pub fn new(fetch: Fetch, clock: Arc<dyn Clock>, issuers: impl IntoIterator<Item = Issuer>) -> Arc<Self> {
        Self::will_ask(Means { fetch, clock, are_providers: false, changes: Changes::default() }, issuers)
    }

    /// The same of OpenID providers, which introduce themselves at OpenID's own place first.
    pub fn of_providers(
        fetch: Fetch,
        clock: Arc<dyn Clock>,
        issuers: impl IntoIterator<Item = Issuer>,
    ) -> Arc<Self> {
        Self::will_ask(Means { fetch, clock, are_providers: true, changes: Changes::default() }, issuers)
    }

    fn will_ask(means: Means, issuers: impl IntoIterator<Item = Issuer>) -> Arc<Self> {
        let means = Arc::new(means);
        let (rings, composed) = (RwLock::default(), Composed::default());
        Arc::new(Self { means, rings, composed, sources: HashMap::new() }.asking(issuers, |_| false))
    }

    /// Keys of these issuers for whoever comes next. What is at hand of those of which `stays` says so stays at hand,
    /// and they are asked on, by one task for both; of all others nothing is known here, however well they are known
    /// there, since their keys came a way that holds no more. Nothing changes for whoever holds these.
    pub fn of_others(
        &self,
        issuers: impl IntoIterator<Item = Issuer>,
        stays: impl Fn(&str) -> bool,
    ) -> Arc<Self> {
        Arc::new(self.asking(issuers, stays))
    }

    fn asking(&self, issuers: impl IntoIterator<Item = Issuer>, stays: impl Fn(&str) -> bool) -> Self {
        let shared = self.rings.read().unwrap_or_else(PoisonError::into_inner);
        let mut rings: HashMap<_, _> = shared
            .iter()
            .filter(|(name, _)| stays(name))
            .map(|(name, rings)| (name.clone(), Arc::clone(rings)))
            .collect();
        drop(shared);
        let mut source = |issuer: Issuer| {
            let name: Box<str> = issuer.as_str().into();
            let rings = Arc::clone(rings.entry(name.clone()).or_insert_with(|| self.means.rings()));
            let asked = self.sources.get(&name).filter(|_| stays(&name)).cloned();
            (name, asked.unwrap_or_else(|| Arc::new(Source::new(issuer, self.means.clone(), rings))))
        };
        let sources = issuers.into_iter().map(&mut source).collect();
        let (rings, composed) = (RwLock::new(rings), Composed::default());
        Self { means: self.means.clone(), rings, composed, sources }
    }

    /// The keys of one issuer, for whoever may outlive all others here. What is learned of it there is known here, and
    /// the other way round.
    pub(crate) fn alone(&self, issuer: &Issuer) -> Arc<Self> {
        let name: Box<str> = issuer.as_str().into();
        let source = self.sources.get(&name).map(|source| (name.clone(), Arc::clone(source)));
        let rings = RwLock::new(HashMap::from([(name, self.rings_of(issuer))]));
        let (means, sources) = (self.means.clone(), source.into_iter().collect());
        Arc::new(Self { means, rings, composed: Composed::default(), sources })
    }

    /// Whether others have the keys of an issuer from where these have them, or none of both has any.
    pub(crate) fn know_the_same_of(&self, issuer: &Issuer, others: &Self) -> bool {
        let (own, theirs) = (self.rings_of(issuer), others.rings_of(issuer));
        let have_none = |keys: &Self, rings: &Rings| {
            !keys.sources.contains_key(issuer.as_str()) && rings.now().keyring.of(issuer).is_none()
        };
        Arc::ptr_eq(&own, &theirs) || (have_none(self, &own) && have_none(others, &theirs))
    }

    /// Where the keys of an issuer are, or will be.
    fn rings_of(&self, issuer: &Issuer) -> Arc<Rings> {
        let mut rings = self.rings.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(rings.entry(issuer.as_str().into()).or_insert_with(|| self.means.rings()))
    }

    /// Holds the keys of an issuer that nobody needs to ask, since it is our own: one that was not given to
    /// [`new`](Self::new). The same keys again are no new edition.
    pub fn hold(&self, issuer: &Issuer, keys: KeySet) {
        self.rings_of(issuer).take(issuer, keys, NEVER);
    }

    /// The keys at hand.
    pub fn ring(&self) -> Arc<Keyring> {
        self.composed.ring(&self.means.changes, |all| {
            for rings in self.rings.read().unwrap_or_else(PoisonError::into_inner).values() {
                all.join(&rings.now().keyring);
            }
        })
    }

    /// The edition of an issuer's keys that is at hand.
    pub fn edition(&self, issuer: &Issuer) -> Option<Edition> {
        self.at_hand(issuer).edition(issuer)
    }

    /// Whether the key that signed a token is one of its issuer's keys at hand. Without keys nobody can say that it is.
    pub fn vouch_for(&self, token: &VerifiedToken) -> bool {
        let held = self.at_hand(token.issuer());
        held.keyring.of(token.issuer()).is_some_and(|keys| token.is_vouched_for_by(keys))
    }

    /// What is at hand of one issuer; nothing where it is not known here.
    fn at_hand(&self, issuer: &Issuer) -> Held {
        let rings = self.rings.read().unwrap_or_else(PoisonError::into_inner);
        rings.get(issuer.as_str()).map(|rings| rings.now()).unwrap_or_default()
    }

    /// How it goes with the issuers that are asked, for whoever looks after them.
    pub fn conditions(&self) -> Vec<Condition> {
        self.sources.values().map(|source| source.condition()).collect()
    }

    /// The keys at hand, after one look for a key that is not among them, where a look is due.
    pub async fn ring_for(&self, wanted: &WantedKey) -> Ring {
        let held = self.held(&wanted.issuer);
        if held.keyring.holds(wanted) {
            return ring(held, wanted, None);
        }
        let Some(source) = self.sources.get(wanted.issuer.as_str()) else {
            // Whose keys are held without asking has no others.
            let doubt = held.keyring.of(&wanted.issuer).is_none().then_some(source::AFTER_FAILURE_SECONDS);
            return ring(held, wanted, doubt);
        };
        let doubt = unsettled(source, Wish::Absent(wanted.kid.as_deref())).await;
        // Read after the ledger: between the look above and its answer a fetch may have ended that brought the key, and
        // whoever is told that it does not exist must not be somebody who has it.
        let held = self.held(&wanted.issuer);
        let is_here = held.keyring.holds(wanted);
        ring(held, wanted, doubt.filter(|_| !is_here))
    }

    /// Whether a token that none of the keys at hand signed may have been signed with one that is younger than they are,
    /// under the same name or without one: then in how many seconds it may be known. `judged` is the edition of the
    /// keys that it was judged with, since by now there may be others. Looks once where a look is due, and waits for it.
    pub async fn doubt(&self, wanted: &WantedKey, judged: Option<&Edition>) -> Option<u32> {
        let is_outdated = || judged.is_some_and(|judged| !judged.is_current(self.means.clock.now()));
        if is_outdated() {
            return Some(1);
        }
        let source = self.sources.get(wanted.issuer.as_str())?;
        let doubt = unsettled(source, Wish::Misfit(wanted.kid.as_deref())).await;
        // Asked last: what ended the doubt may have brought the key.
        if is_outdated() { Some(1) } else { doubt }
    }

    /// What is at hand, without the keys of this issuer where nobody could refresh them for a day. That is looked at
    /// here too, since a machine that slept for a week wakes up with a request and its timers late.
    fn held(&self, issuer: &Issuer) -> Held {
        let (held, now) = (self.at_hand(issuer), self.means.clock.now());
        if !held.is_stale(issuer, now) {
            return held;
        }
        let rings = self.rings.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(rings) = rings.get(issuer.as_str()) {
            rings.let_go_stale(issuer, now);
        }
        drop(rings);
        self.at_hand(issuer)
    }

    /// Fetches the keys of every issuer now and, from now on, before they grow old. Says which could not be had;
    /// they are asked again by and by.
    pub async fn warm(&self) -> Vec<(Issuer, KeysFailed)> {
        let outcomes = self.sources.values().map(|source| source.warm());
        futures_util::future::join_all(outcomes).await.into_iter().flatten().collect()
    }

    /// Like [`warm`](Self::warm), for the issuers that were never asked. What is at hand of one that was trusted before
    /// may be withdrawn by now.
    pub async fn complete(&self) -> Vec<(Issuer, KeysFailed)> {
        let outcomes = self.sources.values().filter(|source| source.is_new()).map(|source| source.warm());
        futures_util::future::join_all(outcomes).await.into_iter().flatten().collect()
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("issuers", &self.sources.keys()).finish_non_exhaustive()
    }
}

/// Asks the issuer where that is due; then in how many seconds more may be known, unless its answer settles the wish.
async fn unsettled(source: &Source, wish: Wish<'_>) -> Option<u32> {
    match source.look_up(wish) {
        Lookup::Done => None,
        Lookup::TooSoon(seconds) => Some(seconds),
        Lookup::Running(number) => {
            // Whether it came or the patience ended: what is known now decides.
            drop(timeout(PATIENCE, source.ended(number)).await);
            (!source.has_looked_for(wish)).then(|| source.next_look(wish))
        }
    }
}

/// What the sources of all issuers share.
struct Means {
    fetch: Fetch,
    clock: Arc<dyn Clock>,
    /// Whether they are OpenID providers.
    are_providers: bool,
    changes: Changes,
}

impl Means {
    /// A place for the keys of one more issuer.
    fn rings(&self) -> Arc<Rings> {
        Arc::new(Rings::telling(self.changes.clone()))
    }
}

/// The keys of our own issuer are refreshed by nobody.
const NEVER: UnixTime = UnixTime::from_seconds(i64::MAX);

fn ring(held: Held, wanted: &WantedKey, doubt: Option<u32>) -> Ring {
    Ring { edition: held.edition(&wanted.issuer), keyring: held.keyring, doubt }
}
