//! One server, as the gateway serves it: the guard in front, the server behind.

use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderName, Method, Request, Response};
use tower::Service;
use warded_core::{Fault, ResourceUri, Server};
use warded_guard::{Addressed, Body, BoxError, Forwarding, Guard, Permitted, Stop};

use crate::{
    headers, limits::Limits, pipeline::Http, room::Room, shutdown::Stopping, stdio::Stdio, term::Term,
    traffic::Traffic,
};

/// What lies behind a guard, by how it is spoken to.
#[derive(Debug)]
#[non_exhaustive]
#[expect(clippy::large_enum_variant, reason = "there is one for each server, and it stays where it is")]
pub enum Behind {
    /// A server at a URL.
    Http(Http),
    /// Processes that Warded starts.
    Stdio(Stdio),
}

/// One server: its guard, and what lies behind.
#[derive(Debug)]
pub struct Site {
    server: Server,
    guard: Guard,
    service: Forwarding<Carrier>,
    term: Term,
    is_http: bool,
}

impl Site {
    /// A server that is reached through its guard only.
    pub fn new(server: &Server, guard: Guard, behind: Behind) -> Self {
        Self::within(server, guard, behind, &Limits::default(), Arc::default())
    }

    /// The same, with as many calls at a time as `limits` say, and what goes through is counted in `traffic`.
    pub fn within(
        server: &Server,
        guard: Guard,
        behind: Behind,
        limits: &Limits,
        traffic: Arc<Traffic>,
    ) -> Self {
        let room = Room::of(limits.requests_per_server);
        let is_http = matches!(behind, Behind::Http(_));
        let service = guard.forwarding(Carrier(Arc::new(Carried { behind, traffic, room })));
        Self { server: server.clone(), guard, service, term: Term::default(), is_http }
    }

    /// Streams that have no end of their own go on for this long.
    #[must_use]
    pub fn lasting(mut self, term: Term) -> Self {
        self.term = term;
        self
    }

    /// Every identifier, the first one first.
    pub(crate) fn identifiers(&self) -> Vec<ResourceUri> {
        let spec = self.server.spec();
        std::iter::once(&spec.resource).chain(&spec.aliases).cloned().collect()
    }

    /// Answers a request for the document of one of the identifiers (RFC 9728).
    pub(crate) fn introduction<B>(&self, identifier: &ResourceUri, request: &Request<B>) -> Response<Body> {
        self.guard.introduction(identifier, request.method(), request.headers())
    }

    /// Answers a request that was addressed to one of the identifiers.
    pub(crate) fn answer<B>(
        &self,
        mut request: Request<B>,
        identifier: &ResourceUri,
        stopping: &Stopping,
    ) -> BoxFuture<'static, Result<Response<Body>, Infallible>>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        // Before the guard: a header that `Connection` names would be judged and then not be sent on.
        headers::end_to_end(request.headers_mut());
        request.extensions_mut().insert(Addressed(identifier.clone()));
        if !self.is_http || listens(&request) {
            request.extensions_mut().insert(self.term.within(stopping.clone()));
        }
        // A guard is always ready.
        self.service.clone().call(request)
    }
}

/// The header that says what the body says.
static METHOD: HeaderName = HeaderName::from_static("mcp-method");

/// Whether the answer has no end of its own: a GET, or the one call that asks for such a stream. That the header says what
/// the body says, the guard sees to.
fn listens<B>(request: &Request<B>) -> bool {
    request.method() == Method::GET
        || request.headers().get(&METHOD).is_some_and(|method| method == "subscriptions/listen")
}

/// Takes permitted calls from the guard to the server behind.
#[derive(Clone, Debug)]
pub(crate) struct Carrier(Arc<Carried>);

#[derive(Debug)]
struct Carried {
    behind: Behind,
    traffic: Arc<Traffic>,
    /// Calls whose answer has not begun. One server that hangs must not take what all of them share.
    room: Arc<Room>,
}

impl Service<Permitted> for Carrier {
    type Response = Response<Body>;
    type Error = Stop;
    type Future = BoxFuture<'static, Result<Response<Body>, Stop>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Stop>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, permitted: Permitted) -> Self::Future {
        let carried = Arc::clone(&self.0);
        let Some(seat) = carried.room.enter() else {
            return Box::pin(std::future::ready(Err(Stop::Later(Fault::ServerBusy, 1))));
        };
        Box::pin(async move {
            let _seat = seat;
            let begun = carried.traffic.begins();
            let answer = match &carried.behind {
                Behind::Http(http) => http.carry(permitted).await,
                Behind::Stdio(stdio) => Box::pin(stdio.carry(permitted)).await,
            };
            begun.ends(answer)
        })
    }
}
