//! Which certificate does a caller see, and for which hosts does it speak?

use std::{collections::HashMap, fmt, sync::Arc};

use arc_swap::ArcSwap;
use rustls::{
    client::verify_server_name,
    pki_types::ServerName,
    server::{ClientHello, ParsedCertificate, ResolvesServerCert},
    sign::CertifiedKey,
};
use warded_client::tls::Identity;
use warded_core::UnixTime;

use super::{InvalidServerTls, expiry};

/// Most hosts whose certificate is remembered. Requests are compared only at hosts that are served, which are fewer.
const MOST_REMEMBERED: usize = 10_000;

/// The certificates of a listener.
pub(super) struct Certificates {
    /// In the order of the operator.
    keys: Vec<Arc<CertifiedKey>>,
    /// Which of them speaks for a host that is served: to find out is to read one after another.
    remembered: ArcSwap<HashMap<String, usize>>,
}

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
        if !keys.iter().all(is_readable) {
            return Err(InvalidServerTls::Certificate);
        }
        Ok(Self { keys, remembered: ArcSwap::default() })
    }

    /// The first one that speaks for the host, or else the first.
    fn at(&self, host: Option<&str>) -> usize {
        // With one certificate there is nothing to choose.
        if self.keys.len() < 2 {
            return 0;
        }
        let name = host.and_then(|host| ServerName::try_from(host).ok());
        let Some(name) = name else { return 0 };
        self.keys.iter().position(|key| speaks_for(key, &name)).unwrap_or(0)
    }

    /// The same for a host that is served. Every request asks, and a listener may have hundreds of certificates.
    fn at_served(&self, host: &str) -> usize {
        if self.keys.len() < 2 {
            return 0;
        }
        if let Some(at) = self.remembered.load().get(host) {
            return *at;
        }
        let at = self.at(Some(host));
        self.remembered.rcu(|known| {
            let mut known = HashMap::clone(known);
            if known.len() < MOST_REMEMBERED {
                known.insert(host.to_owned(), at);
            }
            known
        });
        at
    }

    pub(super) fn shown(these: &Arc<Self>, host: Option<&str>) -> Shown {
        Shown { of: Arc::clone(these), at: these.at(host) }
    }

    /// When the first of them ends.
    pub(super) fn ends(&self) -> Option<UnixTime> {
        self.keys.iter().filter_map(|key| expiry::of(key.end_entity_cert().ok()?)).min()
    }
}

fn speaks_for(key: &CertifiedKey, name: &ServerName<'_>) -> bool {
    let parsed = key.end_entity_cert().and_then(ParsedCertificate::try_from);
    parsed.is_ok_and(|certificate| verify_server_name(&certificate, name).is_ok())
}

impl Shown {
    /// Whether whoever asks for this host, which is one that is served, would have been shown the same certificate.
    pub(crate) fn speaks_for(&self, host: &str) -> bool {
        self.of.at_served(host) == self.at
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.keys.get(self.at(hello.server_name())).cloned()
    }
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificates({})", self.keys.len())
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shown({})", self.at)
    }
}

#[cfg(test)]
mod tests {
    use rustls::{crypto::aws_lc_rs::sign::any_supported_type, pki_types::PrivateKeyDer};

    use super::*;

    fn key(name: &str) -> Arc<CertifiedKey> {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let key = any_supported_type(&key).unwrap();
        Arc::new(CertifiedKey::new(vec![made.cert.der().clone()], key))
    }

    #[test]
    fn what_is_remembered_of_a_host_is_what_was_found() {
        let names = ["a.example", "*.inside.example", "b.example", "127.0.0.1"];
        let keys = names.map(key).to_vec();
        let these = Arc::new(Certificates { keys, remembered: ArcSwap::default() });
        for _ in 0..2 {
            for (host, at) in [
                ("a.example", 0),
                ("x.inside.example", 1),
                ("b.example", 2),
                ("127.0.0.1", 3),
                ("nobody.example", 0),
                ("x.y.inside.example", 0),
            ] {
                assert_eq!(these.at_served(host), at, "{host}");
                let shown = Certificates::shown(&these, Some("b.example"));
                assert_eq!(shown.speaks_for(host), at == 2, "{host}");
            }
        }
        assert_eq!(these.remembered.load().len(), 6);
        // What a stranger names in a handshake is found out, and not kept.
        assert_eq!(these.at(Some("stranger.example")), 0);
        assert_eq!(these.remembered.load().len(), 6);
    }
}
