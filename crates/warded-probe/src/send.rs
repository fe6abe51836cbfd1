//! How does a request leave as it was written? One connection each, HTTP/1.1, nothing added, repaired or followed.
//!
//! `warded-client`'s `fetch` sends one credential to one server. The probe sends what no client should: two
//! `Authorization` headers, somebody else's `Host`. So it has a sender of its own, with its own fence: it reaches
//! loopback addresses only, unless whoever runs it says that the servers are theirs.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
    sync::Mutex,
    task::JoinSet,
    time::{Interval, MissedTickBehavior, interval, timeout},
};
use tokio_rustls::TlsConnector;
use warded_core::ResourceUri;

use crate::dialogue;

/// Longest wait for a connection, and again for the head of an answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest wait for the body that follows.
const PATIENCE_FOR_BODY: Duration = Duration::from_secs(10);
/// Largest body that is read.
const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;
/// Largest head that is read.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// Which servers may be attacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reach {
    /// Those on this machine.
    Loopback,
    /// Whoever runs the probe says that the servers are theirs.
    Owned,
}

impl Reach {
    /// Whether a server may be attacked, as far as its name tells (RFC 6761 §6.3). Its addresses are looked at before
    /// each request.
    pub fn covers(self, server: &ResourceUri) -> bool {
        let Some((host, _)) = host_and_port(server) else { return false };
        self == Self::Owned
            || host == "localhost"
            || host.ends_with(".localhost")
            || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

/// How many requests are sent in a second at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace(NonZeroU32);

impl Pace {
    /// So many a second.
    pub const fn per_second(requests: NonZeroU32) -> Self {
        Self(requests)
    }

    fn interval(self) -> Interval {
        let mut interval = interval(Duration::from_secs(1) / self.0.get());
        // A slow answer is no reason to send the next ones at once.
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        interval
    }
}

/// Why a request got no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendFailed {
    /// The name leads nowhere.
    #[error("the host has no address")]
    Resolve,
    /// It is not on this machine, and nobody said that it may be attacked, or it speaks plain HTTP.
    #[error("the host is not on this machine")]
    NotLoopback,
    /// Nobody listens.
    #[error("no connection: {0}")]
    Connect(io::ErrorKind),
    /// The server is not believed to be itself.
    #[error("no TLS connection: {0}")]
    Tls(String),
    /// The connection ended, or what came back is not HTTP.
    #[error("the connection was closed without an HTTP answer")]
    Answer,
    /// Nothing came back in time.
    #[error("no answer within {} seconds", PATIENCE.as_secs())]
    Late,
    /// What was to be sent is no request.
    #[error("the request cannot be written")]
    Unwritable,
}

/// A request, as it is to be written.
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    /// Where it is sent.
    pub(crate) to: ResourceUri,
    /// What stands in its first line: a path, or a URL in absolute form.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// How much of the answer is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    /// The head alone: a stream has no end.
    Head,
    /// All of it.
    Whole,
    /// Until the JSON-RPC answer is there: the stream that carries it may stay open.
    Reply,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Who answered.
    pub(crate) peer: SocketAddr,
}

/// Sends requests, one after the other.
#[derive(Debug)]
pub(crate) struct Sender {
    tls: Arc<ClientConfig>,
    reach: Reach,
    pace: Pace,
    ticks: Mutex<Option<Interval>>,
}

impl Sender {
    pub(crate) fn new(mut tls: ClientConfig, reach: Reach, pace: Pace) -> Self {
        // What is sent is HTTP/1.1; a server that offers more is not to choose it.
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        Self { tls: Arc::new(tls), reach, pace, ticks: Mutex::new(None) }
    }

    pub(crate) async fn send(&self, request: Outgoing, read: Read) -> Result<Answer, SendFailed> {
        self.ticks.lock().await.get_or_insert_with(|| self.pace.interval()).tick().await;
        let (host, port) = host_and_port(&request.to).ok_or(SendFailed::Unwritable)?;
        let (stream, peer) = timeout(PATIENCE, self.connect(host, port, request.to.is_plain_http()))
            .await
            .map_err(|_| SendFailed::Late)??;
        if request.to.is_plain_http() {
            return exchange(stream, peer, request, read).await;
        }
        let name = ServerName::try_from(host.to_owned()).map_err(|_| SendFailed::Unwritable)?;
        let stream = timeout(PATIENCE, TlsConnector::from(Arc::clone(&self.tls)).connect(name, stream))
            .await
            .map_err(|_| SendFailed::Late)?
            .map_err(|error| SendFailed::Tls(error.to_string()))?;
        exchange(stream, peer, request, read).await
    }

