//! How does a client that speaks HTTP, and knows nothing of OAuth, reach a server that asks for a token? Through a
//! listener on loopback that adds it. Everything else passes as it is, as it comes.
//!
//! Whoever reaches the listener speaks as the user. So it is on loopback only, and a web page that makes the user's
//! browser send something here, also under a name that it made point here (DNS rebinding), is turned away.

use std::{
    convert::Infallible,
    future::Future,
    io,
    net::{IpAddr, SocketAddr},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode,
    header::{self, CONTENT_TYPE},
};
use http_body_util::{BodyExt as _, Full, Limited, combinators::UnsyncBoxBody};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpListener, task::JoinSet};

use crate::{
    channel::Message,
    fetch::{FetchFailed, Streamed},
    session::Session,
};

/// Largest message that is carried to the server.
const MAX_MESSAGE: usize = 32 * 1024 * 1024;
/// How long a client may take to send the head of a request.
const HEAD: Duration = Duration::from_secs(30);
/// How long answers under way may take when the listener ends.
const GRACE: Duration = Duration::from_secs(5);

type Body = UnsyncBoxBody<Bytes, FetchFailed>;

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

    /// Carries requests to the session's server until `stop` completes.
    pub async fn serve(self, session: Arc<Session>, stop: impl Future<Output = ()>) {
        let mut connections = JoinSet::new();
        let mut stop = pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        connections.spawn(connection(stream, Arc::clone(&session)));
                    }
                    // Too many open files: the next ones are served when some are closed.
                    Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                },
                _ = connections.join_next(), if !connections.is_empty() => {}
            }
        }
        drop(self.listener);
        let rest = async { while connections.join_next().await.is_some() {} };
        let rest = async { tokio::join!(rest, session.settle()) };
        tokio::time::timeout(GRACE, rest).await.ok();
        connections.shutdown().await;
    }
}

async fn connection(stream: tokio::net::TcpStream, session: Arc<Session>) {
    stream.set_nodelay(true).ok();
    let service = service_fn(move |request| {
        let session = Arc::clone(&session);
        async move { Ok::<_, Infallible>(answer(request, &session).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), service);
    // A client that hangs up has nothing to be told.
    connection.await.ok();
}

async fn answer(request: Request<Incoming>, session: &Session) -> Response<Body> {
    if let Err(reason) = is_local(request.headers()) {
        return refusal(StatusCode::FORBIDDEN, "forbidden", reason);
    }
    // A client that looks for an authorization server must not find the server's own: it would log in, and send
    // its token here.
    if request.uri().path().starts_with("/.well-known/") {
        return refusal(StatusCode::NOT_FOUND, "not_found", "no token is needed here");
    }
    if ![Method::POST, Method::GET, Method::DELETE].contains(request.method()) {
        return refusal(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "POST, GET and DELETE are carried",
        );
    }
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, MAX_MESSAGE).collect().await else {
        return refusal(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", "the message is too large");
    };
    let message = Message::new(head.method, inward(head.headers), body.to_bytes());
    match session.send(&message).await {
        Ok(answer) => outward(answer),
        Err(error) => refusal(StatusCode::BAD_GATEWAY, "bad_gateway", &error.to_string()),
    }
}

/// Whether a request comes from a program on this machine that meant to come here.
fn is_local(headers: &HeaderMap) -> Result<(), &'static str> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return Err("the request must name one host");
    };
    if !host.to_str().is_ok_and(is_loopback_authority) {
        return Err("the request names a host that is not this machine");
    }
    let is_ours = |origin: &HeaderValue| {
        let authority = origin
            .to_str()
            .ok()
            .and_then(|origin| origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://")));
        authority.is_some_and(is_loopback_authority)
    };
    if headers.get_all(header::ORIGIN).iter().all(is_ours) {
        Ok(())
    } else {
        Err("the request comes from a web page of somebody else")
    }
}

fn is_loopback_authority(authority: &str) -> bool {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (authority, "0"),
    };
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    port.parse::<u16>().is_ok()
        && (host.eq_ignore_ascii_case("localhost")
            || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()))
}

