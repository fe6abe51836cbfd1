//! Which gateway answers now? The one that the last configuration made; connections outlive it.

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::gateway::Gateway;

/// The gateway that answers now. Requests that another one has begun to answer are answered by that one.
#[derive(Debug)]
pub struct Current(ArcSwap<Gateway>);

impl Current {
    /// Begins with this one.
    pub fn of(gateway: Arc<Gateway>) -> Arc<Self> {
        Arc::new(Self(ArcSwap::new(gateway)))
    }

    /// From here on this one answers: every request that is accepted afterwards, on connections of before as well.
    pub fn swap(&self, gateway: Arc<Gateway>) {
        self.0.store(gateway);
    }

    /// The one that answers now, for longer than a moment.
    pub(crate) fn get(&self) -> Arc<Gateway> {
        self.0.load_full()
    }

    pub(crate) fn now(&self) -> arc_swap::Guard<Arc<Gateway>> {
        self.0.load()
    }
}
