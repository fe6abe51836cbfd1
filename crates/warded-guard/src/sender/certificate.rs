//! Who is at the other end of the connection?

use warded_core::jose::Thumbprint;

/// The certificate with which the caller authenticated itself in TLS. Whoever ends TLS puts it into the request's
/// extensions, having verified it; no header can.
///
/// ```
/// # let der = b"a certificate in DER";
/// let mut request = http::Request::new(());
/// request.extensions_mut().insert(warded_guard::ClientCertificate::of(der));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientCertificate(Thumbprint);

impl ClientCertificate {
    /// Of the client's own certificate, the first of its chain, in DER. Its hash is taken once for each connection.
    ///
    /// ```
    /// let certificate = warded_guard::ClientCertificate::of(b"a certificate in DER");
    /// assert_eq!(certificate, warded_guard::ClientCertificate::of("a certificate in DER"));
    /// ```
    pub fn of(der: impl AsRef<[u8]>) -> Self {
        Self(Thumbprint::of_certificate(der.as_ref()))
    }

    /// What a token that is bound to it says in `cnf.x5t#S256` (RFC 8705 §3.1).
    ///
    /// ```
    /// let certificate = warded_guard::ClientCertificate::of(b"a certificate in DER");
    /// assert_eq!(certificate.thumbprint().to_string().len(), 43);
    /// ```
    pub fn thumbprint(&self) -> Thumbprint {
        self.0
    }
}
