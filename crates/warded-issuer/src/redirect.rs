//! Where may an answer go? Redirect URIs, compared byte for byte but for the port of a loopback address.

use std::fmt;

use warded_core::ResourceUri;

mod scheme;

pub use scheme::is_private_use_scheme;

/// Longest redirect URI that is looked at.
const MAX_BYTES: usize = 1024;

/// A URI that an authorization response may be sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RedirectUri {
    text: String,
    kind: Kind,
}

/// Who can receive what is sent there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Whoever holds the certificate of that origin.
    Web {
        /// Scheme, host and port.
        origin: String,
    },
    /// Whatever program of this machine listens there (RFC 8252 §7.3).
    Loopback {
        /// Scheme, host and port.
        origin: String,
    },
    /// Whatever application claims that scheme on this machine (RFC 8252 §7.1).
    App {
        /// The scheme.
        scheme: String,
    },
}

impl RedirectUri {
    /// Reads one that a client names itself; none where nothing may be sent there. `schemes` are the private-use schemes
    /// that the operator lists: any application of a computer can claim any of them (RFC 8252 §8.6), also one that is
    /// somebody's domain name turned around.
    pub(crate) fn parse(text: &str, schemes: &[String]) -> Option<Self> {
        Self::read(text, |scheme| schemes.iter().any(|listed| listed == scheme))
    }

    /// Reads one that the operator registered, and so has listed with whatever scheme it has.
    pub(crate) fn registered(text: &str) -> Option<Self> {
        Self::read(text, |_| true)
    }

    fn read(text: &str, is_listed: impl Fn(&str) -> bool) -> Option<Self> {
        // It becomes a header, and what a browser would make of other characters is not what was compared.
        if text.len() > MAX_BYTES || !text.is_ascii() {
            return None;
        }
        let (scheme, rest) = text.split_once(':')?;
        let kind = if scheme == "https" || scheme == "http" {
            // The rules for identifiers refuse what browsers would repair: backslashes, control characters,
            // user info, fragments. Plain http is loopback's alone.
            let url = ResourceUri::parse(text).ok()?;
            let origin = url.origin().to_owned();
            match (is_loopback(&origin), url.is_plain_http()) {
                (true, _) => Kind::Loopback { origin },
                (false, false) => Kind::Web { origin },
                // Other names and addresses of this computer (`a.localhost`, `127.0.0.2`) are nobody's custom.
                (false, true) => return None,
            }
        } else {
            // An allow list by form and by name: `javascript:`, `data:` and their kin are on none.
            let is_plain = rest.bytes().all(|byte| {
                byte.is_ascii_graphic()
                    && !matches!(byte, b'"' | b'#' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}')
            });
            if !is_private_use_scheme(scheme) || !is_listed(scheme) || !is_plain || !rest.starts_with('/') {
                return None;
            }
            Kind::App { scheme: scheme.to_owned() }
        };
        Some(Self { text: text.to_owned(), kind })
    }

    /// Whether an answer to `presented` is one to this registered URI: equal byte for byte (RFC 9700 §2.1), but
    /// for the port where it is plain http on loopback, since a native client takes the one that is free (RFC 8252 §7.3).
    pub(crate) fn admits(&self, presented: &Self) -> bool {
        let has_any_port =
            |uri: &Self| matches!(uri.kind, Kind::Loopback { .. }) && uri.text.starts_with("http:");
        if has_any_port(self) && has_any_port(presented) {
            without_port(&self.text) == without_port(&presented.text)
        } else {
            self.text == presented.text
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Scheme, host and port; of an application only the scheme.
    pub(crate) fn origin(&self) -> String {
        match &self.kind {
            Kind::Web { origin } | Kind::Loopback { origin } => origin.clone(),
            Kind::App { scheme } => format!("{scheme}:"),
        }
    }

    /// With these parameters added to what it says (RFC 6749 §4.1.2).
    pub(crate) fn with(&self, parameters: &[(&str, &str)]) -> String {
        let mut text = self.text.clone();
        text.push(if text.contains('?') { '&' } else { '?' });
        let added = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        text.push_str(&added);
        text
    }
}

/// What people read: where the answer goes.
impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Web { origin } => f.write_str(origin),
            Kind::Loopback { .. } => f.write_str("a program on this computer"),
            Kind::App { scheme } => {
                write!(f, "the application on this computer that opens `{scheme}:` links")
            }
        }
    }
}

/// Whether an origin is this computer's, by one of the three names that clients have for it (RFC 8252 §7.3, §8.3).
fn is_loopback(origin: &str) -> bool {
    let authority = origin.split_once("://").map_or("", |(_, authority)| authority);
    ["127.0.0.1", "[::1]", "localhost"]
        .iter()
        .any(|host| authority.strip_prefix(host).is_some_and(|port| port.is_empty() || port.starts_with(':')))
}

