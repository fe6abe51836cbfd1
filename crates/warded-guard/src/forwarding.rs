//! Who gets a permitted call? The service that holds the steps together; whatever stops becomes an answer here.

use std::{
    convert::Infallible,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, Response, header::ACCEPT_ENCODING, request};
use tower::{Service, ServiceExt as _};

use crate::{
    Body, BoxError, Guard,
    answer::{Asked, Stop, answer},
    authorize::Permitted,
    intake,
    page::Page,
    settle::{Settlement, Vigil},
};

/// A guard before a service that takes permitted calls only.
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
pub struct Forwarding<S> {
    guard: Guard,
    inner: S,
}

impl<S> Forwarding<S> {
    pub(crate) fn new(guard: Guard, inner: S) -> Self {
        Self { guard, inner }
    }
}

impl<S, B> Service<Request<B>> for Forwarding<S>
where
    S: Service<Permitted, Response = Response<Body>, Error = Stop> + Clone + Send + 'static,
    S::Future: Send,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    /// Always ready: a refusal needs nobody behind. The service behind is waited for once a call is permitted.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (guard, inner) = (self.guard.clone(), self.inner.clone());
        Box::pin(async move { Ok(converse(&guard, inner, request).await) })
    }
}

async fn converse<S, B>(guard: &Guard, inner: S, request: Request<B>) -> Response<Body>
where
    S: Service<Permitted, Response = Response<Body>, Error = Stop>,
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let (parts, body) = request.into_parts();
    // Each step hands them on.
    let parts = Box::new(parts);
    if let Some(document) = guard.introduces(&parts) {
        return document;
    }
    let rules = guard.rules();
    let page = Page::of(&parts.headers, &rules.origins);
    if let Some(answer) = page.asks_first(&parts) {
        return answer;
    }
    let (method, is_dpop) = (parts.method.clone(), intake::says_dpop(&parts.headers));
    let mut asked = rules.asked(&parts, is_dpop);
    let mut answer = attempt(guard, inner, parts, body, &mut asked).await.unwrap_or_else(|stop| {
        rules.tell(&asked, &stop);
        answer(&asked, &stop)
    });
    rules.renew(&mut answer, &method, is_dpop);
    page.may_read(answer)
}

async fn attempt<S, B>(
    guard: &Guard,
    inner: S,
    parts: Box<request::Parts>,
    body: B,
    asked: &mut Asked,
) -> Result<Response<Body>, Stop>
where
    S: Service<Permitted, Response = Response<Body>, Error = Stop>,
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let rules = guard.rules();
    let mut witness = rules.witness(asked.request, &parts.extensions);
    let mut permitted = match rules.permit(parts, body, asked, &mut witness).await {
        Ok(permitted) => permitted,
        Err(stop) => {
            witness.stopped(asked, &stop);
            return Err(stop);
        }
    };
    let (sight, awaits) = rules.sight(&permitted);
    let (reserved, calling_off) = (permitted.reserved.take(), permitted.calling_off.take());
    permitted.sending = reserved.as_ref().map(|reserved| reserved.sending().clone());
    if sight.is_some() || reserved.is_some() {
        // The answer has to be read, so nobody is invited to compress it.
        permitted.parts.headers.remove(ACCEPT_ENCODING);
    }
    // A call that leaves no record is not made.
    let record = witness.opens(asked)?;
    let vigil = Vigil::over(guard, &permitted.token, rules.patience(&permitted));
    let settlement = Settlement::of(record, &permitted.token, sight, awaits, vigil, reserved, calling_off);
    match inner.oneshot(permitted).await {
        Ok(response) => settlement.takes(response).await,
        Err(stop) => {
            settlement.stops(&stop).await;
            Err(stop)
        }
    }
}
