//! One list: is what is held still good, and is it time to fetch it again?

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use warded_core::{IssuerSpec, UnixTime, status::StatusList};

use super::{Bytes, Means, StatusFailed, fetched};

/// How many seconds pass between two fetches of one list.
const BETWEEN_FETCHES: i64 = 30;
/// For how many seconds a list is kept that does not say, and for how many at most: a revocation is seen after that.
const USUAL_AGE: i64 = 60;
const GREATEST_AGE: i64 = 300;

/// One list, and who waits for it.
pub(super) struct Listing {
    uri: Box<str>,
    held: Mutex<Held>,
    /// What all lists of its issuer take.
    bytes: Arc<Bytes>,
    /// How the last fetch ended; none while one runs that others wait for.
    ended: watch::Sender<Option<Result<Arc<StatusList>, StatusFailed>>>,
}

#[derive(Default)]
struct Held {
    list: Option<Arc<StatusList>>,
    /// When the fetch began that brought it.
    as_of: Option<UnixTime>,
    /// When the last fetch began.
    began: Option<UnixTime>,
    runs: bool,
    /// Whether the last fetch came sooner after the one before than most do.
    was_early: bool,
    /// Whether the last fetch brought nothing.
    failed: bool,
}

/// What is known of a list now.
#[derive(Debug)]
pub(super) enum Look {
    /// It is good.
    Good(Arc<StatusList>),
    /// It is good, and should be fetched again before it is not.
    GoodAndAging(Arc<StatusList>),
    /// It must be waited for.
    Wait,
    /// It could not be had a moment ago.
    NotYet,
}

impl Held {
    /// For how many seconds what is held is good, by its issuer's word within our bounds.
    fn age(list: &StatusList) -> i64 {
        let asked = list.time_to_live().map(|ttl| i64::try_from(ttl).unwrap_or(GREATEST_AGE));
        asked.unwrap_or(USUAL_AGE).clamp(BETWEEN_FETCHES, GREATEST_AGE)
    }

    fn is_recent(&self, now: UnixTime) -> bool {
        let seconds = self.began.map(|at| now.since(at));
        seconds.is_some_and(|seconds| (0..BETWEEN_FETCHES).contains(&seconds))
    }

    /// A list that was fetched just before its end has a successor, which is worth one fetch more.
    fn may_be_early(&self, now: UnixTime) -> bool {
        let has_ended = self.list.as_ref().and_then(|list| list.expires()).is_some_and(|end| now >= end);
        has_ended && !self.was_early && !self.failed
    }

    /// How many bytes are held.
    fn size(&self) -> usize {
        self.list.as_ref().map_or(0, |list| list.size())
    }

    /// Takes a list that is not older than what is held, where there is room for it.
    fn take(&mut self, list: &Arc<StatusList>, began: UnixTime, bytes: &Bytes) -> Result<(), StatusFailed> {
        // Whoever sits in between could show what was true before a revocation.
        if self.list.as_ref().is_some_and(|held| list.published() < held.published()) {
            return Err(StatusFailed::Older);
        }
        bytes.swap(self.size(), list.size())?;
        self.list = Some(Arc::clone(list));
        self.as_of = Some(began);
        Ok(())
    }

    fn look(&self, now: UnixTime) -> Look {
        // A clock that was set back makes nothing good for hours.
        let since = |at: UnixTime| Some(now.since(at)).filter(|seconds| *seconds >= 0);
        let is_recent = self.is_recent(now) && !self.may_be_early(now);
        if let (Some(list), Some(age)) = (&self.list, self.as_of.and_then(since))
            && age < Self::age(list)
            && list.expires().is_none_or(|end| now < end)
        {
            let is_aging = age >= Self::age(list) / 2 && !is_recent && !self.runs;
            let list = Arc::clone(list);
            return if is_aging { Look::GoodAndAging(list) } else { Look::Good(list) };
        }
        if is_recent && !self.runs { Look::NotYet } else { Look::Wait }
    }
}

impl Listing {
    pub(super) fn new(uri: &str, bytes: Arc<Bytes>) -> Self {
        Self { uri: uri.into(), held: Mutex::default(), bytes, ended: watch::channel(None).0 }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn look(&self, now: UnixTime) -> Look {
        self.held().look(now)
    }

    /// Begins a fetch, unless one runs. It belongs to no request that can be hung up.
    pub(super) fn begin(self: &Arc<Self>, means: &Arc<Means>, issuer: &IssuerSpec) {
        let now = means.clock.now();
        let mut held = self.held();
        // Somebody else may have begun one, and it may even have ended, since this was found to be due.
        if held.runs || matches!(held.look(now), Look::Good(_) | Look::NotYet) {
            return;
        }
        held.runs = true;
        held.was_early = held.is_recent(now);
        held.began = Some(now);
        self.ended.send_replace(None);
        drop(held);
        let running = Running { listing: Arc::clone(self) };
        let (means, issuer) = (Arc::clone(means), issuer.clone());
        tokio::spawn(async move {
            let outcome = fetched::fetch(&means, &issuer, &running.listing.uri).await.map(Arc::new);
            running.ends(outcome, now, &issuer);
        });
    }

    /// Waits until the running fetch has ended.
    pub(super) async fn ended(&self) -> Result<Arc<StatusList>, StatusFailed> {
        let mut ended = self.ended.subscribe();
        let outcome = ended.wait_for(Option::is_some).await;
        outcome.ok().and_then(|outcome| outcome.clone()).unwrap_or(Err(StatusFailed::NotAtHand))
    }

    /// Whether nothing here is of use to anybody.
    pub(super) fn is_idle(&self, now: UnixTime) -> bool {
        let held = self.held();
        !held.runs && matches!(held.look(now), Look::Wait)
    }
}

impl Drop for Listing {
    fn drop(&mut self) {
        let size = self.held().size();
        // Less always has room.
        let _done = self.bytes.swap(size, 0);
    }
}

/// A fetch that runs. However it ends, also with its runtime, those who wait are told.
struct Running {
    listing: Arc<Listing>,
}

impl Running {
    fn ends(self, outcome: Result<Arc<StatusList>, StatusFailed>, began: UnixTime, issuer: &IssuerSpec) {
        let mut held = self.listing.held();
        let outcome = outcome.and_then(|list| held.take(&list, began, &self.listing.bytes).map(|()| list));
        // What is held stays good until it is too old.
        if let Err(failure) = &outcome {
            let issuer = &issuer.url;
            tracing::warn!(%issuer, %failure, "a status list cannot be had");
        }
        held.failed = outcome.is_err();
        held.runs = false;
        drop(held);
        self.listing.ended.send_replace(Some(outcome));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut held = self.listing.held();
        let was_cut_off = std::mem::take(&mut held.runs);
        if was_cut_off {
            held.failed = true;
            drop(held);
            self.listing.ended.send_replace(Some(Err(StatusFailed::NotAtHand)));
        }
    }
}
