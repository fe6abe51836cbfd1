//! What does a guard know? The server that it stands before, whose keys it asks, and the rules of the door.

use std::{fmt, sync::Arc, time::Duration};

use http::{Extensions, Method, Response, request};
use tokio::time::Instant;
use warded_client::{introspect::Introspections, keys::Keys};
use warded_core::{Clock, Fault, Refusal, ResourceUri, Server, VerifiedToken, dpop::Proof};

use crate::{
    Body,
    answer::{Asked, Stop},
    arrivals::Arrivals,
    authorize::{self, Needs, Permitted, Policing, Sight},
    call::{self, Bounds},
    forwarding::Forwarding,
    intake::{self, Origins},
    log::Log,
    memory::Seat,
    metadata::Documents,
    record::{Books, Witness},
    request::{RequestId, current},
    sender::SenderRules,
    settle::Awaits,
    standing::{self, Standings},
    verify,
};

mod address;
mod builder;

pub use address::Addressed;
pub(crate) use address::{identifiers, is_at_host};
pub use builder::GuardBuilder;

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
    pub(crate) needs: Arc<Needs>,
    pub(crate) policing: Option<Policing>,
    pub(crate) origins: Origins,
    bounds: Bounds,
    /// Messages that are waited for.
    arrivals: Arc<Arrivals>,
    /// The server's, as every record has it.
    name: Arc<str>,
    books: Option<Books>,
    pub(crate) documents: Documents,
    log: Log,
}

/// For how many seconds a stream is open at least whose issuer is asked: as long as a revocation may take that is not
/// told at once.
const LEAST_HEARD: i64 = 5;

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
        GuardBuilder::new(server, keys)
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
    pub(crate) fn witness(&self, request: RequestId, noted: &Extensions) -> Witness {
        Witness::of(Arc::clone(&self.name), self.books.clone(), Instant::now(), request, noted)
    }

    /// Which of the server's own identifiers a request is for; always one of them, whatever the request says.
    pub(crate) fn addressed(&self, parts: &request::Parts) -> &ResourceUri {
        let addressed = parts.extensions.get::<Addressed>();
        let known = identifiers(&self.server).find(|uri| match addressed {
            Some(Addressed(addressed)) => *uri == addressed,
            None => address::is_for(parts, uri),
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
        let path = address::own_path(parts);
        let is_there = |uri: &ResourceUri| {
            let wanted = uri.path_and_query().split('?').next().unwrap_or_default();
            path == if wanted.is_empty() { "/" } else { wanted }
        };
        let mut places: Vec<_> = identifiers(&self.server).filter(|uri| is_there(uri)).cloned().collect();
        if places.is_empty() && !address::is_route(parts) {
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
    pub(crate) fn asked(&self, parts: &request::Parts, is_dpop: bool) -> Asked {
        Asked {
            identifier: self.addressed(parts).clone(),
            scope: self.needs.required().clone(),
            offers: self.sender.offers(is_dpop),
            request: current().or_next(),
            id: None,
            said: None,
        }
    }

    /// Tells whoever sends proofs which nonce to use next.
    pub(crate) fn renew(&self, answer: &mut Response<Body>, method: &Method, is_dpop: bool) {
        self.sender.renew(answer, method, is_dpop, &*self.clock);
    }

    /// Tells the operator why a request was stopped.
    pub(crate) fn tell(&self, asked: &Asked, stop: &Stop) {
        self.log.tell(self.server.name(), asked.request, stop, self.clock.now());
    }

    /// The life of a request up to the server. Each step takes what the one before it made.
    pub(crate) async fn permit<B>(
        &self,
        parts: Box<request::Parts>,
        body: B,
        asked: &mut Asked,
        witness: &mut Witness,
    ) -> Result<Permitted, Stop>
    where
        B: http_body::Body<Data = bytes::Bytes>,
        B::Error: Into<crate::BoxError>,
    {
        let presented = intake::present(parts, body, &self.origins, self.sender.dpop)?;
        let began = self.clock.now();
        let verified = verify::verify(presented, self, began, witness).await?;
        witness.sees_caller(&verified.token);
        let read = call::read(verified, self.bounds, &self.arrivals, asked).await?;
        witness.sees_call(&read.called);
        // A caller decides how long its message takes, and must not gain that time.
        if self.clock.now() != began {
            Box::pin(self.still_good(&read.token)).await?;
        }
        let allowed = authorize::permit(read, &self.needs, asked)?;
        let proven = allowed.prove(self, self.clock.now()).await?;
        let judged = proven.judge(self, asked, witness, self.clock.now()).await?;
        judged.take(self, asked, witness, self.clock.now()).await
    }

    /// Whether a token that was admitted a moment ago still lives, and was not taken back since.
    async fn still_good(&self, token: &VerifiedToken) -> Result<(), Stop> {
        if self.clock.now() >= token.ends() {
            return Err(Refusal::Expired { at: token.claims().expires() }.into());
        }
        // Whoever has a key that was withdrawn meanwhile may be a thief. An honest caller comes back with another token.
        if !self.still_vouches(token) {
            return Err(Fault::KeysMissing.into());
        }
        self.still_stands(token).await
    }

    /// Whether the key that signed a token is still its issuer's. What an issuer said when it was asked has an end of its
    /// own.
    pub(crate) fn still_vouches(&self, token: &VerifiedToken) -> bool {
        token.known_until().is_some() || self.keys.vouch_for(token)
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
        if !permitted.called.listens() {
            return None;
        }
        let (token, now) = (&permitted.token, self.clock.now());
        let left = token.ends().since(now);
        // Those who come back at once would not hear a thing in between.
        let left = token.known_until().map_or(left, |until| left.min(until.since(now).max(LEAST_HEARD)));
        Some(Duration::from_secs(u64::try_from(left).unwrap_or(0)))
    }

    /// What the answer to a call may show of the server's lists, and what its caller reads it as; none where all of it
    /// may be shown as it is.
    pub(crate) fn sight(&self, permitted: &Permitted) -> (Option<Sight>, Awaits) {
        let (held, called) = (permitted.token.claims().scopes(), &permitted.called);
        let hiding = self.policing.as_ref().and_then(Policing::hiding);
        match (self.needs.sight(held), hiding) {
            (Some(sight), hiding) => (Some(sight.without(hiding)), called.awaits()),
            (None, Some(_)) => (Some(self.needs.full_sight(held).without(hiding)), called.awaits()),
            // Whoever sees everything must not be shown that others may see it, too.
            (None, None) if called.is_hinted() => (self.needs.clear_sight(held), Awaits::Hinted),
            (None, None) => (None, Awaits::Answer),
        }
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("server", &self.0.server.name()).finish_non_exhaustive()
    }
}
