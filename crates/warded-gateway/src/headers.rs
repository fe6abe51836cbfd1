//! Which headers pass? The one place that says what goes on to the server behind, and what comes back.

use std::net::SocketAddr;

use http::{HeaderMap, HeaderName, HeaderValue, header};
use warded_core::ResourceUri;

/// They speak of one connection and end with it (RFC 9110 §7.6.1).
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
    "expect",
];

/// Of a request: never sent on.
const NOT_ONWARD: [&str; 17] = [
    // The caller's credentials, in all their places: invariant *No passage*.
    "authorization",
    "cookie",
    "dpop",
    "signature",
    "signature-input",
    // Set anew, by whoever knows.
    "host",
    "content-length",
    "forwarded",
    "via",
    // The guard has judged by them; the server behind would judge by them with the wrong name of itself.
    "origin",
    "referer",
    // Nothing behind us may answer in a coding that the list filter cannot read.
    "accept-encoding",
    // Whom some proxies vouch for. Nobody but us stands between.
    "x-real-ip",
    "x-client-ip",
    "true-client-ip",
    "x-original-url",
    "x-rewrite-url",
];

/// Of a request, by how they begin: who the caller is, as a proxy in front would say it. A caller could say it too.
const NOT_ONWARD_PREFIXES: [&str; 12] = [
    "proxy-",
    "sec-",
    "x-forwarded",
    "x-auth-",
    "x-authenticated-",
    "x-remote-",
    "remote-",
    "x-client-cert",
    "x-ssl-",
    "ssl-client-",
    "x-upstream-",
    "x-warded-",
];

/// Of an answer: never passed back.
const NOT_BACK: [&str; 12] = [
    // Would log the caller in at the server behind, under our name.
    "set-cookie",
    // The challenge of the server behind is about our own credential.
    "www-authenticate",
    "proxy-authenticate",
    "authentication-info",
    "proxy-authentication-info",
    // Speak for the whole host, which is ours.
    "alt-svc",
    "clear-site-data",
    "strict-transport-security",
    "service-worker-allowed",
    "public-key-pins",
    "refresh",
    "location",
];

/// Which web pages may read an answer is for the guard to say.
const NOT_BACK_PREFIXES: [&str; 1] = ["access-control-"];

/// Takes out what speaks of the connection only, and what `Connection` names. It comes before the guard: a header
/// that was judged and is then not sent on would have the server behind read another request (RFC 9110 §7.6.1).
pub(crate) fn end_to_end(headers: &mut HeaderMap) {
    remove_hop_by_hop(headers);
}

/// What goes on to the server behind: what the caller says end to end, without its credentials and without what
/// only a proxy may say.
pub(crate) fn onward(mut headers: HeaderMap) -> HeaderMap {
    remove_hop_by_hop(&mut headers);
    remove(&mut headers, |name| {
        NOT_ONWARD.contains(&name)
            || NOT_ONWARD_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
            // Some servers read `X_Api_Key` as `X-Api-Key`, and so would take it for ours.
            || name.contains('_')
    });
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    headers
}

/// Where the request came from and for which name, in our words.
pub(crate) fn forwarded(headers: &mut HeaderMap, resource: &ResourceUri, peer: Option<SocketAddr>) {
    let (scheme, host) = resource.origin().split_once("://").unwrap_or_default();
    let facts = [
        ("x-forwarded-proto", Some(scheme.to_owned())),
        ("x-forwarded-host", Some(host.to_owned())),
        ("x-forwarded-for", peer.map(|peer| peer.ip().to_string())),
    ];
    for (name, value) in facts {
        if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

/// What passes back to the caller.
pub(crate) fn back(headers: &mut HeaderMap) {
    remove_hop_by_hop(headers);
    remove(headers, |name| {
        NOT_BACK.contains(&name) || NOT_BACK_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
    });
}

fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<String> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    remove(headers, |name| HOP_BY_HOP.contains(&name) || named.iter().any(|named| named == name));
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

    fn headers(names: &[&'static str]) -> HeaderMap {
        names.iter().map(|name| (HeaderName::from_static(name), HeaderValue::from_static("x"))).collect()
    }

    #[test]
    fn what_the_caller_says_end_to_end_goes_on() {
        let passes = [
            "accept",
            "content-type",
            "last-event-id",
            "mcp-protocol-version",
            "mcp-method",
            "mcp-name",
            "mcp-param-region",
            "traceparent",
            "user-agent",
            "x-request-id",
        ];
        let kept = onward(headers(&passes));
        assert!(passes.iter().all(|name| kept.contains_key(*name)));
        assert_eq!(kept.len(), passes.len() + 1);
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
        ];
        let kept = onward(headers(&stays));
        assert_eq!(kept.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["accept-encoding"]);
        assert_eq!(kept["accept-encoding"], "identity");
    }

    #[test]
    fn what_connection_names_ends_with_the_connection() {
        let mut given = headers(&["mcp-name", "mcp-method", "x-request-id", "authorization"]);
        given.append("connection", HeaderValue::from_static("close, Mcp-Name"));
        given.append("connection", HeaderValue::from_static(" mcp-method"));
        end_to_end(&mut given);
        let mut kept: Vec<_> = given.keys().map(HeaderName::as_str).collect();
        kept.sort_unstable();
        assert_eq!(kept, ["authorization", "x-request-id"]);
    }

    #[test]
    fn what_came_from_where_is_said_anew() {
        let resource = ResourceUri::parse("https://mcp.example.com:8443/notes/mcp").unwrap();
        let mut given = headers(&["x-forwarded-for", "x-forwarded-host"]);
        forwarded(&mut given, &resource, Some(SocketAddr::from(([192, 0, 2, 7], 5))));
        assert_eq!(given["x-forwarded-for"], "192.0.2.7");
        assert_eq!(given["x-forwarded-host"], "mcp.example.com:8443");
        assert_eq!(given["x-forwarded-proto"], "https");
    }

    #[test]
    fn the_server_behind_speaks_for_itself_only() {
        let mut answer = headers(&[
            "set-cookie",
            "www-authenticate",
            "access-control-allow-origin",
            "strict-transport-security",
            "location",
            "connection",
            "content-type",
            "cache-control",
            "mcp-session-id",
        ]);
        back(&mut answer);
        let mut kept: Vec<_> = answer.keys().map(HeaderName::as_str).collect();
        kept.sort_unstable();
        assert_eq!(kept, ["cache-control", "content-type", "mcp-session-id"]);
    }
}
