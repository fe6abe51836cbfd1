//! Which certificate does a caller see, and for which hosts does it speak?

use std::{fmt, sync::Arc};

use rustls::{
    client::verify_server_name,
    pki_types::ServerName,
    server::{ClientHello, ParsedCertificate, ResolvesServerCert},
    sign::CertifiedKey,
};
use warded_client::tls::Identity;
use warded_core::UnixTime;

use super::{InvalidServerTls, expiry};

/// The certificates of a listener, in the order of the operator.
pub(super) struct Certificates(Vec<Arc<CertifiedKey>>);

/// The certificate that one connection was shown.
#[derive(Clone)]
pub(crate) struct Shown {
    of: Arc<Certificates>,
    at: usize,
}

impl Certificates {
    pub(super) fn of(identities: &[Identity]) -> Result<Self, InvalidServerTls> {
        if identities.is_empty() {
            return Err(InvalidServerTls::NoCertificate);
        }
        let keys: Vec<_> = identities.iter().map(|identity| Arc::clone(identity.key())).collect();
        let is_readable = |key: &Arc<CertifiedKey>| {
            key.end_entity_cert().is_ok_and(|certificate| ParsedCertificate::try_from(certificate).is_ok())
        };
        if keys.iter().all(is_readable) { Ok(Self(keys)) } else { Err(InvalidServerTls::Certificate) }
    }

    /// The first one that speaks for the host, or else the first.
    fn at(&self, host: Option<&str>) -> usize {
        // With one certificate there is nothing to choose.
        if self.0.len() < 2 {
            return 0;
        }
        let name = host.and_then(|host| ServerName::try_from(host).ok());
        let Some(name) = name else { return 0 };
        self.0.iter().position(|key| speaks_for(key, &name)).unwrap_or(0)
    }

    pub(super) fn shown(these: &Arc<Self>, host: Option<&str>) -> Shown {
        Shown { of: Arc::clone(these), at: these.at(host) }
    }

    /// When the first of them ends.
    pub(super) fn ends(&self) -> Option<UnixTime> {
        self.0.iter().filter_map(|key| expiry::of(key.end_entity_cert().ok()?)).min()
    }
}

fn speaks_for(key: &CertifiedKey, name: &ServerName<'_>) -> bool {
    let parsed = key.end_entity_cert().and_then(ParsedCertificate::try_from);
    parsed.is_ok_and(|certificate| verify_server_name(&certificate, name).is_ok())
}

impl Shown {
    /// Whether whoever asks for this host would have been shown the same certificate.
    pub(crate) fn speaks_for(&self, host: &str) -> bool {
        self.of.at(Some(host)) == self.at
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.get(self.at(hello.server_name())).cloned()
    }
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificates({})", self.0.len())
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shown({})", self.at)
    }
}
