//! Two servers of one fleet behind guards on one socket, their issuer on another, and somebody who must never be asked.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, task::JoinSet};
use tower::{Layer as _, ServiceExt as _, util::BoxCloneService};
use warded_client::{
    fetch::{Fetch, Reach},
    introspect::{Introspection, IntrospectionSetup, Introspections},
    keys::Keys,
    obtain::Client,
    status::Statuses,
};
use warded_core::{
    Clock, Fleet, Issuer, IssuerRules, IssuerSpec, Mode, ResourceUri, Scopes, ServerSpec, UnixTime,
    Validation, VerifiedToken,
};
use warded_guard::{Body, Guard, Memory, ScopeRules, Standings};

use crate::{
    issuer::{Catcher, Web},
    wire::{Answer, Outgoing},
};

pub(crate) const HOST: &str = "mcp.example.com";
pub(crate) const HERE_PATH: &str = "/notes/mcp";
pub(crate) const HERE: &str = "https://mcp.example.com/notes/mcp";
/// Of the same path as the server's own name: only the host tells them apart.
pub(crate) const ALIAS: &str = "https://notes.example.com/notes/mcp";
pub(crate) const DOCUMENT: &str = "https://mcp.example.com/.well-known/oauth-protected-resource/notes/mcp";
pub(crate) const THERE_PATH: &str = "/files/mcp";
pub(crate) const THERE: &str = "https://mcp.example.com/files/mcp";
pub(crate) const THERE_ALIAS: &str = "https://files.example.com/mcp";
pub(crate) const NOW: i64 = 1_800_000_000;

/// A clock that stands still until it is moved.
#[derive(Debug)]
struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> UnixTime {
        UnixTime::from_seconds(self.0.load(SeqCst))
    }
}

/// A request that reached the server behind a guard.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) subject: Option<String>,
    pub(crate) has_message: bool,
    /// All of it.
    pub(crate) text: String,
}

type Door = BoxCloneService<Request<Incoming>, Response<Body>, Infallible>;

/// A guard before each of the two servers.
#[derive(Clone)]
struct Doors {
    here: Door,
    there: Door,
}

pub(crate) struct Scene {
    pub(crate) issuer: Web,
    /// Trusted by the neighbour only.
    pub(crate) partner: Web,
    /// Must never be asked for anything.
    pub(crate) catcher: Catcher,
    /// Trusted by both, and asked about its tokens; otherwise nobody is.
    pub(crate) asked: Option<Web>,
    address: SocketAddr,
    clock: Arc<Hands>,
    fetch: Fetch,
    mode: Mode,
    doors: Arc<Mutex<Doors>>,
    reached: Arc<Mutex<Vec<Seen>>>,
    _listening: JoinSet<()>,
}

impl Scene {
    pub(crate) async fn strict() -> Self {
        Self::start(Mode::Strict, None).await
    }

    pub(crate) async fn permissive(seconds: i64) -> Self {
        Self::start(Mode::PermissiveUntil(UnixTime::from_seconds(NOW + seconds)), None).await
    }

    /// With one more issuer, whose tokens are opaque.
    pub(crate) async fn asking() -> Self {
        Self::start(Mode::Strict, Some(Web::issuer("attacker").await)).await
    }

    async fn start(mode: Mode, asked: Option<Web>) -> Self {
        let (issuer, partner) = (Web::issuer("issuer").await, Web::issuer("attacker").await);
        let clock = Arc::new(Hands(AtomicI64::new(NOW)));
        let fetch = Fetch::new(Reach::public()).unwrap();
        let reached = Arc::default();
        let doors = build(&fleet(&issuer, &partner, asked.as_ref(), mode), &fetch, &clock, &reached);
        let doors = Arc::new(Mutex::new(doors));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut listening = JoinSet::new();
        listening.spawn(serve(listener, doors.clone()));
        let catcher = Catcher::start().await;
        Self {
            issuer,
            partner,
            catcher,
            asked,
            address,
            clock,
            fetch,
            mode,
            doors,
            reached,
            _listening: listening,
        }
    }

    /// Guards that have seen nothing yet, and what time it was at first.
    pub(crate) fn anew(&self) {
        self.clock.0.store(NOW, SeqCst);
        let fleet = fleet(&self.issuer, &self.partner, self.asked.as_ref(), self.mode);
        *self.doors.lock().unwrap() = build(&fleet, &self.fetch, &self.clock, &self.reached);
    }

    pub(crate) fn forward(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds, SeqCst);
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.0.load(SeqCst)
    }

    pub(crate) async fn send(&self, request: &Outgoing) -> Answer {
        request.send(self.address).await
    }

    /// What has reached a server since somebody last looked.
    pub(crate) fn reached(&self) -> Vec<Seen> {
        std::mem::take(&mut self.reached.lock().unwrap())
    }
}

