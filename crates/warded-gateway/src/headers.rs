//! Which headers pass? The one place that says what goes on to the server behind, and what comes back.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName, HeaderValue, header};
use warded_core::ResourceUri;

/// They speak of one connection and end with it (RFC 9110 §7.6.1).
fn is_hop_by_hop(name: &str) -> bool {
    match name.len() {
        2 => name == "te",
        6 => name == "expect",
        7 => matches!(name, "trailer" | "upgrade"),
        10 => matches!(name, "connection" | "keep-alive"),
        14 => name == "http2-settings",
        16 => name == "proxy-connection",
        17 => name == "transfer-encoding",
        _ => false,
    }
}

/// Of a request: what is sent on, and nothing else does. Our credential stands beside it, so any other header would be
/// obeyed as ours: `Sudo` and `Impersonate-User` make the caller somebody else, `X-Http-Method-Override` makes a POST
/// a DELETE, and every proxy has its own header that says who the caller is.
fn is_onward(name: &str) -> bool {
    // By length: every request asks it of each of its headers.
    match name.len() {
        6 => name == "accept",
        7 => name == "baggage",
        10 => matches!(name, "tracestate" | "user-agent"),
        11 => name == "traceparent",
        12 => matches!(name, "content-type" | "x-request-id"),
        13 => name == "last-event-id",
        15 => name == "accept-language",
        16 => name == "x-correlation-id",
        _ => false,
    }
}

/// Of a request, by how they begin: what MCP says, and what servers have clients say to them in the same way.
const ONWARD_PREFIXES: [&str; 2] = ["mcp-", "x-mcp-"];

/// Their names are made of the names of parameters.
const PARAM: &str = "mcp-param-";

/// Of an answer: what passes back, and nothing else does. It comes under our name and our origin, so any other header
/// would be ours: a cookie, a challenge, a redirect, a rule for the whole host (`Strict-Transport-Security`, `Alt-Svc`,
/// `Clear-Site-Data`), an order to a proxy in front (`X-Sendfile`, `X-Accel-Redirect`), or which pages may read it, which
/// is for the guard to say.
fn is_back(name: &str) -> bool {
    match name.len() {
        4 => name == "date",
        5 => name == "allow",
        6 => name == "sunset",
        9 => name == "ratelimit",
        10 => name == "tracestate",
        11 => matches!(name, "deprecation" | "retry-after" | "traceparent"),
        12 => matches!(name, "content-type" | "x-request-id"),
        13 => name == "traceresponse",
        14 => name == "content-length",
        16 => {
            matches!(name, "content-encoding" | "content-language" | "ratelimit-policy" | "x-correlation-id")
        }
        _ => false,
    }
}

/// Of an answer, by how they begin: what MCP says, and how often a client may come.
const BACK_PREFIXES: [&str; 4] = ["mcp-", "ratelimit-", "x-ratelimit-", "x-rate-limit-"];

/// Takes out what speaks of the connection only, and what `Connection` names. It comes before the guard: a header
/// that was judged and is then not sent on would have the server behind read another request (RFC 9110 §7.6.1).
pub(crate) fn end_to_end(headers: &mut HeaderMap) {
    // `Connection` is one of them. Most requests have none.
    if headers.keys().any(|name| is_hop_by_hop(name.as_str())) {
        remove_named_hops(headers);
        remove(headers, is_hop_by_hop);
    }
}

/// What goes on to the server behind: what the caller says end to end, without its credentials and without what
/// only a proxy may say. What is said in our words takes the place of what the caller said.
pub(crate) fn onward(headers: &mut HeaderMap, host: HeaderValue) {
    remove_named_hops(headers);
    remove(headers, |name| !goes_on(name) && !matches!(name, "accept-encoding" | "host"));
    headers.insert(header::HOST, host);
    // Nothing behind us may answer in a coding that the list filter cannot read.
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
}

fn goes_on(name: &str) -> bool {
    // Some servers read `Mcp-Session_Id` as `Mcp-Session-Id`, and would take a session that nobody has unsealed.
    is_onward(name)
        || (ONWARD_PREFIXES.iter().any(|prefix| name.starts_with(prefix)) && is_plain(name))
        || name.starts_with(PARAM)
}

