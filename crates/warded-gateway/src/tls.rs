//! How do callers know that it is us, and what do we know of them? TLS that ends here, from certificates that may be
//! replaced while it runs.

mod chosen;
mod expiry;

use std::{fmt, sync::Arc};

use arc_swap::ArcSwap;
use rustls::{
    RootCertStore, ServerConfig,
    crypto::aws_lc_rs,
    server::{NoServerSessionStorage, WebPkiClientVerifier},
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use warded_client::tls::{CertificateDer, Identity};
use warded_core::UnixTime;
use warded_guard::ClientCertificate;

use self::chosen::Certificates;
pub(crate) use self::chosen::Shown;

/// HTTP/2 first (RFC 9113 §3.2).
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// The TLS of a listener.
pub struct ServerTls(ArcSwap<Ready>);

struct Ready {
    config: Arc<ServerConfig>,
    certificates: Arc<Certificates>,
}

/// Why certificates cannot be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidServerTls {
    /// There is none.
    #[error("there is no certificate")]
    NoCertificate,
    /// A certificate that cannot be read again.
    #[error("a certificate cannot be read")]
    Certificate,
    /// Those that clients are to be believed by are none.
    #[error("the roots for client certificates cannot be used")]
    Roots,
    /// The cryptographic library offers no protocol version.
    #[error("the cryptographic library offers no TLS version that this build speaks")]
    Versions,
}

/// What a handshake has shown.
pub(crate) struct Secured<S> {
    pub(crate) stream: TlsStream<S>,
    pub(crate) shown: Shown,
    pub(crate) caller: Option<ClientCertificate>,
}

impl ServerTls {
    /// TLS 1.2 and 1.3. The first certificate is shown to whoever names no host, or none of ours; the others to those
    /// who name a host of theirs. Where there are `client_roots`, callers may show a certificate that leads to one of
    /// them, so that tokens which are bound to it can be used (RFC 8705); a certificate that leads nowhere is refused.
    pub fn new(
        identities: &[Identity],
        client_roots: Vec<CertificateDer<'static>>,
    ) -> Result<Self, InvalidServerTls> {
        Ready::of(identities, client_roots).map(|ready| Self(ArcSwap::from_pointee(ready)))
    }

    /// Takes others from the next handshake on. Connections that are open go on.
    pub fn replace(
        &self,
        identities: &[Identity],
        client_roots: Vec<CertificateDer<'static>>,
    ) -> Result<(), InvalidServerTls> {
        Ready::of(identities, client_roots).map(|ready| self.0.store(Arc::new(ready)))
    }

    /// When the first of them ends.
    pub fn expires(&self) -> Option<UnixTime> {
        self.0.load().certificates.ends()
    }

    /// Ends TLS on a connection.
    pub(crate) async fn accept<S>(&self, stream: S) -> std::io::Result<Secured<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let ready = self.0.load_full();
        let stream = TlsAcceptor::from(Arc::clone(&ready.config)).accept(stream).await?;
        let (_, connection) = stream.get_ref();
        let shown = Certificates::shown(&ready.certificates, connection.server_name());
        let caller = connection.peer_certificates().and_then(<[_]>::first).map(ClientCertificate::of);
        Ok(Secured { stream, shown, caller })
    }
}

impl fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerTls")
    }
}

impl Ready {
    fn of(
        identities: &[Identity],
        client_roots: Vec<CertificateDer<'static>>,
    ) -> Result<Self, InvalidServerTls> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let certificates = Arc::new(Certificates::of(identities)?);
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|_| InvalidServerTls::Versions)?;
        let asks = !client_roots.is_empty();
        let builder = if asks {
            let mut roots = RootCertStore::empty();
            for root in client_roots {
                roots.add(root).map_err(|_| InvalidServerTls::Roots)?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            // Most callers have none, and need none: which tokens are bound to one, the guard sees.
            let verifier = verifier.allow_unauthenticated().build().map_err(|_| InvalidServerTls::Roots)?;
            builder.with_client_cert_verifier(verifier)
        } else {
            builder.with_no_client_auth()
        };
        let mut config = builder.with_cert_resolver(Arc::clone(&certificates) as _);
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
        if asks {
            // A session that is taken up again shows the certificate of its beginning, without another look at it:
            // one that has ended since would be believed for a day.
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
        }
        Ok(Self { config: Arc::new(config), certificates })
    }
}
