//! How does a caller learn that it goes no further? The one place where a refusal or a fault becomes HTTP.

use bytes::Bytes;
use http::{
    HeaderValue, Response, StatusCode,
    header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};
use warded_core::{Entry, Fault, OauthError, Refusal, ResourceUri, Scopes};

use crate::{
    Body,
    call::{Id, Revision},
};

/// MCP 2026-07-28, Streamable HTTP, Server Validation: `HeaderMismatch`.
const HEADER_MISMATCH: i32 = -32020;
/// MCP 2026-07-28, Versioning: `UnsupportedProtocolVersionError`.
const UNSUPPORTED_REVISION: i32 = -32022;

/// Why a request goes no further.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the caller's fault or ours, and whoever answers must know both")]
pub enum Stop {
    /// The caller's fault.
    Refused(Refusal),
    /// Ours, or that of the server behind.
    Failed(Fault),
}

impl Stop {
    /// Its row in the table.
    pub const fn entry(&self) -> &'static Entry {
        match self {
            Self::Refused(refusal) => refusal.entry(),
            Self::Failed(fault) => fault.entry(),
        }
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Failed(fault)
    }
}

/// What an answer needs to know of the request that it answers.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// The identifier that was addressed: an alias's challenge leads to the alias's own document.
    pub(crate) identifier: ResourceUri,
    /// What a client should ask its issuer for.
    pub(crate) scope: Scopes,
    /// The `id` of the request, once it is known.
    pub(crate) id: Option<Id>,
}

/// The whole answer.
pub(crate) fn answer(asked: &Asked, stop: &Stop) -> Response<Body> {
    let entry = stop.entry();
    let mut response = Response::new(text(body(asked, stop).to_string()));
    *response.status_mut() = StatusCode::from_u16(entry.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    // A refusal belongs to one credential; a cache would hand it to others.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(challenge) = challenge(asked, entry) {
        headers.insert(WWW_AUTHENTICATE, challenge);
    }
    if let Some(seconds) = retry_after(stop) {
        headers.insert(RETRY_AFTER, HeaderValue::from_static(seconds));
    }
    if *stop == Stop::Refused(Refusal::MethodRefused) {
        headers.insert(ALLOW, HeaderValue::from_static("POST, GET, DELETE"));
    }
    response
}

/// RFC 6750 §3, RFC 9728 §5.1. A request without a token is told where to get one and not that it did anything wrong
/// (RFC 6750 §3.1), so its challenge has no `error`.
fn challenge(asked: &Asked, entry: &Entry) -> Option<HeaderValue> {
    if entry.status != 401 && entry.error.is_none() {
        return None;
    }
    let mut parameters = Vec::new();
    if let Some(error) = entry.error {
        parameters.push(format!("error=\"{}\"", error.name()));
        parameters.push(format!("error_description=\"{}\"", quotable(entry.public)));
    }
    // A malformed request is not cured by other scopes.
    if entry.error != Some(OauthError::InvalidRequest) && !asked.scope.is_empty() {
        parameters.push(format!("scope=\"{}\"", asked.scope));
    }
    parameters.push(format!("resource_metadata=\"{}\"", asked.identifier.metadata_url()));
    HeaderValue::try_from(format!("Bearer {}", parameters.join(", "))).ok()
}

/// RFC 6750 §3: `error_description` has neither quotes nor backslashes.
fn quotable(text: &str) -> String {
    text.replace(['"', '\\'], "'")
}

/// How soon it may be better: keys and status lists are asked for at most every half minute.
const fn retry_after(stop: &Stop) -> Option<&'static str> {
    match stop {
        Stop::Failed(Fault::KeysMissing | Fault::StatusUnavailable) => Some("30"),
        Stop::Failed(
            Fault::IntrospectionUnavailable
            | Fault::StoreUnavailable
            | Fault::JournalUnavailable
            | Fault::ShuttingDown,
        ) => Some("5"),
        _ => None,
    }
}

fn body(asked: &Asked, stop: &Stop) -> Value {
    let entry = stop.entry();
    match stop {
        Stop::Refused(Refusal::HeaderDisagrees { .. }) => {
            json_rpc(asked, HEADER_MISMATCH, entry.public, &json!({ "code": entry.code }))
        }
        Stop::Refused(Refusal::RevisionUnsupported { revision }) => {
            let supported = Revision::ALL.map(Revision::name);
            let data = json!({ "supported": supported, "requested": revision.as_str(), "code": entry.code });
            json_rpc(asked, UNSUPPORTED_REVISION, "Unsupported protocol version", &data)
        }
        _ => json!({
            "error": entry.error.map_or(entry.code, OauthError::name),
            "error_description": entry.public,
            "code": entry.code,
        }),
    }
}

/// Clients of 2026-07-28 tell a modern server from an old one by this shape.
fn json_rpc(asked: &Asked, code: i32, message: &str, data: &Value) -> Value {
    let error = json!({ "code": code, "message": message, "data": data });
    match &asked.id {
        Some(id) => json!({ "jsonrpc": "2.0", "id": id, "error": error }),
        None => json!({ "jsonrpc": "2.0", "error": error }),
    }
}

/// A body that is at hand.
pub(crate) fn text(text: impl Into<Bytes>) -> Body {
    Full::new(text.into()).map_err(|never| match never {}).boxed_unsync()
}
