//! How do connections come in, and how do they end?
//!
//! Nothing that one caller does may keep another from being served: every wait on a caller has a bound, connections
//! have a number, and an accept that fails is tried again.

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use http::Request;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    current::Current,
    leftover,
    shutdown::{GRACE, Stopping},
    stall::Unstalled,
};

/// Connections at a time. Each takes a file and a few kilobytes.
const MAX_CONNECTIONS: usize = 10_000;
/// How long a caller may take over the head of a request, and how long it may keep a connection without one.
const HEAD_TIMEOUT: Duration = Duration::from_secs(20);
/// Most headers of a request.
const MAX_HEADERS: usize = 100;
/// Most that the head of a request may measure, in bytes. Tokens of some providers fill 16 KiB.
const MAX_HEAD: usize = 64 * 1024;
/// Streams on one HTTP/2 connection.
const MAX_STREAMS: u32 = 100;
/// How often a silent HTTP/2 connection is asked whether anybody is there, and how long the answer may take.
const PING: Duration = Duration::from_secs(30);
/// How long to wait where no connection can be accepted, such as for want of files.
const BREATHER: Duration = Duration::from_millis(100);

impl Current {
    /// Serves what comes in through `listener` until it is stopped. Returns when all is over.
    pub async fn serve(self: Arc<Self>, listener: TcpListener, mut stopping: Stopping) {
        let builder = Arc::new(protocols());
        let seats = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                () = stopping.begun() => break,
                _ended = connections.join_next(), if !connections.is_empty() => {}
                accepted = accept(&listener, &seats) => {
                    let Some((stream, peer, seat)) = accepted else { continue };
                    let (gateway, builder, stopping) = (Arc::clone(&self), Arc::clone(&builder), stopping.clone());
                    connections.spawn(async move {
                        connection(gateway, &builder, stream, peer, stopping).await;
                        drop(seat);
                    });
                }
            }
        }
        // From here on nobody new gets in, and whoever balances load can see it.
        drop(listener);
        let drained = async { while connections.join_next().await.is_some() {} };
        tokio::select! {
            outcome = timeout(GRACE, drained) => {
                if outcome.is_err() {
                    tracing::warn!("requests that did not end in time were cut off");
                }
            }
            () = stopping.over() => {}
        }
        connections.shutdown().await;
    }
}

fn protocols() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(u32::try_from(MAX_HEAD).unwrap_or(u32::MAX))
        .keep_alive_interval(PING)
        .keep_alive_timeout(PING);
    builder
}

type Seat = tokio::sync::OwnedSemaphorePermit;

/// The next connection; none where it broke before it was there, or could not be had now.
async fn accept(listener: &TcpListener, seats: &Arc<Semaphore>) -> Option<(TcpStream, SocketAddr, Seat)> {
    let seat = Arc::clone(seats).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            // Events are small, and each must leave when it is written. A socket that refuses is gone already.
            stream.set_nodelay(true).ok()?;
            Some((stream, peer, seat))
        }
        Err(error) => {
            use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
            if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
                // Files or memory have run out. They come back; giving up would not bring them back sooner.
                tracing::error!(%error, "no connection can be accepted");
                sleep(BREATHER).await;
            }
            None
        }
    }
}

async fn connection(
    gateway: Arc<Current>,
    builder: &Builder<TokioExecutor>,
    stream: TcpStream,
    peer: SocketAddr,
    mut stopping: Stopping,
) {
    let was_heard = Arc::new(AtomicBool::new(false));
    let service = service_fn({
        let (was_heard, stopping) = (Arc::clone(&was_heard), stopping.clone());
        move |request: Request<Incoming>| {
            was_heard.store(true, Ordering::Relaxed);
            let (gateway, stopping) = (Arc::clone(&gateway), stopping.clone());
            async move {
                let (request, leftover) = leftover::lend(request);
                let answer = gateway.now().answer(request, peer, stopping);
                let mut answer = answer.await;
                leftover.settle(&mut answer).await;
                Ok::<_, Infallible>(answer)
            }
        }
    });
    let mut connection =
        std::pin::pin!(builder.serve_connection(TokioIo::new(Unstalled::new(stream)), service));
    // The protocols have their own timers from the first request on; before it, somebody may say nothing at all.
    let silence = async {
        sleep(HEAD_TIMEOUT).await;
        if was_heard.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        // What went wrong on a connection is between the caller and the network.
        _ended = connection.as_mut() => return,
        () = silence => return,
        () = stopping.begun() => connection.as_mut().graceful_shutdown(),
    }
    let _ended = connection.await;
}
