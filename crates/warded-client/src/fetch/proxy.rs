//! Where is a proxy, and with what do we show ourselves there? Its URL may hold a password, so nothing here repeats it.

use std::{fmt, net::Ipv6Addr, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::HeaderValue;
use zeroize::Zeroizing;

/// One proxy.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    is_secure: bool,
    host: Box<str>,
    port: u16,
    authorization: Option<HeaderValue>,
}

/// Why a text is not the URL of a proxy. No variant repeats it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidProxy {
    /// Neither `http` nor `https`.
    #[error("its scheme is neither `http` nor `https`; SOCKS is not spoken here")]
    Scheme,
    /// No host.
    #[error("it has no host")]
    NoHost,
    /// A host that is none.
    #[error("its host is neither a name nor an address")]
    Host,
    /// A port that is none.
    #[error("its port is not a number between 1 and 65535")]
    Port,
    /// Something behind the port, or a character that begins it.
    #[error(
        "it has a path, a query or a fragment, which mean nothing to a proxy; in a password these characters are percent-encoded"
    )]
    Path,
    /// A user or password that cannot be sent.
    #[error(
        "its user or password cannot be sent: `%` begins an escape of two digits, a user has no colon, and there are no control characters (RFC 7617 §2)"
    )]
    Credentials,
}

impl Proxy {
    /// Reads `[http[s]://][USER[:PASSWORD]@]HOST[:PORT]`, the user and password percent-encoded. Without a scheme it is
    /// `http`; without a port it is the scheme's own.
    ///
    /// ```
    /// use warded_client::fetch::Proxy;
    ///
    /// let proxy = Proxy::parse("http://user:s3cret@proxy.example.com:3128")?;
    /// assert_eq!(proxy.to_string(), "proxy.example.com:3128");
    /// # Ok::<_, warded_client::fetch::InvalidProxy>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, InvalidProxy> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let is_secure = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return Err(InvalidProxy::Scheme),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        // Here a URL's authority ends for everybody else, so what looks like a password would be sent to another host.
        if rest.contains(['/', '?', '#', '\\']) {
            return Err(InvalidProxy::Path);
        }
        // The last one ends the password, as browsers and curl read it.
        let (user, place) = match rest.rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, rest),
        };
        let (host, port) = split(place)?;
        let own = if is_secure { 443 } else { 80 };
        let port = match port {
            Some(port) => digits(port).ok_or(InvalidProxy::Port)?,
            None => own,
        };
        let authorization = user.map(basic).transpose()?;
        Ok(Self { is_secure, host: host.to_ascii_lowercase().into(), port, authorization })
    }

    /// Whether TLS is spoken with the proxy itself.
    pub(super) fn is_secure(&self) -> bool {
        self.is_secure
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Whether its URL names a user or a password.
    pub fn has_credentials(&self) -> bool {
        self.authorization.is_some()
    }

    /// For the proxy only; the other end of the tunnel never sees it.
    pub(super) fn authorization(&self) -> Option<&HeaderValue> {
        self.authorization.as_ref()
    }
}

impl FromStr for Proxy {
    type Err = InvalidProxy;

    fn from_str(text: &str) -> Result<Self, InvalidProxy> {
        Self::parse(text)
    }
}

fn split(place: &str) -> Result<(&str, Option<&str>), InvalidProxy> {
    if let Some(rest) = place.strip_prefix('[') {
        let (host, port) = rest.split_once(']').ok_or(InvalidProxy::Host)?;
        host.parse::<Ipv6Addr>().map_err(|_| InvalidProxy::Host)?;
        return match port.strip_prefix(':') {
            None if !port.is_empty() => Err(InvalidProxy::Port),
            port => Ok((host, port)),
        };
    }
    let (host, port) = match place.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (place, None),
    };
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    match host {
        "" => Err(InvalidProxy::NoHost),
        host if host.bytes().all(is_part) && host.len() <= 253 => Ok((host, port)),
        _ => Err(InvalidProxy::Host),
    }
}

fn digits(text: &str) -> Option<u16> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|port| is_plain && *port > 0)
}

/// RFC 7617 §2.
fn basic(user: &str) -> Result<HeaderValue, InvalidProxy> {
    let (user, password) = user.split_once(':').unwrap_or((user, ""));
    let (user, password) = (decoded(user)?, decoded(password)?);
    if user.contains(&b':') || user.iter().chain(password.iter()).any(u8::is_ascii_control) {
        return Err(InvalidProxy::Credentials);
    }
    let pair = Zeroizing::new([user.as_slice(), b":", password.as_slice()].concat());
    let text = Zeroizing::new(format!("Basic {}", &*Zeroizing::new(STANDARD.encode(&*pair))));
    let mut value = HeaderValue::from_str(&text).map_err(|_| InvalidProxy::Credentials)?;
    value.set_sensitive(true);
    Ok(value)
}

