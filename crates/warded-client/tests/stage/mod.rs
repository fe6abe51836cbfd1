//! A stage for attacks: issuers and an MCP server, each on a port of its own, each with a log of everything that it
//! was sent. They do OAuth as it is written, until a test turns one of their knobs.
#![allow(
    dead_code,
    unused_imports,
    clippy::allow_attributes,
    reason = "each test file uses its part of the stage"
)]

mod browser;
mod issuer;
mod ledger;
mod obstacles;
mod proofs;
mod server;

use std::{
    collections::HashSet,
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    response::Response,
};
use warded_client::{
    channel::{Channel, Fixed, Message},
    fetch::{Fetch, Reach},
    login::{Notice, Opener, Tell},
    session::{Asked, Session},
    tokens::{Keeping, Listed, TokenStore},
};
use warded_core::{Clock, ResourceUri, UnixTime};

pub(crate) use self::{
    browser::{get, visit},
    issuer::{Audience, Issuer, Names, Revokes},
    ledger::{Kind, Ledger},
    obstacles::{Obstacle, Obstacles},
    proofs::claim,
    server::{Server, Wants},
};

/// What somebody was sent.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    /// A parameter of a form or of a query.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let text = if self.body.is_empty() { &self.query } else { &self.body };
        pairs(text).into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

