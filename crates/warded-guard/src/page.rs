//! Which web pages may read an answer? Those of the server's own origins and of the configured ones: without a word
//! from us a browser hides the challenge from the very client that needs it (Fetch, CORS protocol).

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
        ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
    },
    request,
};

use crate::{Body, answer::text, intake::Origins};

/// What a page may send. A star would not do: it covers no `Authorization`, and no page of a stranger is admitted.
const MAY_SEND: &str = "authorization, dpop, content-type, accept, last-event-id, mcp-protocol-version, \
    mcp-session-id, mcp-method, mcp-name, x-request-id, traceparent, tracestate, baggage";

/// Headers that are named after the parameters of tools, so that no list has them (MCP 2026-07-28, Custom Headers).
const PARAMETERS: &str = "mcp-param-";

/// The most that is repeated of what a page asks for.
const MAX_PARAMETERS: usize = 32;

/// What a page may read besides what browsers always show.
const MAY_READ: &str =
    "WWW-Authenticate, DPoP-Nonce, Retry-After, Mcp-Session-Id, MCP-Protocol-Version, X-Request-Id";

/// The page behind a request, where there is one and it is admitted. Programs send no `Origin`.
#[derive(Debug)]
pub(crate) struct Page(Option<HeaderValue>);

impl Page {
    pub(crate) fn of(headers: &HeaderMap, origins: &Origins) -> Self {
        let admitted = origins.check(headers).is_ok();
        Self(headers.get(ORIGIN).filter(|_| admitted).cloned())
    }

    /// Answers a browser that asks whether a page may send a request. It asks without a token, and for the request
    /// that is to come; who is not admitted is told nothing.
    pub(crate) fn asks_first(&self, parts: &request::Parts) -> Option<Response<Body>> {
        let origin = self.0.as_ref()?;
        if parts.method != Method::OPTIONS || !parts.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
            return None;
        }
        let mut answer = Response::new(text(Bytes::new()));
        *answer.status_mut() = StatusCode::NO_CONTENT;
        let headers = answer.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST, GET, DELETE"));
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, may_send(&parts.headers));
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200"));
        headers.insert(VARY, HeaderValue::from_static("Origin, Access-Control-Request-Headers"));
        Some(answer)
    }

    /// Lets the page read an answer, whoever wrote it: a refusal, or the server's own words. What the server behind
    /// says about pages is forgotten: it cannot know who is admitted here, and a browser refuses two opinions.
    pub(crate) fn may_read(&self, mut answer: Response<Body>) -> Response<Body> {
        let headers = answer.headers_mut();
        forget(headers);
        // The answer to another page is another one: a cache must not mix them up.
        headers.append(VARY, HeaderValue::from_static("Origin"));
        if let Some(origin) = &self.0 {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(MAY_READ));
        }
        answer
    }
}

/// The list, and those headers of parameters that the page asks for.
fn may_send(asked: &HeaderMap) -> HeaderValue {
    let asked = asked.get_all(ACCESS_CONTROL_REQUEST_HEADERS).iter().filter_map(|names| names.to_str().ok());
    let parameters = asked
        .flat_map(|names| names.split(','))
        .filter_map(|name| HeaderName::try_from(name.trim()).ok())
        .filter(|name| name.as_str().starts_with(PARAMETERS))
        .take(MAX_PARAMETERS);
    let all = parameters.fold(MAY_SEND.to_owned(), |all, name| all + ", " + name.as_str());
    HeaderValue::try_from(all).unwrap_or(HeaderValue::from_static(MAY_SEND))
}

fn forget(headers: &mut HeaderMap) {
    let said: Vec<_> =
        headers.keys().filter(|name| name.as_str().starts_with("access-control-")).cloned().collect();
    for name in said {
        headers.remove(name);
    }
}
