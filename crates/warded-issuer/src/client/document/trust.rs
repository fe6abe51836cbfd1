//! Whose descriptions count? Those on hosts that the operator trusts (client id metadata documents, *Client ID Domain
//! Trust*): everybody's, or those on a list; in no case those on the other.

use warded_client::fetch::HostPattern;

use crate::{Domains, OpenFailed};

/// The hosts, read once.
#[derive(Debug)]
pub(super) struct Trust {
    allow: Vec<HostPattern>,
    deny: Vec<HostPattern>,
}

impl Trust {
    /// A host that cannot be read is an error: on the list of those that are refused, it would refuse nobody.
    pub(super) fn of(domains: &Domains) -> Result<Self, OpenFailed> {
        Ok(Self { allow: read(&domains.allow)?, deny: read(&domains.deny)? })
    }

    /// Whether descriptions on this host count, its name being in canonical form.
    pub(super) fn admits(&self, host: &str) -> bool {
        let is_among = |patterns: &[HostPattern]| patterns.iter().any(|pattern| pattern.covers(host));
        (self.allow.is_empty() || is_among(&self.allow)) && !is_among(&self.deny)
    }
}

fn read(hosts: &[String]) -> Result<Vec<HostPattern>, OpenFailed> {
    let read = |host: &String| {
        HostPattern::parse(host).map_err(|reason| OpenFailed::Host { host: host.clone(), reason })
    };
    hosts.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trust(allow: &[&str], deny: &[&str]) -> Result<Trust, OpenFailed> {
        let texts = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        Trust::of(&Domains { allow: texts(allow), deny: texts(deny) })
    }

    #[test]
    fn a_host_is_named_or_below_a_name_and_nothing_in_between() {
        let listed =
            trust(&["example.com", "*.example.org"], &["bad.example.org", "*.bad.example.org"]).unwrap();
        for host in ["example.com", "a.example.org", "a.b.example.org", "notbad.example.org"] {
            assert!(listed.admits(host), "{host}");
        }
        for host in [
            "a.example.com",
            "example.org",
            "evilexample.com",
            "example.com.evil.example",
            "evil-example.org",
            "bad.example.org",
            "a.bad.example.org",
            "127.0.0.1",
            "",
        ] {
            assert!(!listed.admits(host), "{host}");
        }
    }

    #[test]
    fn who_is_on_no_list_is_trusted_where_there_is_none() {
        let anybody = trust(&[], &["evil.example", "203.0.113.9", "[2001:DB8:0::9]"]).unwrap();
        assert!(anybody.admits("a.example") && anybody.admits("a.evil.example"));
        for host in ["evil.example", "203.0.113.9", "2001:db8::9"] {
            assert!(!anybody.admits(host), "{host}");
        }
        assert!(trust(&[], &["EVIL.example"]).unwrap().deny[0].covers("evil.example"));
    }

    #[test]
    fn a_list_that_cannot_be_read_is_an_error() {
        for host in ["", "https://evil.example", "evil.example/x", "b\u{fc}cher.example", "*", "*.com", "a b"]
        {
            let failed = trust(&[], &[host]).unwrap_err();
            assert!(matches!(failed, OpenFailed::Host { host: named, .. } if named == host), "{host}");
        }
    }
}
