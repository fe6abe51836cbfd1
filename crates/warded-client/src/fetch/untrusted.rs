//! Why is the other end not believed? In words of ours: those of its certificate are a stranger's.

use std::{error::Error, io};

use rustls::{AlertDescription, CertificateError, Error as TlsError};

/// Why the other end is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Untrusted {
    /// Nobody whom we believe vouches for it.
    #[error(
        "its certificate is of an authority that is not trusted here; if it is yours, name its certificate: `network: {{ roots: }}` in the configuration, `--ca-file` on the command line"
    )]
    Authority,
    /// It is somebody else.
    #[error("its certificate is for another name; check the URL, and what answers there")]
    Name,
    /// Too late, or too early.
    #[error("its certificate has expired or is not valid yet; check it, and the clock of this machine")]
    Time,
    /// It wants to know who we are.
    #[error(
        "it takes no connection without a client certificate that it knows: `network: {{ client_certificate: }}` in the configuration, `--client-cert` on the command line"
    )]
    WhoWeAre,
    /// Not TLS.
    #[error("it speaks no TLS, or no version that is spoken here; check the port, and what listens there")]
    NoTls,
    /// Something else about its certificate.
    #[error("its certificate is not acceptable")]
    Certificate,
}

impl Untrusted {
    /// What an error in a handshake means.
    pub(super) fn of(error: &io::Error) -> Self {
        tls_error(error).map_or(Self::NoTls, Self::of_tls)
    }

    /// What an error after the handshake means, if it is about trust: in TLS 1.3 a server looks at our certificate when
    /// the handshake is over for us.
    pub(super) fn behind(error: &(dyn Error + 'static)) -> Option<Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(error) = error.downcast_ref::<io::Error>().and_then(tls_error) {
                return matches!(error, TlsError::AlertReceived(_)).then(|| Self::of_tls(error));
            }
            next = error.source();
        }
        None
    }

    fn of_tls(error: &TlsError) -> Self {
        match error {
            TlsError::InvalidCertificate(certificate) => match certificate {
                // Another key under the same name is another authority.
                CertificateError::UnknownIssuer | CertificateError::BadSignature => Self::Authority,
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                    Self::Name
                }
                CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. } => Self::Time,
                _ => Self::Certificate,
            },
            TlsError::AlertReceived(
                AlertDescription::CertificateRequired
                | AlertDescription::BadCertificate
                | AlertDescription::UnknownCA
                | AlertDescription::AccessDenied
                | AlertDescription::CertificateUnknown,
            ) => Self::WhoWeAre,
            _ => Self::NoTls,
        }
    }
}

fn tls_error(error: &io::Error) -> Option<&TlsError> {
    error.get_ref()?.downcast_ref()
}
