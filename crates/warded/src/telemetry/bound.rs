//! A flood of refused requests must not fill a disk with lines about it.

use std::sync::{Arc, Mutex, PoisonError};

use tracing::{Event, Level, Metadata};
use tracing_subscriber::layer::{Context, Filter};
use warded_core::{Clock, UnixTime};

/// Lines about requests in one second; the rest of that second passes unsaid.
const LINES: u32 = 50;

/// Lets a number of lines about requests through each second, and every other line. Warnings have a number of their
/// own: they would drown in a flood of refusals when it matters.
#[derive(Debug)]
pub(super) struct Bound {
    clock: Arc<dyn Clock>,
    seen: Mutex<Seen>,
    warned: Mutex<Seen>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    second: UnixTime,
    lines: u32,
}

impl Bound {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let nothing = Seen { second: clock.now(), lines: 0 };
        Self { clock, seen: Mutex::new(nothing), warned: Mutex::new(nothing) }
    }

    fn admits(&self, level: Level) -> bool {
        let now = self.clock.now();
        let seen = if level == Level::WARN { &self.warned } else { &self.seen };
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.second != now {
            *seen = Seen { second: now, lines: 0 };
        }
        seen.lines = seen.lines.saturating_add(1);
        seen.lines <= LINES
    }
}

/// Whether anybody on the network can cause such a line as often as they like.
fn is_about_requests(metadata: &Metadata<'_>) -> bool {
    ["warded_guard", "warded_gateway", "warded_issuer"].iter().any(|name| metadata.target().starts_with(name))
        && *metadata.level() >= Level::WARN
}

impl<S> Filter<S> for Bound {
    fn enabled(&self, _: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        true
    }

    fn event_enabled(&self, event: &Event<'_>, _: &Context<'_, S>) -> bool {
        !is_about_requests(event.metadata()) || self.admits(*event.metadata().level())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    #[derive(Debug)]
    struct Hand(AtomicI64);

    impl Clock for Hand {
        fn now(&self) -> UnixTime {
            UnixTime::from_seconds(self.0.load(Ordering::Relaxed))
        }
    }

    #[test]
    fn a_flood_says_so_many_lines_a_second() {
        let hand = Arc::new(Hand(AtomicI64::new(0)));
        let bound = Bound::new(Arc::clone(&hand) as Arc<dyn Clock>);
        assert_eq!((0..1_000).filter(|_| bound.admits(Level::INFO)).count(), LINES as usize);
        assert!(!bound.admits(Level::DEBUG) && bound.admits(Level::WARN));
        hand.0.store(1, Ordering::Relaxed);
        assert!(bound.admits(Level::INFO));
    }
}
