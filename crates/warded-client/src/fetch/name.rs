//! Which names are no names of the public Internet, whatever a name server says about them?

/// Endings under which networks keep to themselves: the special-use domain names of IANA that could lead anywhere
/// (RFC 6761, RFC 6762 with its appendix G, RFC 7686, RFC 8375, RFC 9476), what ICANN has set aside for private use
/// (`internal`, where clouds keep their metadata services), and what routers hand out.
const PRIVATE: &[&str] = &[
    "alt",
    "arpa",
    "corp",
    "home",
    "intranet",
    "internal",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "onion",
    "private",
];

/// RFC 6761 §6.3: these names are never asked of a name server, who could answer anything.
pub(super) fn is_loopback_name(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost")
}

/// Whether a name means something within one network only. A single label is completed by the search list of this
/// machine: `metadata` is then `metadata.corp.example`.
pub(super) fn is_private_name(host: &str) -> bool {
    match host.rsplit_once('.') {
        None => true,
        Some((_, last)) => PRIVATE.contains(&last),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_network_are_told_from_names_of_all() {
        for host in [
            "localhost",
            "a.localhost",
            "metadata",
            "metadata.google.internal",
            "instance-data.ec2.internal",
            "printer.local",
            "router.lan",
            "nas.home.arpa",
            "254.169.in-addr.arpa",
            "x.onion",
            "localhost.localdomain",
            "wiki.corp",
        ] {
            assert!(is_private_name(host), "{host}");
        }
        for host in
            ["login.example.com", "internal.example.com", "local.example", "corp.example.org", "a.homes"]
        {
            assert!(!is_private_name(host), "{host}");
        }
    }
}