pub(crate) fn pairs(text: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

/// The log of one origin.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<Seen>>>);

impl Log {
    pub(crate) async fn note(&self, request: Request) -> Seen {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        let seen = Seen {
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        };
        self.0.lock().unwrap().push(seen.clone());
        seen
    }

    /// Everything that was sent to a path.
    pub(crate) fn at(&self, path: &str) -> Vec<Seen> {
        self.0.lock().unwrap().iter().filter(|seen| seen.path == path).cloned().collect()
    }

    /// Everything, in order.
    pub(crate) fn all(&self) -> Vec<Seen> {
        self.0.lock().unwrap().clone()
    }

    /// How often anything was sent here.
    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// Whether a text was sent here in any way.
    pub(crate) fn has(&self, text: &str) -> bool {
        format!("{:?}", self.0.lock().unwrap()).contains(text)
    }
}

/// A token that was issued, by whom, and what it permits.
#[derive(Clone, Debug)]
pub(crate) struct Issued {
    text: String,
    issuer: String,
    scopes: HashSet<String>,
    /// The key that it is bound to.
    key: Option<String>,
}

/// The tokens that are good.
pub(crate) type Good = Arc<Mutex<Vec<Issued>>>;

/// A clock that a test moves.
#[derive(Clone, Debug)]
pub(crate) struct Hands(Arc<AtomicI64>);

impl Hands {
    pub(crate) fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for Hands {
    fn now(&self) -> UnixTime {
        UnixTime::from_seconds(self.0.load(Ordering::SeqCst))
    }
}

pub(crate) struct Stage {
    pub(crate) one: Issuer,
    pub(crate) two: Issuer,
    pub(crate) server: Server,
    /// Another server, with the same issuer.
    pub(crate) other: Server,
    pub(crate) clock: Hands,
    pub(crate) notices: Arc<Mutex<Vec<Notice>>>,
    folder: tempfile::TempDir,
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stage")
    }
}

impl Stage {
    pub(crate) async fn new() -> Self {
        let good = Good::default();
        let clock = Hands(Arc::new(AtomicI64::new(1_800_000_000)));
        let one = Issuer::start("one", Arc::clone(&good), clock.clone()).await;
        let two = Issuer::start("two", Arc::clone(&good), clock.clone()).await;
        let server = Server::start(one.url.clone(), Arc::clone(&good), clock.clone()).await;
        let other = Server::start(one.url.clone(), good, clock.clone()).await;
        Self { one, two, server, other, clock, notices: Arc::default(), folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn url(&self) -> ResourceUri {
        ResourceUri::parse(&self.server.url()).unwrap()
    }

    pub(crate) fn tokens(&self) -> std::path::PathBuf {
        self.folder.path().join("tokens")
    }

    /// A folder for the state of processes.
    pub(crate) fn state(&self) -> std::path::PathBuf {
        self.folder.path().to_owned()
    }

    /// Where processes with that state keep tokens.
    pub(crate) fn tokens_of_processes(&self) -> std::path::PathBuf {
        self.folder.path().join("warded/tokens")
    }

    /// A session as a new process would have it: only the folder of tokens is the same.
    pub(crate) fn session(&self) -> Session {
        self.session_as(Asked::default())
    }

    pub(crate) fn session_as(&self, asked: Asked) -> Session {
        self.session_told(asked, true)
    }

    /// A session whose user visits what it is told to, or not.
    pub(crate) fn session_told(&self, asked: Asked, visits: bool) -> Session {
        self.session_at(self.url(), asked, visits)
    }

    /// A session with another server, and the same folder of tokens.
    pub(crate) fn session_to(&self, server: ResourceUri, asked: Asked) -> Session {
        self.session_at(server, asked, true)
    }

    /// A session that sends header fields of its user's own.
    pub(crate) fn session_fixed(&self, fixed: Fixed) -> Session {
        self.session_by(self.url(), fixed, Asked::default(), true)
    }

    pub(crate) fn session_at(&self, server: ResourceUri, asked: Asked, visits: bool) -> Session {
        self.session_by(server, Fixed::default(), asked, visits)
    }

    fn session_by(&self, server: ResourceUri, fixed: Fixed, mut asked: Asked, visits: bool) -> Session {
        asked.opener = Opener::Nobody;
        let notices = Arc::clone(&self.notices);
        let tell: Tell = Arc::new(move |notice| {
            if let Notice::Visit { url } = &notice
                && visits
            {
                tokio::spawn(visit(url.clone()));
            }
            notices.lock().unwrap().push(notice);
        });
        let fetch = Fetch::new(Reach::of(&server)).unwrap();
        let channel = Channel::to(server, &fetch, Duration::from_secs(20)).unwrap().with(fixed);
        let store = TokenStore::open(self.tokens(), &Keeping::Files).unwrap();
        Session::new(channel, fetch, store, Arc::new(self.clock.clone()), Arc::new(random()), asked, tell)
    }

    /// What is kept now.
    pub(crate) fn listed(&self) -> Vec<Listed> {
        TokenStore::open(self.tokens(), &Keeping::Files).unwrap().list().unwrap()
    }

    /// How often a person was asked.
    pub(crate) fn visits(&self) -> usize {
        let notices = self.notices.lock().unwrap();
        notices.iter().filter(|notice| matches!(notice, Notice::Visit { .. })).count()
    }
}

#[expect(clippy::disallowed_methods, reason = "a stage has randomness of its own")]
fn random() -> aws_lc_rs::rand::SystemRandom {
    aws_lc_rs::rand::SystemRandom::new()
}

/// A call of a method.
pub(crate) fn call(method: &str) -> Message {
    let mut headers = http::HeaderMap::new();
    headers.insert("content-type", http::HeaderValue::from_static("application/json"));
    let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}"}}"#);
    Message::new(http::Method::POST, headers, Bytes::from(body))
}

/// A port of its own, and the origin that it makes.
async fn listen() -> (tokio::net::TcpListener, String) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    (listener, origin)
}

/// Serves one origin with one function.
fn serve<T, F>(listener: tokio::net::TcpListener, actor: T, answer: fn(T, Request) -> F)
where
    T: Clone + Send + Sync + 'static,
    F: Future<Output = Response> + Send + 'static,
{
    let handler = move |State(actor): State<T>, request: Request| answer(actor, request);
    let router = Router::new().fallback(handler).with_state(actor);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
}

pub(crate) fn answer(status: u16, kind: &str, body: impl Into<axum::body::Body>) -> Response {
    Response::builder().status(status).header("content-type", kind).body(body.into()).unwrap()
}

pub(crate) fn json(status: u16, value: &serde_json::Value) -> Response {
    answer(status, "application/json", value.to_string())
}
