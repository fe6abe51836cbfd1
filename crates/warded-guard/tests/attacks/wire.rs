//! Bytes on a socket: what a caller sends, also what no HTTP client would, and what comes back.

use std::net::SocketAddr;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::stage::{HERE_PATH, HOST};

/// A request that is being written.
#[derive(Clone)]
pub(crate) struct Outgoing {
    method: Method,
    target: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl Outgoing {
    /// What an honest client sends, but for the credential.
    pub(crate) fn honest(method: &Method, revision: Option<&str>) -> Self {
        let mut honest =
            Self { method: method.clone(), target: HERE_PATH.into(), headers: vec![], body: vec![] }
                .set("Host", HOST)
                .set("Accept", "application/json, text/event-stream");
        if let Some(revision) = revision {
            honest = honest.set("MCP-Protocol-Version", revision);
        }
        if *method == Method::POST { honest.saying("application/json", &ping().to_string()) } else { honest }
    }

    pub(crate) fn to(mut self, target: &str) -> Self {
        target.clone_into(&mut self.target);
        self
    }

    pub(crate) fn by(mut self, method: &str) -> Self {
        self.method = method.parse().unwrap();
        self
    }

    /// One more header line, whatever there is already.
    pub(crate) fn add(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    /// This header, and no other of its name.
    pub(crate) fn set(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.without(name).add(name, value)
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.add("Authorization", format!("Bearer {token}"))
    }

    pub(crate) fn saying(mut self, media: &str, body: &str) -> Self {
        body.as_bytes().clone_into(&mut self.body);
        self.set("Content-Type", media)
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes =
            format!("{} {} HTTP/1.1\r\nConnection: close\r\n", self.method, self.target).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend(name.as_bytes());
            bytes.extend(b": ");
            bytes.extend(value);
            bytes.extend(b"\r\n");
        }
        let is_framed = self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        if !is_framed && (self.method == Method::POST || !self.body.is_empty()) {
            bytes.extend(format!("Content-Length: {}\r\n", self.body.len()).as_bytes());
        }
        bytes.extend(b"\r\n");
        bytes.extend(&self.body);
        bytes
    }

    /// Sends it and reads until the other side has nothing more to say.
    pub(crate) async fn send(&self, to: SocketAddr) -> Answer {
        let mut stream = TcpStream::connect(to).await.unwrap();
        stream.write_all(&self.bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        Answer::read(&String::from_utf8(answer).unwrap())
    }
}

pub(crate) fn ping() -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" })
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    body: Value,
}

impl Answer {
    fn read(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(':').unwrap();
            (HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value.trim()).unwrap())
        });
        Self {
            status: status.unwrap_or_else(|| panic!("no HTTP: {text:?}")),
            headers: headers.collect(),
            text: text.to_owned(),
            body: serde_json::from_str(body).unwrap_or_default(),
        }
    }

    /// The stable code of a refusal.
    pub(crate) fn code(&self) -> Option<&str> {
        self.body.get("code").or_else(|| self.body.pointer("/error/data/code"))?.as_str()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}
