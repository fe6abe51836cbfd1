//! The parts of an address, and where they stand in it.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    ops::Range,
};

pub(crate) struct Address<'t> {
    scheme: &'t str,
    /// Where who is called as stands, if somebody is.
    pub(crate) user: Option<Range<usize>>,
    pub(crate) password: Option<Range<usize>>,
    host: &'t str,
    port: Option<&'t str>,
    /// The names in the query, and where their values are.
    pub(crate) query: Vec<(&'t str, Range<usize>)>,
}

/// Takes an address apart. What is no address of a server on a network gives nothing.
pub(crate) fn parse(text: &str) -> Option<Address<'_>> {
    let (scheme, rest) = text.split_once("://")?;
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    if !is_scheme || text.contains(char::is_whitespace) {
        return None;
    }
    let start = text.len() - rest.len();
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let authority = rest.get(..end)?;
    let host_at = authority.rfind('@').map_or(0, |at| at + 1);
    let (mut user, mut password) = (None, None);
    if let Some(named) = host_at.checked_sub(1).and_then(|end| authority.get(..end)) {
        let middle = named.find(':').unwrap_or(named.len());
        user = Some(start..start + middle);
        password = (middle < named.len()).then(|| start + middle + 1..start + named.len());
    }
    let (host, port) = split_port(authority.get(host_at..)?);
    let query = query(text, start + end);
    Some(Address { scheme, user, password, host, port, query })
}

fn split_port(text: &str) -> (&str, Option<&str>) {
    let bracket = text.rfind(']').unwrap_or(0);
    match text.rfind(':').filter(|colon| *colon >= bracket) {
        Some(colon) => (text.get(..colon).unwrap_or_default(), text.get(colon + 1..)),
        None => (text, None),
    }
}

fn query(text: &str, from: usize) -> Vec<(&str, Range<usize>)> {
    let rest = text.get(from..).unwrap_or_default();
    let rest = rest.get(..rest.find('#').unwrap_or(rest.len())).unwrap_or_default();
    let Some(mark) = rest.find('?') else { return Vec::new() };
    let mut at = from + mark + 1;
    let mut all = Vec::new();
    for pair in rest.get(mark + 1..).unwrap_or_default().split('&') {
        if let Some((name, value)) = pair.split_once('=') {
            let start = at + name.len() + 1;
            all.push((name, start..start + value.len()));
        }
        at += pair.len() + 1;
    }
    all
}

impl Address<'_> {
    /// Whether others on the way can read what is sent.
    pub(crate) fn is_plain(&self) -> bool {
        ["http", "ws"].iter().any(|plain| self.scheme.eq_ignore_ascii_case(plain))
    }

    pub(crate) fn is_web(&self) -> bool {
        self.is_plain() || ["https", "wss"].iter().any(|web| self.scheme.eq_ignore_ascii_case(web))
    }

    /// Whether it is known which machine it is: not where a variable tells.
    pub(crate) fn is_settled(&self) -> bool {
        !self.host.is_empty() && !self.host.contains(['$', '{', '}', '<', '>', '%'])
    }

    /// Whether it stays on this machine.
    pub(crate) fn is_local(&self) -> bool {
        let host = self.host.trim_end_matches('.').to_ascii_lowercase();
        if matches!(host.as_str(), "localhost" | "host.docker.internal") || host.ends_with(".localhost") {
            return true;
        }
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        bare.parse::<IpAddr>().is_ok_and(|ip| match ip {
            IpAddr::V4(ip) => ip.is_loopback() || ip == Ipv4Addr::UNSPECIFIED,
            IpAddr::V6(ip) => {
                ip.is_loopback()
                    || ip == Ipv6Addr::UNSPECIFIED
                    || ip.to_ipv4_mapped().is_some_and(|ip| ip.is_loopback())
            }
        })
    }

    /// Scheme, host and port: what tells servers apart.
    pub(crate) fn origin(&self) -> String {
        let scheme = self.scheme.to_ascii_lowercase();
        let host = self.host.trim_end_matches('.').to_ascii_lowercase();
        let usual = if matches!(scheme.as_str(), "http" | "ws") { "80" } else { "443" };
        match self.port.filter(|port| *port != usual && !port.is_empty()) {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None => format!("{scheme}://{host}"),
        }
    }
}
