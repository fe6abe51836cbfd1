//! How is a server talked to? A handshake, requests, a farewell (MCP 2025-11-25, Streamable HTTP); or requests that each say
//! everything (2026-07-28).

use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{ACCEPT, CONTENT_TYPE},
};
use serde_json::{Value, json};
use tokio::time::timeout;
use warded_client::{
    bridge::events::Decoder,
    fetch::{Streamed, Withheld},
};

use super::way::Way;

const REVISION: &str = "2025-11-25";
const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
const STATELESS: &str = "2026-07-28";
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const PROTOCOL: HeaderName = HeaderName::from_static("mcp-protocol-version");

/// How long the rest of an answer may take to come.
const PATIENCE_FOR_BODY: Duration = Duration::from_mins(5);
/// Largest answer that is read, in bytes.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// A conversation that has begun.
pub(in crate::command) struct Conversation<'w> {
    way: &'w Way,
    headers: HeaderMap,
    next_id: u32,
    /// What the server has said of itself.
    about: Value,
    /// What must be in none of the server's words.
    withheld: Withheld,
}

/// What came of a request.
pub(in crate::command) enum Outcome {
    /// Its result.
    Result(Value),
    /// A JSON-RPC error of the server.
    Error(Value),
    /// It was not let through.
    Refused(Refused),
}

/// An answer that is not a message.
pub(in crate::command) struct Refused {
    pub(in crate::command) status: StatusCode,
    /// The code of the JSON-RPC error, where it is one.
    pub(in crate::command) error: Option<i64>,
    /// Warded's code for the reason, where Warded refused.
    pub(in crate::command) code: Option<String>,
    /// What the caller is told.
    pub(in crate::command) why: Option<String>,
    /// The challenge.
    pub(super) challenge: Option<String>,
}

impl<'w> Conversation<'w> {
    /// Shakes hands.
    pub(super) async fn begin(way: &'w Way) -> anyhow::Result<Result<Self, Outcome>> {
        let mut conversation = Self::to(way);
        let hello = json!({ "protocolVersion": REVISION, "capabilities": {}, "clientInfo": myself() });
        let agreed = match conversation.request("initialize", &hello).await? {
            Outcome::Result(result) => result,
            other => return Ok(Err(other)),
        };
        let revision = agreed["protocolVersion"].as_str().unwrap_or(REVISION);
        conversation.headers.insert(PROTOCOL, HeaderValue::from_str(revision)?);
        conversation.about = agreed;
        let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        drop(conversation.post(&ready).await?);
        Ok(Ok(conversation))
    }

    /// Shakes hands, and where the server does not, asks it in the way of 2026-07-28. Good for requests that name nothing: those
    /// that do say it in headers, too.
    pub(in crate::command) async fn of_any_revision(way: &'w Way) -> anyhow::Result<Result<Self, Outcome>> {
        let refused = match Self::begin(way).await? {
            Err(Outcome::Refused(refused)) if matches!(refused.status.as_u16(), 400 | 404 | 405 | 406) => {
                Outcome::Refused(refused)
            }
            Err(Outcome::Error(error)) => Outcome::Error(error),
            other => return Ok(other),
        };
        let mut conversation = Self::to(way);
        conversation.headers.insert(PROTOCOL, HeaderValue::from_static(STATELESS));
        match conversation.request("server/discover", &json!({})).await? {
            Outcome::Result(about) => {
                conversation.about = about;
                Ok(Ok(conversation))
            }
            // It knows neither: what it said first is about what most servers know.
            Outcome::Error(_) | Outcome::Refused(_) => Ok(Err(refused)),
        }
    }

    fn to(way: &'w Way) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Self { way, headers, next_id: 1, about: Value::Null, withheld: Withheld::default() }
    }

    /// What the server has said of itself.
    pub(in crate::command) const fn about(&self) -> &Value {
        &self.about
    }

