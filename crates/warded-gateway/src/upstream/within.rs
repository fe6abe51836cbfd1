//! How long may it take until a connection is there? The whole way, TLS included: a server that accepts and then says
//! nothing would be waited for as long as one that works.

use std::{
    task::{Context, Poll},
    time::Duration,
};

use futures_util::future::BoxFuture;
use http::Uri;
use tokio::time::timeout;
use tower::{BoxError, Service};

/// Connects within a time.
#[derive(Clone)]
pub(super) struct Within<C> {
    connector: C,
    time: Duration,
}

/// It took longer.
#[derive(Debug, thiserror::Error)]
#[error("no connection came about in time")]
struct TooLong;

impl<C> Within<C> {
    pub(super) const fn new(connector: C, time: Duration) -> Self {
        Self { connector, time }
    }
}

impl<C> Service<Uri> for Within<C>
where
    C: Service<Uri, Future: Send + 'static>,
    C::Error: Into<BoxError>,
{
    type Response = C::Response;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<C::Response, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.connector.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let connecting = timeout(self.time, self.connector.call(to));
        Box::pin(async { connecting.await.map_err(|_| TooLong)?.map_err(Into::into) })
    }
}
