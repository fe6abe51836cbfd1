//! The handshake failed: why?

use std::io;

use rustls::CertificateError;

/// Why the other end of a connection is not believed to be who it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Distrust {
    /// The certificate is too old, or the clock here is ahead.
    #[error("its certificate has expired (or the clock here is ahead)")]
    Expired,
    /// The certificate is not valid yet, or the clock here is behind.
    #[error("its certificate is not valid yet (or the clock here is behind)")]
    NotYet,
    /// Nobody whom this machine believes vouches for the certificate.
    #[error("nobody whom this machine believes vouches for its certificate")]
    Stranger,
    /// The certificate is for somebody else.
    #[error("its certificate is for another name")]
    OtherName,
    /// The certificate was taken back.
    #[error("its certificate was revoked")]
    Revoked,
    /// What answers speaks something else.
    #[error("what answers there does not speak TLS")]
    NoTls,
    /// The other end refused us.
    #[error("it ended the handshake; it may want a client certificate")]
    RefusedUs,
    /// Anything else.
    #[error("its certificate is not acceptable")]
    Other,
}

impl Distrust {
    pub(super) fn of(error: &io::Error) -> Self {
        let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) else {
            return Self::NoTls;
        };
        match error {
            rustls::Error::InvalidCertificate(flaw) => match flaw {
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Self::NotYet,
                CertificateError::UnknownIssuer => Self::Stranger,
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                    Self::OtherName
                }
                CertificateError::Revoked => Self::Revoked,
                _ => Self::Other,
            },
            rustls::Error::InvalidMessage(_) => Self::NoTls,
            rustls::Error::AlertReceived(_) => Self::RefusedUs,
            _ => Self::Other,
        }
    }
}
