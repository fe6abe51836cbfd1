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
    /// It has an objection that is not about certificates.
    #[error(
        "it refuses the TLS handshake, not because of a certificate; see its log, and check the host in the URL"
    )]
    Alert,
}

impl Untrusted {
    /// What an error in a handshake means; none where the connection ended, which is no word about who was there.
    pub(super) fn of(error: &io::Error) -> Option<Self> {
        tls_error(error).map(Self::of_tls)
    }

    /// What an error after the handshake means, if it is about trust: in TLS 1.3 a server looks at our certificate when
    /// the handshake is over for us, and the request is on its way. Any other alert may be its answer to the request.
    pub(super) fn behind(error: &(dyn Error + 'static)) -> Option<Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(error) = error.downcast_ref::<io::Error>().and_then(tls_error) {
                return Some(Self::of_tls(error)).filter(|because| *because == Self::WhoWeAre);
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
            TlsError::AlertReceived(
                AlertDescription::HandshakeFailure
                | AlertDescription::ProtocolVersion
                | AlertDescription::InsufficientSecurity,
            ) => Self::NoTls,
            TlsError::AlertReceived(_) => Self::Alert,
            _ => Self::NoTls,
        }
    }
}

fn tls_error(error: &io::Error) -> Option<&TlsError> {
    error.get_ref()?.downcast_ref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_that_comes_after_the_request_is_about_trust_only_where_it_says_so() {
        let behind = |alert| {
            let error = io::Error::new(io::ErrorKind::InvalidData, TlsError::AlertReceived(alert));
            Untrusted::behind(&error)
        };
        assert_eq!(behind(AlertDescription::CertificateRequired), Some(Untrusted::WhoWeAre));
        for alert in [AlertDescription::InternalError, AlertDescription::BadRecordMac] {
            assert_eq!(behind(alert), None, "{alert:?}");
        }
        assert_eq!(Untrusted::behind(&io::Error::from(io::ErrorKind::ConnectionReset)), None);
    }
}
