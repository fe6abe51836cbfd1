//! How is a server asked what it is, before and after 2026-07-28, and what did it answer?

use std::time::Duration;

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{ACCEPT, CONTENT_TYPE},
};
use serde_json::{Value, json};
use tokio::time::timeout;
use warded_client::{
    channel::Message,
    fetch::{Streamed, Withheld},
    tokens::Record,
};

use super::walk::Walk;
use crate::command::call::{Refused, answer_among_events};

/// The revision that is offered where there is a handshake, and those that are known.
const OFFERED: &str = "2025-11-25";
const STATELESS: &str = "2026-07-28";
const KNOWN: [&str; 4] = ["2025-03-26", "2025-06-18", OFFERED, STATELESS];

const REVISION: HeaderName = HeaderName::from_static("mcp-protocol-version");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");

/// The id of the one request.
const ID: u32 = 1;
/// Largest answer that is read, in bytes.
const MAX_ANSWER: usize = 1024 * 1024;

/// How a server wants to be spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `initialize` first.
    Handshake,
    /// Each call says everything (MCP 2026-07-28).
    Stateless,
}

impl Dialect {
    /// The first call of a client. It changes nothing.
    pub(super) fn opening(self) -> Message {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let about = json!({ "name": "warded-doctor", "version": env!("CARGO_PKG_VERSION") });
        let (method, params) = match self {
            Self::Handshake => {
                ("initialize", json!({ "protocolVersion": OFFERED, "capabilities": {}, "clientInfo": about }))
            }
            Self::Stateless => {
                headers.insert(REVISION, HeaderValue::from_static(STATELESS));
                headers.insert(METHOD, HeaderValue::from_static("server/discover"));
                let meta = json!({
                    "io.modelcontextprotocol/protocolVersion": STATELESS,
                    "io.modelcontextprotocol/clientCapabilities": {},
                    "io.modelcontextprotocol/clientInfo": about,
                });
                ("server/discover", json!({ "_meta": meta }))
            }
        };
        let message = json!({ "jsonrpc": "2.0", "id": ID, "method": method, "params": params });
        Message::new(Method::POST, headers, Bytes::from(message.to_string()))
    }

    /// The method of the first call.
    pub(super) const fn method(self) -> &'static str {
        match self {
            Self::Handshake => "initialize",
            Self::Stateless => "server/discover",
        }
    }
}

/// An answer, read as far as it is of use.
pub(super) struct Heard {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// What the server gave as the reason, where it refused; words of somebody else.
    pub(super) why: Option<String>,
    /// Warded's code, where Warded refused.
    pub(super) code: Option<String>,
    /// The message, where it let the call through.
    pub(super) message: Option<Value>,
    /// What must be in none of its words.
    pub(super) withheld: Withheld,
}

/// Reads an answer, within bounds. What cannot be read is passed over: the status has been heard.
pub(super) async fn hear(answer: Streamed, patience: Duration) -> Heard {
    let (status, headers) = (answer.status, answer.headers.clone());
    let withheld = answer.withheld.clone();
    let mut heard = Heard { status, headers, why: None, code: None, message: None, withheld };
    if !status.is_success() {
        if let Ok(Ok(refused)) = timeout(patience, Refused::read(answer)).await {
            (heard.why, heard.code) = (refused.why, refused.code);
        }
        return heard;
    }
    let message = async {
        if answer.is_json() {
            let whole = answer.body.collect(MAX_ANSWER).await.ok()?;
            serde_json::from_slice(&whole).ok()
        } else {
            answer_among_events(answer, ID).await.ok()
        }
    };
    heard.message = timeout(patience, message).await.ok().flatten();
    heard
}

impl Heard {
    /// The revisions that the server speaks, of those that are known here and of others; none where it did not say.
    pub(super) fn revisions(&self) -> Option<Vec<String>> {
        let result = self.message.as_ref()?.get("result")?;
        if let Some(agreed) = result.get("protocolVersion").and_then(Value::as_str) {
            return Some(vec![agreed.to_owned()]);
        }
        let listed = result.get("supportedVersions")?.as_array()?;
        Some(listed.iter().filter_map(Value::as_str).take(16).map(str::to_owned).collect())
    }

    /// Whether what came is a JSON-RPC response to the call.
    pub(super) fn is_response(&self) -> bool {
        let has = |member| self.message.as_ref().is_some_and(|message| message.get(member).is_some());
        has("result") || has("error")
    }

    /// The code of a JSON-RPC error.
    pub(super) fn error(&self) -> Option<i64> {
        self.message.as_ref()?.get("error")?.get("code")?.as_i64()
    }
}

/// Whether a revision is one that clients of Warded speak.
pub(super) fn is_known(revision: &str) -> bool {
    KNOWN.contains(&revision)
}

/// Ends the session that a handshake has begun. A server that has none does not mind.
pub(super) async fn farewell(walk: &Walk<'_>, heard: &Heard, record: Option<&Record>) {
    let Some(session) = heard.headers.get(SESSION) else {
        return;
    };
    let mut headers = HeaderMap::new();
    headers.insert(SESSION, session.clone());
    let revision = heard.revisions().and_then(|mut all| all.pop());
    if let Some(revision) = revision.and_then(|text| HeaderValue::from_str(&text).ok()) {
        headers.insert(REVISION, revision);
    }
    let goodbye = Message::new(Method::DELETE, headers, Bytes::new());
    drop(walk.channel().send(&goodbye, record, walk.session.prover()).await);
}
