//! Which of a server's own identifiers is a request for?

use http::{header::HOST, request};
use warded_core::{ResourceUri, Server};

/// Which of a server's identifiers a request is for. Whoever routes by host and path says so in the request's
/// extensions; otherwise the guard compares them itself.
///
/// ```
/// use warded_core::ResourceUri;
/// use warded_guard::Addressed;
///
/// let found = ResourceUri::parse("https://notes.example.com/mcp")?;
/// let mut request = http::Request::new("a message");
/// request.extensions_mut().insert(Addressed(found));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a name for one value among a request's extensions")]
pub struct Addressed(pub ResourceUri);

/// The identifiers of a server, its resource first.
pub(crate) fn identifiers(server: &Server) -> impl Iterator<Item = &ResourceUri> {
    let spec = server.spec();
    std::iter::once(&spec.resource).chain(&spec.aliases)
}

/// Whether a request is addressed to this identifier. Nothing is decided by it but which metadata document a
/// challenge names, always of our own: a forged `Host` leads nowhere else.
pub(super) fn is_for(parts: &request::Parts, uri: &ResourceUri) -> bool {
    let path = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let wanted = if uri.path_and_query().is_empty() { "/" } else { uri.path_and_query() };
    is_at_host(parts, uri) && (path == wanted || parts.uri.path() == wanted)
}

/// Whether the application has a route for this very path behind the guard.
pub(super) fn is_route(parts: &request::Parts) -> bool {
    #[cfg(feature = "axum")]
    return parts.extensions.get::<axum::extract::MatchedPath>().is_some();
    #[cfg(not(feature = "axum"))]
    return {
        let _ = parts;
        false
    };
}

/// The path that the caller asked for, also where a router cut off its beginning.
pub(super) fn own_path(parts: &request::Parts) -> &str {
    #[cfg(feature = "axum")]
    if let Some(axum::extract::OriginalUri(uri)) = parts.extensions.get() {
        return uri.path();
    }
    parts.uri.path()
}

pub(crate) fn is_at_host(parts: &request::Parts, uri: &ResourceUri) -> bool {
    let authority = uri.origin().split_once("://").map_or("", |(_, authority)| authority);
    let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
    host.or(parts.uri.authority().map(http::uri::Authority::as_str))
        .map(|host| host.strip_suffix(if uri.is_plain_http() { ":80" } else { ":443" }).unwrap_or(host))
        .is_some_and(|host| host.eq_ignore_ascii_case(authority))
}
