//! Does a request leave through a proxy, and whom may a stranger's URL lead to there?
//!
//! A proxy looks names up itself, so nobody of us sees the address: what a stranger's URL names goes through it only
//! where the operator listed the host. This machine is never looked for behind a proxy, and plain http, which is for
//! this machine alone, never goes through one: the proxy would read it.

use std::net::IpAddr;

use ipnet::IpNet;
use zeroize::Zeroizing;

use super::{InvalidProxy, Proxy, reach::is_loopback_host};

/// The proxy, the hosts that are reached without it, and those that learned URLs may lead to through it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies {
    proxy: Option<Proxy>,
    excepted: Vec<ProxyException>,
    listed: Vec<HostPattern>,
}

/// A variable of the environment that does not hold a proxy's URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the variable `{variable}` is not the URL of a proxy: {error}")]
#[non_exhaustive]
pub struct InvalidVariable {
    /// Which variable.
    pub variable: &'static str,
    /// What is wrong with it; its value is not repeated.
    pub error: InvalidProxy,
}

impl Proxies {
    /// No proxy.
    pub fn none() -> Self {
        Self::default()
    }

    /// Everything through this one.
    pub fn through(proxy: Proxy) -> Self {
        Self { proxy: Some(proxy), ..Self::default() }
    }

    /// What the environment says, read as curl reads it for https: `https_proxy`, then `HTTPS_PROXY`, then `all_proxy`
    /// and `ALL_PROXY`, and what `no_proxy` or `NO_PROXY` excepts. `HTTP_PROXY` is for plain http, which goes through no
    /// proxy here.
    pub fn of_environment(
        value: impl Fn(&str) -> Option<Zeroizing<String>>,
    ) -> Result<Self, InvalidVariable> {
        let set = |name: &&'static str| value(name).filter(|text| !text.is_empty());
        let named = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
        let Some((variable, text)) = named.into_iter().find_map(|name| Some((name, set(&name)?))) else {
            return Ok(Self::none());
        };
        let proxy = Proxy::parse(&text).map_err(|error| InvalidVariable { variable, error })?;
        let excepted = ["no_proxy", "NO_PROXY"].iter().find_map(set);
        let words = excepted.iter().flat_map(|text| text.split([',', ' ']));
        // What names nobody excepts nobody, as everywhere.
        Ok(Self::through(proxy).except(words.filter_map(ProxyException::parse)))
    }

    /// Reaches these without the proxy.
    #[must_use]
    pub fn except(mut self, hosts: impl IntoIterator<Item = ProxyException>) -> Self {
        self.excepted.extend(hosts);
        self
    }

    /// Lets learned URLs lead to these hosts through the proxy.
    #[must_use]
    pub fn listing(mut self, hosts: impl IntoIterator<Item = HostPattern>) -> Self {
        self.listed.extend(hosts);
        self
    }

    /// Whether there is a proxy at all.
    pub fn is_none(&self) -> bool {
        self.proxy.is_none()
    }

    /// The proxy on the way to a host; none, where it is reached directly.
    pub fn toward(&self, host: &str) -> Option<&Proxy> {
        let host = &*canonical(host);
        let is_direct = is_loopback_host(host) || self.excepted.iter().any(|one| one.covers(host));
        self.proxy.as_ref().filter(|_| !is_direct)
    }

    pub(super) fn lists(&self, host: &str) -> bool {
        self.listed.iter().any(|pattern| pattern.covers(host))
    }
}

/// Who is reached without the proxy: a name with all that is below it, an address, a block of addresses, or all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyException(Excepted);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Excepted {
    All,
    Name(Box<str>),
    Block(IpNet),
}

impl ProxyException {
    /// Reads one, as it stands in `NO_PROXY`; none where it names nobody.
    pub fn parse(text: &str) -> Option<Self> {
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        if text == "*" {
            return Some(Self(Excepted::All));
        }
        if let Ok(block) = bare.parse::<IpNet>() {
            return Some(Self(Excepted::Block(block)));
        }
        if let Ok(address) = bare.parse::<IpAddr>() {
            return Some(Self(Excepted::Block(address.into())));
        }
        let name = text.strip_prefix("*.").or_else(|| text.strip_prefix('.')).unwrap_or(text);
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        is_host(&name).then(|| Self(Excepted::Name(name.into())))
    }

