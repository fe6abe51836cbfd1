//! Who is told of an attack while it happens? A receiver that the operator names, of the refusals that the operator names.
//!
//! No call waits for it: an alert is put into a queue with a bound, and what finds no room, or is one too many in its
//! minute, is told as a number. There is no token in an alert, only its fingerprint, by which the journal has it too.

mod alert;
mod minute;
mod receiver;
mod watching;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use arc_swap::ArcSwapOption;
use tokio::{
    sync::mpsc::{Receiver as Queue, Sender, channel},
    task::AbortHandle,
};
use warded_core::Clock;

use self::{alert::Alert, minute::Minute};
pub(super) use self::{
    receiver::{Receiver, receiver},
    watching::Alerting,
};

/// Alerts that wait at a time.
const WAITING: usize = 256;

/// Where alerts go. The receiver may change while it runs; what waits, and the bounds, stay.
pub(super) struct Alerts {
    receiver: Arc<ArcSwapOption<Receiver>>,
    queue: Sender<Alert>,
    told: Arc<Told>,
    clock: Arc<dyn Clock>,
    task: AbortHandle,
}

/// What became of alerts so far.
#[derive(Debug, Default)]
pub(super) struct Told {
    sent: AtomicU64,
    failed: AtomicU64,
    held_back: AtomicU64,
}

impl Told {
    pub(super) fn sent(&self) -> u64 {
        self.sent.load(Relaxed)
    }

    pub(super) fn failed(&self) -> u64 {
        self.failed.load(Relaxed)
    }

    pub(super) fn held_back(&self) -> u64 {
        self.held_back.load(Relaxed)
    }
}

impl Alerts {
    /// Begins; nobody is told before there is a receiver.
    pub(super) fn begin(clock: Arc<dyn Clock>) -> Arc<Self> {
        let (queue, waiting) = channel(WAITING);
        let (receiver, told) = (Arc::<ArcSwapOption<Receiver>>::default(), Arc::<Told>::default());
        let sending = send(waiting, Arc::clone(&receiver), Arc::clone(&told), Arc::clone(&clock));
        let task = tokio::spawn(sending).abort_handle();
        Arc::new(Self { receiver, queue, told, clock, task })
    }

    /// From here on they go there.
    pub(super) fn go_to(&self, receiver: Option<Arc<Receiver>>) {
        self.receiver.store(receiver);
    }

    /// What became of them.
    pub(super) fn told(&self) -> Arc<Told> {
        Arc::clone(&self.told)
    }

    fn is_anybody_told(&self) -> bool {
        self.receiver.load().is_some()
    }

    /// Tells of a refusal, where somebody wants to know.
    fn tell(&self, code: Option<&'static str>, alert: impl FnOnce(&'static str) -> Alert) {
        let Some(code) = code else { return };
        let is_wanted = self.receiver.load().as_ref().is_some_and(|receiver| receiver.wants(code));
        if is_wanted {
            let mut alert = alert(code);
            alert.time = Some(self.clock.now());
            // Nobody waits for room.
            if self.queue.try_send(alert).is_err() {
                self.told.held_back.fetch_add(1, Relaxed);
            }
        }
    }
}

impl Drop for Alerts {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for Alerts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alerts").field("told", &self.told).finish_non_exhaustive()
    }
}

/// One after the other, within the bounds of each minute.
async fn send(
    mut waiting: Queue<Alert>,
    receiver: Arc<ArcSwapOption<Receiver>>,
    told: Arc<Told>,
    clock: Arc<dyn Clock>,
) {
    let mut minute = Minute::begin(told.held_back());
    loop {
        let document = tokio::select! {
            alert = waiting.recv() => {
                let Some(alert) = alert else { return };
                let at_most = receiver.load().as_ref().map_or(0, |receiver| receiver.at_most());
                match minute.admits(alert, at_most) {
                    Ok(alert) => alert.document(),
                    Err(held_back) => {
                        told.held_back.fetch_add(u64::from(held_back), Relaxed);
                        continue;
                    }
                }
            }
            () = minute.over() => match minute.ends(told.held_back(), clock.now()) {
                Some(summary) => summary,
                None => continue,
            },
        };
        let Some(receiver) = receiver.load_full() else { continue };
        match receiver.takes(&document, &*clock).await {
            Ok(()) => {
                told.sent.fetch_add(1, Relaxed);
            }
            Err(why) => {
                told.failed.fetch_add(1, Relaxed);
                tracing::warn!(why, "an alert could not be delivered, and is given up");
            }
        }
    }
}
