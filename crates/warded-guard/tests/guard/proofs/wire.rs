//! A guard on a real socket, and what it says to bytes.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use http::Response;
use http_body_util::{BodyExt as _, Full};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tower::service_fn;
use warded_guard::{Body, Guard, Permitted, Stop};

use crate::stage::ping;

/// Where a guard listens, and how many requests it let through.
#[derive(Clone)]
pub(crate) struct Place {
    address: SocketAddr,
    reached: Arc<AtomicUsize>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    head: String,
    body: String,
}

impl Reply {
    pub(crate) fn read(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Self { status, head: head.to_owned(), body: body.to_owned() }
    }

    /// Every header of that name.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
    }

    pub(crate) fn challenges(&self) -> Vec<&str> {
        self.all("WWW-Authenticate")
    }

    /// The stable code of a refusal.
    pub(crate) fn code(&self) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        let code = body.get("code").or_else(|| body.pointer("/error/data/code"));
        code.and_then(Value::as_str).unwrap_or(&self.body).to_owned()
    }

    pub(crate) fn is_good(&self) -> bool {
        self.status == 200 && self.body.contains("REACHED") && self.body.contains("dpop: false")
    }
}

impl Place {
    pub(crate) async fn of(guard: Guard) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let reached = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&reached);
        let inner = service_fn(move |permitted: Permitted| behind(Arc::clone(&seen), permitted));
        let service = TowerToHyperService::new(guard.forwarding(inner));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let service = service.clone();
                tokio::spawn(async move {
                    let serving = hyper::server::conn::http1::Builder::new();
                    let _ended = serving.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { address, reached }
    }

    pub(crate) fn reached(&self) -> usize {
        self.reached.load(Ordering::Relaxed)
    }

    /// Sends a request with these headers to the server.
    pub(crate) async fn ask(&self, method: &str, headers: &[(&str, &str)]) -> Reply {
        self.ask_at("/notes/mcp", "mcp.example.com", method, headers).await
    }

    pub(crate) async fn ask_at(
        &self,
        path: &str,
        host: &str,
        method: &str,
        headers: &[(&str, &str)],
    ) -> Reply {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request(path, host, method, headers).as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        Reply::read(&answer)
    }

    /// Presents a token with its proof.
    pub(crate) async fn present(&self, method: &str, token: &str, proof: &str) -> Reply {
        self.ask(method, &[("Authorization", &format!("DPoP {token}")), ("DPoP", proof)]).await
    }
}

/// The server behind. What it says about nonces is not believed.
#[expect(clippy::unused_async, reason = "a service is asynchronous")]
async fn behind(seen: Arc<AtomicUsize>, permitted: Permitted) -> Result<Response<Body>, Stop> {
    seen.fetch_add(1, Ordering::Relaxed);
    let text = format!("REACHED, dpop: {}", permitted.parts.headers.contains_key("DPoP"));
    let body = Full::from(text).map_err(|never| match never {}).boxed_unsync();
    Ok(Response::builder().header("DPoP-Nonce", "of-the-server-behind").body(body).unwrap())
}

/// A request as bytes: a call in a POST, nothing in others.
pub(crate) fn request(path: &str, host: &str, method: &str, headers: &[(&str, &str)]) -> String {
    let body = if method == "POST" { ping().to_string() } else { String::new() };
    let headers: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nConnection: close\r\n\
         {}Content-Length: {length}\r\n\r\n{body}",
        headers.concat()
    )
}
