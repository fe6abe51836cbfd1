//! For which host is a request meant? Asked before anything else: whoever reads `Host` and whoever reads the target
//! must not see two servers (RFC 9110 §7.2, RFC 9112 §3.2).

use std::borrow::Cow;

use http::{HeaderMap, Request, Uri, Version, header, uri::Authority};
use warded_core::Refusal;

/// The host that a request is meant for, in the spelling that places are looked up by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Host<'r>(Cow<'r, str>);

impl<'r> Host<'r> {
    /// The one host that the request names.
    pub(crate) fn of<B>(request: &'r Request<B>) -> Result<Self, Refusal> {
        let header = header(request.headers())?;
        let target = request.uri().authority().map(Host::read).transpose()?;
        match (header, target) {
            // HTTP/2 has `:authority`, which is the target's here, and needs no `Host`.
            (None, Some(target)) if request.version() >= Version::HTTP_2 => Ok(target),
            (Some(header), None) => Ok(header),
            // RFC 9112 §3.2.2 lets the target win. A proxy in front may have let `Host` win.
            (Some(header), Some(target)) if header == target => Ok(header),
            _ => Err(Refusal::HostInvalid),
        }
    }

    /// The host of a URL that we serve.
    pub(crate) fn of_url(url: &str) -> Option<Host<'static>> {
        Host::read(url.parse::<Uri>().ok()?.authority()?).ok()
    }

    fn read(authority: &Authority) -> Result<Host<'static>, Refusal> {
        let text = authority.as_str().to_ascii_lowercase();
        // User info would be read as the host by whoever cuts at the wrong place.
        if authority.host().is_empty() || text.contains('@') || text.ends_with(':') {
            return Err(Refusal::HostInvalid);
        }
        // Which of the two is the scheme's own cannot be seen behind a proxy that ends TLS.
        let text = text.strip_suffix(":443").or_else(|| text.strip_suffix(":80")).unwrap_or(&text);
        Ok(Host(Cow::Owned(text.to_owned())))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The name alone, or the address without brackets.
    pub(crate) fn name(&self) -> &str {
        let name = match self.0.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => name,
            _ => &self.0,
        };
        name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name)
    }

    /// The port, where it is not the scheme's own.
    pub(crate) fn port(&self) -> Option<u16> {
        // It was looked through for anything but a name.
        if let Cow::Borrowed(_) = self.0 {
            return None;
        }
        self.0.rsplit_once(':').and_then(|(_, port)| port.parse().ok())
    }
}

fn header(headers: &HeaderMap) -> Result<Option<Host<'_>>, Refusal> {
    let mut values = headers.get_all(header::HOST).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Refusal::HostInvalid);
    }
    if let Some(plain) = plain(value.as_bytes()) {
        return Ok(Some(Host(Cow::Borrowed(plain))));
    }
    let authority = Authority::try_from(value.as_bytes()).map_err(|_| Refusal::HostInvalid)?;
    Host::read(&authority).map(Some)
}

/// A name in small letters without a port, as nearly every request has it: there is nothing in it to be read.
fn plain(value: &[u8]) -> Option<&str> {
    let is_plain = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-');
    if value.is_empty() || !value.iter().all(is_plain) {
        return None;
    }
    std::str::from_utf8(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(version: Version, target: &str, hosts: &[&str]) -> Result<String, Refusal> {
        let mut request = Request::builder().version(version).uri(target);
        for host in hosts {
            request = request.header(header::HOST, *host);
        }
        Host::of(&request.body(()).unwrap()).map(|host| host.0.into_owned())
    }

    #[test]
    fn one_host_is_meant() {
        let one = Version::HTTP_11;
        for (target, hosts, meant) in [
            ("/mcp", ["mcp.example.com"], "mcp.example.com"),
            ("/mcp", ["MCP.Example.com"], "mcp.example.com"),
            ("/mcp", ["mcp.example.com:443"], "mcp.example.com"),
            ("/mcp", ["mcp.example.com:80"], "mcp.example.com"),
            ("/mcp", ["mcp.example.com:8443"], "mcp.example.com:8443"),
            ("/mcp", ["[::1]:8700"], "[::1]:8700"),
            ("http://mcp.example.com/mcp", ["mcp.example.com"], "mcp.example.com"),
            ("http://mcp.example.com:80/mcp", ["MCP.example.com"], "mcp.example.com"),
        ] {
            assert_eq!(host(one, target, &hosts).as_deref(), Ok(meant), "{target} {hosts:?}");
        }
        assert_eq!(host(Version::HTTP_2, "https://a.example/mcp", &[]).as_deref(), Ok("a.example"));
        assert_eq!(
            host(Version::HTTP_2, "https://a.example/mcp", &["a.example"]).as_deref(),
            Ok("a.example")
        );
    }

    #[test]
    fn what_need_not_be_read_would_be_read_as_it_is() {
        for name in
            ["a", "a.example", "127.0.0.1", "a-b.c", "-", ".", "..", "a..b", "-a.", "xn--bcher-kva.example"]
        {
            let read =
                Authority::try_from(name).map_err(|_| Refusal::HostInvalid).and_then(|at| Host::read(&at));
            assert_eq!(read.as_ref().map(Host::as_str), Ok(name));
            assert_eq!(plain(name.as_bytes()), Some(name));
        }
        for name in
            ["", "A", "a:80", "a:443", "a:8700", "[::1]", "a@b", "a/b", "a%41", "a_b", "a b", "\u{e9}"]
        {
            assert_eq!(plain(name.as_bytes()), None, "{name}");
        }
    }

    #[test]
    fn two_readers_never_see_two_hosts() {
        let one = Version::HTTP_11;
        for (target, hosts) in [
            ("/mcp", &[][..]),
            ("/mcp", &["a.example", "a.example"]),
            ("/mcp", &["a.example", "b.example"]),
            ("/mcp", &[""]),
            ("/mcp", &["a.example@b.example"]),
            ("/mcp", &["@a.example"]),
            ("/mcp", &["a.example:"]),
            ("/mcp", &["a.example/mcp"]),
            ("/mcp", &["a.example b.example"]),
            ("http://a.example/mcp", &[]),
            ("http://a.example/mcp", &["b.example"]),
            ("http://a.example:8080/mcp", &["a.example"]),
            ("http://b.example@a.example/mcp", &["a.example"]),
        ] {
            assert_eq!(host(one, target, hosts), Err(Refusal::HostInvalid), "{target} {hosts:?}");
        }
        assert_eq!(host(Version::HTTP_10, "/mcp", &[]), Err(Refusal::HostInvalid));
        assert_eq!(host(Version::HTTP_2, "https://a.example/mcp", &["b.example"]), Err(Refusal::HostInvalid));
    }

    #[test]
    fn a_name_and_a_port_are_told_apart() {
        for (text, name, port) in [
            ("a.example", "a.example", None),
            ("a.example:8443", "a.example", Some(8443)),
            ("[::1]", "::1", None),
            ("[::1]:8443", "::1", Some(8443)),
            ("[::8443]", "::8443", None),
        ] {
            let host = Host(Cow::Owned(text.to_owned()));
            assert_eq!((host.name(), host.port()), (name, port), "{text}");
        }
    }

    #[test]
    fn a_url_is_found_by_the_host_that_requests_name() {
        let host = |url| Host::of_url(url).unwrap().0;
        assert_eq!(host("https://mcp.example.com/notes/mcp"), "mcp.example.com");
        assert_eq!(host("http://127.0.0.1:8700"), "127.0.0.1:8700");
    }
}
