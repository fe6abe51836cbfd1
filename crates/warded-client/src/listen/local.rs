//! Does a request come from a program on this machine that meant to come here?

use std::net::IpAddr;

use http::{HeaderMap, HeaderValue, header};

/// Whether a request comes from a program on this machine that meant to come here.
pub(super) fn is_local(headers: &HeaderMap) -> Result<(), &'static str> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return Err("the request must name one host");
    };
    if !host.to_str().is_ok_and(is_loopback_authority) {
        return Err("the request names a host that is not this machine");
    }
    let is_ours = |origin: &HeaderValue| {
        let authority = origin
            .to_str()
            .ok()
            .and_then(|origin| origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://")));
        authority.is_some_and(is_loopback_authority)
    };
    if headers.get_all(header::ORIGIN).iter().all(is_ours) {
        Ok(())
    } else {
        Err("the request comes from a web page of somebody else")
    }
}

fn is_loopback_authority(authority: &str) -> bool {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (authority, "0"),
    };
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    port.parse::<u16>().is_ok()
        && (host.eq_ignore_ascii_case("localhost")
            || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()))
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
        is_local(&headers).is_ok()
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
        assert!(local(&["localhost"], &["http://localhost:5173"]));
        for origin in [
            "https://evil.example",
            "null",
            "http://localhost.evil.example",
            "http://evil.example#localhost",
            "",
        ] {
            assert!(!local(&["localhost"], &[origin]), "{origin}");
        }
        assert!(!local(&["localhost"], &["http://localhost", "https://evil.example"]));
    }
}
