//! Does it live, and can it take requests? Whoever balances load asks as often as it likes, so an answer costs nothing:
//! somebody else looks from time to time, and what was found is said.

use std::sync::Arc;

use arc_swap::ArcSwap;
use http::{HeaderValue, Method, Response, StatusCode, header};
use warded_guard::Body;

use crate::{answer, shutdown::Stopping};

/// What keeps requests from being taken, as far as is known.
#[derive(Debug, Default)]
pub struct Health(ArcSwap<Vec<&'static str>>);

/// Where somebody asks whether the process lives: it does if it answers. Both names are common.
const LIVE: [&str; 2] = ["/livez", "/healthz"];
/// Where somebody asks whether new requests should come here.
const READY: &str = "/readyz";

impl Health {
    /// These do not work.
    pub fn found(&self, lacking: Vec<&'static str>) {
        if **self.0.load() != lacking {
            self.0.store(Arc::new(lacking));
        }
    }

    /// What does not work.
    pub fn lacking(&self) -> Arc<Vec<&'static str>> {
        self.0.load_full()
    }

    /// Answers, where that is what is asked. Strangers are told whether, and not what.
    pub(crate) fn answer(&self, method: &Method, path: &str, stopping: &Stopping) -> Option<Response<Body>> {
        if *method != Method::GET && *method != Method::HEAD {
            return None;
        }
        if LIVE.contains(&path) {
            return Some(said(StatusCode::OK, "ok\n"));
        }
        (path == READY).then(|| {
            if stopping.is_announced() {
                said(StatusCode::SERVICE_UNAVAILABLE, "stopping\n")
            } else if self.0.load().is_empty() {
                said(StatusCode::OK, "ok\n")
            } else {
                said(StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
            }
        })
    }
}

fn said(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut answer = Response::new(answer::full(text));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shutdown::stop;

    #[test]
    fn whoever_asks_is_told_whether_requests_should_come() {
        let (stopper, stopping) = stop();
        let health = Health::default();
        let asked = |method: Method, path: &str| {
            health.answer(&method, path, &stopping).map(|answer| answer.status().as_u16())
        };
        let ready = || asked(Method::GET, "/readyz");
        assert_eq!((asked(Method::GET, "/livez"), asked(Method::HEAD, "/healthz")), (Some(200), Some(200)));
        assert_eq!((asked(Method::POST, "/readyz"), asked(Method::GET, "/metrics")), (None, None));
        assert_eq!(ready(), Some(200));
        health.found(vec!["store"]);
        assert_eq!((ready(), asked(Method::GET, "/livez")), (Some(503), Some(200)));
        health.found(vec![]);
        assert_eq!(ready(), Some(200));
        stopper.announce();
        assert_eq!(ready(), Some(503));
        assert!(!stopping.has_begun(), "those who come all the same are served");
    }
}