    /// The fence is here, at the address: a name may lead anywhere, `localhost` included.
    /// Plain HTTP leaves this machine for nobody: tokens would be read on the way.
    async fn connect(
        &self,
        host: &str,
        port: u16,
        is_plain: bool,
    ) -> Result<(TcpStream, SocketAddr), SendFailed> {
        let addresses: Vec<_> = lookup_host((host, port)).await.map_err(|_| SendFailed::Resolve)?.collect();
        let is_fenced = is_plain || self.reach == Reach::Loopback;
        if is_fenced && !addresses.iter().all(|address| address.ip().is_loopback()) {
            return Err(SendFailed::NotLoopback);
        }
        let mut failed = SendFailed::Resolve;
        for address in addresses {
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok((stream, address)),
                Err(error) => failed = SendFailed::Connect(error.kind()),
            }
        }
        Err(failed)
    }
}

/// The host as a resolver wants it, and the port that the scheme implies.
fn host_and_port(to: &ResourceUri) -> Option<(&str, u16)> {
    let (scheme, authority) = to.origin().split_once("://")?;
    let usual = if scheme == "https" { 443 } else { 80 };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, digits)) if !digits.contains(']') => (host, digits.parse().ok()?),
        _ => (authority, usual),
    };
    Some((host.trim_start_matches('[').trim_end_matches(']'), port))
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    peer: SocketAddr,
    request: Outgoing,
    read: Read,
) -> Result<Answer, SendFailed> {
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_HEAD_BYTES)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|_| SendFailed::Answer)?;
    // Dropped with this function, and the connection with it: no answer to one request can be taken for another's.
    let mut driver = JoinSet::new();
    driver.spawn(async move { connection.await.ok() });
    let request = written(request)?;
    let response = timeout(PATIENCE, sender.send_request(request))
        .await
        .map_err(|_| SendFailed::Late)?
        .map_err(|_| SendFailed::Answer)?;
    let (head, mut body) = response.into_parts();
    let mut answer = Answer { status: head.status, headers: head.headers, body: Vec::new(), peer };
    if read != Read::Head {
        // A body that stays away is no reason to forget the status: what came until then is looked at.
        timeout(PATIENCE_FOR_BODY, collect(&mut body, &mut answer, read)).await.ok();
    }
    Ok(answer)
}

async fn collect(body: &mut Incoming, answer: &mut Answer, read: Read) {
    while let Some(Ok(frame)) = body.frame().await {
        let Ok(data) = frame.into_data() else { continue };
        let room = MAX_BODY_BYTES.saturating_sub(answer.body.len());
        answer.body.extend(data.iter().take(room));
        let is_there = || data.ends_with(b"\n") && dialogue::reply(&answer.headers, &answer.body).is_some();
        if data.len() >= room || (read == Read::Reply && is_there()) {
            return;
        }
    }
}

fn written(request: Outgoing) -> Result<Request<Full<Bytes>>, SendFailed> {
    let uri: Uri = request.target.parse().map_err(|_| SendFailed::Unwritable)?;
    let mut written = Request::new(Full::new(request.body));
    *written.method_mut() = request.method;
    *written.uri_mut() = uri;
    *written.headers_mut() = request.headers;
    written.headers_mut().insert(header::CONNECTION, header::HeaderValue::from_static("close"));
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports_are_those_of_the_url() {
        for (url, host, port) in [
            ("https://a.example/mcp", "a.example", 443),
            ("https://a.example:8443", "a.example", 8443),
            ("http://localhost/mcp", "localhost", 80),
            ("http://127.0.0.1:3000/mcp", "127.0.0.1", 3000),
            ("http://[::1]/mcp", "::1", 80),
            ("http://[::1]:3000/mcp", "::1", 3000),
        ] {
            assert_eq!(host_and_port(&ResourceUri::parse(url).unwrap()), Some((host, port)), "{url}");
        }
    }

    #[tokio::test]
    async fn plain_http_leaves_this_machine_for_nobody() {
        for (reach, is_plain) in [(Reach::Owned, true), (Reach::Loopback, true), (Reach::Loopback, false)] {
            let tls = warded_client::tls::client_config([]).unwrap();
            let sender = Sender::new(tls, reach, Pace::per_second(NonZeroU32::MIN));
            // 192.0.2.0/24 is nobody's (RFC 5737). A name that leads there is refused before anything is sent.
            let outcome = sender.connect("192.0.2.1", 80, is_plain).await;
            assert_eq!(outcome.unwrap_err(), SendFailed::NotLoopback);
        }
    }
}
