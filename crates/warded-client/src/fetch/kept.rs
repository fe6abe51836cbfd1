//! Which connections are kept for the next request? Those whose last answer was read to its end, for a few seconds. A
//! connection takes one request at a time; the one that waited shortest is taken.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use http::{HeaderMap, HeaderValue};
use tokio::{
    runtime::Handle,
    task::yield_now,
    time::{Instant, sleep},
};

use super::wire::Wire;

/// Shorter than what common servers allow (five seconds): a connection that they are about to close is not used.
const IDLE: Duration = Duration::from_secs(4);
/// How much shorter than what a server says of itself: its clock began before ours.
const EARLIER: Duration = Duration::from_secs(1);
/// Most connections that wait.
const MOST: usize = 4;

/// The connections to one place that wait for the next request to it.
#[derive(Default)]
pub(super) struct Kept(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    waiting: Vec<Waiting>,
    /// Whether somebody comes by and closes what nobody used.
    is_swept: bool,
}

struct Waiting {
    wire: Box<Wire>,
    until: Instant,
}

impl Kept {
    /// One that has not waited for too long.
    pub(super) async fn take(&self) -> Option<Box<Wire>> {
        loop {
            let Waiting { wire, until } = self.inner().waiting.pop()?;
            if Instant::now() < until {
                // What has come meanwhile is seen when the request is about to go out, and not behind it: the end of the
                // connection, after which nobody would know whether the request was read, or an answer that nobody asked
                // for, which would be taken for that to the request.
                yield_now().await;
                return Some(wire);
            }
        }
    }

    fn give_back(self: &Arc<Self>, mut wire: Box<Wire>, idle: Duration) {
        // One on which something of the last request is still under way is not waited for, and one that has ended does not
        // take the place of another.
        if !wire.is_free() {
            return;
        }
        let mut inner = self.inner();
        if inner.waiting.len() >= MOST {
            return;
        }
        if !inner.is_swept {
            let Ok(runtime) = Handle::try_current() else { return };
            inner.is_swept = true;
            drop(runtime.spawn(sweep(Arc::downgrade(self))));
        }
        inner.waiting.push(Waiting { wire, until: Instant::now() + idle });
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Whoever panicked left it whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes what nobody used, until nothing waits.
async fn sweep(kept: Weak<Kept>) {
    loop {
        sleep(IDLE).await;
        let Some(kept) = kept.upgrade() else { return };
        let (now, mut inner) = (Instant::now(), kept.inner());
        inner.waiting.retain(|waiting| now < waiting.until);
        if inner.waiting.is_empty() {
            inner.is_swept = false;
            return;
        }
    }
}

/// Where a connection goes when its answer has been read to its end.
pub(super) struct Home {
    kept: Arc<Kept>,
    idle: Duration,
}

impl Home {
    pub(super) fn of(kept: &Arc<Kept>, headers: &HeaderMap) -> Self {
        let said = headers.get_all("keep-alive").iter().filter_map(allowed).min();
        let idle = said.map_or(IDLE, |said| said.saturating_sub(EARLIER).min(IDLE));
        Self { kept: Arc::clone(kept), idle }
    }

    pub(super) fn take_back(self, wire: Box<Wire>) {
        self.kept.give_back(wire, self.idle);
    }
}

/// How long a server says that it keeps an idle connection (RFC 2068 §19.7.1.1).
fn allowed(value: &HeaderValue) -> Option<Duration> {
    let parameters = value.to_str().ok()?.split(',');
    let seconds = parameters.filter_map(|parameter| parameter.trim().strip_prefix("timeout="));
    seconds.filter_map(|seconds| seconds.parse().ok()).map(Duration::from_secs).min()
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_may_say_that_it_waits_for_less() {
        let idle = |said: &[&'static str]| {
            let said =
                said.iter().map(|said| ("keep-alive".parse().unwrap(), HeaderValue::from_static(said)));
            Home::of(&Arc::default(), &said.collect()).idle.as_secs()
        };
        for (said, seconds) in [
            (&[][..], 4),
            (&["timeout=5"], 4),
            (&["timeout=2, max=100"], 1),
            (&["max=100,timeout=3"], 2),
            (&["timeout=1"], 0),
            (&["timeout=0"], 0),
            (&["timeout=75"], 4),
            (&["timeout=-1"], 4),
            (&["max=5"], 4),
            (&["timeout=75", "timeout=2"], 1),
        ] {
            assert_eq!(idle(said), seconds, "{said:?}");
        }
    }
}
