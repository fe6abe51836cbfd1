//! Everything by which a running Warded is looked after, begun together: the address for operators, and whoever looks
//! whether everything works.

use std::{net::SocketAddr, sync::Arc};

use arc_swap::ArcSwap;
use warded_gateway::{Current, Health};
use warded_store::journal::segments::WhenFull;

use super::{
    ground::Ground,
    metrics::{Page, Seen},
    operations::Operations,
    pulse::Pulse,
};
use crate::config::serving::Serving;

/// Looks after it for as long as it is held.
pub(super) struct Watching {
    operations: Option<Operations>,
    pulse: Pulse,
}

impl Watching {
    /// Begins.
    pub(super) async fn begin(
        wanted: &Serving,
        ground: &Arc<Ground>,
        current: &Arc<Current>,
        seen: &Arc<ArcSwap<Seen>>,
    ) -> anyhow::Result<Self> {
        let operations = match wanted.watching.operations {
            Some(address) => {
                let listener = Operations::listen(address).await?;
                let page = Page {
                    clock: Arc::clone(&ground.clock),
                    started: ground.started,
                    meters: Arc::clone(&ground.meters),
                    reloads: Arc::clone(&ground.reloads),
                    told: ground.alerts.told(),
                    purses: Arc::clone(&ground.purses),
                    processes: Arc::clone(&ground.processes),
                    health: Arc::clone(&ground.health),
                    journal: ground.journal.clone(),
                    current: Arc::clone(current),
                    seen: Arc::clone(seen),
                };
                Some(Operations::serve(listener, Arc::new(page))?)
            }
            None => None,
        };
        // Where calls go on without a record, a full disk is no reason to send them elsewhere.
        let needs_journal = wanted.journal.when_full == WhenFull::Refuse;
        let pulse = Pulse::over(Arc::clone(ground), Arc::clone(seen), needs_journal);
        Ok(Self { operations, pulse })
    }

    /// Where operators look.
    pub(super) fn operations(&self) -> Option<SocketAddr> {
        self.operations.as_ref().map(|operations| operations.address)
    }

    /// Says that it stops. Operators may look until it is over.
    pub(super) fn stops(&self, health: &Health) {
        self.pulse.stop();
        health.found(vec!["stopping"]);
    }
}
