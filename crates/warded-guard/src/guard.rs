//! What does a guard know? The server that it stands before, whose keys it asks, and the rules of the door.

use std::{fmt, sync::Arc, time::Duration};

use http::{Method, Response, header::HOST, request};
use tokio::time::Instant;
use warded_client::{clock::SystemClock, introspect::Introspections, keys::Keys};
use warded_core::{
    Clock, FingerprintKey, Refusal, ResourceUri, Server, VerifiedToken,
    dpop::{Nonces, Proof},
};
use warded_store::{Replays, journal::Journal};

use crate::{
    Body,
    answer::{Asked, Stop},
    attest::Attestation,
    authorize::{self, Needs, Permitted, ScopeRules, Sight},
    call::{self, Bounds},
    forwarding::Forwarding,
    intake::{self, Origins},
    log::Log,
    memory::{Memory, Seat},
    metadata::{Documents, Said},
    page::PageOrigin,
    record::{Books, Witness},
    sender::{Dpop, SenderRules},
    standing::{self, Standings},
    verify,
};

/// Lets a call in where its token was issued for this server, and nowhere else.
///
/// It is a [`tower::Layer`]; whoever needs the typed call takes [`Guard::forwarding`].
///
/// ```
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// use axum::{Router, routing::post};
/// use warded_guard::{Body, Guard};
///
/// async fn mcp(message: String) -> String {
///     message
/// }
///
/// let guard = Guard::before("https://notes.example.com/mcp").issuer("https://login.example.com").build()?;
/// let app: Router = Router::new().route("/mcp", post(mcp)).layer(guard);
/// # let _ = (app, std::any::type_name::<Body>());
/// # Ok::<_, warded_guard::NotBuilt>(()) })?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Guard(Arc<Rules>);

pub(crate) struct Rules {
    pub(crate) server: Server,
    pub(crate) keys: Arc<Keys>,
    pub(crate) sender: SenderRules,
    pub(crate) memory: Seat,
    pub(crate) introspections: Arc<Introspections>,
    pub(crate) standings: Arc<Standings>,
    clock: Arc<dyn Clock>,
    needs: Arc<Needs>,
    pub(crate) origins: Origins,
    bounds: Bounds,
    books: Option<Books>,
    pub(crate) documents: Documents,
    log: Log,
}

/// For how many seconds a stream is open at least whose issuer is asked: as long as a revocation may take that is not
/// told at once.
const LEAST_HEARD: i64 = 5;

/// Which of a server's identifiers a request is for. Whoever routes by host and path says so in the request's
/// extensions; otherwise the guard compares them itself.
///
/// ```
/// use warded_core::ResourceUri;
/// use warded_guard::Addressed;
///
/// let found = ResourceUri::parse("https://notes.example.com/mcp")?;
/// let mut request = http::Request::new("a message");
/// request.extensions_mut().insert(Addressed(found));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a name for one value among a request's extensions")]
pub struct Addressed(pub ResourceUri);

/// A guard that is being described.
///
/// ```
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// let builder = warded_guard::Guard::before("https://notes.example.com/mcp")
///     .issuer("https://login.example.com")
///     .in_long()?;
/// let guard = builder.title("Notes").alone_at_origin().build();
/// # let _ = guard;
/// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub struct GuardBuilder {
    server: Server,
    keys: Arc<Keys>,
    sender: SenderRules,
    introspections: Arc<Introspections>,
    standings: Arc<Standings>,
    clock: Arc<dyn Clock>,
    scopes: ScopeRules,
    origins: Origins,
    bounds: Bounds,
    books: Option<Books>,
    memory: Option<Arc<Memory>>,
    title: Option<Box<str>>,
    is_alone: bool,
    attestation: Option<Attestation>,
}

