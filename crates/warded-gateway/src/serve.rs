//! How do connections come in, and how do they end?
//!
//! Nothing that one caller does may keep another from being served: every wait on a caller has a bound, connections
//! have a number, and an accept that fails is tried again.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use futures_util::future::join_all;
use socket2::{SockRef, TcpKeepalive};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    connection::Serving,
    crowd::{Crowd, Present},
    current::Current,
    limits::Limits,
    listen::Listener,
    room::Rooms,
    shutdown::Stopping,
};

/// How long to wait where no connection can be accepted, such as for want of files.
const BREATHER: Duration = Duration::from_millis(100);
/// How long nothing may come before the system asks whether the other side is there, and how often it asks again. A
/// stream of events over HTTP/1.1 may be silent for hours, and whoever vanishes without a word, such as behind a router
/// that forgets, would hold it and what is behind it for as long.
const SILENCE: Duration = Duration::from_mins(1);
const ASKED_AGAIN: Duration = Duration::from_secs(15);

/// Serves what comes in through `listeners` until it is stopped, each request by the gateway that is `current` then.
/// Returns when all is over. The limits of connections are those of the gateway that it begins with.
pub async fn serve(listeners: Vec<Listener>, current: Arc<Current>, stopping: Stopping) {
    let limits = current.get().limits().clone();
    let ports: Arc<[u16]> = listeners.iter().map(|listener| listener.address().port()).collect();
    let doors = Doors::of(&limits);
    let rooms = Rooms::of(limits.requests);
    join_all(listeners.into_iter().map(|listener| {
        let serving =
            Serving::new(listener.address().port(), &ports, listener.tls, &limits, &current, &rooms);
        accept_from(listener.tcp, doors.clone(), Arc::new(serving), stopping.clone())
    }))
    .await;
}

/// What connections of all listeners share.
#[derive(Clone)]
pub(crate) struct Doors {
    seats: Arc<Semaphore>,
    crowd: Arc<Crowd>,
}

async fn accept_from(listener: TcpListener, doors: Doors, serving: Arc<Serving>, mut stopping: Stopping) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stopping.begun() => break,
            _ended = connections.join_next(), if !connections.is_empty() => {}
            accepted = doors.accept(&listener, |address| serving.is_trusted(address)) => {
                let Some((stream, peer, seat)) = accepted else { continue };
                let (serving, stopping) = (Arc::clone(&serving), stopping.clone());
                connections.spawn(async move {
                    serving.connection(stream, peer, stopping).await;
                    drop(seat);
                });
            }
        }
    }
    // From here on nobody new gets in, and whoever balances load can see it.
    drop(listener);
    let drained = async { while connections.join_next().await.is_some() {} };
    tokio::select! {
        outcome = timeout(stopping.grace(), drained) => {
            if outcome.is_err() {
                tracing::warn!("requests that did not end in time were cut off");
            }
        }
        () = stopping.over() => {}
    }
    connections.shutdown().await;
}

/// The right to one connection.
pub(crate) struct Seat {
    _one: OwnedSemaphorePermit,
    _of_this_address: Option<Present>,
}

impl Doors {
    /// For as many connections as these limits say.
    pub(crate) fn of(limits: &Limits) -> Self {
        Self {
            seats: Arc::new(Semaphore::new(limits.connections)),
            crowd: Crowd::of(limits.connections_per_address),
        }
    }

    /// The next connection; none where it broke before it was there, is one too many, or could not be had now. Many may
    /// come from an address that is trusted.
    pub(crate) async fn accept(
        &self,
        listener: &TcpListener,
        is_trusted: impl Fn(IpAddr) -> bool,
    ) -> Option<(TcpStream, SocketAddr, Seat)> {
        let one = Arc::clone(&self.seats).acquire_owned().await.ok()?;
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Everybody behind a proxy has its address, and who is on this machine can do worse than connect.
                let counts = !peer.ip().to_canonical().is_loopback() && !is_trusted(peer.ip());
                let of_this_address = counts.then(|| self.crowd.join(peer.ip()));
                if let Some(None) = of_this_address {
                    tracing::debug!(from = %peer.ip(), "one connection too many of this address");
                    return None;
                }
                // Events are small, and each must leave when it is written. A socket that refuses is gone already.
                stream.set_nodelay(true).ok()?;
                let asking = TcpKeepalive::new().with_time(SILENCE).with_interval(ASKED_AGAIN);
                SockRef::from(&stream).set_tcp_keepalive(&asking).ok()?;
                Some((stream, peer, Seat { _one: one, _of_this_address: of_this_address.flatten() }))
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_caller_that_vanishes_is_missed_also_where_nobody_says_anything() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let _caller = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let doors = Doors::of(&Limits::default());
        let (stream, _, _seat) = doors.accept(&listener, |_| false).await.unwrap();
        assert!(SockRef::from(&stream).keepalive().unwrap());
        assert!(stream.nodelay().unwrap());
    }
}
