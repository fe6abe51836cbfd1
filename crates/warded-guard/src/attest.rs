//! Who vouches for what a server says of itself? Whoever signs its documents (RFC 9728 §2.2).

use std::{fmt, sync::Arc};

use aws_lc_rs::rand::SecureRandom;
use serde_json::Value;
use warded_core::{Issuer, UnixTime, jose::SigningKey, metadata::ProtectedResource};

/// What the signed document is, so that nobody takes it for anything else that the same key has signed
/// (RFC 8725 §3.11).
const TYPE: &str = "oauth-protected-resource-metadata+jwt";

/// Signs what a server says of itself, in somebody's name.
///
/// ```
/// use std::sync::Arc;
/// use aws_lc_rs::{rand::SystemRandom, signature::Ed25519KeyPair};
/// use warded_core::{Issuer, jose::{Algorithm, SigningKey}};
/// use warded_guard::{Attestation, Guard};
///
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())?;
/// let key = SigningKey::from_pkcs8(Algorithm::EdDsa, document.as_ref())?;
/// let vouching = Issuer::parse("https://trust.example.com")?;
/// let attestation = Attestation::by(&vouching, Arc::new(key), Arc::new(SystemRandom::new()));
/// let guard = Guard::before("https://notes.example.com/mcp")
///     .issuer("https://login.example.com")
///     .in_long()?
///     .signed_metadata(attestation)
///     .build();
/// # let _ = guard;
/// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Attestation {
    issuer: Issuer,
    key: Arc<SigningKey>,
    random: Arc<dyn SecureRandom + Send + Sync>,
}

impl Attestation {
    /// `issuer` vouches. Whoever believes it knows its keys.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use aws_lc_rs::rand::SystemRandom;
    /// use warded_core::{Issuer, jose::SigningKey};
    /// use warded_guard::Attestation;
    ///
    /// fn ours(key: SigningKey) -> Result<Attestation, warded_core::InvalidResourceUri> {
    ///     let vouching = Issuer::parse("https://trust.example.com")?;
    ///     Ok(Attestation::by(&vouching, Arc::new(key), Arc::new(SystemRandom::new())))
    /// }
    /// # let _ = ours;
    /// ```
    pub fn by(issuer: &Issuer, key: Arc<SigningKey>, random: Arc<dyn SecureRandom + Send + Sync>) -> Self {
        Self { issuer: issuer.clone(), key, random }
    }

    /// Adds `signed_metadata`: everything that the document says so far, and who says it. Clients that want it signed
    /// refuse a document that is not, so one that cannot be signed is still a document.
    pub(crate) fn attest(&self, document: &mut ProtectedResource, now: UnixTime) {
        let Ok(Value::Object(mut claims)) = serde_json::to_value(&*document) else { return };
        claims.insert("iss".into(), self.issuer.as_str().into());
        claims.insert("iat".into(), now.seconds().into());
        match self.key.sign(TYPE, &claims, &*self.random) {
            Ok(signed) => {
                document.other.insert("signed_metadata".into(), signed.as_str().into());
            }
            Err(error) => tracing::error!("the metadata of {} goes out unsigned: {error}", document.resource),
        }
    }
}

impl fmt::Debug for Attestation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attestation")
            .field("issuer", &self.issuer)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}
