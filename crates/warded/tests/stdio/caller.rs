//! Callers, on real sockets.

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;

pub(crate) use crate::answer::Answer;
use crate::stage::Stage;

/// Somebody who calls one server.
#[derive(Clone)]
pub(crate) struct Caller {
    to: std::net::SocketAddr,
    path: String,
    token: String,
    session: Option<String>,
}

impl Answer {
    /// The one message.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.headers["content-type"], "application/json", "{self:?}");
        serde_json::from_str(&self.body).unwrap()
    }

    /// The messages of a stream.
    pub(crate) fn events(&self) -> Vec<Value> {
        assert_eq!(self.headers["content-type"], "text/event-stream", "{self:?}");
        events(&self.body)
    }

    /// What a tool says.
    pub(crate) fn text(&self) -> String {
        text(&self.json())
    }
}

pub(crate) fn events(body: &str) -> Vec<Value> {
    let data = body.lines().filter_map(|line| line.strip_prefix("data: "));
    data.map(|data| serde_json::from_str(data).unwrap()).collect()
}

/// What a tool says.
pub(crate) fn text(message: &Value) -> String {
    message["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{message}")).to_owned()
}

#[expect(clippy::needless_pass_by_value, reason = "it reads better where it is called")]
pub(crate) fn tool(id: Value, name: &str, arguments: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": name, "arguments": arguments}})
}

pub(crate) fn initialize() -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "test", "version": "1" },
    } })
}

impl Caller {
    pub(crate) fn new(stage: &Stage, server: &str, who: Value) -> Self {
        let token = stage.token(server, who);
        Self { to: stage.address, path: format!("/{server}/mcp"), token, session: None }
    }

    /// What it shows with every request.
    pub(crate) fn own_token(&self) -> &str {
        &self.token
    }

    /// Begins a session, as a client does.
    pub(crate) async fn begins(mut self) -> Self {
        let answer = self.post(&initialize()).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        self.session = Some(answer.headers["mcp-session-id"].to_str().unwrap().to_owned());
        let answer = self.post(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (202, ""));
        self
    }

    /// Somebody else with the session of this one.
    pub(crate) fn steals(mut self, other: &Self) -> Self {
        self.session.clone_from(&other.session);
        self
    }

    pub(crate) async fn post(&self, message: &Value) -> Answer {
        Answer::read(self.open(message).await).await
    }

    /// Reads the head of the answer only.
    pub(crate) async fn open(&self, message: &Value) -> http::Response<Incoming> {
        self.send(Method::POST, &message.to_string(), &[("accept", "application/json, text/event-stream")])
            .await
    }

    pub(crate) async fn tool(&self, name: &str, arguments: Value) -> Answer {
        self.post(&tool(json!(7), name, arguments)).await
    }

    pub(crate) async fn get(&self) -> http::Response<Incoming> {
        self.send(Method::GET, "", &[("accept", "text/event-stream")]).await
    }

    pub(crate) async fn delete(&self) -> Answer {
        Answer::read(self.send(Method::DELETE, "", &[]).await).await
    }

    /// A call of 2026-07-28: everything in it, and the headers that say so.
    pub(crate) async fn modern(&self, id: Value, method: &str, params: Value) -> http::Response<Incoming> {
        let mut params = params;
        params["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!("2026-07-28");
        params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({});
        let name = params["name"].as_str().unwrap_or_default().to_owned();
        let message = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        let mut headers = vec![
            ("accept", "application/json, text/event-stream"),
            ("mcp-protocol-version", "2026-07-28"),
            ("mcp-method", method),
        ];
        if !name.is_empty() {
            headers.push(("mcp-name", &name));
        }
        self.send(Method::POST, &message.to_string(), &headers).await
    }

    pub(crate) async fn modern_tool(&self, id: Value, name: &str, arguments: Value) -> Answer {
        let answer = self.modern(id, "tools/call", json!({"name": name, "arguments": arguments}));
        Answer::read(answer.await).await
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        body: &str,
        headers: &[(&str, &str)],
    ) -> http::Response<Incoming> {
        let stream = TcpStream::connect(self.to).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let mut request = Request::builder()
            .method(&method)
            .uri(&self.path)
            .header("host", self.to.to_string())
            .header("authorization", format!("Bearer {}", self.token));
        if method == Method::POST {
            request = request.header("content-type", "application/json");
        }
        if let Some(session) = &self.session {
            request = request.header("mcp-session-id", session);
            if !headers.iter().any(|(name, _)| *name == "mcp-protocol-version") {
                request = request.header("mcp-protocol-version", "2025-11-25");
            }
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        sender.send_request(request.body(Full::new(Bytes::from(body.to_owned()))).unwrap()).await.unwrap()
    }
}

/// The next message of a stream that is open.
pub(crate) async fn next(stream: &mut http::Response<Incoming>) -> Option<Value> {
    let mut event = String::new();
    while !event.ends_with("\n\n") {
        let frame = stream.body_mut().frame().await?.unwrap();
        event.push_str(std::str::from_utf8(frame.data_ref().unwrap()).unwrap());
        if event.starts_with(':') {
            event.clear();
        }
    }
    let found = events(&event);
    assert_eq!(found.len(), 1, "{event}");
    found.into_iter().next()
}
