//! The ways in: whatever holds over one of them must hold over each.

use std::{net::SocketAddr, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{ClientConfig, RootCertStore, pki_types::CertificateDer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

/// A way in.
#[derive(Clone, Debug)]
pub(crate) struct Front {
    speaks: Speaks,
    /// Over TLS, the certificate that must be shown.
    trusts: Option<CertificateDer<'static>>,
}

#[derive(Clone, Copy, Debug)]
enum Speaks {
    Http1,
    Http2,
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// A request, and how it says where it goes.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// The host of the absolute form or of `:authority`, where it says one there.
    pub(crate) authority: Option<String>,
    /// Every `Host`.
    pub(crate) hosts: Vec<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Front {
    /// Every way to a gateway that shows this certificate, or none.
    pub(crate) fn all(trusts: Option<&CertificateDer<'static>>) -> [Self; 2] {
        [Speaks::Http1, Speaks::Http2].map(|speaks| Self { speaks, trusts: trusts.cloned() })
    }

    fn scheme(&self) -> &'static str {
        if self.trusts.is_some() { "https" } else { "http" }
    }

    /// Sends a request, byte for byte as it is written, and reads the head of the answer.
    pub(crate) async fn send(&self, to: SocketAddr, asked: &Asked) -> Response<Incoming> {
        let io = TokioIo::new(self.connect(to, asked).await);
        let mut asked = asked.clone();
        match self.speaks {
            Speaks::Http1 => {
                let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
                tokio::spawn(connection);
                sender.send_request(asked.written(self.scheme())).await.unwrap()
            }
            Speaks::Http2 => {
                // There is no other form than the absolute one.
                if asked.authority.is_none() && !asked.hosts.is_empty() {
                    asked.authority = Some(asked.hosts.remove(0));
                }
                let (mut sender, connection) =
                    hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
                tokio::spawn(connection);
                sender.send_request(asked.written(self.scheme())).await.unwrap()
            }
        }
    }

    async fn connect(&self, to: SocketAddr, asked: &Asked) -> Box<dyn Stream> {
        let stream = TcpStream::connect(to).await.unwrap();
        let Some(certificate) = &self.trusts else {
            return Box::new(stream);
        };
        let mut roots = RootCertStore::empty();
        roots.add(certificate.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config =
            ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let mut config = config.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![match self.speaks {
            Speaks::Http1 => b"http/1.1".to_vec(),
            Speaks::Http2 => b"h2".to_vec(),
        }];
        let host = asked.authority.as_deref().or(asked.hosts.first().map(String::as_str)).unwrap();
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name).to_owned();
        Box::new(
            TlsConnector::from(Arc::new(config)).connect(name.try_into().unwrap(), stream).await.unwrap(),
        )
    }
}

impl Asked {
    fn written(self, scheme: &str) -> Request<Full<Bytes>> {
        let target = match self.authority {
            Some(authority) => format!("{scheme}://{authority}{}", self.path),
            None => self.path,
        };
        let mut request = Request::new(Full::new(Bytes::from(self.body)));
        *request.method_mut() = self.method;
        *request.uri_mut() = target.parse().unwrap();
        *request.headers_mut() = self.headers;
        for host in self.hosts {
            request.headers_mut().append("host", host.parse().unwrap());
        }
        request
    }
}
