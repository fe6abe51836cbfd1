//! The ways in: whatever holds over one of them must hold over each.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

/// A way in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Front {
    Http1,
    Http2,
}

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
    pub(crate) const ALL: [Self; 2] = [Self::Http1, Self::Http2];

    /// Sends a request, byte for byte as it is written, and reads the head of the answer.
    pub(crate) async fn send(self, to: SocketAddr, asked: &Asked) -> Response<Incoming> {
        let io = TokioIo::new(TcpStream::connect(to).await.unwrap());
        let mut asked = asked.clone();
        match self {
            Self::Http1 => {
                let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
                tokio::spawn(connection);
                sender.send_request(asked.written()).await.unwrap()
            }
            Self::Http2 => {
                // There is no other form than the absolute one.
                if asked.authority.is_none() && !asked.hosts.is_empty() {
                    asked.authority = Some(asked.hosts.remove(0));
                }
                let (mut sender, connection) =
                    hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
                tokio::spawn(connection);
                sender.send_request(asked.written()).await.unwrap()
            }
        }
    }
}

impl Asked {
    fn written(self) -> Request<Full<Bytes>> {
        let target = match self.authority {
            Some(authority) => format!("http://{authority}{}", self.path),
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
