//! Does a request come from a program on this machine that meant to come here?
//!
//! A page in the user's browser can send requests to loopback, too, and names itself in them: by its origin, where it
//! asks with a script, and by `Sec-Fetch-*` (W3C Fetch Metadata), where it only navigates and has no origin to name.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName, HeaderValue, header};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// Whether a request to the listener at this port comes from a program on this machine that meant to come here.
pub(super) fn is_local(headers: &HeaderMap, port: u16) -> Result<(), &'static str> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return Err("the request must name one host");
    };
    if !host.to_str().is_ok_and(|host| loopback_port(host).is_some()) {
        return Err("the request names a host that is not this machine");
    }
    // Another port of this machine is another origin: whatever is served there may be a page of somebody else.
    let is_ours = |origin: &HeaderValue| {
        let authority = origin.to_str().ok().and_then(|origin| origin.strip_prefix("http://"));
        authority.and_then(loopback_port) == Some(port)
    };
    if !headers.get_all(header::ORIGIN).iter().all(is_ours) {
        return Err("the request comes from a web page of somebody else");
    }
    let is_of_nobody_else = |site: &HeaderValue| site == "same-origin" || site == "none";
    if !headers.get_all(SEC_FETCH_SITE).iter().all(is_of_nobody_else)
        || headers.get_all(SEC_FETCH_MODE).iter().any(|mode| mode == "navigate")
    {
        return Err("the request comes from a browser that was sent here, which is no MCP client");
    }
    Ok(())
}

/// The port of an authority that is this machine.
fn loopback_port(authority: &str) -> Option<u16> {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (authority, "80"),
    };
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let is_this_machine =
        host.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    port.parse().ok().filter(|_| is_this_machine)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(host: &[&str], origin: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for host in host {
            headers.append(header::HOST, HeaderValue::from_str(host).unwrap());
        }
        for origin in origin {
            headers.append(header::ORIGIN, HeaderValue::from_str(origin).unwrap());
        }
        is_local(&headers, 8700).is_ok()
    }

    #[test]
    fn only_this_machine_speaks_through_the_listener() {
        for host in ["localhost", "LOCALHOST:80", "127.0.0.1:8700", "[::1]", "[::1]:8700"] {
            assert!(local(&[host], &[]), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example:1",
            "127.0.0.1.nip.io",
            "evil@localhost",
            "localhost:x",
            "10.0.0.1",
            "",
            "localhost:80:80",
            "0.0.0.0",
        ] {
            assert!(!local(&[host], &[]), "{host}");
        }
        assert!(!local(&[], &[]) && !local(&["localhost", "localhost"], &[]));
    }

    #[test]
    fn a_web_page_of_somebody_else_does_not_speak_through_the_listener() {
        for origin in ["http://localhost:8700", "http://127.0.0.1:8700", "http://[::1]:8700"] {
            assert!(local(&["localhost"], &[origin]), "{origin}");
        }
        for origin in [
            "https://evil.example",
            "null",
            "http://localhost.evil.example",
            "http://evil.example#localhost",
            "http://localhost",
            "http://localhost:5173",
            "https://localhost:8700",
            "",
        ] {
            assert!(!local(&["localhost"], &[origin]), "{origin}");
        }
        assert!(!local(&["localhost"], &["http://localhost:8700", "https://evil.example"]));
    }

    #[test]
    fn a_browser_that_was_sent_here_does_not_speak_through_the_listener() {
        let fetched = |site: &'static str, mode: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static("127.0.0.1:8700"));
            headers.insert(SEC_FETCH_SITE, HeaderValue::from_static(site));
            headers.insert(SEC_FETCH_MODE, HeaderValue::from_static(mode));
            is_local(&headers, 8700).is_ok()
        };
        assert!(fetched("same-origin", "cors") && fetched("none", "cors"));
        for (site, mode) in [
            ("cross-site", "no-cors"),
            ("same-site", "cors"),
            ("cross-site", "navigate"),
            ("none", "navigate"),
            ("same-origin", "navigate"),
            ("", "cors"),
        ] {
            assert!(!fetched(site, mode), "{site} {mode}");
        }
    }
}