impl Guard {
    /// The guard before a server, which asks these keys whether a signature is its issuer's.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// use std::sync::Arc;
    /// use warded_client::{clock::SystemClock, fetch::{Fetch, Reach}, keys::Keys};
    /// use warded_core::Fleet;
    /// use warded_guard::Guard;
    ///
    /// fn guards(fleet: &Fleet) -> Result<Vec<Guard>, Box<dyn std::error::Error>> {
    ///     let issuers = fleet.servers().flat_map(|server| {
    ///         server.issuers().map(|issuer| issuer.url.clone()).collect::<Vec<_>>()
    ///     });
    ///     let keys = Keys::new(Fetch::new(Reach::public())?, Arc::new(SystemClock), issuers.collect::<Vec<_>>());
    ///     Ok(fleet.servers().map(|server| Guard::at(server, Arc::clone(&keys)).build()).collect())
    /// }
    ///
    /// let fleet = Fleet::prove(vec![], vec![]).map_err(|_| "not disjoint")?;
    /// assert!(guards(&fleet)?.is_empty());
    /// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn at(server: Server, keys: Arc<Keys>) -> GuardBuilder {
        let mut origins = Origins::default();
        identifiers(&server).for_each(|uri| origins.admit(uri));
        GuardBuilder {
            server,
            keys,
            sender: SenderRules::default(),
            introspections: Arc::default(),
            standings: Arc::default(),
            clock: Arc::new(SystemClock),
            scopes: ScopeRules::default(),
            origins,
            bounds: Bounds { bytes: 4 * 1024 * 1024, patience: Duration::from_secs(30) },
            books: None,
            memory: None,
            title: None,
            is_alone: false,
            attestation: None,
        }
    }

    /// The server that it stands before.
    ///
    /// ```
    /// fn name(guard: &warded_guard::Guard) -> &str {
    ///     guard.server().name()
    /// }
    /// # let _ = name;
    /// ```
    pub fn server(&self) -> &Server {
        &self.0.server
    }

    /// Hands permitted calls, and nothing else, to `inner`; whatever stops, here or there, is answered here.
    ///
    /// ```
    /// use http::Response;
    /// use tower::service_fn;
    /// use warded_core::Fault;
    /// use warded_guard::{Body, Called, Guard, Permitted, Stop};
    ///
    /// fn in_front(guard: &Guard) {
    ///     let service = guard.forwarding(service_fn(|call: Permitted| async move {
    ///         match &call.called {
    ///             Called::Post { message, .. } if !call.residue.occurs_in(message) => {
    ///                 Ok(Response::new(Body::default()))
    ///             }
    ///             _ => Err(Stop::from(Fault::UpstreamUnreachable)),
    ///         }
    ///     }));
    ///     # let _ = service;
    /// }
    /// # let _ = in_front;
    /// ```
    pub fn forwarding<S>(&self, inner: S) -> Forwarding<S> {
        Forwarding::new(self.clone(), inner)
    }

    pub(crate) fn rules(&self) -> &Rules {
        &self.0
    }
}

impl Rules {
    /// Sees a request come.
    pub(crate) fn witness(&self) -> Witness {
        Witness::of(self.server.name(), self.books.clone(), Instant::now())
    }

    /// Which of the server's own identifiers a request is for; always one of them, whatever the request says.
    pub(crate) fn addressed(&self, parts: &request::Parts) -> &ResourceUri {
        let addressed = parts.extensions.get::<Addressed>();
        let known = identifiers(&self.server).find(|uri| match addressed {
            Some(Addressed(addressed)) => *uri == addressed,
            None => is_for(parts, uri),
        });
        known.unwrap_or_else(|| self.server.resource())
    }

