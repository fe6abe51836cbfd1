//! A server with a certificate of its own making, that remembers who came and what they said.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures_util::future::{BoxFuture, ready};
use rcgen::CertifiedKey;
use rustls::{
    HandshakeKind, RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer},
    server::WebPkiClientVerifier,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;
use warded_client::fetch::{Resolve, Target};

/// What it is called unless a test says otherwise.
pub(crate) const NAME: &str = "mcp.example";

/// Every name is on this machine, at an address where nobody listens and at one where somebody does.
#[derive(Debug)]
pub(crate) struct Here;

impl Resolve for Here {
    fn resolve<'a>(&'a self, _: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(ready(Ok(vec![[127, 0, 0, 2].into(), [127, 0, 0, 1].into()])))
    }
}

/// One connection that came as far as a request.
#[derive(Clone)]
pub(crate) struct Came {
    /// The name that was asked for before anything was encrypted.
    pub(crate) name: Option<String>,
    /// Whether whoever came showed a certificate.
    pub(crate) is_certified: bool,
    /// Whether it was a whole handshake, and not one that went on where another had ended.
    pub(crate) is_full: bool,
    pub(crate) request: String,
}

/// Ends when it is dropped.
pub(crate) struct Secured {
    address: SocketAddr,
    pub(crate) certificate: CertificateDer<'static>,
    seen: Arc<Mutex<Vec<Came>>>,
    _running: JoinSet<()>,
}

impl Secured {
    pub(crate) async fn start() -> Self {
        Self::of(NAME, None).await
    }

    /// With a certificate for this name.
    pub(crate) async fn named(name: &str) -> Self {
        Self::of(name, None).await
    }

    /// That asks for this certificate, and lets in who has none.
    pub(crate) async fn asking(certificate: CertificateDer<'static>) -> Self {
        Self::of(NAME, Some(certificate)).await
    }

    /// That lets in nobody else.
    pub(crate) async fn insisting(certificate: CertificateDer<'static>) -> Self {
        Self::with(config_for(NAME, Some(certificate), true)).await
    }

    async fn of(name: &str, asked: Option<CertificateDer<'static>>) -> Self {
        Self::with(config(name, asked)).await
    }

    async fn with((config, certificate): (ServerConfig, CertificateDer<'static>)) -> Self {
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::<Mutex<Vec<Came>>>::default();
        let log = Arc::clone(&seen);
        let mut running = JoinSet::new();
        running.spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                // Whom the other end does not believe does not get as far as an answer.
                if let Ok(mut stream) = acceptor.accept(stream).await {
                    let mut request = [0; 4096];
                    let Ok(read) = stream.read(&mut request).await else { continue };
                    let connection = stream.get_ref().1;
                    log.lock().unwrap().push(Came {
                        name: connection.server_name().map(ToOwned::to_owned),
                        is_certified: connection.peer_certificates().is_some(),
                        is_full: connection.handshake_kind() != Some(HandshakeKind::Resumed),
                        request: String::from_utf8_lossy(&request[..read]).into_owned(),
                    });
                    drop(stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await);
                    drop(stream.shutdown().await);
                }
            }
        });
        Self { address, certificate, seen, _running: running }
    }

    pub(crate) fn target(&self, host: &str) -> Target {
        Target::configured(&format!("https://{host}:{}/", self.port())).unwrap()
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn seen(&self) -> Vec<Came> {
        self.seen.lock().unwrap().clone()
    }
}

/// TLS with a certificate for `name`, signed by itself.
pub(crate) fn config(
    name: &str,
    asked: Option<CertificateDer<'static>>,
) -> (ServerConfig, CertificateDer<'static>) {
    config_for(name, asked, false)
}

fn config_for(
    name: &str,
    asked: Option<CertificateDer<'static>>,
    insists: bool,
) -> (ServerConfig, CertificateDer<'static>) {
    let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let certificate = cert.der().clone();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let config = match asked {
        None => config.with_no_client_auth(),
        Some(asked) => {
            let mut roots = RootCertStore::empty();
            roots.add(asked).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            let verifier = if insists { verifier } else { verifier.allow_unauthenticated() };
            config.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    (config.with_single_cert(vec![certificate.clone()], key).unwrap(), certificate)
}

/// Bytes as a file holds them.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}
