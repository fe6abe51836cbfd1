//! Does everything work that requests need? Looked at every few seconds, so that whoever asks costs nothing.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwap;
use tokio::{
    task::AbortHandle,
    time::{MissedTickBehavior, interval, timeout},
};

use warded_client::keys::Condition;

use super::{ground::Ground, metrics::Seen};

const BETWEEN_LOOKS: Duration = Duration::from_secs(2);
/// A store that takes longer than this is not there.
const PATIENCE: Duration = Duration::from_secs(2);

/// Looks for as long as it is held.
pub(super) struct Pulse {
    looking: AbortHandle,
    is_over: Arc<Mutex<bool>>,
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.looking.abort();
    }
}

impl Pulse {
    /// Looks no more.
    pub(super) fn stop(&self) {
        // A look that has begun must not say afterwards what it found.
        *self.is_over.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.looking.abort();
    }

    /// Begins to look.
    pub(super) fn over(ground: Arc<Ground>, seen: Arc<ArcSwap<Seen>>, needs_journal: bool) -> Self {
        let is_over = Arc::<Mutex<bool>>::default();
        let over = Arc::clone(&is_over);
        let looking = tokio::spawn(async move {
            let mut looks = interval(BETWEEN_LOOKS);
            looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                looks.tick().await;
                let found = lacking(&ground, &seen.load_full(), needs_journal).await;
                let over = over.lock().unwrap_or_else(PoisonError::into_inner);
                if !*over {
                    say(&ground, found);
                }
            }
        });
        Self { looking: looking.abort_handle(), is_over }
    }
}

/// Says what is lacking, and tells the log where that is news.
fn say(ground: &Ground, found: Vec<&'static str>) {
    let before = ground.health.lacking();
    if *before != found {
        if found.is_empty() {
            tracing::info!("ready again: requests can be taken");
        } else {
            tracing::warn!(lacking = found.join(", "), "not ready: requests should go elsewhere");
        }
    }
    ground.health.found(found);
}

async fn lacking(ground: &Ground, seen: &Seen, needs_journal: bool) -> Vec<&'static str> {
    let mut lacking = Vec::new();
    // A store that can be read and not written spends no code and marks no proof.
    let answer = timeout(PATIENCE, ground.store.takes_writes()).await;
    if !matches!(answer, Ok(Ok(()))) {
        lacking.push("store");
    }
    if needs_journal && ground.journal.as_ref().is_some_and(|journal| journal.standing().failing) {
        lacking.push("journal");
    }
    if seen.asks_only && has_no_keys(&seen.keys.conditions()) {
        lacking.push("keys");
    }
    lacking
}

/// One issuer's outage is no reason to send the others' callers away; that of all is.
fn has_no_keys(conditions: &[Condition]) -> bool {
    !conditions.is_empty() && conditions.iter().all(|condition| !condition.is_at_hand)
}
