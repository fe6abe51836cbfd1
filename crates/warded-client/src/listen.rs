//! How does a client that speaks HTTP, and knows nothing of OAuth, reach a server that asks for a token? Through a
//! listener on loopback that adds it. Everything else passes as it is, as it comes.
//!
//! Whoever is served by the listener speaks as the user. So it is on loopback only, it asks for a bearer of its own unless
//! the user does without, and a web page that makes the user's browser send something here, also under a name that it
//! made point here (DNS rebinding), is turned away.

mod bearer;
mod carried;
mod local;
mod outward;

use std::{convert::Infallible, future::Future, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpListener, task::JoinSet, time::timeout};

pub use self::bearer::Bearer;
use self::{
    carried::inward,
    local::is_local,
    outward::{Body, is_kind, outward, refusal, unknown},
};
use crate::{channel::Message, session::Session};

/// Largest message that is carried to the server.
const MAX_MESSAGE: usize = 32 * 1024 * 1024;
/// How long a client may take to send the head of a request.
const HEAD: Duration = Duration::from_secs(30);
/// How long the message that follows may take.
const MESSAGE: Duration = Duration::from_mins(1);
/// Connections that are open at once. Each may hold a message.
const CONNECTIONS: usize = 64;
/// How long answers under way may take when the listener ends.
const GRACE: Duration = Duration::from_secs(5);

/// Why there is no listener.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ListenFailed {
    /// Whoever reaches it speaks as the user, so nobody else may.
    #[error("{address} is not on loopback: whoever reached it would speak as you; use 127.0.0.1:PORT")]
    NotLoopback {
        /// The address.
        address: SocketAddr,
    },
    /// The system refused.
    #[error("cannot listen on {address}: {reason}")]
    System {
        /// The address.
        address: SocketAddr,
        /// Why not.
        reason: String,
    },
}

/// A listener on loopback.
#[derive(Debug)]
pub struct Listen {
    listener: TcpListener,
    address: SocketAddr,
}

impl Listen {
    /// Listens; port 0 is any that is free.
    pub async fn bind(address: SocketAddr) -> Result<Self, ListenFailed> {
        if !address.ip().is_loopback() {
            return Err(ListenFailed::NotLoopback { address });
        }
        let failed = |error: io::Error| ListenFailed::System { address, reason: error.to_string() };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address })
    }

    /// Where.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Carries requests to the session's server until `stop` completes: of those who show the bearer, or of everybody on
    /// this machine where there is none.
    pub async fn serve(self, session: Arc<Session>, bearer: Option<Bearer>, stop: impl Future<Output = ()>) {
        let door = Arc::new(Door { session, bearer, port: self.address.port() });
        let mut connections = JoinSet::new();
        let mut stop = pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                accepted = self.listener.accept(), if connections.len() < CONNECTIONS => match accepted {
                    Ok((stream, _)) => {
                        connections.spawn(connection(stream, Arc::clone(&door)));
                    }
                    // Too many open files: the next ones are served when some are closed.
                    Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                },
                _ = connections.join_next(), if !connections.is_empty() => {}
            }
        }
        drop(self.listener);
        let rest = async { while connections.join_next().await.is_some() {} };
        timeout(GRACE, rest).await.ok();
        connections.shutdown().await;
        door.session.settle().await;
    }
}

/// What stands between a request and the server.
struct Door {
    session: Arc<Session>,
    bearer: Option<Bearer>,
    port: u16,
}

async fn connection(stream: tokio::net::TcpStream, door: Arc<Door>) {
    stream.set_nodelay(true).ok();
    let service = service_fn(move |request| {
        let door = Arc::clone(&door);
        async move { Ok::<_, Infallible>(answer(request, &door).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), service);
    // A client that hangs up has nothing to be told.
    connection.await.ok();
}

async fn answer(request: Request<Incoming>, door: &Door) -> Response<Body> {
    if let Err(reason) = is_local(request.headers(), door.port) {
        return refusal(StatusCode::FORBIDDEN, "forbidden", reason);
    }
    // A client that looks for an authorization server must not find the server's own: it would log in, and send
    // its token here.
    if request.uri().path().starts_with("/.well-known/") {
        return refusal(StatusCode::NOT_FOUND, "not_found", "no token is needed here");
    }
    // The port is open to every user and every program of this machine.
    if door.bearer.as_ref().is_some_and(|bearer| !bearer.is_in(request.headers())) {
        return unknown(request.headers());
    }
    if ![Method::POST, Method::GET, Method::DELETE].contains(request.method()) {
        return refusal(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "POST, GET and DELETE are carried",
        );
    }
    // What a form or a script of another page can send without being asked for leave is not of this kind.
    if request.method() == Method::POST && !is_kind(request.headers(), "application/json") {
        return refusal(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "messages are application/json",
        );
    }
    let (head, body) = request.into_parts();
    let body = match timeout(MESSAGE, Limited::new(body, MAX_MESSAGE).collect()).await {
        Err(_) => {
            return refusal(StatusCode::REQUEST_TIMEOUT, "request_timeout", "the message takes too long");
        }
        Ok(Err(_)) => {
            return refusal(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", "the message is too large");
        }
        Ok(Ok(body)) => body,
    };
    let message = Message::new(head.method, inward(head.headers), body.to_bytes());
    match door.session.send(&message).await {
        Ok(answer) => outward(answer),
        Err(error) => refusal(StatusCode::BAD_GATEWAY, "bad_gateway", &error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_network_does_not_speak_through_the_listener() {
        for address in ["0.0.0.0:0", "192.0.2.1:0", "[::]:0"] {
            let address = address.parse().unwrap();
            assert_eq!(Listen::bind(address).await.unwrap_err(), ListenFailed::NotLoopback { address });
        }
    }
}
