//! Does everything work that requests need? Looked at every few seconds, so that whoever asks costs nothing.

use std::{sync::Arc, time::Duration};

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
pub(super) struct Pulse(AbortHandle);

impl Drop for Pulse {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Pulse {
    /// Looks no more.
    pub(super) fn stop(&self) {
        self.0.abort();
    }

    /// Begins to look.
    pub(super) fn over(ground: Arc<Ground>, seen: Arc<ArcSwap<Seen>>) -> Self {
        let looking = tokio::spawn(async move {
            let mut looks = interval(BETWEEN_LOOKS);
            looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                looks.tick().await;
                look(&ground, &seen.load_full()).await;
            }
        });
        Self(looking.abort_handle())
    }
}

/// Says what is lacking, and tells the log where that is news.
async fn look(ground: &Ground, seen: &Seen) {
    let found = lacking(ground, seen).await;
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

async fn lacking(ground: &Ground, seen: &Seen) -> Vec<&'static str> {
    let mut lacking = Vec::new();
    let answer = timeout(PATIENCE, ground.store.user("")).await;
    if !matches!(answer, Ok(Ok(_))) {
        lacking.push("store");
    }
    if ground.journal.as_ref().is_some_and(|journal| journal.standing().failing) {
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
