//! What happens on one connection? TLS where there is some, then HTTP/1.1 or HTTP/2, then requests until it is idle
//! or done.

mod activity;
mod heads;
mod linger;

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use futures_util::{FutureExt as _, StreamExt as _, stream::FuturesUnordered};
use http::Request;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use warded_guard::request;

use self::{
    activity::Activity,
    heads::Heads,
    linger::{Lingering, Unfinished},
};
use crate::{
    bell::Bell, current::Current, leftover, limits::Limits, listen::Way, room::Rooms, shutdown::Stopping,
    stall::Unstalled, tls::ServerTls,
};

/// How often a silent HTTP/2 connection is asked whether anybody is there, and how long the answer may take.
const PING: Duration = Duration::from_secs(30);
/// What may lie here unread of one message over HTTP/2, and of all messages of one connection, in bytes.
const STREAM_WINDOW: u32 = 128 * 1024;
const CONNECTION_WINDOW: u32 = 512 * 1024;
/// What may lie here unsent of one answer over HTTP/2, in bytes.
const SEND_BUFFER: usize = 64 * 1024;
/// Streams that a caller reset before anybody looked at them, and that it made us reset: beyond it the connection ends
/// (Rapid Reset, CVE-2023-44487, and its turn of 2025, CVE-2025-8671).
const PENDING_RESETS: usize = 20;
const LOCAL_RESETS: usize = 100;

/// How the connections of one listener are served.
pub(crate) struct Serving {
    port: u16,
    ports: Arc<[u16]>,
    tls: Option<Arc<ServerTls>>,
    protocols: Builder<TokioExecutor>,
    limits: Limits,
    current: Arc<Current>,
    rooms: Arc<Rooms>,
}

impl Serving {
    pub(crate) fn new(
        port: u16,
        ports: &Arc<[u16]>,
        tls: Option<Arc<ServerTls>>,
        limits: &Limits,
        current: &Arc<Current>,
        rooms: &Arc<Rooms>,
    ) -> Self {
        Self {
            port,
            ports: Arc::clone(ports),
            tls,
            protocols: protocols(limits),
            limits: limits.clone(),
            current: Arc::clone(current),
            rooms: Arc::clone(rooms),
        }
    }

    /// Whether the operator named this address among the proxies in front.
    pub(crate) fn is_trusted(&self, address: IpAddr) -> bool {
        self.current.now().trusts(address)
    }

    /// One connection, to its end.
    pub(crate) async fn connection(self: Arc<Self>, stream: TcpStream, peer: SocketAddr, stopping: Stopping) {
        let _here = self.current.connected();
        let stream = Unstalled::new(stream, self.limits.stalled);
        let mut way =
            Way { peer, port: self.port, ports: Arc::clone(&self.ports), shown: None, caller: None };
        let Some(tls) = self.tls.clone() else {
            return Arc::clone(&self).requests(stream, way, stopping).await;
        };
        match timeout(self.limits.handshake, tls.accept(stream)).await {
            Ok(Ok(secured)) => {
                way.shown = Some(secured.shown);
                way.caller = secured.caller;
                Arc::clone(&self).requests(secured.stream, way, stopping).await;
            }
            // Strangers cause these as they like.
            Ok(Err(error)) => tracing::debug!(from = %peer.ip(), %error, "no TLS came about"),
            Err(_) => tracing::debug!(from = %peer.ip(), "TLS took too long"),
        }
    }

    async fn requests<S>(self: Arc<Self>, stream: S, way: Way, mut stopping: Stopping)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (activity, unfinished) = (Activity::new(), Unfinished::default());
        let (serving, begun, left, ends) =
            (Arc::clone(&self), activity.clone(), unfinished.clone(), stopping.clone());
        let service = service_fn(move |request: Request<Incoming>| {
            let (open, unfinished) = (begun.begins(request.version()), left.clone());
            let (request, leftover) = leftover::lend(request);
            let id = request::next();
            let (admitted, answer) =
                request::at_once(id, || serving.current.now().answer(request, &way, &serving.rooms, &ends));
            async move {
                let mut answer = request::within(id, answer).await?;
                // What it holds from here on is a few kilobytes, or what the guard counts: an answer that must be looked at whole.
                drop(admitted);
                if !leftover.settle(&mut answer).await {
                    unfinished.note();
                }
                Ok::<_, Infallible>(open.over(answer))
            }
        });
        let mut protocols = self.protocols.clone();
        protocols.http1().timer(Heads::default());
        let stream = TokioIo::new(Lingering::new(stream, unfinished));
        let mut connection = std::pin::pin!(protocols.serve_connection(stream, service).into_owned());
        // It is not woken by what is done to it while somebody looks at it anyway.
        let bell = Bell::new();
        // The protocols have their own timers from the first request on; before it, somebody may say nothing.
        let silent = activity.none_within(self.limits.first_byte).map(|()| Over::Silent).boxed();
        let idle = activity.idle_for(self.limits.idle).map(|()| Over::Idle).boxed();
        // The other streams go on, and whoever reads comes back on another connection.
        let unread = activity.unread_for(self.limits.stalled).map(|()| Over::Unread).boxed();
        let stopped = stopping.begun().map(|()| Over::Stopped).boxed();
        // A connection is looked at with each piece that it brings, and these only where they have something to say.
        let mut over: FuturesUnordered<_> = [silent, idle, unread, stopped].into_iter().collect();
        tokio::select! {
            biased;
            // What went wrong on a connection is between the caller and the network.
            _ended = bell.heard(connection.as_mut()) => return,
            Some(over) = over.next() => match over {
                Over::Silent => return,
                Over::Idle | Over::Unread | Over::Stopped => connection.as_mut().graceful_shutdown(),
            },
        }
        tokio::select! {
            _ended = bell.heard(connection) => {}
            () = activity.over_for(self.limits.stalled) => {}
        }
    }
}

/// Why a connection takes no more requests.
enum Over {
    Silent,
    Idle,
    Unread,
    Stopped,
}

fn protocols(limits: &Limits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        // Each connection gets one of its own.
        .timer(Heads::default())
        .header_read_timeout(limits.first_byte)
        .max_headers(limits.headers)
        .max_buf_size(limits.head);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.streams)
        // What is larger is refused frame by frame as it comes, however many it is cut into (CVE-2024-27316).
        .max_header_list_size(u32::try_from(limits.head).unwrap_or(u32::MAX))
        .max_pending_accept_reset_streams(PENDING_RESETS)
        .max_local_error_reset_streams(LOCAL_RESETS)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buf_size(SEND_BUFFER)
        .keep_alive_interval(PING)
        .keep_alive_timeout(PING);
    builder
}