fn fleet(issuer: &Web, partner: &Web, asked: Option<&Web>, mode: Mode) -> Fleet {
    let uri = |text| ResourceUri::parse(text).unwrap();
    let server = |name: &str, resource, alias, issuers: &[usize], mode| ServerSpec {
        name: name.into(),
        resource: uri(resource),
        aliases: vec![uri(alias)],
        issuers: issuers.to_vec(),
        tier: "default".into(),
        mode,
    };
    let trusted = |web: &Web, validation| {
        let mut rules = IssuerRules::default();
        rules.validation = validation;
        let url = Issuer::parse(&web.url).unwrap();
        IssuerSpec { url, rules, audiences: vec![], across_tiers: vec![] }
    };
    let (both, all): (&[_], &[_]) = if asked.is_some() { (&[0, 2], &[0, 1, 2]) } else { (&[0], &[0, 1]) };
    let here = server("notes", HERE, ALIAS, both, mode);
    let there = server("files", THERE, THERE_ALIAS, all, Mode::Strict);
    let signing = [issuer, partner].map(|web| trusted(web, Validation::Jwt));
    let asked = asked.map(|web| trusted(web, Validation::Introspection));
    Fleet::prove(vec![here, there], signing.into_iter().chain(asked).collect()).unwrap()
}

/// The two guards of a process: what one remembers, the other must not believe.
fn build(fleet: &Fleet, fetch: &Fetch, clock: &Arc<Hands>, reached: &Arc<Mutex<Vec<Seen>>>) -> Doors {
    let there = fleet.server("files").unwrap();
    let of = |validation| there.issuers().filter(move |issuer| issuer.rules.validation == validation);
    let keys = Keys::new(fetch.clone(), clock.clone(), of(Validation::Jwt).map(|issuer| issuer.url.clone()));
    let asked = Introspections::of(of(Validation::Introspection).map(|issuer| {
        let client = Client::with_secret_in_header("warded", "secret".to_owned().into(), issuer.url.clone());
        let setup = IntrospectionSetup { issuer: issuer.url.clone(), endpoint: None, client };
        Introspection::new(fetch.clone(), clock.clone(), setup)
    }));
    let scopes = |list| Scopes::parse(list).unwrap();
    let needs = |name: &str, list| [(name.into(), scopes(list))].into();
    let rules = ScopeRules {
        required: scopes("notes:read"),
        methods: needs("logging/*", "notes:admin"),
        tools: needs("delete_note", "notes:write"),
        resources: needs("notes://private/*", "notes:private"),
        prompts: needs("audit", "notes:admin"),
        ..ScopeRules::default()
    };
    let memory = Memory::of(Memory::TOKENS);
    let statuses = Statuses::new(fetch.clone(), clock.clone(), keys.clone());
    let standings = Arc::new(Standings::none().statuses(statuses));
    let guard = |server| {
        let guard = Guard::at(server, keys.clone()).clock(clock.clone()).memory(memory.clone());
        guard.standings(standings.clone()).introspection(asked.clone())
    };
    let here = guard(fleet.server("notes").unwrap()).scopes(rules).build();
    let there = guard(there.clone()).build();
    Doors { here: door(&here, reached), there: door(&there, reached) }
}

fn door(guard: &Guard, reached: &Arc<Mutex<Vec<Seen>>>) -> Door {
    let reached = reached.clone();
    let behind = tower::service_fn(move |request| behind(reached.clone(), request));
    BoxCloneService::new(guard.layer(behind))
}

/// A server that checks nothing: what stands before it must.
async fn behind(
    reached: Arc<Mutex<Vec<Seen>>>,
    request: Request<Body>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let subject = parts.extensions.get::<Arc<VerifiedToken>>().and_then(|token| token.claims().subject());
    let text =
        format!("{} {} {:?} {}", parts.method, parts.uri, parts.headers, String::from_utf8_lossy(&body));
    reached.lock().unwrap().push(Seen {
        subject: subject.map(str::to_owned),
        has_message: !body.is_empty(),
        text,
    });
    Ok(Response::new(Full::from("{}")))
}

/// The longest header that an attack sends has to reach the guard.
const LONGEST_HEAD: usize = 2 * 1024 * 1024;

async fn serve(listener: TcpListener, doors: Arc<Mutex<Doors>>) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let doors = doors.clone();
        connections.spawn(async move {
            let service = service_fn(|request: Request<Incoming>| {
                let Doors { here, there } = doors.lock().unwrap().clone();
                let door = if request.uri().path() == THERE_PATH { there } else { here };
                door.oneshot(request)
            });
            let mut server = http1::Builder::new();
            server.max_buf_size(LONGEST_HEAD).serve_connection(TokioIo::new(stream), service).await.ok();
        });
    }
}
