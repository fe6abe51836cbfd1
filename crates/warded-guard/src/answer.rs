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
    request::{self, RequestId},
    sender::Offer,
};

pub(crate) mod policy;

/// MCP 2026-07-28, Streamable HTTP, Server Validation: `HeaderMismatch`.
const HEADER_MISMATCH: i32 = -32020;
/// MCP 2026-07-28, Versioning: `UnsupportedProtocolVersionError`.
const UNSUPPORTED_REVISION: i32 = -32022;
/// JSON-RPC 2.0 §5.1: the sender's fault.
const INVALID_REQUEST: i32 = -32600;
/// JSON-RPC 2.0 §5.1: ours.
const INTERNAL_ERROR: i32 = -32603;

/// Why a request goes no further.
///
/// ```
/// use warded_core::{Fault, Refusal};
/// use warded_guard::Stop;
///
/// assert_eq!(Stop::from(Refusal::TokenAbsent).entry().status, 401);
/// assert_eq!(Stop::Failed(Fault::UpstreamTimeout).entry().status, 504);
/// assert_eq!(Stop::Later(Fault::KeysMissing, 7).entry().status, 503);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the caller's fault or ours, and whoever answers must know both")]
pub enum Stop {
    /// The caller's fault.
    Refused(Refusal),
    /// Ours, or that of the server behind.
    Failed(Fault),
    /// Ours, and it is known in how many seconds another try is worth it.
    Later(Fault, u32),
}

impl Stop {
    /// Its row in the table.
    ///
    /// ```
    /// let stop = warded_guard::Stop::from(warded_core::Fault::StoreUnavailable);
    /// assert_eq!(stop.entry().code, "store-unavailable");
    /// ```
    pub const fn entry(&self) -> &'static Entry {
        match self {
            Self::Refused(refusal) => refusal.entry(),
            Self::Failed(fault) | Self::Later(fault, _) => fault.entry(),
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
    /// How a token may be presented, the scheme that the caller used first.
    pub(crate) offers: &'static [Offer],
    /// How the request is called.
    pub(crate) request: RequestId,
    /// The `id` of the request, once it is known.
    pub(crate) id: Option<Id>,
    /// What its policy answers, where that did not let the call through.
    pub(crate) said: Option<Box<str>>,
}

/// The whole answer.
pub(crate) fn answer(asked: &Asked, stop: &Stop) -> Response<Body> {
    let entry = stop.entry();
    let body = match (&asked.said, stop) {
        (
            Some(said),
            Stop::Refused(
                Refusal::PolicyDenied { .. }
                | Refusal::PolicyHidden { .. }
                | Refusal::PolicyHeld { .. }
                | Refusal::PolicyUnheld { .. }
                | Refusal::PolicyUndecidable { .. },
            ),
        ) => said.to_string(),
        _ => body(asked, stop).to_string(),
    };
    let mut response = Response::new(text(body));
    *response.status_mut() = StatusCode::from_u16(entry.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    // A refusal belongs to one credential; a cache would hand it to others.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    request::tell(headers, asked.request);
    for challenge in challenges(asked, entry) {
        headers.append(WWW_AUTHENTICATE, challenge);
    }
    if let Some(seconds) = retry_after(stop) {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if *stop == Stop::Refused(Refusal::MethodRefused) {
        headers.insert(ALLOW, HeaderValue::from_static("POST, GET, DELETE"));
    }
    response
}

/// RFC 6750 §3, RFC 9728 §5.1, RFC 9449 §7.1: one challenge for each scheme, each in a header of its own. A request
/// without a token is told where to get one and not that it did anything wrong (RFC 6750 §3.1), so its challenges have
/// no `error`. What was wrong is said in the challenge of the scheme that was used, which is the first; another scheme
/// cures it only where a token was refused, and not a call.
fn challenges(asked: &Asked, entry: &Entry) -> Vec<HeaderValue> {
    if entry.status != 401 && entry.error.is_none() {
        return Vec::new();
    }
    let challenge = |(at, offer): (usize, &Offer)| {
        let mut parameters = Vec::new();
        if let Some(error) = entry.error.filter(|_| at == 0) {
            parameters.push(format!("error=\"{}\"", error.name()));
            parameters.push(format!("error_description=\"{}\"", quotable(entry.public)));
        }
        // A malformed request is not cured by other scopes.
        if entry.error != Some(OauthError::InvalidRequest) && !asked.scope.is_empty() {
            parameters.push(format!("scope=\"{}\"", asked.scope));
        }
        parameters.push(format!("resource_metadata=\"{}\"", asked.identifier.metadata_url()));
        if !offer.parameters.is_empty() {
            parameters.push(offer.parameters.to_owned());
        }
        HeaderValue::try_from(format!("{} {}", offer.scheme, parameters.join(", "))).ok()
    };
    let offered = if entry.status == 401 { asked.offers.len() } else { 1 };
    asked.offers.iter().take(offered).enumerate().filter_map(challenge).collect()
}

/// RFC 6750 §3: `error_description` has neither quotes nor backslashes.
fn quotable(text: &str) -> String {
    text.replace(['"', '\\'], "'")
}

/// How soon it may be better, in seconds. Whoever knows says so; keys and status lists are asked for at most every half minute.
const fn retry_after(stop: &Stop) -> Option<u32> {
    match stop {
        Stop::Later(_, seconds) => Some(*seconds),
        Stop::Failed(Fault::KeysMissing | Fault::StatusUnavailable) => Some(30),
        Stop::Failed(
            Fault::IntrospectionUnavailable
            | Fault::UpstreamCredentialUnavailable
            | Fault::StoreUnavailable
            | Fault::JournalUnavailable
            | Fault::ShuttingDown,
        ) => Some(5),
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
        // Who waits for the answer to a request finds it by its `id`. What the client's OAuth code needs stands in
        // the challenge, and it looks nowhere else.
        _ if asked.id.is_some() => {
            let code = if entry.status < 500 { INVALID_REQUEST } else { INTERNAL_ERROR };
            json_rpc(asked, code, entry.public, &json!({ "code": entry.code }))
        }
        _ => json!({
            "error": entry.error.map_or(entry.code, OauthError::name),
            "error_description": entry.public,
            "code": entry.code,
        }),
    }
}

/// The shape by which clients of 2026-07-28 tell a modern server from an old one.
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
