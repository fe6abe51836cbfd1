//! A web server on loopback that answers as a test says, and remembers what it was asked.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, task::JoinSet};

/// One request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

pub(crate) type Answer = Response<Full<Bytes>>;

/// Ends when it is dropped.
pub(crate) struct Origin {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    _running: JoinSet<()>,
}

impl Origin {
    /// `answer` is told the origin's own URL and the request.
    pub(crate) async fn start<F, A>(answer: F) -> Self
    where
        F: Fn(String, Seen) -> A + Send + Sync + 'static,
        A: Future<Output = Answer> + Send + 'static,
    {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::<Mutex<Vec<Seen>>>::default();
        let (log, answer) = (seen.clone(), Arc::new(answer));
        let mut running = JoinSet::new();
        running.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (log, answer) = (log.clone(), answer.clone());
                let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
                    let (log, answer) = (log.clone(), answer.clone());
                    async move {
                        let (head, body) = request.into_parts();
                        let body = body.collect().await.unwrap().to_bytes();
                        let path = head.uri.to_string();
                        let one = Seen { method: head.method.to_string(), path, headers: head.headers, body };
                        log.lock().unwrap().push(one.clone());
                        Ok::<_, Infallible>(answer(format!("http://{address}"), one).await)
                    }
                });
                connections.spawn(async move {
                    // A client that hangs up is what some tests are about.
                    drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
                });
            }
        });
        Self { address, seen, _running: running }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn paths(&self) -> Vec<String> {
        self.seen().into_iter().map(|one| one.path).collect()
    }

    pub(crate) fn asked_for(&self, path: &str) -> usize {
        self.paths().iter().filter(|asked| *asked == path).count()
    }
}

pub(crate) fn json(value: &serde_json::Value) -> Answer {
    typed("application/json", value.to_string())
}

pub(crate) fn typed(kind: &str, body: impl Into<Bytes>) -> Answer {
    Response::builder().header(header::CONTENT_TYPE, kind).body(Full::new(body.into())).unwrap()
}

pub(crate) fn status(status: u16) -> Answer {
    let mut answer = typed("application/json", "{}");
    *answer.status_mut() = StatusCode::from_u16(status).unwrap();
    answer
}
