//! Who fetches the keys of one issuer? One task, so that there is never more than one fetch, and no request that is
//! hung up takes a fetch with it that others wait for.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    sync::{Notify, watch},
    task::AbortHandle,
    time::{Instant, sleep_until},
};
use warded_core::{Issuer, UnixTime, jose::Key};

use super::{
    Condition, KeysFailed, Means,
    fetched::{self, Fresh},
    ledger::{Ledger, Lookup, Wish},
    rings::{Rings, is_same},
};

/// After a failure, the issuer is asked again so many seconds later, wanted or not.
pub(super) const AFTER_FAILURE_SECONDS: u32 = 30;
const AFTER_FAILURE: Duration = Duration::from_secs(AFTER_FAILURE_SECONDS as u64);

/// For how many seconds keys are used that could not be refreshed. Who keeps an issuer from answering keeps a key alive
/// that it has withdrawn, since a thief has it.
const MAX_AGE: u32 = 24 * 60 * 60;

/// The key set that was taken last.
#[derive(Default)]
struct Last {
    text: Bytes,
    /// When the issuer said it, as far as is known; in seconds since 1970.
    made_at: i64,
}

/// One issuer, and the task that asks it. The task starts with the first look and ends with this.
pub(super) struct Source {
    desk: Arc<Desk>,
    task: Mutex<Option<AbortHandle>>,
}

/// What the task and those who wait for it share.
struct Desk {
    issuer: Issuer,
    means: Arc<Means>,
    /// Where its keys are at hand.
    rings: Arc<Rings>,
    ledger: Mutex<Ledger>,
    /// When its keys were had last, in seconds since 1970; 0, where they never were.
    had_at: AtomicI64,
    /// Wakes the task where a fetch was begun.
    begun: Notify,
    /// The number of the last fetch that ended, and how it failed.
    ended: watch::Sender<(u64, Option<KeysFailed>)>,
}

impl Source {
    pub(super) fn new(issuer: Issuer, means: Arc<Means>, rings: Arc<Rings>) -> Self {
        let (ledger, begun) = (Mutex::default(), Notify::new());
        let (ended, _) = watch::channel((0, None));
        let had_at = AtomicI64::new(0);
        let desk = Arc::new(Desk { issuer, means, rings, ledger, had_at, begun, ended });
        Self { desk, task: Mutex::default() }
    }

    /// Whether its issuer was never asked.
    pub(super) fn is_new(&self) -> bool {
        self.desk.ended.borrow().0 == 0
    }

    /// How it goes.
    pub(super) fn condition(&self) -> Condition {
        let had_at = Some(self.desk.had_at.load(Relaxed)).filter(|at| *at != 0);
        Condition {
            issuer: self.desk.issuer.clone(),
            had_at: had_at.map(UnixTime::from_seconds),
            is_failing: self.desk.ended.borrow().1.is_some(),
            is_at_hand: self.desk.has_keys(),
        }
    }

    /// Begins to look for a key, where a look is due.
    pub(super) fn look_up(&self, wish: Wish<'_>) -> Lookup {
        let now = self.desk.means.clock.now();
        let lookup = self.desk.ledger().look_up(wish, now);
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
    pub(super) fn has_looked_for(&self, wish: Wish<'_>) -> bool {
        self.desk.ledger().has_looked_for(wish)
    }

    /// In how many seconds somebody who wants a key may cause a fetch.
    pub(super) fn next_look(&self, wish: Wish<'_>) -> u32 {
        let now = self.desk.means.clock.now();
        self.desk.ledger().next_look(wish, now)
    }

    /// Asks now; says how it failed.
    pub(super) async fn warm(&self) -> Option<(Issuer, KeysFailed)> {
        let now = self.desk.means.clock.now();
        let number = self.desk.ledger().begin(now);
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
        let (mut due, mut last) = (None, Last::default());
        loop {
            tokio::select! {
                () = self.begun.notified() => {}
                () = until(due) => {
                    let now = self.means.clock.now();
                    self.ledger().begin(now);
                }
            }
            if self.ledger().is_running() {
                let outcome = fetched::fetch(&self.means, &self.issuer).await;
                due = Some(Instant::now() + self.settle(outcome, &mut last));
            }
        }
    }

    /// Holds what came, or what was held before; says when the next fetch is due.
    fn settle(&self, outcome: Result<Fresh, KeysFailed>, last: &mut Last) -> Duration {
        let now = self.means.clock.now();
        let age = outcome.as_ref().map_or(0, |fresh| fresh.age);
        let outcome = outcome.and_then(|fresh| {
            let good_for = fresh.good_for;
            self.take(fresh, now, last).map(|()| good_for)
        });
        let (wait, failure) = match outcome {
            // Ahead of its end: what an issuer publishes for that long before it signs with it is here in time.
            Ok(good_for) => (good_for / 10 * 9, None),
            Err(failure) => {
                self.rings.let_go_stale(&self.issuer, now);
                (AFTER_FAILURE, Some(failure))
            }
        };
        if failure.is_none() {
            self.had_at.store(now.seconds(), Relaxed);
        }
        let mut ledger = self.ledger();
        let is_news = ledger.end(failure.is_none(), age);
        let number = ledger.ended();
        drop(ledger);
        if is_news {
            self.tell(failure.as_ref());
        }
        self.ended.send_replace((number, failure));
        wait
    }

    /// Puts a key set in place of the one before, unless it is the same, or an older one that lay in a cache.
    fn take(&self, fresh: Fresh, now: UnixTime, last: &mut Last) -> Result<(), KeysFailed> {
        let Fresh { keys, text, age, .. } = fresh;
        let began_at = self.ledger().began_at().unwrap_or(now);
        let made_at = began_at.seconds() - i64::from(age);
        let ring = self.rings.now().keyring;
        let before = ring.of(&self.issuer);
        if before.is_some_and(|before| is_same(before, &keys)) {
            // The same keys again are no new edition: what was judged with them stays judged.
            self.rings.keep(&self.issuer, now.plus(MAX_AGE));
            last.made_at = last.made_at.max(made_at);
            return Ok(());
        }
        // What the issuer said later stands. Without `Age` nothing is known of when it said this.
        if before.is_some() && age > 0 && made_at < last.made_at {
            return Ok(());
        }
        if last.text != text {
            for skipped in keys.skipped() {
                tracing::warn!(issuer = %self.issuer, "the issuer's {skipped}, so it is passed over");
            }
        }
        *last = Last { text, made_at };
        if keys.keys().is_empty() {
            // It has withdrawn all keys, or it is broken. Neither makes those of before good, nor its tokens bad.
            if self.rings.forget(&self.issuer, now) {
                tracing::error!(issuer = %self.issuer, "the issuer's key set has no usable key any more; those of before are forgotten, and its tokens are answered with 503");
            }
            return Err(KeysFailed::NoUsableKey);
        }
        if let Some(before) = before {
            let kids = before.keys().iter().filter_map(Key::kid);
            self.ledger().withdraw(kids.filter(|kid| !keys.knows(Some(kid))));
        }
        self.rings.hold(&self.issuer, keys, now.plus(MAX_AGE));
        Ok(())
    }

    fn has_keys(&self) -> bool {
        self.rings.now().keyring.of(&self.issuer).is_some()
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
