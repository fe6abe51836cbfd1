//! Which gateway answers now? A reload puts another one in its place; what is under way ends where it began.

use std::{fmt, sync::Arc};

use arc_swap::ArcSwap;

use crate::gateway::Gateway;

/// The gateway that answers, until another takes its place.
pub struct Current(ArcSwap<Gateway>);

impl Current {
    /// Begins with this one.
    pub fn new(gateway: Arc<Gateway>) -> Arc<Self> {
        Arc::new(Self(ArcSwap::new(gateway)))
    }

    /// Lets another one answer whatever comes from here on, on connections that are open as well.
    pub fn replace(&self, gateway: Arc<Gateway>) {
        self.0.store(gateway);
    }

    /// The one that answers now.
    pub fn get(&self) -> Arc<Gateway> {
        self.0.load_full()
    }

    /// The same, for as long as it takes to ask it: nothing that all requests share is written to.
    pub(crate) fn now(&self) -> impl std::ops::Deref<Target = Arc<Gateway>> + use<> {
        self.0.load()
    }
}

impl fmt::Debug for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Current")
    }
}
