//! How does a request get to the server behind, and what of its answer counts?
//!
//! Over HTTP/1.1, through [`kept`], or over HTTP/2 where the operator says so, through [`streams`]. A call is sent once: only where not one
//! byte of it has left is it sent on another connection. Redirects are not followed: they would lead our credential
//! somewhere else.

mod answered;
mod dial;
mod fault;
mod host;
mod kept;
mod streams;
mod wire;
mod within;

use std::{fmt, sync::Arc, time::Duration};

use http::{HeaderValue, Method, Response, StatusCode, Uri, Version, header, request::Parts};
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use rustls::ClientConfig;
use tokio::time::timeout;
use warded_client::fetch::Fetch;
use warded_core::{Fault, ResourceUri};
use warded_guard::{Unsent, request};

pub(crate) use self::answered::Answered;
use self::answered::Way;
pub use self::host::{InvalidUpstreamHost, UpstreamHost};
use self::{
    dial::Dial,
    kept::{Road, Roads},
    streams::{Streams, Trunk},
    within::Within,
};
use crate::{address::UpstreamUrl, egress::Outbound, headers, limits::Limits};

/// What makes connections to servers behind, of either protocol.
type Connector = Within<HttpsConnector<Dial>>;

/// Connections to servers behind, kept and shared.
#[derive(Clone)]
pub struct Connections {
    one: Roads,
    two: Streams,
}

impl Connections {
    /// Connections whose TLS follows `tls`, that leave through the proxy of `fetch` where it has one, and are made within
    /// the time of `limits`.
    pub fn new(tls: ClientConfig, fetch: Fetch, limits: &Limits) -> Self {
        let dial = Dial::new(fetch, limits.connect);
        let connector = |tls| HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
        let two = connector(tls.clone()).enable_http2().wrap_connector(dial.clone());
        let one = connector(tls).enable_http1().wrap_connector(dial);
        let within = |connector| Within::new(connector, limits.connect);
        Self { one: Roads::over(within(one)), two: Streams::over(within(two)) }
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connections")
    }
}

/// A server behind.
#[derive(Clone, Debug)]
pub struct Upstream {
    url: UpstreamUrl,
    host: UpstreamHost,
    connections: Connections,
    /// What stands in the first line of a request over HTTP/1.1.
    target: Uri,
    road: Arc<Road>,
    trunk: Option<Arc<Trunk>>,
    timeout: Duration,
    silence: Duration,
}

impl Upstream {
    /// The server at `url`, which may take as long as `timeout` to begin an answer.
    pub fn new(url: UpstreamUrl, connections: Connections, timeout: Duration) -> Self {
        let silence = Limits::default().silence;
        let target = url.uri().path_and_query().cloned().map_or_else(Uri::default, Uri::from);
        let road = connections.one.to(url.uri());
        let host = UpstreamHost::default();
        Self { url, host, connections, target, road, trunk: None, timeout, silence }
    }

    /// It is spoken to in HTTP/2, which it must speak.
    #[must_use]
    pub fn http2(mut self) -> Self {
        self.trunk = Some(self.connections.two.to(self.url.uri()));
        self
    }

    /// What it is told that it is called.
    #[must_use]
    pub fn host(mut self, host: UpstreamHost) -> Self {
        self.host = host;
        self
    }

    /// How long it may send nothing of an answer that it has begun, unless that is a stream of events.
    #[must_use]
    pub const fn silence(mut self, silence: Duration) -> Self {
        self.silence = silence;
        self
    }

    /// What it is told that it is called, by a caller that called it `name`.
    pub(crate) fn called(&self, name: &ResourceUri) -> HeaderValue {
        self.host.toward(&self.url, name)
    }

    /// Makes a head one of a request to this server.
    pub(crate) fn address(&self, head: &mut Parts, method: Method) {
        head.method = method;
        head.uri.clone_from(if self.trunk.is_some() { self.url.uri() } else { &self.target });
        // Which one is spoken behind has nothing to do with how the caller came.
        head.version = Version::HTTP_11;
    }

    /// Sends a request and waits for the head of the answer; its body streams. Whoever hangs up before there is a connection has
    /// made no call.
    pub(crate) async fn send(
        &self,
        outbound: Outbound,
        server: &str,
        unsent: &Unsent,
    ) -> Result<Response<Answered>, Fault> {
        let request = outbound.into_request(Full::new);
        let (answer, way) = if let Some(trunk) = &self.trunk {
            let sending = timeout(self.timeout, trunk.send(host::as_authority(request), server, unsent));
            let sent = Box::pin(sending).await.unwrap_or_else(|_| Err(fault::of_waiting(server)));
            let (answer, stream) = sent?;
            (answer, Way::Two(stream))
        } else {
            let (answer, taken) = self.road.send(request, self.timeout, server, unsent).await?;
            (answer, Way::One(taken))
        };
        let answer = usable(answer, server)?;
        let silence = (!headers::is_event_stream(answer.headers())).then_some(self.silence);
        Ok(answer.map(|body| Answered::new(body, silence, way)))
    }
}

