//! Which headers go on, and which end here?

use http::{HeaderMap, HeaderName, header};

/// What concerns one connection only (RFC 9110 §7.6.1), and what would tell the server of a party that it does not
/// speak with.
const NOT_CARRIED: [HeaderName; 13] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    HeaderName::from_static("proxy-connection"),
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::HOST,
    header::CONTENT_LENGTH,
    header::EXPECT,
    header::ACCEPT_ENCODING,
];

/// What goes to the server.
pub(super) fn inward(headers: HeaderMap) -> HeaderMap {
    let mut headers = end_to_end(headers);
    // The origin was looked at here, where it means something.
    headers.remove(header::ORIGIN);
    headers.remove(header::REFERER);
    headers
}

/// What both directions share.
pub(super) fn end_to_end(mut headers: HeaderMap) -> HeaderMap {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in NOT_CARRIED.iter().chain(&named) {
        headers.remove(name);
    }
    headers
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn what_concerns_one_connection_stays_on_it() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "x-secret, close"),
            ("x-secret", "1"),
            ("origin", "http://localhost"),
            ("transfer-encoding", "chunked"),
            ("mcp-session-id", "s"),
            ("mcp-param-region", "eu"),
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let carried = inward(headers);
        let names: Vec<_> = carried.keys().map(HeaderName::as_str).collect();
        assert_eq!(names.len(), 2, "{names:?}");
        assert!(carried.contains_key("mcp-session-id") && carried.contains_key("mcp-param-region"));
    }
}