    /// For which URL a proof must be that comes with this request: one of the server's own, and the request's own path.
    /// None where the path is none that an identifier could have.
    pub(crate) fn proven(&self, parts: &request::Parts, proof: &Proof<'_>) -> Option<ResourceUri> {
        if let Some(Addressed(addressed)) = parts.extensions.get::<Addressed>()
            && let Some(known) = identifiers(&self.server).find(|uri| *uri == addressed)
        {
            return Some(known.clone());
        }
        let path = own_path(parts);
        let is_there = |uri: &ResourceUri| {
            let wanted = uri.path_and_query().split('?').next().unwrap_or_default();
            path == if wanted.is_empty() { "/" } else { wanted }
        };
        let mut places: Vec<_> = identifiers(&self.server).filter(|uri| is_there(uri)).cloned().collect();
        if places.is_empty() && !is_route(parts) {
            // Whoever sends a proof on can write any path: only a route that the application has is a URL of its own.
            return Some(self.server.resource().clone());
        }
        if places.is_empty() {
            let routes =
                identifiers(&self.server).map(|uri| ResourceUri::parse(&format!("{}{path}", uri.origin())));
            places.extend(routes.filter_map(Result::ok));
        }
        // `Host` chooses among the server's own names. One that a proxy wrote names none, and chooses nothing.
        let at_host = places.iter().find(|uri| is_at_host(parts, uri));
        let chosen = at_host.or_else(|| places.iter().find(|uri| proof.names(uri)));
        chosen.or(places.first()).cloned()
    }

    /// What an answer to this request would have to say.
    pub(crate) fn asked(&self, parts: &request::Parts) -> Asked {
        Asked {
            identifier: self.addressed(parts).clone(),
            scope: self.needs.required().clone(),
            offers: self.sender.offers(intake::says_dpop(&parts.headers)),
            id: None,
        }
    }

    /// Tells whoever sends proofs which nonce to use next.
    pub(crate) fn renew(&self, answer: &mut Response<Body>, method: &Method, is_dpop: bool) {
        self.sender.renew(answer, method, is_dpop, self.clock.now());
    }

    /// Tells the operator why a request was stopped.
    pub(crate) fn tell(&self, stop: &Stop) {
        self.log.tell(self.server.name(), stop, self.clock.now());
    }

    /// The life of a request up to the server. Each step takes what the one before it made.
    pub(crate) async fn permit<B>(
        &self,
        parts: request::Parts,
        body: B,
        asked: &mut Asked,
        witness: &mut Witness,
    ) -> Result<Permitted, Stop>
    where
        B: http_body::Body<Data = bytes::Bytes>,
        B::Error: Into<crate::BoxError>,
    {
        let presented = intake::present(parts, body, &self.origins, self.sender.dpop)?;
        witness.sees_token(&presented.token);
        let began = self.clock.now();
        let verified = verify::verify(presented, self, began, witness).await?;
        witness.sees_caller(&verified.token);
        let read = call::read(verified, self.bounds, asked).await?;
        witness.sees_call(&read.called);
        // A caller decides how long its message takes, and must not gain that time.
        if self.clock.now() != began {
            self.still_good(&read.token).await?;
        }
        authorize::permit(read, &self.needs, asked)?.settle(self, self.clock.now()).await
    }

    /// Whether a token that was admitted a moment ago still lives, and was not taken back since.
    async fn still_good(&self, token: &VerifiedToken) -> Result<(), Stop> {
        if self.clock.now() >= token.ends() {
            return Err(Refusal::Expired { at: token.claims().expires() }.into());
        }
        self.still_stands(token).await
    }

    /// Whether a token that was admitted some time ago was not taken back since. One that has ended stays what it was.
    pub(crate) async fn still_stands(&self, token: &VerifiedToken) -> Result<(), Stop> {
        let now = self.clock.now();
        if now >= token.ends() {
            return Ok(());
        }
        standing::settle(token, self, now).await.map(|_settled| ())
    }

    /// How long an answer may take: whoever only listens does so for as long as the token lives, and for as long as its
    /// issuer's word about it is good, where it was asked. A call that was permitted is answered, however long it
    /// takes.
    pub(crate) fn patience(&self, permitted: &Permitted) -> Option<Duration> {
        let (token, now) = (&permitted.token, self.clock.now());
        let left = token.ends().since(now);
        // Those who come back at once would not hear a thing in between.
        let left = token.known_until().map_or(left, |until| left.min(until.since(now).max(LEAST_HEARD)));
        permitted.called.listens().then(|| Duration::from_secs(u64::try_from(left).unwrap_or(0)))
    }

    /// What the answer to a call may show of the server's lists; none where it may show all of them.
    pub(crate) fn sight(&self, permitted: &Permitted) -> Option<Sight> {
        self.needs.sight(permitted.token.claims().scopes())
    }
}

