//! Does what runs stand in the file? Whoever looks after a fleet must see a reload that failed without reading logs.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};

use warded_core::UnixTime;

/// How reading the configuration again went so far.
#[derive(Debug)]
pub(super) struct Reloads {
    generation: AtomicU64,
    failures: AtomicU64,
    is_stale: AtomicBool,
    held_since: AtomicI64,
}

impl Reloads {
    /// The first configuration holds from here on.
    pub(super) fn begin(now: UnixTime) -> Self {
        Self {
            generation: AtomicU64::new(1),
            failures: AtomicU64::new(0),
            is_stale: AtomicBool::new(false),
            held_since: AtomicI64::new(now.seconds()),
        }
    }

    /// Another one does.
    pub(super) fn succeeded(&self, now: UnixTime) {
        self.generation.fetch_add(1, Relaxed);
        self.held_since.store(now.seconds(), Relaxed);
        self.is_stale.store(false, Relaxed);
    }

    /// The one before goes on.
    pub(super) fn failed(&self) {
        self.failures.fetch_add(1, Relaxed);
        self.is_stale.store(true, Relaxed);
    }

    /// How many configurations held so far, this one included.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Relaxed)
    }

    /// How many were not fit.
    pub(super) fn failures(&self) -> u64 {
        self.failures.load(Relaxed)
    }

    /// Whether the file says something that does not hold.
    pub(super) fn is_stale(&self) -> bool {
        self.is_stale.load(Relaxed)
    }

    /// Since when what runs holds, in seconds since 1970.
    pub(super) fn held_since(&self) -> i64 {
        self.held_since.load(Relaxed)
    }
}
