//! Is there one spelling of each identifier, and does a second reader see the same server in it?

use url::{Host, Url};
use warded_core::{Issuer, MAX_RESOURCE_BYTES, ResourceUri};

/// Reads text as an identifier. What is accepted has one canonical form that survives a second reading, and
/// names the same host, port and path to the WHATWG parser that browsers and many clients use.
pub fn identifier(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(uri) = ResourceUri::parse(text) else {
        return;
    };
    let canonical = uri.as_str();
    assert!(canonical.is_ascii(), "{canonical:?} is not ASCII");
    let forbidden = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '#' | '@' | '\\');
    let in_authority = uri.origin().chars().any(forbidden);
    // An `@` deeper in the path is an ordinary character (RFC 3986 §3.3); in front of it, it is user info.
    let behind = uri.path_and_query().chars().any(|c| forbidden(c) && c != '@');
    assert!(!in_authority && !behind, "{canonical:?} is not clean");
    assert_eq!(
        ResourceUri::parse(canonical).as_ref(),
        Ok(&uri),
        "{text:?} became {canonical:?}, which is read differently"
    );
    assert_eq!([uri.origin(), uri.path_and_query()].concat(), canonical, "the parts are not the whole");
    for (at, _) in canonical.match_indices('%') {
        let digits = canonical.get(at + 1..at + 3).unwrap_or_default();
        let byte = u8::from_str_radix(digits, 16).ok();
        assert!(
            byte.is_some_and(|byte| !byte.is_ascii_control() && !b"/\\%?#".contains(&byte)),
            "%{digits} means something else once it is decoded: {canonical:?}"
        );
    }
    // RFC 3986 §6.2.2.1: scheme and host have no case.
    let (authority_end, shouted) = shouted(text);
    if text.get(..authority_end).is_some_and(str::is_ascii) {
        assert_eq!(
            ResourceUri::parse(&shouted).as_ref(),
            Ok(&uri),
            "{shouted:?} is another server than {text:?}"
        );
    }
    let metadata = uri.metadata_url();
    if !uri.has_query() && metadata.len() <= MAX_RESOURCE_BYTES {
        let metadata = ResourceUri::parse(&metadata);
        assert_eq!(
            metadata.as_ref().map(ResourceUri::origin),
            Ok(uri.origin()),
            "the metadata of {canonical:?} lives elsewhere"
        );
    }
    if let Ok(issuer) = Issuer::parse(text) {
        assert_eq!(issuer.as_str(), text, "an issuer is compared byte for byte");
    }
    for spelling in [text, canonical] {
        if let Ok(second) = Url::parse(spelling) {
            agrees(&uri, &second, spelling);
        }
    }
}

/// The same text with scheme and authority in capitals, and where the authority ends.
pub(crate) fn shouted(text: &str) -> (usize, String) {
    let start = text.find("://").map_or(0, |at| at + 3);
    let end = text
        .bytes()
        .enumerate()
        .skip(start)
        .find(|(_, byte)| matches!(byte, b'/' | b'?'))
        .map_or(text.len(), |(at, _)| at);
    let (authority, rest) = text.split_at(end);
    (end, authority.to_ascii_uppercase() + rest)
}

fn agrees(uri: &ResourceUri, second: &Url, spelling: &str) {
    let (scheme, authority) = uri.origin().split_once("://").unwrap_or_default();
    assert_eq!(second.scheme(), scheme, "scheme of {spelling:?}");
    assert!(second.username().is_empty() && second.password().is_none(), "user info in {spelling:?}");
    assert_eq!(second.fragment(), None, "fragment in {spelling:?}");

    let is_port = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, digits)) if is_port(digits) => (host, digits.parse().ok()),
        _ => (authority, None),
    };
    let known = if scheme == "http" { 80 } else { 443 };
    assert_eq!(second.port_or_known_default(), Some(port.unwrap_or(known)), "port of {spelling:?}");
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match second.host() {
        Some(Host::Domain(name)) => assert_eq!(name, host, "host of {spelling:?}"),
        Some(Host::Ipv4(address)) => assert_eq!(host.parse(), Ok(address), "address of {spelling:?}"),
        Some(Host::Ipv6(address)) => assert_eq!(bare.parse(), Ok(address), "address of {spelling:?}"),
        None => panic!("{spelling:?} has no host to some"),
    }

    let path_and_query = uri.path_and_query();
    let (path, query) =
        path_and_query.split_once('?').map_or((path_and_query, None), |(path, query)| (path, Some(query)));
    let path = if path.is_empty() { "/" } else { path };
    let segments = path.split('/').skip(1).count();
    assert_eq!(second.path_segments().map(Iterator::count), Some(segments), "segments of {spelling:?}");
    assert_eq!(second.query().is_some(), query.is_some(), "query of {spelling:?}");
    // The second reader leaves percent-encodings alone, so only canonical text has to come out as it went in.
    if spelling == uri.as_str() {
        assert_eq!(second.path(), path, "path of {spelling:?}");
    }
}