/// Whether it is made of letters, digits and `-`, which are the same to everybody.
fn is_plain(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

static FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Where requests to one server come from and for which name, in our words.
#[derive(Debug)]
pub(crate) struct Forwarded(Vec<(HeaderName, HeaderValue)>);

impl Forwarded {
    /// For the server of this name.
    pub(crate) fn to(resource: &ResourceUri) -> Self {
        let (scheme, host) = resource.origin().split_once("://").unwrap_or_default();
        let facts = [("x-forwarded-proto", scheme), ("x-forwarded-host", host)];
        let facts = facts.map(|(name, value)| {
            HeaderValue::try_from(value).ok().map(|value| (HeaderName::from_static(name), value))
        });
        Self(facts.into_iter().flatten().collect())
    }

    /// From this caller.
    pub(crate) fn tell(&self, headers: &mut HeaderMap, peer: Option<SocketAddr>) {
        for (name, value) in &self.0 {
            headers.insert(name, value.clone());
        }
        if let Some(peer) = peer.and_then(|peer| address(peer.ip())) {
            headers.insert(&FORWARDED_FOR, peer);
        }
    }
}

/// An address as a header has it. Every request has one, and the formatter takes long over it.
fn address(address: IpAddr) -> Option<HeaderValue> {
    let IpAddr::V4(address) = address else {
        return HeaderValue::try_from(address.to_string()).ok();
    };
    let mut text = [0; "255.255.255.255.".len()];
    let mut places = text.iter_mut();
    for part in address.octets() {
        let digits = [part / 100, part / 10 % 10, part % 10].map(|digit| b'0' + digit);
        let leading = usize::from(part < 100) + usize::from(part < 10);
        let written = digits.into_iter().skip(leading).chain([b'.']);
        written.zip(places.by_ref()).for_each(|(digit, place)| *place = digit);
    }
    // Without the last point.
    let left = places.len() + 1;
    text.len().checked_sub(left).and_then(|length| HeaderValue::from_bytes(text.get(..length)?).ok())
}

/// Whether an answer is a stream of events, which may last and be silent for as long as it likes.
pub(crate) fn is_event_stream(headers: &HeaderMap) -> bool {
    const EVENTS: &[u8] = b"text/event-stream";
    let kind = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    kind.and_then(|kind| kind.get(..EVENTS.len())).is_some_and(|kind| kind.eq_ignore_ascii_case(EVENTS))
}

/// What passes back to the caller.
pub(crate) fn back(headers: &mut HeaderMap) {
    remove_named_hops(headers);
    remove(headers, |name| !comes_back(name));
}

fn comes_back(name: &str) -> bool {
    is_back(name) || (BACK_PREFIXES.iter().any(|prefix| name.starts_with(prefix)) && is_plain(name))
}

/// What one side says of its own connection only. Of the rest a list of what passes has nothing.
fn remove_named_hops(headers: &mut HeaderMap) {
    let said = headers.get_all(header::CONNECTION);
    // What nearly everybody says, as nearly everybody writes it: these end here, named or not.
    let is_more = |value: &&HeaderValue| !value.to_str().is_ok_and(is_hop_by_hop);
    let said: Vec<HeaderValue> = said.iter().filter(is_more).cloned().collect();
    let said = said.iter().filter_map(|value| value.to_str().ok());
    for name in said.flat_map(|value| value.split(',')).map(str::trim) {
        // Each is looked up by itself: a head is long enough for tens of thousands, and to compare each header with all of
        // them is work for a stranger.
        if !is_hop_by_hop(&name.to_ascii_lowercase()) {
            headers.remove(name);
        }
    }
}

fn remove(headers: &mut HeaderMap, is_unwanted: impl Fn(&str) -> bool) {
    let unwanted: Vec<_> = headers.keys().filter(|name| is_unwanted(name.as_str())).cloned().collect();
    for name in unwanted {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_passes_that_speaks_of_one_connection() {
        for name in [
            "connection",
            "keep-alive",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "http2-settings",
            "expect",
        ] {
            assert!(is_hop_by_hop(name) && !goes_on(name) && !comes_back(name), "{name}");
        }
    }

    fn headers(names: &[&'static str]) -> HeaderMap {
        names.iter().map(|name| (HeaderName::from_static(name), HeaderValue::from_static("x"))).collect()
    }

    #[test]
    fn what_the_caller_says_end_to_end_goes_on() {
        let passes = [
            "accept",
            "accept-language",
            "baggage",
            "content-type",
            "last-event-id",
            "mcp-protocol-version",
            "mcp-method",
            "mcp-name",
            "mcp-param-region",
            "mcp-param-tenant_id",
            "x-mcp-toolsets",
            "traceparent",
            "tracestate",
            "user-agent",
            "x-correlation-id",
            "x-request-id",
        ];
        let mut kept = headers(&passes);
        onward(&mut kept, HeaderValue::from_static("behind"));
        assert!(passes.iter().all(|name| kept.contains_key(*name)));
        assert_eq!(kept.len(), passes.len() + 2);
    }

    #[test]
    fn no_credential_identity_or_framing_goes_on() {
        let stays = [
            "authorization",
            "proxy-authorization",
            "cookie",
            "dpop",
            "x-forwarded-access-token",
            "x-forwarded-for",
            "x-forwarded-user",
            "forwarded",
            "x-auth-request-access-token",
            "x-remote-user",
            "remote-user",
            "x-upstream-authorization",
            "x-original-url",
            "origin",
            "host",
            "content-length",
            "transfer-encoding",
            "te",
            "trailer",
            "upgrade",
            "keep-alive",
            "accept-encoding",
            "sec-fetch-site",
            "x_api_key",
            "mcp-session_id",
            "mcp.session.id",
            "impersonate-user",
            "private-token",
            "sudo",
            "tailscale-user-login",
            "x-api-key",
            "x-consumer-username",
            "x-endpoint-api-userinfo",
            "x-http-method-override",
            "x-pomerium-jwt-assertion",
            "x-vault-token",
            "x-user-id",
            "range",
        ];
        let mut kept = headers(&stays);
        kept.append("host", HeaderValue::from_static("y"));
        onward(&mut kept, HeaderValue::from_static("behind"));
        let kept: Vec<_> =
            kept.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        assert_eq!(kept, [("host", "behind"), ("accept-encoding", "identity")]);
    }

    #[test]
    fn what_connection_names_ends_with_the_connection() {
        let mut given = headers(&["mcp-name", "mcp-method", "x-request-id", "authorization"]);
        given.append("connection", HeaderValue::from_static("close, Mcp-Name"));
        given.append("connection", HeaderValue::from_static(" mcp-method,, not a name,"));
        end_to_end(&mut given);
        let mut kept: Vec<_> = given.keys().map(HeaderName::as_str).collect();
        kept.sort_unstable();
        assert_eq!(kept, ["authorization", "x-request-id"]);
    }

    #[test]
    fn what_came_from_where_is_said_anew() {
        let resource = ResourceUri::parse("https://mcp.example.com:8443/notes/mcp").unwrap();
        let mut given = headers(&["x-forwarded-for", "x-forwarded-host"]);
        Forwarded::to(&resource).tell(&mut given, Some(SocketAddr::from(([192, 0, 2, 7], 5))));
        assert_eq!(given["x-forwarded-for"], "192.0.2.7");
        assert_eq!(given["x-forwarded-host"], "mcp.example.com:8443");
        assert_eq!(given["x-forwarded-proto"], "https");
    }

    #[test]
    fn an_address_is_written_as_everybody_writes_it() {
        for part in 0..=u8::MAX {
            for written in [[part, 0, 9, 10], [127, part, 99, 100], [1, 2, part, 255], [255, 255, 1, part]] {
                let written = IpAddr::from(written);
                assert_eq!(address(written).unwrap(), written.to_string());
            }
        }
        assert_eq!(address("2001:db8::7".parse().unwrap()).unwrap(), "2001:db8::7");
    }

    #[test]
    fn the_server_behind_speaks_for_itself_only() {
        let stays = [
            "set-cookie",
            "set-cookie2",
            "www-authenticate",
            "proxy-authenticate",
            "authentication-info",
            "access-control-allow-origin",
            "access-control-expose-headers",
            "strict-transport-security",
            "content-security-policy",
            "alt-svc",
            "clear-site-data",
            "location",
            "refresh",
            "link",
            "nel",
            "x-accel-redirect",
            "x-sendfile",
            "x-warded-cookie",
            "dpop-nonce",
            "server",
            "connection",
            "keep-alive",
            "transfer-encoding",
            "mcp_session_id",
            "mcp-session_id",
        ];
        let mut answer = headers(&stays);
        back(&mut answer);
        assert!(answer.is_empty(), "{answer:?}");
    }

    #[test]
    fn what_a_client_needs_of_an_answer_comes_back() {
        let passes = [
            "allow",
            "content-encoding",
            "content-language",
            "content-length",
            "content-type",
            "date",
            "deprecation",
            "mcp-protocol-version",
            "mcp-session-id",
            "ratelimit",
            "ratelimit-policy",
            "ratelimit-remaining",
            "retry-after",
            "sunset",
            "traceparent",
            "traceresponse",
            "tracestate",
            "x-correlation-id",
            "x-ratelimit-reset",
            "x-request-id",
        ];
        let mut answer = headers(&passes);
        back(&mut answer);
        assert_eq!(answer.len(), passes.len());
    }

    #[test]
    fn a_stream_of_events_is_known_by_its_type() {
        let is_stream = |kind: &'static str| {
            is_event_stream(&[(header::CONTENT_TYPE, HeaderValue::from_static(kind))].into_iter().collect())
        };
        assert!(is_stream("text/event-stream") && is_stream("Text/Event-Stream; charset=utf-8"));
        assert!(!is_stream("application/json") && !is_stream("text/event") && !is_stream(""));
    }
}
