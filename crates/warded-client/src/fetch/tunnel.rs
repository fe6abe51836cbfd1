//! How does a connection get through a proxy? By `CONNECT` (RFC 9110 §9.3.6): what goes through the tunnel is TLS with
//! the other end, which the proxy cannot read, and the proxy's own credentials stay before it.

use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode, header};
use http_body_util::Empty;
use hyper::{client::conn::http1, upgrade::Upgraded};
use hyper_util::rt::TokioIo;
use tokio::task::AbortHandle;

use super::{FetchFailed, MAX_HEAD_BYTES, MAX_HEADERS, Proxy, connect::Connection};

/// Asks the proxy at the other end of `stream` for a tunnel to `host`.
pub(super) async fn open(
    stream: Box<dyn Connection>,
    proxy: &Proxy,
    host: &str,
    port: u16,
) -> Result<TokioIo<Upgraded>, FetchFailed> {
    let broken = || FetchFailed::ProxyUnreachable { proxy: proxy.to_string().into() };
    let (mut sender, connection) = http1::Builder::new()
        .max_headers(MAX_HEADERS)
        .max_header_size(MAX_HEAD_BYTES)
        .handshake::<_, Empty<Bytes>>(TokioIo::new(stream))
        .await
        .map_err(|_| broken())?;
    // It ends by itself when the tunnel takes the connection over.
    let _driver = Driver::start(connection.with_upgrades());
    let request = request(proxy, host, port).ok_or_else(broken)?;
    let answer = sender.send_request(request).await.map_err(|_| broken())?;
    // Any 2xx opens the tunnel, whatever body it announces (RFC 9110 §9.3.6).
    if !answer.status().is_success() {
        let status = answer.status();
        return Err(FetchFailed::ProxyRefused { proxy: proxy.to_string().into(), status: status.as_u16() });
    }
    hyper::upgrade::on(answer).await.map(TokioIo::new).map_err(|_| broken())
}

fn request(proxy: &Proxy, host: &str, port: u16) -> Option<Request<Empty<Bytes>>> {
    let place = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
    let mut request = Request::builder()
        .method(Method::CONNECT)
        .uri(&place)
        .header(header::HOST, &place)
        .header(header::USER_AGENT, HeaderValue::from_static(super::AGENT))
        .body(Empty::new())
        .ok()?;
    if let Some(authorization) = proxy.authorization() {
        request.headers_mut().insert(header::PROXY_AUTHORIZATION, authorization.clone());
    }
    Some(request)
}

/// What a proxy means by its refusal, and what to do about it.
pub(super) fn advice(status: u16) -> &'static str {
    match StatusCode::from_u16(status) {
        Ok(StatusCode::PROXY_AUTHENTICATION_REQUIRED) => "it asks for a user and password in its URL",
        Ok(StatusCode::FORBIDDEN) => "it does not allow that host or port; ask whoever runs it",
        Ok(status) if status.is_server_error() => "it could not reach the host itself",
        _ => "check that it is a proxy that knows `CONNECT`",
    }
}

/// Moves the bytes of one connection for as long as it is held.
struct Driver(AbortHandle);

impl Driver {
    fn start<F: Future<Output = hyper::Result<()>> + Send + 'static>(connection: F) -> Self {
        // How the connection ends is told to whoever reads the answer.
        Self(tokio::spawn(async { drop(connection.await) }).abort_handle())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}
