//! What is a server behind told that it is called? Its own name, the one that callers use, or what the operator says. It
//! is never read out of a request.

use http::{
    HeaderValue, Request, Uri,
    header::{self, InvalidHeaderValue},
    uri::Authority,
};
use warded_core::ResourceUri;

use crate::address::UpstreamUrl;

/// The `Host` of requests to a server behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpstreamHost(Name);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Name {
    #[default]
    Upstream,
    Preserve,
    Text(HeaderValue),
}

/// A text that is no host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not a host with or without a port")]
#[non_exhaustive]
pub struct InvalidUpstreamHost;

impl UpstreamHost {
    /// Reads `upstream`, `preserve`, or a host with or without a port.
    ///
    /// ```
    /// use warded_gateway::UpstreamHost;
    ///
    /// assert_eq!(UpstreamHost::parse("upstream"), Ok(UpstreamHost::default()));
    /// assert!(UpstreamHost::parse("notes.internal:8443").is_ok());
    /// assert!(UpstreamHost::parse("https://notes.internal").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, InvalidUpstreamHost> {
        match text {
            "upstream" => Ok(Self(Name::Upstream)),
            "preserve" => Ok(Self(Name::Preserve)),
            _ => {
                let authority = text.parse::<Authority>().map_err(|_| InvalidUpstreamHost)?;
                let has_port = authority.as_str().len() > authority.host().len();
                let is_host = !authority.host().is_empty()
                    && !text.contains('@')
                    && (!has_port || authority.port_u16().is_some());
                let value =
                    HeaderValue::from_str(text).map_err(|_: InvalidHeaderValue| InvalidUpstreamHost)?;
                if is_host { Ok(Self(Name::Text(value))) } else { Err(InvalidUpstreamHost) }
            }
        }
    }

    /// What stands in `Host`, for a caller that called the server `name`.
    pub(super) fn toward(&self, url: &UpstreamUrl, name: &ResourceUri) -> HeaderValue {
        let own = || url.authority().clone();
        match &self.0 {
            Name::Upstream => own(),
            Name::Text(text) => text.clone(),
            Name::Preserve => {
                let host = name.origin().split_once("://").map(|(_, host)| host);
                host.and_then(|host| HeaderValue::from_str(host).ok()).unwrap_or_else(own)
            }
        }
    }
}

/// HTTP/2 says it in `:authority`, and says it once (RFC 9113 §8.3.1).
pub(super) fn as_authority<B>(mut request: Request<B>) -> Request<B> {
    let host = request.headers_mut().remove(header::HOST);
    let authority = host.and_then(|host| Authority::try_from(host.as_bytes()).ok());
    if let Some(authority) = authority.filter(|host| Some(host) != request.uri().authority()) {
        let mut parts = request.uri().clone().into_parts();
        parts.authority = Some(authority);
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toward(text: &str) -> String {
        let url = UpstreamUrl::parse("http://10.0.0.7:3001/mcp").unwrap();
        let name = ResourceUri::parse("https://mcp.example.com:8443/notes/mcp").unwrap();
        UpstreamHost::parse(text).unwrap().toward(&url, &name).to_str().unwrap().to_owned()
    }

    #[test]
    fn it_is_what_the_operator_says() {
        assert_eq!(toward("upstream"), "10.0.0.7:3001");
        assert_eq!(toward("preserve"), "mcp.example.com:8443");
        assert_eq!(toward("notes.internal"), "notes.internal");
        for text in ["", "a b", "https://a", "user@a", "a:", "a:port", "a/b", ":80"] {
            assert_eq!(UpstreamHost::parse(text), Err(InvalidUpstreamHost), "{text}");
        }
    }

    #[test]
    fn over_http2_it_is_said_once() {
        let request = |host: &str| {
            let request = Request::builder().uri("https://10.0.0.7:3001/mcp?a=1").header("host", host);
            as_authority(request.body(()).unwrap())
        };
        for (host, uri) in [
            ("notes.internal", "https://notes.internal/mcp?a=1"),
            ("10.0.0.7:3001", "https://10.0.0.7:3001/mcp?a=1"),
        ] {
            let request = request(host);
            assert_eq!(request.uri(), uri);
            assert!(!request.headers().contains_key(header::HOST));
        }
    }
}
