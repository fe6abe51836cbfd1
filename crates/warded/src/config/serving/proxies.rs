//! Who stands in front of Warded? Proxies that are believed, and the doubt whether one was forgotten.

use warded_gateway::{InvalidNetwork, Network, TrustedProxies};

use super::Serving;
use crate::{
    config::{Located, Span, fleet::BuiltIn},
    finding::{Finding, table},
};

/// Reads who is believed.
pub(super) fn trusted(written: &[Located<String>], findings: &mut Vec<Finding>) -> TrustedProxies {
    let mut networks = Vec::new();
    for proxy in written {
        match Network::parse(&proxy.value) {
            Ok(network) => networks.push(network),
            Err(error) => findings.push(invalid(proxy, error)),
        }
    }
    TrustedProxies::new(networks)
}

fn invalid(proxy: &Located<String>, error: InvalidNetwork) -> Finding {
    let message = format!("`{}` is no proxy to be trusted: {error}", proxy.value.escape_debug());
    let finding = Finding::new(&table::PROXY_INVALID, message).at(proxy.span, "this proxy");
    match error {
        InvalidNetwork::NotFirst { block } => finding.help(format!("Did you mean `{block}`?")),
        InvalidNetwork::Everybody => finding.help(
            "Name the addresses of your proxies only: of everybody else `X-Forwarded-For` is what the caller likes.",
        ),
        _ => finding,
    }
}

/// Where a `public_url` stands that Warded cannot serve without somebody who speaks TLS.
pub(super) fn https(public_url: Option<&Located<String>>) -> Option<Span> {
    public_url.filter(|url| url.value.starts_with("https://")).map(|url| url.span)
}

impl Serving {
    /// Something seems to stand in front, and nobody said what. It is said at the start only: in front of a machine
    /// of its own nothing may stand.
    pub(crate) fn unnamed_proxies(&self, built_in: &[BuiltIn]) -> Option<Finding> {
        let open_at = self.open().map(|(_, at)| at).next();
        // Where TLS ends here, nobody need stand in front.
        let at = self.https_at.filter(|_| !self.speaks_tls()).or(open_at)?;
        // Only the built-in issuer counts by address.
        if self.trusted_proxies != TrustedProxies::default() || built_in.is_empty() {
            return None;
        }
        let message =
            "whoever comes through a proxy has the proxy's address, and shares its limits with all others";
        let finding = Finding::new(&table::PROXIES_UNNAMED, message);
        // What a flag says stands nowhere in the file.
        Some(if at == Span::default() { finding } else { finding.at(at, "reached from elsewhere") })
    }
}
