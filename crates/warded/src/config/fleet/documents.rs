//! Whose descriptions of themselves are read? Hosts by name, or all below a name.

use warded_issuer::{ClientDocuments, Domains};

use crate::{
    config::{self, Located},
    finding::{Finding, table},
};

pub(super) fn read(written: &config::ClientDocuments, findings: &mut Vec<Finding>) -> ClientDocuments {
    match written {
        config::ClientDocuments::All(true) => ClientDocuments::At(Domains::default()),
        config::ClientDocuments::All(false) => ClientDocuments::Off,
        config::ClientDocuments::Some(hosts) => {
            let mut named = |hosts: &[Located<String>]| {
                findings.extend(hosts.iter().filter(|host| !is_host(&host.value)).map(wrong));
                hosts.iter().map(|host| host.value.clone()).collect()
            };
            ClientDocuments::At(Domains { allow: named(&hosts.allow), deny: named(&hosts.deny) })
        }
    }
}

/// A host name in lower case, or `*.` and one. Never an address, never a bare `*`, which would be a list that allows all.
fn is_host(text: &str) -> bool {
    let name = text.strip_prefix("*.").unwrap_or(text);
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_numeric = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    name.len() <= 253
        && name.contains('.')
        && name.split('.').all(is_label)
        && !name.rsplit('.').next().is_some_and(is_numeric)
}

fn wrong(host: &Located<String>) -> Finding {
    let message = format!("`{}` is not a host", host.value.escape_debug());
    let finding = Finding::new(&table::BUILT_IN_INVALID, message).at(host.span, "this host");
    finding.help(
        "Write the name of a host in lower case, such as `example.com`, or `*.example.com` for all below it.",
    )
}

#[cfg(test)]
mod tests {
    use super::is_host;

    #[test]
    fn hosts_are_names_and_never_everybody() {
        for host in ["example.com", "*.example.org", "a-b.example.com", "xn--bcher-kva.example"] {
            assert!(is_host(host), "{host}");
        }
        for other in [
            "",
            "*",
            "*.",
            "*.com.",
            "localhost",
            "EXAMPLE.com",
            "https://example.com",
            "example.com:443",
            "127.0.0.1",
            "example.com/x",
            "-a.example.com",
            "a..example.com",
            "*.*.example.com",
            "bücher.example",
        ] {
            assert!(!is_host(other), "{other}");
        }
    }
}
