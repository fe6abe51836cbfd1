//! Which gateway answers now? The one that the last configuration made; connections outlive it.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use arc_swap::ArcSwap;

use crate::gateway::Gateway;

/// The gateway that answers now. Requests that another one has begun to answer are answered by that one.
#[derive(Debug)]
pub struct Current {
    gateway: ArcSwap<Gateway>,
    accepted: AtomicU64,
    closed: AtomicU64,
}

/// A connection, for as long as it is there.
pub(crate) struct Connected<'a>(&'a Current);

impl Drop for Connected<'_> {
    fn drop(&mut self) {
        self.0.closed.fetch_add(1, Relaxed);
    }
}

impl Current {
    /// Begins with this one.
    pub fn of(gateway: Arc<Gateway>) -> Arc<Self> {
        Arc::new(Self {
            gateway: ArcSwap::new(gateway),
            accepted: AtomicU64::new(0),
            closed: AtomicU64::new(0),
        })
    }

    /// From here on this one answers: every request that is accepted afterwards, on connections of before as well.
    pub fn swap(&self, gateway: Arc<Gateway>) {
        self.gateway.store(gateway);
    }

    /// The one that answers now, for longer than a moment.
    pub(crate) fn get(&self) -> Arc<Gateway> {
        self.gateway.load_full()
    }

    pub(crate) fn now(&self) -> arc_swap::Guard<Arc<Gateway>> {
        self.gateway.load()
    }

    /// How many connections were accepted so far.
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Relaxed)
    }

    /// How many connections are open.
    pub fn connections(&self) -> u64 {
        let closed = self.closed.load(Relaxed);
        self.accepted().saturating_sub(closed)
    }

    /// Somebody has connected.
    pub(crate) fn connected(&self) -> Connected<'_> {
        self.accepted.fetch_add(1, Relaxed);
        Connected(self)
    }
}
