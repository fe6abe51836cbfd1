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

/// The origin of pages that no `https` URL names: an application with a browser inside (`tauri://localhost`), an extension
/// (`chrome-extension://…`), a page of the local network (`http://192.168.1.5:3000`). It is compared letter by letter with
/// what a browser sends, and admitted only where it is configured.
///
/// ```
/// use warded_guard::{NotAnOrigin, PageOrigin};
///
/// assert_eq!(PageOrigin::parse("tauri://localhost")?.as_str(), "tauri://localhost");
/// assert_eq!(PageOrigin::parse("null"), Err(NotAnOrigin));
/// assert_eq!(PageOrigin::parse("http://192.168.1.5:3000/"), Err(NotAnOrigin));
/// # Ok::<_, NotAnOrigin>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageOrigin(Box<str>);

/// This is no origin as browsers write it.
///
/// ```
/// use warded_guard::{NotAnOrigin, PageOrigin};
///
/// assert_eq!(PageOrigin::parse("*"), Err(NotAnOrigin));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not an origin as browsers write it: a scheme, `://` and a host, in lower case, and a port that is not the usual one"
)]
#[expect(clippy::exhaustive_structs, reason = "there is nothing in it, and there will be nothing")]
pub struct NotAnOrigin;

impl PageOrigin {
    /// Reads an origin (RFC 6454 §6.2). `null` is none: every page can have it.
    ///
    /// ```
    /// assert!(warded_guard::PageOrigin::parse("chrome-extension://abcdefgh").is_ok());
    /// ```
    pub fn parse(text: &str) -> Result<Self, NotAnOrigin> {
        let (scheme, authority) = text.split_once("://").ok_or(NotAnOrigin)?;
        let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let is_scheme = scheme.starts_with(|first: char| first.is_ascii_lowercase())
            && scheme.bytes().all(|byte| is_word(byte) || b"+-.".contains(&byte));
        let (host, port) = match authority.rsplit_once(':') {
            // The colons of an address in brackets are no port's.
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (authority, None),
        };
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let is_host = match bare {
            Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
            None => !host.is_empty() && host.bytes().all(|byte| is_word(byte) || b"-._".contains(&byte)),
        };
        let is_usual =
            |port: &str| matches!((scheme, port), ("http" | "ws", "80") | ("https" | "wss", "443"));
        let is_port = port.is_none_or(|port| {
            port.parse::<u16>().is_ok_and(|number| number.to_string() == port) && !is_usual(port)
        });
        if is_scheme && is_host && is_port { Ok(Self(text.into())) } else { Err(NotAnOrigin) }
    }

    /// As browsers write it.
    ///
    /// ```
    /// let origin = warded_guard::PageOrigin::parse("http://192.168.1.5:3000")?;
    /// assert_eq!(origin.as_str(), "http://192.168.1.5:3000");
    /// # Ok::<_, warded_guard::NotAnOrigin>(())
    /// ```
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_a_browser_writes() {
        for text in [
            "tauri://localhost",
            "chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai",
            "vscode-webview://0qg1r5",
            "http://192.168.1.5:3000",
            "http://[fe80::1]:3000",
            "http://[::1]",
            "https://inspector.example",
            "capacitor://localhost",
        ] {
            assert_eq!(PageOrigin::parse(text).map(|origin| origin.as_str().to_owned()), Ok(text.to_owned()));
        }
        for text in [
            "",
            "null",
            "*",
            "*://*",
            "tauri://",
            "tauri://*",
            "tauri://localhost/",
            "tauri://Localhost",
            "Tauri://localhost",
            "tauri:localhost",
            "1tauri://localhost",
            "tauri://user@localhost",
            "http://192.168.1.5:80",
            "http://192.168.1.5:03000",
            "http://192.168.1.5:",
            "http://192.168.1.5:70000",
            "http://[fe80::1",
            "http://a b",
            "http://a?b",
            "http://a#b",
            "http://a, http://b",
        ] {
            assert_eq!(PageOrigin::parse(text), Err(NotAnOrigin), "{text}");
        }
    }
}
