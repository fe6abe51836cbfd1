//! Whom do we believe to be whom, and as whom do we show ourselves? One TLS configuration for everything that goes out.

mod identity;
mod pem;

use std::sync::Arc;

use rustls::{
    ClientConfig, ConfigBuilder, RootCertStore, client::WantsClientCert, crypto::aws_lc_rs,
    sign::SingleCertAndKey,
};

pub use identity::{Identity, InvalidIdentity};
pub use pem::{InvalidPem, roots};
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

/// The roots of the machine and those that the operator adds, TLS 1.2 and 1.3, and no certificate of our own.
///
/// The provider is named here and never taken from the process: which one a process has depends on what else is
/// linked into it. A machine without roots is no error, since plain http to loopback needs none; what needs one
/// fails at its handshake.
pub fn client_config(
    additional: impl IntoIterator<Item = CertificateDer<'static>>,
) -> Result<ClientConfig, TlsSetupFailed> {
    Ok(believing(additional)?.with_no_client_auth())
}

/// The same, but that a server which asks who we are is shown this certificate.
pub fn client_config_as(
    additional: impl IntoIterator<Item = CertificateDer<'static>>,
    identity: &Identity,
) -> Result<ClientConfig, TlsSetupFailed> {
    let shown = SingleCertAndKey::from(Arc::clone(identity.key()));
    Ok(believing(additional)?.with_client_cert_resolver(Arc::new(shown)))
}

fn believing(
    additional: impl IntoIterator<Item = CertificateDer<'static>>,
) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, TlsSetupFailed> {
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
        .with_root_certificates(roots))
}