    fn covers(&self, host: &str) -> bool {
        match &self.0 {
            Excepted::All => true,
            Excepted::Name(name) => host == &**name || is_below(host, name),
            Excepted::Block(block) => host.parse::<IpAddr>().is_ok_and(|address| block.contains(&address)),
        }
    }
}

/// One host, or all that is below one: `login.example.com`, `*.example.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPattern {
    name: Box<str>,
    is_below: bool,
}

/// Why a text names no hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidHostPattern {
    /// Not a host.
    #[error("it is neither a host nor `*.` and a domain; scheme, port and path do not belong here")]
    Host,
    /// Everybody, or nearly so.
    #[error("it covers hosts of everybody, and then the list would keep nobody out")]
    Everybody,
}

impl HostPattern {
    /// Reads one.
    pub fn parse(text: &str) -> Result<Self, InvalidHostPattern> {
        let lower = text.to_ascii_lowercase();
        if lower == "*" {
            return Err(InvalidHostPattern::Everybody);
        }
        let (name, is_below) = match lower.strip_prefix("*.") {
            Some(name) => (name, true),
            None => (lower.as_str(), false),
        };
        let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        if let Ok(address) = bare.parse::<IpAddr>()
            && !is_below
        {
            // In the one spelling in which it is asked about.
            return Ok(Self { name: address.to_string().into(), is_below });
        }
        if !is_host(name) {
            return Err(InvalidHostPattern::Host);
        }
        if is_below && !name.contains('.') {
            return Err(InvalidHostPattern::Everybody);
        }
        Ok(Self { name: name.into(), is_below })
    }

    /// Whether it means this host, in canonical form and without brackets.
    pub fn covers(&self, host: &str) -> bool {
        if self.is_below { is_below(host, &self.name) } else { host == &*self.name }
    }
}

fn is_host(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    name.split('.').all(|label| !label.is_empty() && label.bytes().all(is_part)) && name.len() <= 253
}