/// What concerns one connection only (RFC 9110 §7.6.1), and what would tell the server of a party that it does not
/// speak with.
const NOT_CARRIED: [HeaderName; 13] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    HeaderName::from_static("proxy-connection"),
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::HOST,
    header::CONTENT_LENGTH,
    header::EXPECT,
    header::ACCEPT_ENCODING,
];

fn inward(headers: HeaderMap) -> HeaderMap {
    let mut headers = end_to_end(headers);
    // The origin was looked at here, where it means something.
    headers.remove(header::ORIGIN);
    headers.remove(header::REFERER);
    headers
}

fn end_to_end(mut headers: HeaderMap) -> HeaderMap {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in NOT_CARRIED.iter().chain(&named) {
        headers.remove(name);
    }
    headers
}

fn outward(answer: Streamed) -> Response<Body> {
    let mut response = Response::new(UnsyncBoxBody::new(answer.body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = end_to_end(answer.headers);
    // Cookies of one server would go to every other that is reached by way of this machine.
    for name in [header::SET_COOKIE, header::WWW_AUTHENTICATE] {
        response.headers_mut().remove(name);
    }
    response
}

fn refusal(status: StatusCode, error: &str, reason: &str) -> Response<Body> {
    let text = serde_json::json!({ "error": error, "error_description": reason }).to_string();
    let body = Full::new(Bytes::from(text)).map_err(|never: Infallible| match never {});
    let mut response = Response::new(UnsyncBoxBody::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(host: &[&str], origin: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for host in host {
            headers.append(header::HOST, HeaderValue::from_str(host).unwrap());
        }
        for origin in origin {
            headers.append(header::ORIGIN, HeaderValue::from_str(origin).unwrap());
        }
        is_local(&headers).is_ok()
    }

    #[test]
    fn only_this_machine_speaks_through_the_listener() {
        for host in ["localhost", "LOCALHOST:80", "127.0.0.1:8700", "[::1]", "[::1]:8700"] {
            assert!(local(&[host], &[]), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example:1",
            "127.0.0.1.nip.io",
            "evil@localhost",
            "localhost:x",
            "10.0.0.1",
            "",
            "localhost:80:80",
            "0.0.0.0",
        ] {
            assert!(!local(&[host], &[]), "{host}");
        }
        assert!(!local(&[], &[]) && !local(&["localhost", "localhost"], &[]));
    }

    #[test]
    fn a_web_page_of_somebody_else_does_not_speak_through_the_listener() {
        assert!(local(&["localhost"], &["http://localhost:5173"]));
        for origin in [
            "https://evil.example",
            "null",
            "http://localhost.evil.example",
            "http://evil.example#localhost",
            "",
        ] {
            assert!(!local(&["localhost"], &[origin]), "{origin}");
        }
        assert!(!local(&["localhost"], &["http://localhost", "https://evil.example"]));
    }

    #[test]
    fn what_concerns_one_connection_stays_on_it() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "x-secret, close"),
            ("x-secret", "1"),
            ("origin", "http://localhost"),
            ("transfer-encoding", "chunked"),
            ("mcp-session-id", "s"),
            ("mcp-param-region", "eu"),
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let carried = inward(headers);
        let names: Vec<_> = carried.keys().map(HeaderName::as_str).collect();
        assert_eq!(names.len(), 2, "{names:?}");
        assert!(carried.contains_key("mcp-session-id") && carried.contains_key("mcp-param-region"));
    }

    #[tokio::test]
    async fn the_network_does_not_speak_through_the_listener() {
        for address in ["0.0.0.0:0", "192.0.2.1:0", "[::]:0"] {
            let address = address.parse().unwrap();
            assert_eq!(Listen::bind(address).await.unwrap_err(), ListenFailed::NotLoopback { address });
        }
    }
}
