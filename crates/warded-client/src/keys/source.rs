//! Who fetches the keys of one issuer? One task, so that there is never more than one fetch, and no request that is
//! hung up takes a fetch with it that others wait for.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    sync::{Notify, watch},
    task::AbortHandle,
    time::{Instant, sleep_until},
};
use warded_core::{
    Issuer, UnixTime,
    jose::{Key, KeySet},
};

use super::{
    KeysFailed, Means,
    fetched::{self, Fresh},
    ledger::{Ledger, Lookup},
};

/// After a failure, the issuer is asked again so many seconds later, wanted or not.
pub(super) const AFTER_FAILURE_SECONDS: u32 = 30;
const AFTER_FAILURE: Duration = Duration::from_secs(AFTER_FAILURE_SECONDS as u64);

/// For how many seconds keys are used that could not be refreshed. Who keeps an issuer from answering keeps a key alive
/// that it has withdrawn, since a thief has it.
const MAX_AGE: u32 = 24 * 60 * 60;

/// One issuer, and the task that asks it. The task starts with the first look and ends with this.
pub(super) struct Source {
    desk: Arc<Desk>,
    task: Mutex<Option<AbortHandle>>,
}

/// What the task and those who wait for it share.
struct Desk {
    issuer: Issuer,
    means: Arc<Means>,
    ledger: Mutex<Ledger>,
    /// Wakes the task where a fetch was begun.
    begun: Notify,
    /// The number of the last fetch that ended, and how it failed.
    ended: watch::Sender<(u64, Option<KeysFailed>)>,
}

impl Source {
    pub(super) fn new(issuer: Issuer, means: Arc<Means>) -> Self {
        let (ledger, begun) = (Mutex::default(), Notify::new());
        let (ended, _) = watch::channel((0, None));
        let desk = Arc::new(Desk { issuer, means, ledger, begun, ended });
        Self { desk, task: Mutex::default() }
    }

    /// Begins to look for a key that is not held, where a look is due.
    pub(super) fn look_up(&self, kid: Option<&str>) -> Lookup {
        let lookup = self.desk.ledger().look_up(kid, self.desk.means.clock.now());
        if matches!(lookup, Lookup::Running(_)) {
            self.start();
        }
        lookup
    }

    /// Waits until the fetch of this number has ended; says how it failed.
    pub(super) async fn ended(&self, number: u64) -> Option<KeysFailed> {
        let mut ended = self.desk.ended.subscribe();
        let outcome = ended.wait_for(|(last, _)| *last >= number).await;
        outcome.ok().and_then(|outcome| outcome.1.clone())
    }

    /// Whether the issuer has been asked for a key since it was first wanted.
    pub(super) fn has_looked_for(&self, kid: Option<&str>) -> bool {
        self.desk.ledger().has_looked_for(kid)
    }

    /// In how many seconds somebody who wants a key may cause a fetch.
    pub(super) fn next_look(&self) -> u32 {
        self.desk.ledger().next_look(self.desk.means.clock.now())
    }

    /// Asks now; says how it failed.
    pub(super) async fn warm(&self) -> Option<(Issuer, KeysFailed)> {
        let number = self.desk.ledger().begin(self.desk.means.clock.now());
        self.start();
        let failure = self.ended(number).await;
        failure.map(|failure| (self.desk.issuer.clone(), failure))
    }

    /// Sees to it that the task runs and knows that a fetch was begun.
    fn start(&self) {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        // A task ends with its runtime; whoever asks now is in another one.
        if task.as_ref().is_none_or(AbortHandle::is_finished) {
            *task = Some(tokio::spawn(self.desk.clone().attend()).abort_handle());
        }
        self.desk.begun.notify_one();
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        let task = self.task.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(task) = task {
            task.abort();
        }
    }
}

impl Desk {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn attend(self: Arc<Self>) {
        // Nothing is due before somebody asks.
        let (mut due, mut last) = (None, Bytes::new());
        loop {
            tokio::select! {
                () = self.begun.notified() => {}
                () = until(due) => {
                    self.ledger().begin(self.means.clock.now());
                }
            }
            if self.ledger().is_running() {
                let outcome = fetched::fetch(&self.means.fetch, &self.issuer).await;
                due = Some(Instant::now() + self.settle(outcome, &mut last));
            }
        }
    }

    /// Holds what came, or what was held before; says when the next fetch is due.
    fn settle(&self, outcome: Result<Fresh, KeysFailed>, last: &mut Bytes) -> Duration {
        let now = self.means.clock.now();
        let (wait, failure) = match outcome {
            Ok(Fresh { keys, text, good_for }) => {
                // The same text again is no new edition: what was judged with it stays judged.
                if *last == text && self.has_keys() {
                    self.means.rings.keep(&self.issuer, now.plus(MAX_AGE));
                } else {
                    self.hold(keys, now);
                    *last = text;
                }
                // Ahead of its end: what an issuer publishes for that long before it signs with it is here in time.
                (good_for / 10 * 9, None)
            }
            Err(failure) => {
                self.means.forget_stale(&self.issuer, now);
                (AFTER_FAILURE, Some(failure))
            }
        };
        let mut ledger = self.ledger();
        let is_news = ledger.end(failure.is_none());
        let number = ledger.ended();
        drop(ledger);
        if is_news {
            self.tell(failure.as_ref());
        }
        self.ended.send_replace((number, failure));
        wait
    }

    fn has_keys(&self) -> bool {
        self.means.rings.now().keyring.of(&self.issuer).is_some()
    }

    fn hold(&self, keys: KeySet, now: UnixTime) {
        if let Some(before) = self.means.rings.now().keyring.of(&self.issuer) {
            self.ledger().held(before.keys().iter().map(Key::kid));
        }
        for skipped in keys.skipped() {
            tracing::warn!(issuer = %self.issuer, "the issuer's {skipped}, so it is passed over");
        }
        self.means.rings.hold(&self.issuer, keys, now.plus(MAX_AGE));
    }

    /// An outage is told once when it begins and once when it ends, not at every try.
    fn tell(&self, failure: Option<&KeysFailed>) {
        let issuer = &self.issuer;
        let Some(failure) = failure else {
            tracing::info!(%issuer, "the issuer's keys are at hand");
            return;
        };
        if self.has_keys() {
            tracing::warn!(%issuer, %failure, "the issuer's keys cannot be refreshed; those at hand stay in use for a day");
        } else {
            tracing::warn!(%issuer, %failure, "the issuer's keys cannot be had; its tokens are answered with 503");
        }
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}
