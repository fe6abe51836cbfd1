//! How does a client without a secret show who it is? It signs so, for one issuer and one minute
//! (`private_key_jwt`: RFC 7523 §2.2, §3; OpenID Connect Core §9).

use std::{fmt, sync::Arc};

use aws_lc_rs::rand::SecureRandom;
use rustls::pki_types::{PrivatePkcs8KeyDer, pem::PemObject as _};
use serde_json::{Map, Value};
use warded_core::{
    Clock, Issuer,
    jose::{Algorithm, SigningKey, base64url},
};
use zeroize::Zeroizing;

use super::ObtainFailed;

/// For how many seconds an assertion is good.
const LIFETIME: u32 = 60;
/// RFC 7523 as it is being revised says so, so that it is taken for nothing else.
const TYPE: &str = "client-authentication+jwt";

/// The private key of a client. The issuer has the public half, under the name that is its RFC 7638 thumbprint.
pub struct ClientKey {
    key: SigningKey,
    clock: Arc<dyn Clock>,
    random: Arc<dyn SecureRandom + Send + Sync>,
}

impl ClientKey {
    /// A key that signs with the time of this clock and randomness from there.
    pub fn new(key: SigningKey, clock: Arc<dyn Clock>, random: Arc<dyn SecureRandom + Send + Sync>) -> Self {
        Self { key, clock, random }
    }

    /// Reads a key as tools write it: PKCS #8 in PEM, of Ed25519, P-256 or RSA.
    pub fn from_pem(
        pem: &[u8],
        clock: Arc<dyn Clock>,
        random: Arc<dyn SecureRandom + Send + Sync>,
    ) -> Result<Self, InvalidClientKey> {
        let document = PrivatePkcs8KeyDer::from_pem_slice(pem).map_err(|_| InvalidClientKey)?;
        let kinds = [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256];
        let key =
            kinds.into_iter().find_map(|kind| SigningKey::from_pkcs8(kind, document.secret_pkcs8_der()).ok());
        Ok(Self::new(key.ok_or(InvalidClientKey)?, clock, random))
    }

    /// Signs that the request comes from this client. The one audience is the issuer itself: an assertion that names an
    /// endpoint, which a dishonest issuer may have taken from an honest one's metadata, could be shown to the honest
    /// one by the other (draft-ietf-oauth-rfc7523bis).
    pub(super) fn assertion(&self, client: &str, issuer: &Issuer) -> Result<Zeroizing<String>, ObtainFailed> {
        let mut id = [0; 16];
        self.random.fill(&mut id).map_err(|_| ObtainFailed::Randomness)?;
        let now = self.clock.now();
        let mut claims = Map::new();
        let mut claim = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        claim("iss", client.into());
        claim("sub", client.into());
        claim("aud", issuer.as_str().into());
        claim("jti", base64url::encode(id).into());
        claim("iat", now.seconds().into());
        claim("exp", now.plus(LIFETIME).seconds().into());
        self.key.sign(TYPE, &claims, &*self.random).map_err(|_| ObtainFailed::Unsigned)
    }
}

/// Two are equal whose public halves are.
impl PartialEq for ClientKey {
    fn eq(&self, other: &Self) -> bool {
        self.key.thumbprint() == other.key.thumbprint()
    }
}

impl Eq for ClientKey {}

/// A document that is no key of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the key is not PKCS #8 in PEM (`BEGIN PRIVATE KEY`) of Ed25519, P-256 or RSA with 2048 bits or more"
)]
#[non_exhaustive]
pub struct InvalidClientKey;

/// Says which key it is, never what is in it.
impl fmt::Debug for ClientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ClientKey").field(&self.key.thumbprint()).finish()
    }
}
