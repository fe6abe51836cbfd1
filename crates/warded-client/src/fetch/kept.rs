//! Which connections are kept for the next request? Those whose last answer was read to its end, for a few seconds. A
//! connection takes one request at a time; the one that waited shortest is taken.

mod home;
#[cfg(test)]
mod tests;

use std::{
    fmt,
    ops::RangeInclusive,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use tokio::{
    runtime::Handle,
    task::{AbortHandle, yield_now},
    time::{Instant, sleep_until},
};
use warded_core::Clock;

pub(super) use self::home::Home;
use super::wire::Wire;

/// Most connections that wait.
const MOST: usize = 4;
/// How old one may be when it begins to wait. Where its name leads now, and whether its server's certificate is still good,
/// is seen when the next is made.
const OLDEST: Duration = Duration::from_mins(1);

/// The connections to one place that wait for the next request to it.
pub(super) struct Kept {
    /// It goes on while the machine sleeps, and the clock of timers does not.
    clock: Arc<dyn Clock>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    waiting: Vec<Waiting>,
    sweeper: Option<Sweeper>,
}

/// Whoever comes by to close what nobody used.
struct Sweeper {
    at: Instant,
    task: AbortHandle,
}

struct Waiting {
    wire: Box<Wire>,
    until: Instant,
    /// The same by the machine's clock, in whole seconds.
    seconds: RangeInclusive<i64>,
}

impl Waiting {
    /// Whoever wakes up in another network would write to an address that is no more, and nobody would say so.
    fn is_over(&self, now: (Instant, i64)) -> bool {
        now.0 >= self.until || !self.seconds.contains(&now.1)
    }
}

impl Kept {
    #[cfg(feature = "bridge")]
    /// Nothing yet; a machine that slept is known by its clock.
    pub(super) fn by(clock: Arc<dyn Clock>) -> Self {
        Self { clock, inner: Mutex::default() }
    }

    /// One that has not waited for too long.
    pub(super) async fn take(&self) -> Option<Box<Wire>> {
        loop {
            let waiting = self.inner().waiting.pop()?;
            if !waiting.is_over(self.now()) {
                // What has come meanwhile is seen when the request is about to go out, and not behind it: the end of the
                // connection, after which nobody would know whether the request was read, or an answer that nobody asked
                // for, which would be taken for that to the request.
                yield_now().await;
                return Some(waiting.wire);
            }
        }
    }

    fn give_back(self: &Arc<Self>, mut wire: Box<Wire>, idle: Duration) {
        // One on which something of the last request is still under way is not waited for, and one that has ended does not
        // take the place of another.
        if idle.is_zero() || wire.age() >= OLDEST || !wire.is_free() {
            return;
        }
        let (now, second) = self.now();
        let until = now + idle;
        // A second that has begun counts.
        let long = idle.as_secs() + u64::from(idle.subsec_nanos() > 0);
        let seconds = second..=second.saturating_add_unsigned(long);
        let mut inner = self.inner();
        inner.waiting.retain(|waiting| !waiting.is_over((now, second)));
        if inner.waiting.len() >= MOST {
            return;
        }
        // A runtime that is gone has taken its sweeper along.
        if inner.sweeper.as_ref().is_none_or(|sweeper| until < sweeper.at || sweeper.task.is_finished()) {
            let Ok(runtime) = Handle::try_current() else { return };
            let task = runtime.spawn(sweep(Arc::downgrade(self), until)).abort_handle();
            if let Some(later) = inner.sweeper.replace(Sweeper { at: until, task }) {
                later.task.abort();
            }
        }
        inner.waiting.push(Waiting { wire, until, seconds });
    }

    /// Closes what nobody used, and says when the next is over.
    fn close_what_is_over(&self) -> Option<Instant> {
        let (now, mut inner) = (self.now(), self.inner());
        inner.waiting.retain(|waiting| !waiting.is_over(now));
        let next = inner.waiting.iter().map(|waiting| waiting.until).min();
        match next {
            Some(next) => inner.sweeper.iter_mut().for_each(|sweeper| sweeper.at = next),
            None => inner.sweeper = None,
        }
        next
    }

    fn now(&self) -> (Instant, i64) {
        (Instant::now(), self.clock.now().seconds())
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Whoever panicked left it whole.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Comes by whenever something is over, until nothing waits.
async fn sweep(kept: Weak<Kept>, mut at: Instant) {
    loop {
        sleep_until(at).await;
        let next = kept.upgrade().and_then(|kept| kept.close_what_is_over());
        let Some(next) = next else { return };
        at = next;
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept")
    }
}
