//! Callers, on real sockets.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) async fn read(answer: http::Response<Incoming>) -> Self {
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Self { status: parts.status, headers: parts.headers, body: String::from_utf8(body.to_vec()).unwrap() }
    }

    /// The stable code of a refusal; the status of everything else.
    pub(crate) fn code(&self) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        let code = body["code"].as_str().or(body["error"]["data"]["code"].as_str());
        code.map_or_else(|| self.status.as_u16().to_string(), str::to_owned)
    }

    pub(crate) fn session(&self) -> &str {
        self.headers["mcp-session-id"].to_str().unwrap()
    }
}

/// A request to be sent.
pub(crate) struct Call {
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: String,
}

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
        Self { method, path: path.to_owned(), headers: Vec::new(), body: body.to_owned() }
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn saying(mut self, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self
    }

    pub(crate) fn token(self, token: &str) -> Self {
        self.with("authorization", &format!("Bearer {token}"))
    }

    /// Sends it and reads the whole answer.
    pub(crate) async fn send(self, to: SocketAddr) -> Answer {
        Answer::read(self.open(to).await).await
    }

    /// Sends it and reads the head of the answer.
    pub(crate) async fn open(self, to: SocketAddr) -> http::Response<Incoming> {
        let stream = TcpStream::connect(to).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let mut request =
            Request::builder().method(self.method).uri(self.path).header("host", to.to_string());
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        sender.send_request(request.body(Full::new(Bytes::from(self.body))).unwrap()).await.unwrap()
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
