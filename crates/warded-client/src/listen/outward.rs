//! What of the server's answer goes back to the client? What MCP has a use for, and nothing that sends the client
//! elsewhere or that a browser would take for a page of this machine.

use std::convert::Infallible;

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Response, StatusCode,
    header::{self, CONTENT_TYPE},
};
use http_body::Body as _;
use http_body_util::{BodyExt as _, Empty, Full, combinators::UnsyncBoxBody};

use super::carried::end_to_end;
use crate::fetch::{FetchFailed, Streamed};

pub(super) type Body = UnsyncBoxBody<Bytes, FetchFailed>;

/// What is the server's word to a browser, or to a client that would follow it to another listener, which would add
/// the token of another server. Cookies of one server would go to every other that is reached by way of this machine.
const NOT_RETURNED: [HeaderName; 8] = [
    header::SET_COOKIE,
    header::WWW_AUTHENTICATE,
    header::LOCATION,
    header::REFRESH,
    header::ALT_SVC,
    HeaderName::from_static("clear-site-data"),
    header::ACCESS_CONTROL_ALLOW_ORIGIN,
    header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
];

/// The server's answer, as far as it is one.
pub(super) fn outward(answer: Streamed) -> Response<Body> {
    let status = answer.status;
    if status.is_redirection() {
        let reason = format!("the server answered with status {}, which is not followed", status.as_u16());
        return refusal(StatusCode::BAD_GATEWAY, "bad_gateway", &reason);
    }
    let mut headers = end_to_end(answer.headers);
    for name in NOT_RETURNED {
        headers.remove(name);
    }
    let body = if is_of_mcp(&headers) {
        UnsyncBoxBody::new(answer.body)
    } else if status.is_client_error() || status.is_server_error() {
        // The status says what a client must know: that its session has ended, for one.
        return refusal(status, "refused", "the server refused, in words that are no message");
    } else if status != StatusCode::OK || answer.body.is_end_stream() {
        for name in [CONTENT_TYPE, header::CONTENT_ENCODING] {
            headers.remove(name);
        }
        nothing()
    } else {
        return refusal(StatusCode::BAD_GATEWAY, "bad_gateway", "the server's answer is no message");
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    inert(response)
}

/// An answer of the listener's own.
pub(super) fn refusal(status: StatusCode, error: &str, reason: &str) -> Response<Body> {
    let text = serde_json::json!({ "error": error, "error_description": reason }).to_string();
    let body = Full::new(Bytes::from(text)).map_err(|never: Infallible| match never {});
    let mut response = Response::new(UnsyncBoxBody::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    inert(response)
}

/// Whoever asks has not shown the bearer. RFC 6750 §3.1: without a word about what was wrong where nothing was shown, and
/// without a place where one could log in.
pub(super) fn unknown(headers: &HeaderMap) -> Response<Body> {
    let (error, challenge) = if headers.contains_key(header::AUTHORIZATION) {
        ("invalid_token", r#"Bearer realm="warded connect", error="invalid_token""#)
    } else {
        ("unauthorized", r#"Bearer realm="warded connect""#)
    };
    let reason = "send the bearer that `warded connect --listen` showed when it began";
    let mut response = refusal(StatusCode::UNAUTHORIZED, error, reason);
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    response
}

fn nothing() -> Body {
    UnsyncBoxBody::new(Empty::new().map_err(|never: Infallible| match never {}))
}

/// Whatever it is, a browser runs none of it, and gives it no origin of this machine.
fn inert(mut response: Response<Body>) -> Response<Body> {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox"));
    response
}

/// Whether a body is of a kind that MCP has (Streamable HTTP).
fn is_of_mcp(headers: &HeaderMap) -> bool {
    ["application/json", "text/event-stream"].iter().any(|kind| is_kind(headers, kind))
}

/// Whether the one content type that is named is this one.
pub(super) fn is_kind(headers: &HeaderMap, kind: &str) -> bool {
    let mut named = headers.get_all(CONTENT_TYPE).iter();
    let (Some(named_kind), None) = (named.next(), named.next()) else {
        return false;
    };
    let essence = named_kind.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case(kind)
}