fn decoded(text: &str) -> Result<Zeroizing<Vec<u8>>, InvalidProxy> {
    let mut bytes = text.bytes();
    let mut decoded = Zeroizing::new(Vec::with_capacity(text.len()));
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let mut digit =
                    || char::from(bytes.next()?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                let high = digit().ok_or(InvalidProxy::Credentials)?;
                high << 4 | digit().ok_or(InvalidProxy::Credentials)?
            }
            byte => byte,
        });
    }
    Ok(decoded)
}

/// `HOST:PORT`, and nothing of its credentials.
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self})")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_shown_of_a_proxy_is_where_it_is_and_nothing_else(
            user in "[a-z%:/@\\[\\]#? -]{0,12}",
            host in "[a-z0-9.:\\[\\]-]{0,20}",
        ) {
            let text = format!("http://s3cret{user}S3CRET@{host}");
            if let Ok(proxy) = Proxy::parse(&text) {
                let shown = proxy.to_string();
                prop_assert!(!format!("{proxy:?}{shown}").to_lowercase().contains("s3cret"), "{}", shown);
                let again = Proxy::parse(&format!("http://{shown}")).unwrap();
                prop_assert_eq!(again.to_string(), shown);
            }
        }
    }

    #[test]
    fn a_proxy_is_read_as_people_write_it() {
        for (text, shown, is_secure) in [
            ("http://proxy.example.com:3128", "proxy.example.com:3128", false),
            ("HTTPS://Proxy.Example.com/", "proxy.example.com:443", true),
            ("proxy:8080", "proxy:8080", false),
            ("10.0.0.1", "10.0.0.1:80", false),
            ("http://[fd00::1]:3128", "[fd00::1]:3128", false),
            ("http://u:p@[::1]", "[::1]:80", false),
        ] {
            let proxy = Proxy::parse(text).unwrap();
            assert_eq!((proxy.to_string().as_str(), proxy.is_secure()), (shown, is_secure), "{text}");
        }
    }

    #[test]
    fn what_is_no_proxy_is_told_by_what_is_wrong_with_it() {
        for (text, why) in [
            ("socks5://proxy:1080", InvalidProxy::Scheme),
            ("ftp://proxy", InvalidProxy::Scheme),
            ("", InvalidProxy::NoHost),
            ("http://", InvalidProxy::NoHost),
            ("http://:3128", InvalidProxy::NoHost),
            ("http://user:password@", InvalidProxy::NoHost),
            ("http://pro xy", InvalidProxy::Host),
            ("http://a:1\r\nx: y", InvalidProxy::Port),
            ("http://[fe80::1%25eth0]:1", InvalidProxy::Host),
            ("http://[::1", InvalidProxy::Host),
            ("http://[::1]3128", InvalidProxy::Port),
            ("http://proxy:0", InvalidProxy::Port),
            ("http://proxy:65536", InvalidProxy::Port),
            ("http://proxy:+80", InvalidProxy::Port),
            ("http://proxy:", InvalidProxy::Port),
            ("http://proxy/path", InvalidProxy::Path),
            ("http://proxy?x", InvalidProxy::Path),
            ("http://user:pass/word@proxy", InvalidProxy::Path),
            ("http://evil.example#@proxy", InvalidProxy::Path),
            ("http://user%3Ax:password@proxy", InvalidProxy::Credentials),
            ("http://user:pass%0D%0Aword@proxy", InvalidProxy::Credentials),
            ("http://user:100%@proxy", InvalidProxy::Credentials),
        ] {
            assert_eq!(Proxy::parse(text), Err(why), "{text}");
        }
    }

    #[test]
    fn a_password_is_sent_decoded_and_shown_nowhere() {
        let of = |text| Proxy::parse(text).unwrap().authorization().cloned();
        let basic = |pair| Some(HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(pair))).unwrap());
        assert_eq!(of("http://user:s3c%40r%2Fet@proxy"), basic("user:s3c@r/et"));
        assert_eq!(of("http://user:p@ss:w@proxy"), basic("user:p@ss:w"));
        assert_eq!(of("http://user@proxy"), basic("user:"));
        assert_eq!(of("http://proxy"), None);
        for (text, has_credentials) in [("proxy", false), ("u@proxy", true), (":s3cret@proxy", true)] {
            assert_eq!(Proxy::parse(text).unwrap().has_credentials(), has_credentials, "{text}");
        }
        let proxy = Proxy::parse("http://user:s3cret@proxy").unwrap();
        assert_eq!(format!("{proxy:?} {proxy}"), "Proxy(proxy:80) proxy:80");
        assert!(proxy.authorization().unwrap().is_sensitive());
    }
}
