//! How is a server behind connected to? Directly, or, where the operator has a proxy, over https through that. Plain http
//! stays in the network that it is meant for: a proxy would read it.

use std::{
    error::Error,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use futures_util::future::BoxFuture;
use http::{Uri, uri::Scheme};
use hyper_util::{
    client::legacy::connect::{Connected, Connection, HttpConnector},
    rt::TokioIo,
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tower::Service;
use warded_client::fetch::{self, Fetch};

const KEEPALIVE: Duration = Duration::from_mins(1);

/// Makes connections.
#[derive(Clone)]
pub(super) struct Dial {
    tcp: HttpConnector,
    fetch: Fetch,
}

impl Dial {
    pub(super) fn new(fetch: Fetch, within: Duration) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(within));
        tcp.set_keepalive(Some(KEEPALIVE));
        tcp.set_nodelay(true);
        Self { tcp, fetch }
    }
}

type Failed = Box<dyn Error + Send + Sync>;

impl Service<Uri> for Dial {
    type Response = TokioIo<Dialled>;
    type Error = Failed;
    type Future = BoxFuture<'static, Result<Self::Response, Failed>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failed>> {
        self.tcp.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        // What was found ready is used; the copy that is left may not be.
        let copy = self.clone();
        let Self { mut tcp, fetch } = std::mem::replace(self, copy);
        Box::pin(async move {
            let is_https = to.scheme() == Some(&Scheme::HTTPS);
            if let Some(host) = to.host().filter(|_| is_https) {
                let host = host.trim_start_matches('[').trim_end_matches(']');
                if let Some(tunnel) = fetch.tunnel(host, to.port_u16().unwrap_or(443)).await {
                    return Ok(TokioIo::new(Dialled(tunnel?)));
                }
            }
            Ok(TokioIo::new(Dialled(Box::new(tcp.call(to).await?.into_inner()))))
        })
    }
}

/// A connection, whichever way it goes.
pub(super) struct Dialled(Box<dyn fetch::Connection>);

impl Connection for Dialled {
    /// To the server, also through a proxy: a tunnel is no proxy to whoever speaks through it.
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl AsyncRead for Dialled {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, into)
    }
}

impl AsyncWrite for Dialled {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }
}
