//! How long does a connection wait? Less than its server says, and not for long where that says nothing.

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, HeaderValue};

use super::Kept;
use crate::fetch::wire::Wire;

/// Longest that a connection waits. Common servers close one after five seconds.
const IDLE: Duration = Duration::from_secs(4);
/// How long it waits where the server does not say how long it may. Some close after two seconds, and whether a call that
/// meets the end of its connection was carried out nobody knows.
const UNSAID: Duration = Duration::from_millis(1500);
/// How much shorter than what a server says of itself: its clock began before ours.
const EARLIER: Duration = Duration::from_secs(1);

/// Where a connection goes when its answer has been read to its end.
pub(in crate::fetch) struct Home {
    kept: Arc<Kept>,
    idle: Duration,
}

impl Home {
    pub(in crate::fetch) fn of(kept: &Arc<Kept>, headers: &HeaderMap) -> Self {
        Self { kept: Arc::clone(kept), idle: idle(headers) }
    }

    pub(in crate::fetch) fn take_back(self, wire: Box<Wire>) {
        self.kept.give_back(wire, self.idle);
    }
}

fn idle(headers: &HeaderMap) -> Duration {
    let said = headers.get_all("keep-alive").iter().filter_map(allowed).min();
    said.map_or(UNSAID, |said| said.saturating_sub(EARLIER).min(IDLE))
}

/// How long a server says that it keeps an idle connection (RFC 2068 §19.7.1.1).
fn allowed(value: &HeaderValue) -> Option<Duration> {
    let parameters = value.to_str().ok()?.split(',').filter_map(|parameter| parameter.split_once('='));
    let seconds = parameters.filter(|(name, _)| name.trim().eq_ignore_ascii_case("timeout"));
    seconds.filter_map(|(_, seconds)| seconds.trim().parse().ok()).map(Duration::from_secs).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_may_say_that_it_waits_for_less() {
        let idle = |said: &[&'static str]| {
            let said =
                said.iter().map(|said| ("keep-alive".parse().unwrap(), HeaderValue::from_static(said)));
            idle(&said.collect()).as_millis()
        };
        for (said, milliseconds) in [
            (&[][..], 1500),
            (&["timeout=5"], 4000),
            (&["timeout=2, max=100"], 1000),
            (&["max=100,timeout=3"], 2000),
            (&["Timeout=2"], 1000),
            (&["max=100, TIMEOUT = 3"], 2000),
            (&["timeout=1"], 0),
            (&["timeout=0"], 0),
            (&["timeout=75"], 4000),
            (&["timeout=-1"], 1500),
            (&["max=5"], 1500),
            (&["timeout=75", "timeout=2"], 1000),
        ] {
            assert_eq!(idle(said), milliseconds, "{said:?}");
        }
    }
}
