//! By which way does a command leave this machine, whom does it believe there, and as whom does it show itself?

use std::{path::PathBuf, time::Duration};

use anyhow::Context as _;
use clap::Args;
use warded_client::{
    fetch::{Family, HostPattern, InvalidHostPattern, Network, Proxies},
    secret::Secret,
    tls::{Identity, roots},
};

use super::client::{readable, secret};
use crate::environment;

/// The way out. Through the proxy of the environment, where there is one.
#[derive(Debug, Args)]
pub(super) struct Outward {
    /// A host, or all below one as `*.example.com`, that the server or its issuer may name and that is reached through
    /// the proxy of the environment (`HTTPS_PROXY`); others are not asked through it
    #[arg(long, value_name = "HOST", value_parser = host)]
    proxied_host: Vec<HostPattern>,
    /// A file of root certificates, in PEM, to believe besides those of this machine (`SSL_CERT_FILE` replaces those)
    #[arg(long, value_name = "FILE")]
    ca_file: Vec<PathBuf>,
    /// A file with the certificate to show to the server where it asks for one, in PEM, and those that lead to its root
    #[arg(long, value_name = "FILE")]
    client_cert: Option<PathBuf>,
    /// A file with the private key of that certificate, in PEM; or `env:NAME` [default: it is in the same file]
    #[arg(long, value_name = "FILE", requires = "client_cert", value_parser = secret)]
    client_key_pem: Option<Secret>,
    /// Connect to IPv4 addresses only
    #[arg(long, conflicts_with = "ipv6")]
    ipv4: bool,
    /// Connect to IPv6 addresses only
    #[arg(long)]
    ipv6: bool,
    /// How long a connection may take
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=3600))]
    connect_timeout: Option<u32>,
}

fn host(text: &str) -> Result<HostPattern, InvalidHostPattern> {
    HostPattern::parse(text)
}

impl Outward {
    pub(super) fn network(&self) -> anyhow::Result<Network> {
        let proxies = Proxies::of_environment(environment::secret)?;
        let mut network = Network::default().through(proxies.listing(self.proxied_host.iter().cloned()));
        for path in &self.ca_file {
            let text = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
            let roots = roots(&text).with_context(|| path.display().to_string())?;
            network = network.believing(roots);
        }
        if let Some(identity) = self.identity()? {
            network = network.showing(identity);
        }
        if let Some(seconds) = self.connect_timeout {
            network = network.waiting(Duration::from_secs(seconds.into()));
        }
        Ok(match (self.ipv4, self.ipv6) {
            (true, _) => network.over(Family::Ipv4),
            (_, true) => network.over(Family::Ipv6),
            _ => network,
        })
    }

    fn identity(&self) -> anyhow::Result<Option<Identity>> {
        let Some(path) = &self.client_cert else {
            return Ok(None);
        };
        let beside = Secret::in_file(path);
        let key = readable(self.client_key_pem.as_ref().unwrap_or(&beside), "the client certificate's key")?;
        let certificate = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let identity = Identity::read(&certificate, key.read()?.as_bytes());
        Ok(Some(identity.context("--client-cert and --client-key-pem")?))
    }
}
