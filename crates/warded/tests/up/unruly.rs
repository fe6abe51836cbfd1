//! Servers behind that do what they should not: they vanish, babble, break off, or are not who they say.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use http_body_util::BodyExt as _;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::CertificateDer;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{Notify, mpsc},
};

use crate::stage::Stage;

/// What a server does with the requests of one connection, one after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Does {
    /// Answers.
    Answer,
    /// Reads the whole request and is gone.
    Vanish,
    /// Says something that is no HTTP.
    Babble,
    /// Begins an answer with a head that has no end.
    Boast,
    /// Sends half an answer and is gone.
    Halve,
    /// Begins a stream of events and is gone.
    HalveStream,
}

const OK: &str = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}";

/// A server behind that does as it is told, and tells of each request.
pub(crate) async fn behind(does: &'static [Does]) -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    let (seen, requests) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(connection(stream, does, seen.clone()));
        }
    });
    (url, requests)
}

async fn connection(mut stream: TcpStream, does: &'static [Does], seen: mpsc::UnboundedSender<String>) {
    for does in does {
        let Some(request) = whole(&mut stream).await else { return };
        seen.send(request).unwrap();
        let answer = match does {
            Does::Answer => {
                format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{OK}", OK.len())
            }
            Does::Vanish => return,
            Does::Babble => "SSH-2.0-OpenSSH_9.9\r\n\r\n".to_owned(),
            Does::Boast => format!("HTTP/1.1 200 OK\r\nX-Long: {}\r\n\r\n", "x".repeat(1024 * 1024)),
            Does::Halve => {
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"jsonrpc\":".to_owned()
            }
            Does::HalveStream => {
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n\
                 a\r\ndata: {}\n\n\r\n"
                    .to_owned()
            }
        };
        // Who does not want to hear the rest is gone already.
        drop(stream.write_all(answer.as_bytes()).await);
    }
}

/// A request with its body.
async fn whole(stream: &mut TcpStream) -> Option<String> {
    let mut read = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return Some(text);
            }
        }
        let mut chunk = [0; 4096];
        let length = stream.read(&mut chunk).await.ok().filter(|length| *length > 0)?;
        read.extend_from_slice(&chunk[..length]);
    }
}

/// A gateway whose server `notes` lies at this URL.
pub(crate) async fn before(url: &str, head: &str) -> Stage {
    let stage = Stage::with_head(head).await;
    let behind = stage.notes.url.clone();
    stage.rewritten(&[(&behind, url)]).await
}

/// A server behind that speaks HTTP/2, and is gone as soon as it has read a call; how many it has read.
pub(crate) async fn vanishing_http2() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (seen, enough) = (Arc::clone(&seen), Arc::new(Notify::new()));
            let read = Arc::clone(&enough);
            let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
                let (seen, read) = (Arc::clone(&seen), Arc::clone(&read));
                async move {
                    request.into_body().collect().await.unwrap();
                    seen.fetch_add(1, Ordering::Relaxed);
                    read.notify_one();
                    std::future::pending::<Result<http::Response<String>, std::convert::Infallible>>().await
                }
            });
            let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
            tokio::select! {
                _ended = builder.serve_connection(TokioIo::new(stream), service) => {}
                () = enough.notified() => {}
            }
        }
    });
    (url, count)
}

/// A server behind that shows a certificate of its own, and, where anybody believes it, answers over the protocol that was
/// agreed on; its certificate.
pub(crate) async fn secured(protocols: &[&[u8]]) -> (String, CertificateDer<'static>) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/mcp", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(stream) = acceptor.accept(stream).await else { continue };
            let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
            let service = service_fn(async |request: http::Request<hyper::body::Incoming>| {
                drop(request.into_body().collect().await);
                let answer = http::Response::builder().header("content-type", "application/json");
                answer.body(OK.to_owned())
            });
            tokio::spawn(async move {
                let io = TokioIo::new(stream);
                if is_http2 {
                    let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                    drop(builder.serve_connection(io, service).await);
                } else {
                    drop(hyper::server::conn::http1::Builder::new().serve_connection(io, service).await);
                }
            });
        }
    });
    (url, certificate)
}
