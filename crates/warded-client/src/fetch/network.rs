//! How do requests leave this machine? Whom TLS believes, as whom it shows itself, and through which proxy.

use rustls::{ClientConfig, pki_types::CertificateDer};

use super::Proxies;
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
