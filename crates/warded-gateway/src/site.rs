//! One server, as the gateway serves it: the guard in front, the server behind.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use futures_util::{FutureExt as _, future::BoxFuture};
use http::{Request, Response};
use tower::{Service, ServiceExt as _};
use warded_core::{ResourceUri, Server};
use warded_guard::{Addressed, Body, Forwarding, Guard, Permitted, Stop};

use crate::{gateway::sure, headers, pipeline::Http, shutdown::Stopping, stdio::Stdio, term::Term};

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
}

impl Site {
    /// A server that is reached through its guard only.
    pub fn new(server: &Server, guard: Guard, behind: Behind) -> Self {
        let service = guard.forwarding(Carrier(Arc::new(behind)));
        Self { server: server.clone(), guard, service, term: Term::default() }
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
    pub(crate) fn introduction(&self, identifier: &ResourceUri, request: &Request<Body>) -> Response<Body> {
        self.guard.introduction(identifier, request.method(), request.headers())
    }

    /// Answers a request that was addressed to one of the identifiers.
    pub(crate) fn answer(
        &self,
        mut request: Request<Body>,
        identifier: &ResourceUri,
        stopping: Stopping,
    ) -> BoxFuture<'static, Response<Body>> {
        // Before the guard: a header that `Connection` names would be judged and then not be sent on.
        headers::end_to_end(request.headers_mut());
        request.extensions_mut().insert(Addressed(identifier.clone()));
        request.extensions_mut().insert(self.term.within(stopping));
        Box::pin(self.service.clone().oneshot(request).map(sure))
    }
}

/// Takes permitted calls from the guard to the server behind.
#[derive(Clone, Debug)]
pub(crate) struct Carrier(Arc<Behind>);

impl Service<Permitted> for Carrier {
    type Response = Response<Body>;
    type Error = Stop;
    type Future = BoxFuture<'static, Result<Response<Body>, Stop>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Stop>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, permitted: Permitted) -> Self::Future {
        let behind = Arc::clone(&self.0);
        Box::pin(async move {
            match &*behind {
                Behind::Http(http) => http.carry(permitted).await,
                Behind::Stdio(stdio) => stdio.carry(permitted).await,
            }
        })
    }
}
