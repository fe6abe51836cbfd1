//! How do requests leave this machine? Whom TLS believes, as whom it shows itself, through which proxy, and over which
//! family of addresses.

use std::time::Duration;

use rustls::{ClientConfig, pki_types::CertificateDer};

use super::{Family, Proxies};
use crate::tls::{self, Identity, TlsSetupFailed};

/// What the operator says about the way out; by default the roots of the machine, no certificate of our own and no
/// proxy.
///
/// ```
/// use warded_client::fetch::{Fetch, Network, Proxies, Proxy, Reach};
///
/// let network = Network::default().through(Proxies::through(Proxy::parse("http://proxy.example.com:3128")?));
/// let fetch = Fetch::on(&network, Reach::public())?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    roots: Vec<CertificateDer<'static>>,
    identity: Option<Identity>,
    proxies: Proxies,
    family: Option<Family>,
    patience: Option<Duration>,
}

impl Network {
    /// Believes what these vouch for, besides the roots of the machine.
    #[must_use]
    pub fn believing(mut self, roots: impl IntoIterator<Item = CertificateDer<'static>>) -> Self {
        self.roots.extend(roots);
        self
    }

    /// Shows this certificate to servers that ask for one, where whoever runs us named them.
    #[must_use]
    pub fn showing(mut self, identity: Identity) -> Self {
        self.identity = Some(identity);
        self
    }

    /// Leaves through these.
    #[must_use]
    pub fn through(mut self, proxies: Proxies) -> Self {
        self.proxies = proxies;
        self
    }

    /// Connects to addresses of one family only.
    #[must_use]
    pub fn over(mut self, family: Family) -> Self {
        self.family = Some(family);
        self
    }

    /// Waits so long for a connection, whoever would wait longer or less.
    #[must_use]
    pub fn waiting(mut self, patience: Duration) -> Self {
        self.patience = Some(patience);
        self
    }

    pub(super) const fn family(&self) -> Option<Family> {
        self.family
    }

    pub(super) const fn patience(&self) -> Option<Duration> {
        self.patience
    }

    /// The proxies.
    pub fn proxies(&self) -> &Proxies {
        &self.proxies
    }

    /// TLS without a certificate of our own.
    pub fn client_config(&self) -> Result<ClientConfig, TlsSetupFailed> {
        tls::client_config(self.roots.iter().cloned())
    }

    /// TLS with our certificate, where there is one.
    pub(super) fn shown(&self) -> Result<Option<ClientConfig>, TlsSetupFailed> {
        let shown = |identity| tls::client_config_as(self.roots.iter().cloned(), identity);
        self.identity.as_ref().map(shown).transpose()
    }
}
