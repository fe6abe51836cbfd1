//! Whom do we believe to be whom? One TLS configuration for everything that goes out.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};

pub use rustls::pki_types::CertificateDer;

/// Why nothing can be sent over TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsSetupFailed {
    /// A certificate that the operator named is none.
    #[error("an additional root certificate is not a certificate; check the file that names it")]
    Root,
    /// The cryptographic library offers no protocol version.
    #[error("the cryptographic library offers no TLS version that this build speaks")]
    Versions,
}

/// The roots of the machine and those that the operator adds, TLS 1.2 and 1.3.
///
/// The provider is named here and never taken from the process: which one a process has depends on what else is
/// linked into it. A machine without roots is no error, since plain http to loopback needs none; what needs one
/// fails at its handshake.
pub fn client_config(
    additional: impl IntoIterator<Item = CertificateDer<'static>>,
) -> Result<ClientConfig, TlsSetupFailed> {
    let mut roots = RootCertStore::empty();
    let native = rustls_native_certs::load_native_certs();
    let (usable, _) = roots.add_parsable_certificates(native.certs);
    if usable == 0 {
        tracing::warn!("this machine has no root certificates, so no https server can be believed");
    }
    for root in additional {
        roots.add(root).map_err(|_| TlsSetupFailed::Root)?;
    }
    Ok(ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| TlsSetupFailed::Versions)?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
