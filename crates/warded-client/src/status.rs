//! What do issuers' status lists say? Fetched once for everybody, and kept for as long as their issuers let us, within
//! bounds (IETF OAuth Token Status List).
//!
//! A revocation is seen when the list is fetched again: after its `ttl`, at the earliest after half a minute and at the
//! latest after five. A list that is not to be had is our fault: what was revoked meanwhile would be let in.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::time::timeout;
use warded_core::{
    Clock, InvalidResourceUri, IssuerRules, IssuerSpec, Refusal,
    status::{InvalidStatusList, MAX_STATUS_BYTES, MAX_STATUS_LIST_BYTES, StatusReference, StatusValid},
};

use crate::{
    fetch::{Fetch, FetchFailed},
    keys::Keys,
};

mod fetched;
mod listing;

pub use fetched::look_up;
use listing::{Listing, Look};

/// Most places that one issuer's tokens may name, and most bytes of all its lists.
const MAX_LISTS: usize = 1024;
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// How long a token waits for a list that is being fetched.
const PATIENCE: Duration = Duration::from_secs(5);

/// The status lists of all issuers that this process trusts.
pub struct Statuses {
    means: Arc<Means>,
    lists: Mutex<ByIssuer>,
}

/// The lists of one issuer, each verified by the same rules. What passed by others is not among them: an algorithm that
/// is believed no more may have signed it.
struct OfIssuer {
    rules: IssuerRules,
    by_place: Mutex<HashMap<Box<str>, Arc<Listing>>>,
    /// What they take together.
    bytes: Arc<Bytes>,
}
type ByIssuer = HashMap<Box<str>, Vec<Arc<OfIssuer>>>;

impl OfIssuer {
    /// Those that were verified by the rules that hold for the issuer; none yet, where none were.
    fn among(lists: &mut ByIssuer, issuer: &IssuerSpec) -> Arc<Self> {
        let known = lists.entry(issuer.url.as_str().into()).or_default();
        let same = known.iter().find(|known| known.rules == issuer.rules).cloned();
        same.unwrap_or_else(|| {
            let rules = issuer.rules.clone();
            let new = Arc::new(Self { rules, by_place: Mutex::default(), bytes: Arc::default() });
            known.push(Arc::clone(&new));
            new
        })
    }
}

/// How many bytes the lists of one issuer take.
#[derive(Default)]
struct Bytes(AtomicUsize);

impl Bytes {
    /// Takes `new` in the place of `old`, where there is room.
    fn swap(&self, old: usize, new: usize) -> Result<(), StatusFailed> {
        let swapped =
            |bytes: usize| Some(bytes.saturating_sub(old) + new).filter(|bytes| *bytes <= MAX_BYTES);
        let outcome = self.0.fetch_update(Relaxed, Relaxed, swapped);
        outcome.map(|_before| ()).map_err(|_full| StatusFailed::TooMany)
    }

    fn have_room(&self) -> bool {
        self.0.load(Relaxed) + MAX_STATUS_BYTES <= MAX_BYTES
    }
}

/// What all lists share.
struct Means {
    fetch: Fetch,
    clock: Arc<dyn Clock>,
    keys: Arc<Keys>,
}