    /// Words of the server without what was sent to it.
    pub(in crate::command) fn cleared<'t>(&self, words: &'t str) -> &'t str {
        self.withheld.cleared(words)
    }

    /// Asks, and waits for the answer.
    pub(in crate::command) async fn request(
        &mut self,
        method: &str,
        params: &Value,
    ) -> anyhow::Result<Outcome> {
        let id = self.next_id;
        self.next_id += 1;
        let mut params = params.clone();
        if self.headers.get(PROTOCOL).is_some_and(|revision| revision.as_bytes() == STATELESS.as_bytes()) {
            self.headers.insert(METHOD, HeaderValue::from_str(method)?);
            params["_meta"] = meta();
        }
        let message = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        let answer = self.post(&message).await?;
        self.withheld = answer.withheld.clone();
        if let Some(session) = answer.headers.get(SESSION) {
            let mut session = session.clone();
            // Whoever has it can speak in the session.
            session.set_sensitive(true);
            self.headers.insert(SESSION, session);
        }
        if !answer.status.is_success() {
            return Ok(Outcome::Refused(Refused::read(answer).await?));
        }
        let message = async {
            if answer.is_json() {
                let message = serde_json::from_slice(&answer.body.collect(MAX_ANSWER).await?)?;
                anyhow::ensure!(
                    is_only_answer(&message, id),
                    "the server answers another request than this one"
                );
                Ok(message)
            } else {
                answer_among_events(answer, id).await
            }
        };
        let message: anyhow::Result<Value> =
            timeout(PATIENCE_FOR_BODY, message).await.context("the server does not finish its answer")?;
        match message? {
            Value::Object(mut message) => match (message.remove("result"), message.remove("error")) {
                (Some(result), None) => Ok(Outcome::Result(result)),
                (None, Some(error)) => Ok(Outcome::Error(error)),
                _ => anyhow::bail!("the server's answer is no JSON-RPC response"),
            },
            _ => anyhow::bail!("the server's answer is no JSON-RPC response"),
        }
    }

    /// Says good-bye. A server that does not want to hear it has no sessions.
    pub(in crate::command) async fn end(self) {
        if self.headers.contains_key(SESSION) {
            drop(self.way.send(Method::DELETE, self.headers, Bytes::new()).await);
        }
    }

    async fn post(&self, message: &Value) -> anyhow::Result<Streamed> {
        self.way.send(Method::POST, self.headers.clone(), Bytes::from(message.to_string())).await
    }
}

/// Who asks.
pub(in crate::command) fn myself() -> Value {
    json!({ "name": "warded", "version": env!("CARGO_PKG_VERSION") })
}

/// What every request says where there is no handshake.
pub(in crate::command) fn meta() -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": STATELESS,
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": myself(),
    })
}

impl Refused {
    pub(in crate::command) async fn read(answer: Streamed) -> anyhow::Result<Self> {
        let (status, withheld) = (answer.status, answer.withheld);
        // A server may quote the token that it refuses.
        let cleared = |text: &str| withheld.cleared(text).to_owned();
        let challenge = answer.headers.get(http::header::WWW_AUTHENTICATE);
        let challenge = challenge.and_then(|challenge| challenge.to_str().ok()).map(cleared);
        let body = timeout(PATIENCE_FOR_BODY, answer.body.collect(MAX_ANSWER)).await;
        let body = body.context("the server does not finish its refusal")??;
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let text = |value: &Value| value.as_str().map(cleared);
        // Where the guard has read whose answer it is, it answers with a JSON-RPC error; before that, as OAuth does.
        let (code, why) = match body.get("error").filter(|error| error.is_object()) {
            Some(error) => (text(&error["data"]["code"]), text(&error["message"])),
            None => (text(&body["code"]), text(&body["error_description"])),
        };
        let error = body["error"]["code"].as_i64();
        Ok(Self { status, error, code, why, challenge })
    }
}

/// The answer to a request among the events of a stream. Each event is read once, however it is cut into pieces.
pub(in crate::command) async fn answer_among_events(mut answer: Streamed, id: u32) -> anyhow::Result<Value> {
    let (mut decoder, mut events, mut read) = (Decoder::default(), Vec::new(), 0);
    loop {
        let piece = answer.body.next().await.transpose()?;
        read += piece.as_ref().map_or(0, Bytes::len);
        anyhow::ensure!(read <= MAX_ANSWER, "the server's answer is too large");
        // The end of the stream ends its last event, too, for servers that forget the empty line.
        decoder.take(piece.as_deref().unwrap_or(b"\n\n"), &mut events)?;
        if let Some(message) = events.drain(..).find_map(|event| of_event(&event.data, id)) {
            return Ok(message);
        }
        anyhow::ensure!(piece.is_some(), "the server ended its stream without an answer");
    }
}

/// The answer, where it is in this data.
fn of_event(data: &[u8], id: u32) -> Option<Value> {
    serde_json::from_slice(data).ok().filter(|message| is_answer(message, id))
}

/// Whether a message that came alone is the answer. Whoever could not read the id of a request names none in an error
/// (JSON-RPC 2.0 §5).
fn is_only_answer(message: &Value, id: u32) -> bool {
    let is_nameless = message.get("id").is_none_or(Value::is_null) && message.get("method").is_none();
    is_answer(message, id) || (is_nameless && message.get("error").is_some_and(Value::is_object))
}

fn is_answer(message: &Value, id: u32) -> bool {
    message.get("id").and_then(Value::as_u64) == Some(u64::from(id)) && message.get("method").is_none()
}
