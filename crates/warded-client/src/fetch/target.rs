//! Where does a request go, and who said so?

use warded_core::{InvalidResourceUri, ResourceUri};

/// A URL, and how we came by it.
///
/// ```
/// use warded_client::fetch::Target;
///
/// let target = Target::learned("https://login.example.com/jwks")?;
/// assert_eq!(target.as_str(), "https://login.example.com/jwks");
/// # Ok::<_, warded_core::InvalidResourceUri>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    url: ResourceUri,
    configured: bool,
}

impl Target {
    /// A URL that whoever runs us wrote down: it may lead anywhere, private addresses included.
    pub fn configured(url: &str) -> Result<Self, InvalidResourceUri> {
        Ok(Self { url: ResourceUri::parse(url)?, configured: true })
    }

    /// A URL that somebody else told us: it leads to public addresses, and where [`Reach`](super::Reach) says.
    pub fn learned(url: &str) -> Result<Self, InvalidResourceUri> {
        Ok(Self { url: ResourceUri::parse(url)?, configured: false })
    }

    /// A URL that somebody else told us, configured all the same where it has the origin of one that is.
    pub fn beside(url: &str, configured: &ResourceUri) -> Result<Self, InvalidResourceUri> {
        let url = ResourceUri::parse(url)?;
        let configured = url.origin() == configured.origin();
        Ok(Self { url, configured })
    }

    /// The URL in its canonical form.
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }

    /// The URL as an identifier.
    pub fn url(&self) -> &ResourceUri {
        &self.url
    }

    /// The host, without brackets and port.
    pub fn host(&self) -> &str {
        let authority = self.authority();
        match authority.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or_default(),
            None => authority.split(':').next().unwrap_or_default(),
        }
    }

    pub(super) fn is_configured(&self) -> bool {
        self.configured
    }

    /// What the `Host` field says: the port only where it is not the scheme's own.
    pub(super) fn authority(&self) -> &str {
        self.url.origin().split_once("://").map_or("", |(_, authority)| authority)
    }

    pub(super) fn port(&self) -> u16 {
        let authority = self.authority();
        let after_host = authority.rsplit(']').next().unwrap_or_default();
        let own = if self.url.is_plain_http() { 80 } else { 443 };
        after_host.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(own)
    }

    pub(super) fn path(&self) -> &str {
        match self.url.path_and_query() {
            "" => "/",
            path => path,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_falls_into_host_port_and_path() {
        for (url, authority, host, port, path) in [
            ("https://a.example", "a.example", "a.example", 443, "/"),
            ("https://a.example:8443/x?y=1", "a.example:8443", "a.example", 8443, "/x?y=1"),
            ("http://localhost/x", "localhost", "localhost", 80, "/x"),
            ("http://[::1]:81/?q=:", "[::1]:81", "::1", 81, "/?q=:"),
            ("https://[2001:db8::1]", "[2001:db8::1]", "2001:db8::1", 443, "/"),
            ("http://127.0.0.1:9", "127.0.0.1:9", "127.0.0.1", 9, "/"),
        ] {
            let target = Target::learned(url).unwrap();
            let parts = (target.authority(), target.host(), target.port(), target.path());
            assert_eq!(parts, (authority, host, port, path), "{url}");
        }
    }

    #[test]
    fn only_the_same_origin_is_as_good_as_configured() {
        let server = ResourceUri::parse("https://mcp.example.com/notes").unwrap();
        assert!(Target::beside("https://MCP.example.com:443/x", &server).unwrap().is_configured());
        for other in
            ["https://mcp.example.com:444/x", "https://mcp.example.com.evil.example", "https://example.com"]
        {
            assert!(!Target::beside(other, &server).unwrap().is_configured(), "{other}");
        }
    }
}
