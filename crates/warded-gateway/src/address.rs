//! Where is the server behind? A URL that the operator wrote, taken as it stands.

use std::{fmt, net::IpAddr, str::FromStr};

use http::{HeaderValue, Uri, uri::Scheme};

/// The URL of a server behind: absolute, http or https, without user and fragment.
///
/// ```
/// let notes = warded_gateway::UpstreamUrl::parse("http://127.0.0.1:3001/mcp")?;
/// assert!(notes.is_loopback());
/// assert!(warded_gateway::UpstreamUrl::parse("127.0.0.1:3001/mcp").is_err());
/// # Ok::<_, warded_gateway::InvalidUpstream>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamUrl {
    uri: Uri,
    authority: HeaderValue,
}

/// Why a text is not the URL of a server behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidUpstream {
    /// No scheme, or another one.
    #[error("it does not begin with `http://` or `https://`")]
    Scheme,
    /// A user or a password: credentials have a key of their own.
    #[error("it holds a user or password")]
    UserInfo,
    /// A fragment, which is never sent.
    #[error("it has a fragment (`#`)")]
    Fragment,
    /// Not a URL.
    #[error("it is not a URL")]
    Syntax,
}

impl UpstreamUrl {
    /// Reads a URL.
    pub fn parse(text: &str) -> Result<Self, InvalidUpstream> {
        if !["http://", "https://"].iter().any(|scheme| text.starts_with(scheme)) {
            return Err(InvalidUpstream::Scheme);
        }
        // The parser below drops a fragment without a word.
        if text.contains('#') {
            return Err(InvalidUpstream::Fragment);
        }
        if text.contains('\\') {
            return Err(InvalidUpstream::Syntax);
        }
        let uri = Uri::from_str(text).map_err(|_| InvalidUpstream::Syntax)?;
        let authority = uri.authority().ok_or(InvalidUpstream::Syntax)?;
        if authority.as_str().contains('@') {
            return Err(InvalidUpstream::UserInfo);
        }
        // A port that is no port is not told apart from none.
        let has_port = authority.as_str().len() > authority.host().len();
        if authority.host().is_empty() || (has_port && authority.port_u16().is_none()) {
            return Err(InvalidUpstream::Syntax);
        }
        let authority = HeaderValue::from_str(authority.as_str()).map_err(|_| InvalidUpstream::Syntax)?;
        Ok(Self { uri, authority })
    }

    /// Whether the way there is without TLS.
    pub fn is_plain_http(&self) -> bool {
        self.uri.scheme() == Some(&Scheme::HTTP)
    }

    /// Whether the way there does not leave this machine.
    pub fn is_loopback(&self) -> bool {
        let host = self.uri.host().unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
    }

    /// The host as written, and the port, whether it is written or not.
    pub fn host_and_port(&self) -> (&str, u16) {
        let port = self.uri.port_u16().unwrap_or(if self.is_plain_http() { 80 } else { 443 });
        (self.uri.host().unwrap_or_default(), port)
    }

    pub(crate) fn uri(&self) -> &Uri {
        &self.uri
    }

    /// What stands in `Host`.
    pub(crate) fn authority(&self) -> &HeaderValue {
        &self.authority
    }
}

impl fmt::Display for UpstreamUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uri.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_as_it_stands() {
        for text in ["http://127.0.0.1:3001/mcp", "https://notes.internal/a%2Fb?tenant=a", "http://[::1]:1/"]
        {
            assert_eq!(UpstreamUrl::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_would_be_read_in_two_ways_is_refused() {
        for (text, why) in [
            ("", InvalidUpstream::Scheme),
            ("notes:3001/mcp", InvalidUpstream::Scheme),
            ("//notes/mcp", InvalidUpstream::Scheme),
            ("HTTP://notes/mcp", InvalidUpstream::Scheme),
            ("file:///etc/passwd", InvalidUpstream::Scheme),
            ("unix:/run/notes.sock", InvalidUpstream::Scheme),
            ("http://", InvalidUpstream::Syntax),
            ("http:///mcp", InvalidUpstream::Syntax),
            ("http://notes:/mcp", InvalidUpstream::Syntax),
            ("http://notes:70000/mcp", InvalidUpstream::Syntax),
            ("http://notes\\@evil/mcp", InvalidUpstream::Syntax),
            ("http://notes/a b", InvalidUpstream::Syntax),
            ("http://notes/mcp#", InvalidUpstream::Fragment),
            ("http://user:secret@notes/mcp", InvalidUpstream::UserInfo),
            ("http://@notes/mcp", InvalidUpstream::UserInfo),
        ] {
            assert_eq!(UpstreamUrl::parse(text), Err(why), "{text}");
        }
    }

    #[test]
    fn the_way_there_is_known() {
        let url = |text| UpstreamUrl::parse(text).unwrap();
        for text in ["http://localhost:1/", "http://127.8.8.8/", "https://[::1]/mcp"] {
            assert!(url(text).is_loopback(), "{text}");
        }
        for text in ["http://notes/", "http://10.0.0.1/", "http://localhost.evil.example/"] {
            assert!(!url(text).is_loopback(), "{text}");
        }
        assert_eq!(url("http://notes/").host_and_port(), ("notes", 80));
        assert_eq!(url("https://notes/").host_and_port(), ("notes", 443));
        assert_eq!(url("https://notes:8443/").host_and_port(), ("notes", 8443));
        assert!(url("http://notes/").is_plain_http() && !url("https://notes/").is_plain_http());
    }
}
