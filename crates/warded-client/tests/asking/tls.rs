//! Whom do we believe to be whom?

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use futures_util::future::{BoxFuture, ready};
use rcgen::CertifiedKey;
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;
use warded_client::fetch::{Fetch, FetchFailed, Reach, Resolve, Target};

use crate::raw::{Raw, Then};

const NAME: &str = "mcp.example";

/// Every name is on this machine, at an address where nobody listens and at one where somebody does.
#[derive(Debug)]
struct Here;

impl Resolve for Here {
    fn resolve<'a>(&'a self, _: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(ready(Ok(vec![[127, 0, 0, 2].into(), [127, 0, 0, 1].into()])))
    }
}

/// A server with a certificate for [`NAME`], signed by itself.
struct Secured {
    address: SocketAddr,
    certificate: CertificateDer<'static>,
    _running: JoinSet<()>,
}

impl Secured {
    async fn start() -> Self {
        let CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed([NAME.to_owned()]).unwrap();
        let certificate = cert.der().clone();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let config =
            ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(vec![certificate.clone()], key)
                .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut running = JoinSet::new();
        running.spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                // Whom the other end does not believe does not get as far as an answer.
                if let Ok(mut stream) = acceptor.accept(stream).await {
                    let mut request = [0; 4096];
                    drop(stream.read(&mut request).await);
                    drop(stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await);
                    drop(stream.shutdown().await);
                }
            }
        });
        Self { address, certificate, _running: running }
    }

    fn target(&self, host: &str) -> Target {
        Target::configured(&format!("https://{host}:{}/", self.address.port())).unwrap()
    }
}

fn fetch(roots: impl IntoIterator<Item = CertificateDer<'static>>) -> Fetch {
    Fetch::with_roots(Reach::public(), roots).unwrap().with_resolver(Arc::new(Here))
}

#[tokio::test]
async fn a_server_is_believed_by_its_certificate_at_whichever_address_answers() {
    let server = Secured::start().await;
    let fetched = fetch([server.certificate.clone()]).get(&server.target(NAME)).await.unwrap();
    assert_eq!(fetched.status.as_u16(), 204);
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_is_not_believed() {
    let (server, other) = (Secured::start().await, Secured::start().await);
    for roots in [vec![], vec![other.certificate.clone()]] {
        let outcome = fetch(roots).get(&server.target(NAME)).await;
        assert_eq!(outcome.unwrap_err(), FetchFailed::Tls { host: NAME.into() });
    }
}

#[tokio::test]
async fn a_certificate_is_for_the_names_in_it() {
    let server = Secured::start().await;
    for host in ["other.example", "a.mcp.example", "127.0.0.1", "localhost"] {
        let outcome = fetch([server.certificate.clone()]).get(&server.target(host)).await;
        assert_eq!(outcome.unwrap_err(), FetchFailed::Tls { host: host.into() }, "{host}");
    }
}

#[tokio::test]
async fn a_server_without_tls_gets_no_request() {
    let plain = Raw::start(&["HTTP/1.1 200 OK\r\n\r\n"], Then::HangUp).await;
    let outcome = fetch([]).get(&Target::configured(&plain.url("https")).unwrap()).await;
    assert_eq!(outcome.unwrap_err(), FetchFailed::Tls { host: "127.0.0.1".into() });
}

#[test]
fn a_root_that_is_no_certificate_is_not_passed_over() {
    let outcome = Fetch::with_roots(Reach::public(), [CertificateDer::from(vec![1, 2, 3])]);
    assert!(matches!(outcome, Err(FetchFailed::TlsSetup(_))), "{outcome:?}");
}
