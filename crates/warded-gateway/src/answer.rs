//! What is said where no server is addressed, and so no guard can answer?

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use serde_json::json;
use warded_core::{Entry, Fault, Refusal};
use warded_guard::{Body, request};

/// The caller's fault.
pub(crate) fn refused(refusal: &Refusal) -> Response<Body> {
    tracing::info!(code = refusal.code(), request = %request::current(), "refused: {refusal}");
    said(refusal.entry())
}

/// Ours.
pub(crate) fn failed(fault: Fault) -> Response<Body> {
    let mut answer = said(fault.entry());
    let is_last = fault == Fault::ShuttingDown;
    let seconds = if is_last { "5" } else { "1" };
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(seconds));
    if is_last {
        // This connection takes no more requests; the next one may lead somewhere that does.
        answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    answer
}

fn said(entry: &'static Entry) -> Response<Body> {
    let text = json!({
        "error": entry.error.map_or(entry.code, warded_core::OauthError::name),
        "error_description": entry.public,
        "code": entry.code,
    });
    let mut answer = Response::new(full(text.to_string()));
    *answer.status_mut() = StatusCode::from_u16(entry.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    request::current().tell(answer.headers_mut());
    answer
}

pub(crate) fn full(text: impl Into<Bytes>) -> Body {
    Full::new(text.into()).map_err(|never| match never {}).boxed_unsync()
}
