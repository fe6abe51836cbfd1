//! Everything by which a running Warded is looked after, begun together: the address for operators, and whoever looks
//! whether everything works.

use std::{net::SocketAddr, sync::Arc};

use arc_swap::ArcSwap;
use warded_gateway::{Current, Health};

use super::{
    ground::Ground,
    metrics::{Page, Seen},
    operations::Operations,
    pulse::Pulse,
};
use crate::config::serving;

/// Looks after it for as long as it is held.
pub(super) struct Watching {
    operations: Option<Operations>,
    pulse: Pulse,
}

impl Watching {
    /// Begins.
    pub(super) async fn begin(
        wanted: &serving::Watching,
        ground: &Arc<Ground>,
        current: &Arc<Current>,
        seen: &Arc<ArcSwap<Seen>>,
    ) -> anyhow::Result<Self> {
        let operations = match wanted.operations {
            Some(address) => {
                let listener = Operations::listen(address).await?;
                let page = Page {
                    clock: Arc::clone(&ground.clock),
                    started: ground.started,
                    meters: Arc::clone(&ground.meters),
                    reloads: Arc::clone(&ground.reloads),
                    told: ground.alerts.told(),
                    health: Arc::clone(&ground.health),
                    journal: ground.journal.clone(),
                    current: Arc::clone(current),
                    seen: Arc::clone(seen),
                };
                Some(Operations::serve(listener, Arc::new(page))?)
            }
            None => None,
        };
        Ok(Self { operations, pulse: Pulse::over(Arc::clone(ground), Arc::clone(seen)) })
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
