//! As whom do we show ourselves to a server that asks for a certificate?

use std::{fmt, sync::Arc};

use rustls::{crypto::aws_lc_rs, sign::CertifiedKey};

use super::{InvalidPem, pem};

/// A certificate of ours and the key that belongs to it.
#[derive(Clone)]
pub struct Identity(Arc<CertifiedKey>);

impl Identity {
    /// Reads a certificate, with those that lead from it to a root, and its private key. One file may hold both.
    pub fn read(certificate: &[u8], key: &[u8]) -> Result<Self, InvalidIdentity> {
        let (chain, begins) = pem::chain(certificate).map_err(InvalidIdentity::Certificate)?;
        let (key, line) = pem::key(key).map_err(InvalidIdentity::Key)?;
        let pair =
            CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider()).map_err(
                |error| match error {
                    rustls::Error::InconsistentKeys(_) => InvalidIdentity::Key(InvalidPem::Mismatch),
                    rustls::Error::InvalidCertificate(_) => {
                        InvalidIdentity::Certificate(InvalidPem::Certificate { line: begins })
                    }
                    _ => InvalidIdentity::Key(InvalidPem::Key { line }),
                },
            )?;
        Ok(Self(Arc::new(pair)))
    }

    /// The pair, for a server that shows it.
    pub const fn key(&self) -> &Arc<CertifiedKey> {
        &self.0
    }
}

/// The same certificate: there is one key that belongs to it.
impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        self.0.cert == other.0.cert
    }
}

impl Eq for Identity {}

/// Why a certificate and a key are no identity: which of the two files it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidIdentity {
    /// The certificate.
    #[error("{0}")]
    Certificate(InvalidPem),
    /// The key.
    #[error("{0}")]
    Key(InvalidPem),
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity")
    }
}

#[cfg(test)]
mod tests {
    use rcgen::generate_simple_self_signed;

    use super::*;

    #[test]
    fn a_key_belongs_to_its_certificate() {
        let made = || generate_simple_self_signed(["a.example".to_owned()]).unwrap();
        let (one, other) = (made(), made());
        let read = |certificate: &str, key: &str| Identity::read(certificate.as_bytes(), key.as_bytes());
        let armoured_key = |made: &rcgen::CertifiedKey<rcgen::KeyPair>| {
            pem::armoured("PRIVATE KEY", made.signing_key.serialized_der())
        };
        let (certificate, key) = (pem::armoured("CERTIFICATE", one.cert.der()), armoured_key(&one));
        let identity = read(&certificate, &key).unwrap();
        assert_eq!(format!("{identity:?}"), "Identity");
        assert_eq!(identity, read(&certificate, &key).unwrap());
        let another = read(&pem::armoured("CERTIFICATE", other.cert.der()), &armoured_key(&other)).unwrap();
        assert_ne!(identity, another);
        let both = format!("{key}{certificate}");
        assert!(read(&both, &both).is_ok());
        let mismatch = read(&certificate, &armoured_key(&other)).unwrap_err();
        assert_eq!(mismatch, InvalidIdentity::Key(InvalidPem::Mismatch));
        assert_eq!(read(&key, &key).unwrap_err(), InvalidIdentity::Certificate(InvalidPem::NoCertificate));
        assert_eq!(read(&certificate, &certificate).unwrap_err(), InvalidIdentity::Key(InvalidPem::NoKey));
    }
}
