//! Who is connected to? One listener at all addresses of the namespace, which are all that there are.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::{Arc, Mutex},
};

use rcgen::CertifiedKey;
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

use crate::answers;

/// Nobody's address (RFC 5737): a connection to it closes the list of those before.
const MARK: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 77));

/// Ends when it is dropped.
pub(crate) struct Listener {
    seen: Arc<Mutex<Vec<IpAddr>>>,
    marks: watch::Receiver<usize>,
    certificate: CertificateDer<'static>,
    _running: JoinSet<()>,
}

impl Listener {
    pub(crate) async fn start() -> Self {
        let names = ["public.example.com".to_owned(), "rebind.example.com".to_owned()];
        let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(names).unwrap();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let seen = Arc::<Mutex<Vec<IpAddr>>>::default();
        let (mark, marks) = watch::channel(0);
        let mut running = JoinSet::new();
        for port in [443, 80] {
            // Of both families: where it is not said otherwise, Linux takes IPv4 in IPv6 dress.
            let listener = TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).await.unwrap();
            let (seen, mark, acceptor) = (Arc::clone(&seen), mark.clone(), acceptor.clone());
            running.spawn(async move {
                let mut connections = JoinSet::new();
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    let at = stream.local_addr().unwrap().ip().to_canonical();
                    if at == MARK {
                        mark.send_modify(|marks| *marks += 1);
                        continue;
                    }
                    seen.lock().unwrap().push(at);
                    connections.spawn(serve(stream, acceptor.clone()));
                }
            });
        }
        Self { seen, marks, certificate: cert.der().clone(), _running: running }
    }

    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        self.certificate.clone()
    }

    /// Where somebody has connected to since it was asked last. A connection is in the queue before whoever made it
    /// knows, and queues are emptied in order: when the marks are there, so is all that came before.
    pub(crate) async fn seen(&self) -> Vec<IpAddr> {
        let mut marks = self.marks.clone();
        let expected = *marks.borrow_and_update() + 2;
        for port in [443, 80] {
            drop(TcpStream::connect((MARK, port)).await.unwrap());
        }
        marks.wait_for(|marks| *marks >= expected).await.unwrap();
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

/// One request, if it comes to that.
async fn serve(stream: TcpStream, acceptor: TlsAcceptor) {
    let Ok(mut stream) = acceptor.accept(stream).await else { return };
    let mut request = Vec::new();
    let mut piece = [0; 4096];
    while !request.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut piece).await {
            Ok(read @ 1..) => request.extend_from_slice(&piece[..read]),
            _ => return,
        }
    }
    let text = String::from_utf8_lossy(&request);
    let path = text.split(' ').nth(1).unwrap_or_default();
    drop(stream.write_all(answers::of(path).as_bytes()).await);
    drop(stream.shutdown().await);
}