/// The identifiers of a server, its resource first.
pub(crate) fn identifiers(server: &Server) -> impl Iterator<Item = &ResourceUri> {
    let spec = server.spec();
    std::iter::once(&spec.resource).chain(&spec.aliases)
}

/// Whether a request is addressed to this identifier. Nothing is decided by it but which metadata document a
/// challenge names, always of our own: a forged `Host` leads nowhere else.
pub(crate) fn is_for(parts: &request::Parts, uri: &ResourceUri) -> bool {
    let path = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let wanted = if uri.path_and_query().is_empty() { "/" } else { uri.path_and_query() };
    is_at_host(parts, uri) && (path == wanted || parts.uri.path() == wanted)
}

/// Whether the application has a route for this very path behind the guard.
fn is_route(parts: &request::Parts) -> bool {
    #[cfg(feature = "axum")]
    return parts.extensions.get::<axum::extract::MatchedPath>().is_some();
    #[cfg(not(feature = "axum"))]
    return {
        let _ = parts;
        false
    };
}

/// The path that the caller asked for, also where a router cut off its beginning.
fn own_path(parts: &request::Parts) -> &str {
    #[cfg(feature = "axum")]
    if let Some(axum::extract::OriginalUri(uri)) = parts.extensions.get() {
        return uri.path();
    }
    parts.uri.path()
}

pub(crate) fn is_at_host(parts: &request::Parts, uri: &ResourceUri) -> bool {
    let authority = uri.origin().split_once("://").map_or("", |(_, authority)| authority);
    let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
    host.or(parts.uri.authority().map(http::uri::Authority::as_str))
        .map(|host| host.strip_suffix(if uri.is_plain_http() { ":80" } else { ":443" }).unwrap_or(host))
        .is_some_and(|host| host.eq_ignore_ascii_case(authority))
}

impl GuardBuilder {
    /// Where the time comes from, if not from the machine.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let builder = warded_guard::Guard::before("https://notes.example.com/mcp")
    ///     .issuer("https://login.example.com")
    ///     .in_long()?;
    /// let guard = builder.clock(std::sync::Arc::new(warded_client::clock::SystemClock)).build();
    /// # let _ = guard;
    /// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// How the issuers are asked whose tokens are not signed. Without it their tokens are answered with 503.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use warded_client::introspect::Introspections;
    /// use warded_guard::{Guard, GuardBuilder};
    ///
    /// fn asks(builder: GuardBuilder, introspections: Arc<Introspections>) -> Guard {
    ///     builder.introspection(introspections).build()
    /// }
    /// # let _ = asks;
    /// ```
    pub fn introspection(mut self, introspections: Arc<Introspections>) -> Self {
        self.introspections = introspections;
        self
    }

    /// Where it is looked up whether tokens were taken back. Without it tokens that name a status list are answered with
    /// 503.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use warded_client::status::Statuses;
    /// use warded_guard::{Guard, GuardBuilder, Standings};
    ///
    /// fn looked_up(builder: GuardBuilder, statuses: Arc<Statuses>) -> Guard {
    ///     builder.standings(Arc::new(Standings::none().statuses(statuses))).build()
    /// }
    /// # let _ = looked_up;
    /// ```
    pub fn standings(mut self, standings: Arc<Standings>) -> Self {
        self.standings = standings;
        self
    }

