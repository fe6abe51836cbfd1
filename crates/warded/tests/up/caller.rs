//! Callers, on real sockets.

use std::{convert::Infallible, net::SocketAddr};

use bytes::Bytes;
use futures_util::stream;
use http::{Method, Request};
use http_body_util::{BodyExt as _, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    body::{Frame, Incoming},
    client::conn::http1::SendRequest,
};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

pub(crate) use crate::answer::Answer;

impl Answer {
    pub(crate) fn session(&self) -> &str {
        self.headers["mcp-session-id"].to_str().unwrap()
    }
}

/// A request to be sent.
pub(crate) struct Call {
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Bytes,
    /// In how many pieces the body is sent.
    pieces: usize,
}

type Body = UnsyncBoxBody<Bytes, Infallible>;

pub(crate) fn get(path: &str) -> Call {
    Call::new(Method::GET, path, "").with("accept", "text/event-stream")
}

pub(crate) fn delete(path: &str) -> Call {
    Call::new(Method::DELETE, path, "")
}

pub(crate) fn post(path: &str, message: &Value) -> Call {
    Call::new(Method::POST, path, &message.to_string())
        .with("content-type", "application/json")
        .with("accept", "application/json, text/event-stream")
}

pub(crate) fn initialize() -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": { "name": "test", "version": "1" },
    } })
}

pub(crate) fn ping() -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" })
}

#[expect(clippy::needless_pass_by_value, reason = "it reads better where it is called")]
pub(crate) fn tool(name: &str, arguments: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": name, "arguments": arguments } })
}

impl Call {
    pub(crate) fn new(method: Method, path: &str, body: &str) -> Self {
        Self { method, path: path.to_owned(), headers: Vec::new(), body: body.to_owned().into(), pieces: 1 }
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn saying(self, body: &str) -> Self {
        self.saying_bytes(body.to_owned())
    }

    pub(crate) fn saying_bytes(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Has the body come in so many chunks.
    pub(crate) fn in_pieces(mut self, pieces: usize) -> Self {
        self.pieces = pieces;
        self
    }

    /// Writes something else where a mark stands in a header.
    pub(crate) fn replacing(mut self, mark: &str, by: &str) -> Self {
        for (_, value) in &mut self.headers {
            *value = value.replace(mark, by);
        }
        self
    }

    pub(crate) fn token(self, token: &str) -> Self {
        self.with("authorization", &format!("Bearer {token}"))
    }

    /// The same, at another server than `notes`.
    pub(crate) fn at(mut self, server: &str) -> Self {
        self.path = self.path.replace("/notes/mcp", &format!("/{server}/mcp"));
        self
    }

    /// In a session, unless it names one.
    pub(crate) fn within(self, session: &str) -> Self {
        let names_one = self.headers.iter().any(|(name, _)| name == "mcp-session-id");
        if names_one { self } else { self.with("mcp-session-id", session) }
    }

    /// Sends it and reads the whole answer.
    pub(crate) async fn send(self, to: SocketAddr) -> Answer {
        Answer::read(self.open(to).await).await
    }

    /// Sends it and reads the head of the answer.
    pub(crate) async fn open(self, to: SocketAddr) -> http::Response<Incoming> {
        self.attempt(to).await.unwrap()
    }

    /// The same, where there may be none.
    pub(crate) async fn attempt(self, to: SocketAddr) -> hyper::Result<http::Response<Incoming>> {
        Line::to(to).connect().await.send_request(self.request(to)).await
    }

    fn request(self, to: SocketAddr) -> Request<Body> {
        let mut request =
            Request::builder().method(self.method).uri(self.path).header("host", to.to_string());
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let body = if self.pieces == 1 {
            http_body_util::Full::new(self.body).boxed_unsync()
        } else {
            let length = self.body.len().div_ceil(self.pieces).max(1);
            let pieces: Vec<_> = self.body.chunks(length).map(Bytes::copy_from_slice).collect();
            StreamBody::new(stream::iter(pieces.into_iter().map(|piece| Ok(Frame::data(piece)))))
                .boxed_unsync()
        };
        request.body(body).unwrap()
    }
}

/// A connection that is used again while both sides like to.
pub(crate) struct Line {
    to: SocketAddr,
    sender: Option<SendRequest<Body>>,
}

impl Line {
    pub(crate) fn to(to: SocketAddr) -> Self {
        Self { to, sender: None }
    }

    /// Sends a request and reads the head of the answer.
    pub(crate) async fn open(&mut self, call: Call) -> http::Response<Incoming> {
        let kept = match self.sender.take() {
            Some(mut sender) => sender.ready().await.is_ok().then_some(sender),
            None => None,
        };
        let mut sender = if let Some(sender) = kept { sender } else { self.connect().await };
        let answer = sender.send_request(call.request(self.to)).await.unwrap();
        self.sender = Some(sender);
        answer
    }

    async fn connect(&self) -> SendRequest<Body> {
        let io = TokioIo::new(TcpStream::connect(self.to).await.unwrap());
        let (sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
        tokio::spawn(connection);
        sender
    }

    /// Leaves an answer as far as it goes: one that has an end is read, one that has none is not waited for.
    pub(crate) async fn done(&mut self, answer: http::Response<Incoming>) {
        if answer.headers().get("content-type").is_some_and(|media| media == "text/event-stream") {
            self.sender = None;
        } else {
            drop(answer.into_body().collect().await.unwrap());
        }
    }
}

/// Sends bytes as they are and reads until the other side has nothing more to say.
pub(crate) async fn raw(to: SocketAddr, bytes: &str) -> String {
    let mut stream = TcpStream::connect(to).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}
