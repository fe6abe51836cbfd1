//! How much goes to one server, and how does it answer? Counted where calls pass, with nothing that two calls wait for;
//! whoever shows it reads.

mod durations;
mod held;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use http::{Response, header};
use http_body_util::BodyExt as _;
use tokio::time::Instant;
use warded_guard::{Body, Stop};

pub use durations::Durations;
use held::Held;

/// What was counted of one server behind. It is handed from one gateway to the next.
#[derive(Debug, Default)]
pub struct Traffic {
    calls: AtomicU64,
    failures: AtomicU64,
    answered: AtomicU64,
    streams_begun: AtomicU64,
    streams_ended: AtomicU64,
    first_byte: Durations,
}

impl Traffic {
    /// Calls that were let through to it.
    pub fn calls(&self) -> u64 {
        self.calls.load(Relaxed)
    }

    /// Those of them that it gave no answer to, or none that could be passed on.
    pub fn failures(&self) -> u64 {
        self.failures.load(Relaxed)
    }

    /// Calls whose answer has not begun.
    pub fn waiting(&self) -> u64 {
        // In this order: what ends in between is not counted twice.
        let over = self.answered.load(Relaxed) + self.failures.load(Relaxed);
        self.calls.load(Relaxed).saturating_sub(over)
    }

    /// Streams of events that are open.
    pub fn streams(&self) -> u64 {
        let ended = self.streams_ended.load(Relaxed);
        self.streams_begun.load(Relaxed).saturating_sub(ended)
    }

    /// How long it took to begin its answers.
    pub const fn first_byte(&self) -> &Durations {
        &self.first_byte
    }

    /// A call goes out.
    pub(crate) fn begins(self: &Arc<Self>) -> Begun {
        self.calls.fetch_add(1, Relaxed);
        Begun { traffic: Some(Arc::clone(self)), at: Instant::now() }
    }
}

/// A call whose answer is waited for. Dropped, it was given up.
pub(crate) struct Begun {
    traffic: Option<Arc<Traffic>>,
    at: Instant,
}

impl Begun {
    /// What came of it.
    pub(crate) fn ends(mut self, answer: Result<Response<Body>, Stop>) -> Result<Response<Body>, Stop> {
        let Some(traffic) = self.traffic.take() else { return answer };
        match answer {
            Ok(answer) => {
                traffic.answered.fetch_add(1, Relaxed);
                traffic.first_byte.saw(self.at.elapsed());
                Ok(if is_stream(&answer) { held(answer, traffic) } else { answer })
            }
            Err(stop) => {
                traffic.failures.fetch_add(1, Relaxed);
                Err(stop)
            }
        }
    }
}

impl Drop for Begun {
    /// The caller went away, which is no failure of the server.
    fn drop(&mut self) {
        if let Some(traffic) = &self.traffic {
            traffic.answered.fetch_add(1, Relaxed);
        }
    }
}

fn is_stream(answer: &Response<Body>) -> bool {
    let kind = answer.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| {
        kind.as_bytes().get(..17).is_some_and(|kind| kind.eq_ignore_ascii_case(b"text/event-stream"))
    })
}

fn held(answer: Response<Body>, traffic: Arc<Traffic>) -> Response<Body> {
    traffic.streams_begun.fetch_add(1, Relaxed);
    let over = move || {
        traffic.streams_ended.fetch_add(1, Relaxed);
    };
    answer.map(|body| Held::until(body, over).boxed_unsync())
}

#[cfg(test)]
mod tests {
    use http_body_util::Empty;
    use warded_core::Fault;

    use super::*;

    fn answer(kind: &str) -> Response<Body> {
        let body = Empty::new().map_err(|never| match never {}).boxed_unsync();
        Response::builder().header(header::CONTENT_TYPE, kind).body(body).unwrap()
    }

    #[test]
    fn every_call_ends_once_however_it_ends() {
        let traffic = Arc::new(Traffic::default());
        let (answered, failed, left, waits) =
            (traffic.begins(), traffic.begins(), traffic.begins(), traffic.begins());
        assert!(answered.ends(Ok(answer("application/json"))).is_ok());
        assert!(failed.ends(Err(Fault::UpstreamTimeout.into())).is_err());
        drop(left);
        assert_eq!((traffic.calls(), traffic.failures(), traffic.waiting()), (4, 1, 1));
        assert_eq!(traffic.first_byte().count(), 1, "what was given up took no time");
        drop(waits);
        assert_eq!(traffic.waiting(), 0);
    }

    #[test]
    fn a_stream_is_open_until_its_body_is_gone() {
        let traffic = Arc::new(Traffic::default());
        let open = |kind| traffic.begins().ends(Ok(answer(kind))).unwrap();
        let (one, other) = (open("text/event-stream"), open("Text/Event-Stream; charset=utf-8"));
        let _json = open("application/json");
        assert_eq!(traffic.streams(), 2);
        drop(one);
        assert_eq!(traffic.streams(), 1);
        drop(other);
        assert_eq!(traffic.streams(), 0);
    }
}
