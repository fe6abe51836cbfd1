//! What was taken back by somebody else? Our own issuers tell their guards at once; other processes (`warded user`) and
//! other nodes leave it in the store.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use anyhow::Context as _;
use tokio::task::AbortHandle;
use warded_core::Clock;
use warded_store::{Revocations, Store};

/// How soon it is noticed.
const BETWEEN_LOOKS: Duration = Duration::from_secs(5);

/// Looks again and again, for as long as it is held.
pub(crate) struct Following(AbortHandle);

impl Drop for Following {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Learns what was taken back before, and follows what is from now on. Whoever cannot learn it serves nobody.
pub(super) async fn follow(
    store: &Arc<dyn Store>,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<(Revocations, Following)> {
    let known = Revocations::default();
    known.look(&**store, clock.now()).await.context("what was revoked cannot be read")?;
    let task = tokio::spawn(look_on(known.clone(), Arc::downgrade(store), clock));
    Ok((known, Following(task.abort_handle())))
}

async fn look_on(known: Revocations, store: Weak<dyn Store>, clock: Arc<dyn Clock>) {
    let mut timer = tokio::time::interval(BETWEEN_LOOKS);
    let mut works = true;
    loop {
        timer.tick().await;
        let Some(store) = store.upgrade() else { return };
        let outcome = known.look(&*store, clock.now()).await;
        // An outage is told once when it begins and once when it ends.
        match (&outcome, works) {
            (Err(error), true) => {
                tracing::error!(%error, "what other processes revoke cannot be read; after a minute, tokens of our own issuers are answered with 503");
            }
            (Ok(()), false) => tracing::info!("what other processes revoke is read again"),
            _ => {}
        }
        works = outcome.is_ok();
    }
}