    /// Which scopes calls need.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let builder = warded_guard::Guard::before("https://notes.example.com/mcp")
    ///     .issuer("https://login.example.com")
    ///     .in_long()?;
    /// let required = warded_core::Scopes::parse("notes:read")?;
    /// let rules = warded_guard::ScopeRules { required, ..Default::default() };
    /// let guard = builder.scopes(rules).build();
    /// # let _ = guard;
    /// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn scopes(mut self, scopes: ScopeRules) -> Self {
        self.scopes = scopes;
        self
    }

    /// Whether tokens come with proofs of possession (RFC 9449), if not both ways are open.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let builder = warded_guard::Guard::before("https://notes.example.com/mcp")
    ///     .issuer("https://login.example.com")
    ///     .in_long()?;
    /// let guard = builder.dpop(warded_guard::Dpop::Required).build();
    /// # let _ = guard;
    /// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn dpop(mut self, dpop: Dpop) -> Self {
        self.sender.dpop = dpop;
        self
    }

    /// Demands of every proof a nonce that was given out lately (RFC 9449 §9). All nodes of a server have the same
    /// key, and nothing else is made with it.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let builder = warded_guard::Guard::before("https://notes.example.com/mcp")
    ///     .issuer("https://login.example.com")
    ///     .in_long()?;
    /// # let key_of_all_nodes = [7; 32];
    /// let guard = builder.dpop_nonces(&key_of_all_nodes).build();
    /// # let _ = guard;
    /// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn dpop_nonces(mut self, key: &[u8; 32]) -> Self {
        self.sender.nonces = Some(Nonces::new(key, self.server.resource()));
        self
    }

    /// Where used proofs are remembered: a store that all nodes of the server share. Without it each guard that is built
    /// remembers its own in memory: a proof that is still young is good once more after a restart, at a second guard
    /// for the same server, and at a second node.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use warded_guard::{Guard, GuardBuilder};
    /// use warded_store::Replays;
    ///
    /// fn on_many_nodes(builder: GuardBuilder, shared: Arc<dyn Replays>) -> Guard {
    ///     builder.replays(shared).build()
    /// }
    /// # let _ = on_many_nodes;
    /// ```
    pub fn replays(mut self, replays: Arc<dyn Replays>) -> Self {
        self.sender.replays = replays;
        self
    }

    /// Says in the metadata that tokens may be bound to the client's certificate (RFC 8705 §3). They are checked
    /// anyway; this is true where TLS ends at somebody who asks for certificates and passes them on as
    /// [`ClientCertificate`](crate::ClientCertificate).
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let builder = warded_guard::Guard::before("https://notes.example.com/mcp")
    ///     .issuer("https://login.example.com")
    ///     .in_long()?;
    /// let guard = builder.client_certificates().build();
    /// # let _ = guard;
    /// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn client_certificates(mut self) -> Self {
        self.sender.certificates = true;
        self
    }

    /// Where calls are recorded, and the key under which tokens are named there. From then on a call that cannot be
    /// recorded is not let through.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use warded_core::FingerprintKey;
    /// use warded_guard::{Guard, GuardBuilder};
    /// use warded_store::journal::Journal;
    ///
    /// fn recorded(builder: GuardBuilder, journal: Arc<dyn Journal>, names: [u8; 32]) -> Guard {
    ///     builder.journal(journal, Arc::new(FingerprintKey::new(names))).build()
    /// }
    /// # let _ = recorded;
    /// ```
    pub fn journal(mut self, journal: Arc<dyn Journal>, names: Arc<FingerprintKey>) -> Self {
        self.books = Some(Books { journal, names });
        self
    }

    /// Lets web pages of one more origin call the server.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let builder = warded_guard::Guard::before("https://notes.example.com/mcp")
    ///     .issuer("https://login.example.com")
    ///     .in_long()?;
    /// let inspector = warded_core::ResourceUri::parse("https://inspector.example.com")?;
    /// let guard = builder.origin(&inspector).build();
    /// # let _ = guard;
    /// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn origin(mut self, origin: &ResourceUri) -> Self {
        self.origins.admit(origin);
        self
    }

    /// Lets pages of an origin in that is no `https` URL: an application with a browser inside, an extension, a page of
    /// the local network.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// use warded_guard::{Guard, PageOrigin};
    ///
    /// let builder = Guard::before("https://notes.example.com/mcp").issuer("https://login.example.com").in_long()?;
    /// let guard = builder.page_origin(&PageOrigin::parse("tauri://localhost")?).build();
    /// # let _ = guard;
    /// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn page_origin(mut self, origin: &PageOrigin) -> Self {
        self.origins.admit_exactly(origin);
        self
    }

    /// Where verdicts are remembered. Guards of one process share one memory; a guard that is given none has one of
    /// its own, of [`Memory::TOKENS`].
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let builder = warded_guard::Guard::before("https://notes.example.com/mcp")
    ///     .issuer("https://login.example.com")
    ///     .in_long()?;
    /// let shared = warded_guard::Memory::of(100_000);
    /// let guard = builder.memory(std::sync::Arc::clone(&shared)).build();
    /// # let _ = guard;
    /// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn memory(mut self, memory: Arc<Memory>) -> Self {
        self.memory = Some(memory);
        self
    }

    /// The longest message that is read, in bytes.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let builder = warded_guard::Guard::before("https://notes.example.com/mcp")
    ///     .issuer("https://login.example.com")
    ///     .in_long()?;
    /// let guard = builder.body_limit(64 * 1024).build();
    /// # let _ = guard;
    /// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.bounds.bytes = bytes;
        self
    }

    /// How long a message may take to arrive.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let builder = warded_guard::Guard::before("https://notes.example.com/mcp")
    ///     .issuer("https://login.example.com")
    ///     .in_long()?;
    /// let guard = builder.body_patience(std::time::Duration::from_secs(5)).build();
    /// # let _ = guard;
    /// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn body_patience(mut self, patience: Duration) -> Self {
        self.bounds.patience = patience;
        self
    }

    /// The server's name for people.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let builder = warded_guard::Guard::before("https://notes.example.com/mcp")
    ///     .issuer("https://login.example.com")
    ///     .in_long()?;
    /// let guard = builder.title("Ada's notes").build();
    /// # let _ = guard;
    /// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn title(mut self, title: &str) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Nothing but this server lives at its origins: each of them introduces it at its root too, where some clients
    /// look.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let builder = warded_guard::Guard::before("https://notes.example.com/mcp")
    ///     .issuer("https://login.example.com")
    ///     .in_long()?;
    /// let guard = builder.alone_at_origin().build();
    /// assert!(guard.metadata_paths().any(|(_, path)| path == "/.well-known/oauth-protected-resource"));
    /// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn alone_at_origin(mut self) -> Self {
        self.is_alone = true;
        self
    }

    /// Who vouches for what the server says of itself.
    ///
    /// ```
    /// use warded_guard::{Attestation, Guard, GuardBuilder};
    ///
    /// fn vouched_for(builder: GuardBuilder, attestation: Attestation) -> Guard {
    ///     builder.signed_metadata(attestation).build()
    /// }
    /// # let _ = vouched_for;
    /// ```
    pub fn signed_metadata(mut self, attestation: Attestation) -> Self {
        self.attestation = Some(attestation);
        self
    }

    /// The guard.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let builder = warded_guard::Guard::before("https://notes.example.com/mcp")
    ///     .issuer("https://login.example.com")
    ///     .in_long()?;
    /// let guard = builder.build();
    /// assert_eq!(guard.server().resource().as_str(), "https://notes.example.com/mcp");
    /// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn build(self) -> Guard {
        let Self {
            server,
            keys,
            introspections,
            standings,
            sender,
            clock,
            scopes,
            origins,
            bounds,
            books,
            memory,
            title,
            is_alone,
            attestation,
        } = self;
        for name in scopes.without_scope() {
            tracing::error!(server = server.name(), name, "a rule names no scope, so it protects nothing");
        }
        let said = Said {
            scopes: &scopes.supported(),
            sender: &sender,
            title: title.as_deref(),
            is_alone,
            attestation: attestation.as_ref(),
        };
        let documents = Documents::of(&server, &said, clock.now());
        Guard(Arc::new(Rules {
            server,
            keys,
            introspections,
            standings,
            sender,
            memory: Seat::in_memory(memory.unwrap_or_else(|| Memory::of(Memory::TOKENS))),
            clock,
            needs: Arc::new(Needs::of(&scopes)),
            origins,
            bounds,
            books,
            documents,
            log: Log::default(),
        }))
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("server", &self.0.server.name()).finish_non_exhaustive()
    }
}

impl fmt::Debug for GuardBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardBuilder").field("server", &self.server.name()).finish_non_exhaustive()
    }
}