/// One spelling for whoever writes a host as people do: `LOCALHOST`, `localhost.` and `::ffff:127.0.0.1` are this machine
/// as well, and what is meant for it must not go to a proxy.
fn canonical(host: &str) -> String {
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if let Ok(address) = host.parse::<IpAddr>() {
        return address.to_canonical().to_string();
    }
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

/// Below means at a dot: `evil-example.com` is not below `example.com`.
fn is_below(host: &str, name: &str) -> bool {
    host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.')) && host.parse::<IpAddr>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(pairs: &[(&str, &str)]) -> Result<Proxies, InvalidVariable> {
        Proxies::of_environment(|name| {
            let found = pairs.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| Zeroizing::new((*value).to_owned()))
        })
    }

    fn toward(pairs: &[(&str, &str)], host: &str) -> Option<String> {
        proxies(pairs).unwrap().toward(host).map(ToString::to_string)
    }

    #[test]
    fn the_environment_is_read_as_curl_reads_it() {
        let all =
            [("ALL_PROXY", "d:4"), ("all_proxy", "c:3"), ("HTTPS_PROXY", "b:2"), ("https_proxy", "a:1")];
        for (count, proxy) in [(1, "d:4"), (2, "c:3"), (3, "b:2"), (4, "a:1")] {
            assert_eq!(toward(&all[..count], "a.example"), Some(proxy.into()));
        }
        assert_eq!(toward(&[("https_proxy", ""), ("HTTPS_PROXY", "b:2")], "a.example"), Some("b:2".into()));
        // A web server sets HTTP_PROXY from the header `Proxy` of a request ("httpoxy"); nobody here reads it.
        assert_eq!(toward(&[("HTTP_PROXY", "evil:1"), ("http_proxy", "evil:1")], "a.example"), None);
        let failed = proxies(&[("https_proxy", "socks5://u:s3cret@a")]).unwrap_err();
        assert_eq!(failed, InvalidVariable { variable: "https_proxy", error: InvalidProxy::Scheme });
        assert!(!format!("{failed} {failed:?}").contains("s3cret"));
    }

    #[test]
    fn exceptions_are_names_with_all_below_them_and_blocks() {
        let direct =
            |list: &str, host: &str| toward(&[("https_proxy", "p:1"), ("NO_PROXY", list)], host).is_none();
        for (list, host) in [
            ("example.com", "example.com"),
            ("example.com", "a.example.com"),
            (".example.com", "example.com"),
            ("*.Example.com.", "a.example.com"),
            ("x, example.com", "a.example.com"),
            ("x example.com", "example.com"),
            ("*", "anything.example"),
            ("10.0.0.0/8", "10.1.2.3"),
            ("10.1.2.3", "10.1.2.3"),
            ("fd00::/8", "fd00::1"),
            ("[fd00::1]", "fd00::1"),
        ] {
            assert!(direct(list, host), "{list} {host}");
        }
        for (list, host) in [
            ("example.com", "notexample.com"),
            ("example.com", "example.com.evil.example"),
            ("a.example.com", "example.com"),
            ("10.0.0.0/8", "11.0.0.1"),
            ("10.0.0.0/99", "10.0.0.1"),
            ("0.0.1", "10.0.0.1"),
            ("", "example.com"),
            (",,", "example.com"),
        ] {
            assert!(!direct(list, host), "{list} {host}");
        }
    }

    #[test]
    fn this_machine_is_not_looked_for_behind_a_proxy() {
        for host in [
            "localhost",
            "a.localhost",
            "127.0.0.1",
            "127.9.9.9",
            "::1",
            "[::1]",
            "LOCALHOST",
            "localhost.",
            "A.LocalHost.",
            "::ffff:127.0.0.1",
            "0:0:0:0:0:0:0:1",
        ] {
            assert_eq!(toward(&[("https_proxy", "p:1")], host), None, "{host}");
        }
    }

    #[test]
    fn an_exception_holds_for_every_spelling_of_its_host() {
        let direct = |list, host| toward(&[("https_proxy", "p:1"), ("no_proxy", list)], host).is_none();
        for (list, host) in [
            ("example.com", "A.EXAMPLE.com"),
            ("example.com", "example.com."),
            ("10.0.0.0/8", "::ffff:10.1.2.3"),
            ("fd00::1", "FD00:0::1"),
        ] {
            assert!(direct(list, host), "{list} {host}");
        }
        assert!(!direct("example.com", "example.com.."));
    }

    #[test]
    fn a_list_of_hosts_is_exact_or_below_a_dot() {
        let covers = |pattern: &str, host: &str| HostPattern::parse(pattern).unwrap().covers(host);
        assert!(covers("Login.example.com", "login.example.com") && covers("1.1.1.1", "1.1.1.1"));
        assert!(covers("*.example.com", "a.b.example.com"));
        for (pattern, host) in [
            ("login.example.com", "a.login.example.com"),
            ("*.example.com", "example.com"),
            ("*.example.com", "evil-example.com"),
            ("*.example.com", "example.com.evil.example"),
        ] {
            assert!(!covers(pattern, host), "{pattern} {host}");
        }
    }

    #[test]
    fn what_would_list_everybody_is_refused() {
        use InvalidHostPattern::{Everybody, Host};
        for (text, why) in [
            ("*", Everybody),
            ("*.com", Everybody),
            ("", Host),
            ("*.", Host),
            ("a.*.example", Host),
            ("*example.com", Host),
            ("https://login.example.com", Host),
            ("login.example.com:443", Host),
            ("login.example.com/", Host),
            ("a..example", Host),
            ("login.example.com.", Host),
        ] {
            assert_eq!(HostPattern::parse(text), Err(why), "{text}");
        }
    }
}
