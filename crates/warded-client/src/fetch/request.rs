//! What does a request look like when it leaves? How it is framed, where it goes and that nothing is to be compressed is
//! ours to say, whatever the caller has written.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, header};
use http_body_util::Full;

use super::{AGENT, FetchFailed, Outgoing, Target};

/// The request to a target; `is_followed`: another may go over the same connection.
pub(super) fn of(
    method: Method,
    target: &Target,
    outgoing: Outgoing,
    is_followed: bool,
) -> Result<Request<Full<Bytes>>, FetchFailed> {
    let broken = |_| FetchFailed::Broken { host: target.host().into() };
    let (mut headers, body) = outgoing.into_parts();
    // How the message is framed is ours to say; two opinions about it are request smuggling (RFC 9112 §11.2).
    for framing in [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::UPGRADE, header::TE] {
        headers.remove(framing);
    }
    headers.insert(
        header::HOST,
        HeaderValue::from_str(target.authority()).map_err(|error| broken(error.into()))?,
    );
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    // That the connection stays open is what HTTP/1.1 means where nothing is said (RFC 9112 §9.3).
    headers.remove(header::CONNECTION);
    if !is_followed {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    defaults(&mut headers);
    let mut request =
        Request::builder().method(method).uri(target.path()).body(Full::new(body)).map_err(broken)?;
    *request.headers_mut() = headers;
    Ok(request)
}

fn defaults(headers: &mut HeaderMap) {
    headers.entry(header::ACCEPT).or_insert(HeaderValue::from_static("application/json"));
    headers.entry(header::USER_AGENT).or_insert(HeaderValue::from_static(AGENT));
}