/// The text without the port of its authority. The text has been parsed, so an authority is there.
fn without_port(text: &str) -> Option<(&str, &str)> {
    let (_, rest) = text.split_once("://")?;
    let (authority, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let after_host = authority.rfind(']').map_or(0, |at| at + 1);
    let (_, port) = authority.split_at(after_host);
    let end = port.find(':').map_or(authority.len(), |at| after_host + at);
    Some((authority.split_at(end).0, tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed() -> Vec<String> {
        ["cursor", "com.example.app", "javascript", "data"].map(str::to_owned).to_vec()
    }

    fn uri(text: &str) -> RedirectUri {
        RedirectUri::parse(text, &listed()).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn nothing_is_sent_where_it_could_be_stolen() {
        for text in [
            "https://app.example.com/cb",
            "https://app.example.com/cb?x=1",
            "http://127.0.0.1:4711/cb",
            "http://localhost/cb",
            "http://[::1]:1/cb",
            "com.example.app:/cb",
            "cursor://anysphere.cursor-mcp/oauth/callback",
        ] {
            uri(text);
        }
        for text in [
            "http://app.example.com/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://127.0.0.2/cb",
            "http://a.localhost/cb",
            "http://0.0.0.0/cb",
            "http://[::ffff:127.0.0.1]/cb",
            "http://2130706433/cb",
            "http://localhost.evil.example/cb",
            "https://app.example.com/cb#",
            "https://app.example.com/cb#x",
            "https://user@app.example.com/cb",
            "https://app.example.com\\@evil.example/cb",
            "https://app.example.com/cb\r\nSet-Cookie: x",
            "https://app.example.com/a/../cb",
            "https:app.example.com/cb",
            "//app.example.com/cb",
            "/cb",
            "",
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "java.script:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "blob:https://a.example/x",
            "about:blank",
            "other://x/cb",
            "com.example.other:/cb",
            "com.example.app.evil:/cb",
            "com.example.app:cb",
            "COM.example.app:/cb",
            "intent://x#Intent;end",
            "com.example.app:/cb#x",
            "com.example.app:/c b",
            "com.example.app:/c\u{e9}",
            "https://app.example.com/c\u{e9}",
            "https://b\u{fc}cher.example/cb",
            "http://127.0.0.1/c\u{202e}b",
            "*",
            "https://*.example.com/cb\u{0}",
        ] {
            assert!(RedirectUri::parse(text, &listed()).is_none(), "{text:?}");
        }
        assert!(RedirectUri::parse(&format!("https://a.example/{}", "x".repeat(1024)), &[]).is_none());
        assert!(RedirectUri::parse("com.example.app:/cb", &[]).is_none(), "a dot is no listing");
        assert!(RedirectUri::registered("com.example.app:/cb").is_some(), "but the operator's word is");
        assert!(RedirectUri::registered("javascript:/alert(1)").is_none(), "as far as it reaches");
    }

    #[test]
    fn redirect_uris_are_compared_byte_for_byte_but_for_the_port_of_loopback() {
        for (registered, presented) in [
            ("https://app.example.com/cb", "https://app.example.com/cb"),
            ("http://127.0.0.1/cb", "http://127.0.0.1:4711/cb"),
            ("http://127.0.0.1:1/cb", "http://127.0.0.1:2/cb"),
            ("http://localhost:1/cb?x=1", "http://localhost/cb?x=1"),
            ("http://[::1]/cb", "http://[::1]:9/cb"),
        ] {
            assert!(uri(registered).admits(&uri(presented)), "{registered} {presented}");
        }
        for (registered, presented) in [
            ("https://app.example.com/cb", "https://app.example.com/cb/"),
            ("https://app.example.com/cb", "https://app.example.com/cb?x=1"),
            ("https://app.example.com/cb", "https://app.example.com/CB"),
            ("https://app.example.com/cb", "https://APP.example.com/cb"),
            ("https://app.example.com/cb", "https://app.example.com:8443/cb"),
            ("https://app.example.com/cb", "https://app.example.com/cbx"),
            ("https://app.example.com/cb", "https://app.example.com.evil.example/cb"),
            ("https://127.0.0.1/cb", "https://127.0.0.1:1/cb"),
            ("https://localhost/cb", "http://localhost/cb"),
            ("http://127.0.0.1/cb", "http://localhost/cb"),
            ("http://127.0.0.1/cb", "http://[::1]/cb"),
            ("http://127.0.0.1/cb", "http://127.0.0.1:1/cb/x"),
            ("http://127.0.0.1/cb", "https://127.0.0.1/cb"),
            ("http://[::1]/cb", "http://127.0.0.1/cb"),
            ("com.example.app:/cb", "com.example.app:/cb2"),
        ] {
            assert!(!uri(registered).admits(&uri(presented)), "{registered} {presented}");
        }
    }

    #[test]
    fn this_computer_is_nobodys_even_with_a_certificate() {
        for text in
            ["http://localhost/cb", "https://localhost/cb", "https://127.0.0.1:8443/cb", "https://[::1]/cb"]
        {
            assert!(matches!(uri(text).kind(), Kind::Loopback { .. }), "{text}");
        }
        for text in ["https://localhost.example.com/cb", "https://127.0.0.1.example.com/cb"] {
            assert!(matches!(uri(text).kind(), Kind::Web { .. }), "{text}");
        }
    }

    #[test]
    fn parameters_are_added_and_cannot_break_out() {
        assert_eq!(
            uri("https://a.example/cb").with(&[("code", "x"), ("state", "a&b=\r\n#")]),
            "https://a.example/cb?code=x&state=a%26b%3D%0D%0A%23"
        );
        assert_eq!(uri("https://a.example/cb?x=1").with(&[("code", "y")]), "https://a.example/cb?x=1&code=y");
        assert_eq!(uri("com.example.app:/cb").with(&[("code", "y")]), "com.example.app:/cb?code=y");
    }
}
