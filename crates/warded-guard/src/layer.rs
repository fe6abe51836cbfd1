//! How does a server add a guard? As one layer around its own service.

use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::{FutureExt as _, future::BoxFuture};
use http::{Request, Response};
use http_body_util::BodyExt as _;
use tower::{Layer, Service, ServiceExt as _};

use crate::{
    Body, BoxError, Caller, Guard,
    answer::{Stop, text},
    authorize::Permitted,
    call::Called,
    forwarding::Forwarding,
};

/// A server of one's own behind a guard: it gets its request back, without the credential, and finds out who asks
/// in the request's extensions: [`Caller::of`].
///
/// ```
/// use warded_guard::{Embedded, Forwarding, Guard};
///
/// fn around<S>(guard: &Guard, server: S) -> Forwarding<Embedded<S>> {
///     tower::Layer::layer(guard, server)
/// }
/// # let _ = around::<()>;
/// ```
#[derive(Clone, Debug)]
pub struct Embedded<S>(S);

impl<S> Layer<S> for Guard {
    type Service = Forwarding<Embedded<S>>;

    fn layer(&self, inner: S) -> Self::Service {
        self.forwarding(Embedded(inner))
    }
}

impl<S, R> Service<Permitted> for Embedded<S>
where
    S: Service<Request<Body>, Response = Response<R>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    R: http_body::Body<Data = Bytes> + Send + 'static,
    R::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = Stop;
    type Future = BoxFuture<'static, Result<Response<Body>, Stop>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Stop>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, permitted: Permitted) -> Self::Future {
        let asking = self.0.clone().oneshot(restored(permitted));
        Box::pin(asking.map(|answer| match answer {
            Ok(response) => Ok(response.map(|body| body.map_err(Into::into).boxed_unsync())),
            Err(never) => match never {},
        }))
    }
}

/// The request as its server expects it. Its body is what was judged.
fn restored(permitted: Permitted) -> Request<Body> {
    let Permitted { mut parts, called, token, .. } = permitted;
    let body = match &called {
        Called::Post { message, .. } => message.clone(),
        Called::Get | Called::Delete => Bytes::new(),
    };
    parts.extensions.insert(Caller::with(Arc::clone(&token)));
    parts.extensions.insert(token);
    parts.extensions.insert(called);
    Request::from_parts(*parts, text(body))
}
