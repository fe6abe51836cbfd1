//! Which answers may a web page of another origin read? Those that need no cookie: metadata, keys, the token
//! endpoint and registration, for clients that run in a browser. Nothing here allows credentials, and the pages
//! for people answer no cross-origin request at all.

use axum::response::Response;
use http::{HeaderValue, StatusCode, header};

/// Lets everybody read an answer, without cookies.
pub(crate) fn open(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("WWW-Authenticate, Retry-After, DPoP-Nonce"),
    );
    response
}

/// The answer to a preflight request.
pub(crate) async fn preflight() -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, PUT, DELETE"));
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("Authorization, Content-Type, DPoP, MCP-Protocol-Version"),
    );
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600"));
    open(response)
}