/// Refuses answers that the caller must not get as they are.
fn usable<B>(answer: Response<B>, server: &str) -> Result<Response<B>, Fault> {
    let status = answer.status();
    // Our credential was refused. The caller's token is good, and a 401 would send it away for another.
    if status == StatusCode::UNAUTHORIZED || status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
        tracing::warn!(server, status = status.as_u16(), request = %request::current(), "the server behind refused our own credential");
        return Err(Fault::UpstreamRefused);
    }
    // The caller would follow a redirect past us.
    if status.is_informational() || status.is_redirection() {
        tracing::warn!(
            server,
            status = status.as_u16(),
            request = %request::current(),
            "the server behind sent us elsewhere; check `upstream`"
        );
        return Err(Fault::UpstreamUnusable);
    }
    // We asked for none, and nobody could look into it: neither the list filter nor the search for our credential.
    if answer.headers().get_all(header::CONTENT_ENCODING).iter().any(|coding| coding != "identity") {
        tracing::warn!(server, request = %request::current(), "the server behind compressed its answer although it was asked not to");
        return Err(Fault::UpstreamUnusable);
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use bytes::Bytes;
    use http::Request;
    use http_body_util::BodyExt as _;
    use rcgen::CertifiedKey;
    use rustls::{
        RootCertStore, ServerConfig,
        crypto::aws_lc_rs::default_provider,
        pki_types::{CertificateDer, PrivateKeyDer},
    };
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::{TcpListener, TcpStream},
    };
    use tokio_rustls::TlsAcceptor;
    use warded_client::fetch::{Network, Proxies, Proxy, Reach};

    use super::*;

    /// A server with a certificate for this name, and that certificate.
    async fn secured(name: &str) -> (u16, CertificateDer<'static>) {
        let CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        let certificate = cert.der().clone();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let _read = stream.read(&mut [0; 4096]).await;
                let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nsafe";
                stream.write_all(answer).await.unwrap();
            }
        });
        (port, certificate)
    }

    /// A proxy that connects to this port whatever it is asked for, and what it was asked.
    async fn proxy(to: u16) -> (u16, Arc<Mutex<Vec<String>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let log = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await.unwrap());
                }
                let head = String::from_utf8(head).unwrap();
                log.lock().unwrap().push(head.lines().next().unwrap().to_owned());
                stream.write_all(b"HTTP/1.1 200 Go ahead\r\n\r\n").await.unwrap();
                let mut other = TcpStream::connect(("127.0.0.1", to)).await.unwrap();
                drop(tokio::io::copy_bidirectional(&mut stream, &mut other).await);
            }
        });
        (port, asked)
    }

    fn believing(certificate: Option<CertificateDer<'static>>) -> Connections {
        through(certificate, Proxies::none())
    }

    fn through(certificate: Option<CertificateDer<'static>>, proxies: Proxies) -> Connections {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(certificate);
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let network = Network::default().through(proxies);
        Connections::new(config, Fetch::on(&network, Reach::public()).unwrap(), &Limits::default())
    }

    async fn asked(connections: &Connections, url: String) -> Result<Bytes, Fault> {
        let url: Uri = url.parse().unwrap();
        let request = Request::builder().uri("/").header("host", "behind").body(Full::default()).unwrap();
        let patience = Duration::from_mins(1);
        let (answer, taken) =
            connections.one.to(&url).send(request, patience, "notes", &Unsent::default()).await?;
        let answer = Answered::new(answer.into_body(), None, Way::One(taken));
        Ok(answer.collect().await.unwrap().to_bytes())
    }

    #[test]
    fn an_answer_that_nobody_can_look_into_is_not_passed_on() {
        let coded = |codings: &[&str]| {
            let mut answer = Response::builder();
            for coding in codings {
                answer = answer.header("content-encoding", *coding);
            }
            usable(answer.body(()).unwrap(), "notes").map(drop)
        };
        for codings in [&["gzip"][..], &["identity", "gzip"], &["identity, br"], &[""]] {
            assert_eq!(coded(codings), Err(Fault::UpstreamUnusable), "{codings:?}");
        }
        assert_eq!((coded(&[]), coded(&["identity"])), (Ok(()), Ok(())));
    }

    #[tokio::test]
    async fn a_server_behind_proves_who_it_is() {
        let (port, certificate) = secured("localhost").await;
        let believing_it = believing(Some(certificate));
        assert_eq!(asked(&believing_it, format!("https://localhost:{port}/")).await.unwrap(), "safe");
        let wrong_name = asked(&believing_it, format!("https://127.0.0.1:{port}/")).await.unwrap_err();
        assert_eq!(wrong_name, Fault::UpstreamUnproven);
        let unknown = asked(&believing(None), format!("https://localhost:{port}/")).await.unwrap_err();
        assert_eq!(unknown, Fault::UpstreamUnproven);
    }

    #[tokio::test]
    async fn a_server_behind_a_proxy_proves_who_it_is_to_us_and_not_to_the_proxy() {
        let (port, certificate) = secured("behind.example").await;
        let (proxy, asked_of_it) = proxy(port).await;
        let proxies = || Proxies::through(Proxy::parse(&format!("http://127.0.0.1:{proxy}")).unwrap());
        let url = || "https://behind.example/mcp".to_owned();
        assert_eq!(asked(&through(Some(certificate), proxies()), url()).await.unwrap(), "safe");
        let unknown = asked(&through(None, proxies()), url()).await.unwrap_err();
        assert_eq!(unknown, Fault::UpstreamUnproven);
        let line = "CONNECT behind.example:443 HTTP/1.1";
        assert_eq!(*asked_of_it.lock().unwrap(), [line, line]);
    }

    #[tokio::test]
    async fn a_server_behind_on_this_machine_is_not_looked_for_behind_a_proxy() {
        let (port, certificate) = secured("localhost").await;
        let (proxy, asked_of_it) = proxy(0).await;
        let proxies = Proxies::through(Proxy::parse(&format!("http://127.0.0.1:{proxy}")).unwrap());
        let connections = through(Some(certificate), proxies);
        assert_eq!(asked(&connections, format!("https://localhost:{port}/")).await.unwrap(), "safe");
        assert!(asked_of_it.lock().unwrap().is_empty());
    }
}