/// What a status list says of a token, or why nobody can tell.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StatusFailed {
    /// The token does not hold.
    #[error(transparent)]
    Refused(Refusal),
    /// Its place leads nowhere.
    #[error(transparent)]
    Place(#[from] InvalidResourceUri),
    /// Its list could not be fetched.
    #[error("the status list: {0}")]
    Fetch(#[from] FetchFailed),
    /// What was fetched does not call itself a status list.
    #[error("what is at the status list's place does not call itself `application/statuslist+jwt`")]
    ContentType,
    /// What was fetched is not that list.
    #[error(transparent)]
    Invalid(#[from] InvalidStatusList),
    /// What was fetched is older than what is held: somebody shows a list from before a revocation.
    #[error("the status list was published before the one that is held")]
    Older,
    /// The keys of its issuer are not at hand.
    #[error("the keys of the status list's issuer are not at hand")]
    KeysMissing,
    /// It was fetched less than half a minute ago, in vain; or it takes too long now.
    #[error("the status list could not be had a moment ago, and is not fetched again yet")]
    NotAtHand,
    /// The issuer names more lists than are kept.
    #[error("the issuer's tokens name more status lists, or larger ones, than are kept")]
    TooMany,
}

impl Statuses {
    /// Will fetch lists as tokens name them, and verify them with these keys.
    pub fn new(fetch: Fetch, clock: Arc<dyn Clock>, keys: Arc<Keys>) -> Arc<Self> {
        let fetch = fetch.with_body_limit(MAX_STATUS_LIST_BYTES);
        Arc::new(Self { means: Arc::new(Means { fetch, clock, keys }), lists: Mutex::default() })
    }

    /// The lists of these issuers, and later those of others, for whoever comes next: verified with its keys. Those of an
    /// issuer stay whose rules are what they were. A list from before a revocation is no younger there than here.
    pub fn of_others<'i>(
        &self,
        fetch: Fetch,
        keys: Arc<Keys>,
        stay: impl IntoIterator<Item = &'i IssuerSpec>,
    ) -> Arc<Self> {
        let fetch = fetch.with_body_limit(MAX_STATUS_LIST_BYTES);
        let means = Means { fetch, clock: Arc::clone(&self.means.clock), keys };
        let mut lists = self.lists();
        // Made where there are none yet: what is learned here in the meantime is known there. Whoever is still served by the
        // rules of before goes on with what they brought.
        let kept = stay
            .into_iter()
            .map(|issuer| (issuer.url.as_str().into(), vec![OfIssuer::among(&mut lists, issuer)]));
        let kept = Mutex::new(kept.collect());
        drop(lists);
        Arc::new(Self { means: Arc::new(means), lists: kept })
    }

    /// What the issuer of a verified token says of it now. The place comes out of the token, so it must be verified:
    /// nobody else may send us anywhere.
    pub async fn settle(
        &self,
        issuer: &IssuerSpec,
        reference: &StatusReference,
    ) -> Result<StatusValid, StatusFailed> {
        let listing = self.listing(issuer, reference.uri())?;
        let list = match listing.look(self.means.clock.now()) {
            Look::Good(list) => list,
            Look::GoodAndAging(list) => {
                listing.begin(&self.means, issuer);
                list
            }
            Look::NotYet => return Err(StatusFailed::NotAtHand),
            Look::Wait => {
                listing.begin(&self.means, issuer);
                let ended = timeout(PATIENCE, listing.ended()).await;
                ended.map_err(|_| StatusFailed::NotAtHand)??
            }
        };
        let index = reference.index();
        let status = list.at(index).ok_or(StatusFailed::Refused(Refusal::StatusOutOfRange { index }))?;
        status.settle().map_err(StatusFailed::Refused)
    }

    fn lists(&self) -> MutexGuard<'_, ByIssuer> {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The one place for that list, made where there is room for one more of its issuer.
    fn listing(&self, issuer: &IssuerSpec, uri: &str) -> Result<Arc<Listing>, StatusFailed> {
        let of_issuer = OfIssuer::among(&mut self.lists(), issuer);
        let OfIssuer { by_place, bytes, .. } = &*of_issuer;
        let mut by_place = by_place.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(listing) = by_place.get(uri) {
            return Ok(Arc::clone(listing));
        }
        let now = self.means.clock.now();
        if by_place.len() >= MAX_LISTS || !bytes.have_room() {
            by_place.retain(|_, listing| !listing.is_idle(now));
        }
        if by_place.len() >= MAX_LISTS {
            return Err(StatusFailed::TooMany);
        }
        let listing = Arc::new(Listing::new(uri, Arc::clone(bytes)));
        by_place.insert(uri.into(), Arc::clone(&listing));
        Ok(listing)
    }
}

impl fmt::Debug for Statuses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statuses").field("issuers", &self.lists().len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_of_one_issuer_take_so_many_bytes_however_many_are_fetched_at_once() {
        let bytes = Bytes::default();
        let stored = (0..1024).filter(|_| bytes.swap(0, MAX_STATUS_BYTES).is_ok()).count();
        assert_eq!(stored * MAX_STATUS_BYTES, MAX_BYTES);
        assert_eq!(bytes.swap(10, 11), Err(StatusFailed::TooMany), "nor do they grow");
        assert!(!bytes.have_room());
        assert_eq!(bytes.swap(MAX_STATUS_BYTES, 0), Ok(()));
        assert!(bytes.have_room() && bytes.swap(0, MAX_STATUS_BYTES).is_ok());
    }
}
