//! How does a request reach its endpoint? Nearly all of them ask for a token, and go straight there; what else there is
//! the router knows.

use std::{
    convert::Infallible,
    fmt,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{Router, body::Body, extract::State, response::Response};
use futures_util::future::BoxFuture;
use http::{Method, Request};
use tower::Service;

use crate::{AuthorizationServer, token::token};

/// An issuer that answers.
#[derive(Clone)]
pub struct Served {
    server: Arc<AuthorizationServer>,
    /// The path at which tokens are asked for.
    token: Arc<str>,
    router: Router,
}

impl Served {
    pub(crate) fn new(server: &Arc<AuthorizationServer>, token: &str, router: Router) -> Self {
        Self { server: Arc::clone(server), token: token.into(), router }
    }
}

impl Service<Request<Body>> for Served {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request<Body>>::poll_ready(&mut self.router, context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        if request.method() == Method::POST && request.uri().path() == &*self.token {
            let server = Arc::clone(&self.server);
            return Box::pin(async { Ok(token(State(server), request).await) });
        }
        Box::pin(self.router.call(request))
    }
}

/// Says which issuer it is.
impl fmt::Debug for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Served").field("issuer", self.server.issuer()).finish_non_exhaustive()
    }
}
