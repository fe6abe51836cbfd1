//! Signing, for the parts of Warded that issue tokens. Randomness comes from the caller.

use std::fmt;

use aws_lc_rs::{
    rand::SecureRandom,
    rsa::KeyPair as RsaKeyPair,
    signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _},
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::{Algorithm, Key, KeyFlaw, Thumbprint, base64url};

/// A private key that signs tokens. Its name is its RFC 7638 thumbprint.
pub struct SigningKey {
    pair: Pair,
    public: Map<String, Value>,
    thumbprint: Thumbprint,
    kid: Box<str>,
}

/// What a token says of how it is signed: by a key that the reader knows by its name, or by the one that it shows.
#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwk: Option<Map<String, Value>>,
    typ: &'a str,
}

enum Pair {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl SigningKey {
    /// Reads a PKCS #8 document of the kind that `algorithm` needs: `EdDSA`, `ES256` or `RS256`.
    pub fn from_pkcs8(algorithm: Algorithm, der: &[u8]) -> Result<Self, KeyRejected> {
        let pair = match algorithm {
            Algorithm::EdDsa => Ed25519KeyPair::from_pkcs8(der).map(Pair::Ed25519),
            Algorithm::Es256 => {
                EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P256_SHA256_FIXED_SIGNING, der).map(Pair::P256)
            }
            Algorithm::Rs256 => RsaKeyPair::from_pkcs8(der).map(Pair::Rsa),
            _ => return Err(KeyRejected::Algorithm(algorithm)),
        }
        .map_err(|_| KeyRejected::Document)?;
        let mut public = pair.public_members()?;
        public.insert("alg".into(), algorithm.name().into());
        public.insert("use".into(), "sig".into());
        // Read back by the very code that verifiers use: what would not verify is not signed with.
        let key =
            Key::parse(Value::Object(public.clone()).to_string().as_bytes()).map_err(KeyRejected::Unfit)?;
        let thumbprint = key.thumbprint();
        let kid = thumbprint.to_string();
        public.insert("kid".into(), kid.as_str().into());
        Ok(Self { pair, public, thumbprint, kid: kid.into() })
    }

    /// The algorithm that it signs with.
    pub fn algorithm(&self) -> Algorithm {
        match self.pair {
            Pair::Ed25519(_) => Algorithm::EdDsa,
            Pair::P256(_) => Algorithm::Es256,
            Pair::Rsa(_) => Algorithm::Rs256,
        }
    }

    /// The thumbprint, which is also the `kid`.
    pub fn thumbprint(&self) -> Thumbprint {
        self.thumbprint
    }

    /// The public half, as it stands in a key set.
    pub fn public_jwk(&self) -> &Map<String, Value> {
        &self.public
    }

    /// Signs claims, which become a JSON object, into a compact JWS of the given type.
    pub fn sign(
        &self,
        typ: &str,
        claims: &(impl Serialize + ?Sized),
        random: &dyn SecureRandom,
    ) -> Result<Zeroizing<String>, SigningFailed> {
        let header = Header { alg: self.algorithm().name(), kid: Some(&self.kid), jwk: None, typ };
        self.sign_under(&header, claims, random)
    }

    /// The same, with the public half of the key in the header in place of its name (RFC 9449 §4.2).
    pub(crate) fn sign_showing_key(
        &self,
        typ: &str,
        claims: &(impl Serialize + ?Sized),
        random: &dyn SecureRandom,
    ) -> Result<Zeroizing<String>, SigningFailed> {
        let mut jwk = self.public.clone();
        // RFC 7517: what says how a key is to be used is for whoever keeps it.
        jwk.retain(|member, _| !["alg", "kid", "use"].contains(&member.as_str()));
        let header = Header { alg: self.algorithm().name(), kid: None, jwk: Some(jwk), typ };
        self.sign_under(&header, claims, random)
    }

    fn sign_under(
        &self,
        header: &Header<'_>,
        claims: &(impl Serialize + ?Sized),
        random: &dyn SecureRandom,
    ) -> Result<Zeroizing<String>, SigningFailed> {
        let header = serde_json::to_vec(header).map_err(|_| SigningFailed)?;
        let claims = serde_json::to_vec(claims).map_err(|_| SigningFailed)?;
        // In full: a text that grows leaves its beginnings behind.
        let room =
            [header.len(), claims.len(), self.pair.signature_len()].map(|bytes| bytes.div_ceil(3) * 4 + 1);
        let mut token = Zeroizing::new(String::with_capacity(room.iter().sum()));
        base64url::encode_onto(&mut token, &header);
        token.push('.');
        base64url::encode_onto(&mut token, &claims);
        let signature = self.pair.sign(token.as_bytes(), random)?;
        token.push('.');
        base64url::encode_onto(&mut token, &signature);
        Ok(token)
    }
}

/// Says which key it is, never what is in it.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("algorithm", &self.algorithm())
            .field("kid", &self.thumbprint)
            .finish_non_exhaustive()
    }
}

impl Pair {
    fn public_members(&self) -> Result<Map<String, Value>, KeyRejected> {
        let members = match self {
            Self::Ed25519(pair) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url::encode(pair.public_key()) })
            }
            Self::P256(pair) => {
                // SEC1, uncompressed: 4, then x and y of 32 octets each.
                let point = pair.public_key().as_ref();
                let (x, y) =
                    point.get(1..).and_then(|xy| xy.split_at_checked(32)).ok_or(KeyRejected::Document)?;
                json!({ "kty": "EC", "crv": "P-256", "x": base64url::encode(x), "y": base64url::encode(y) })
            }
            Self::Rsa(pair) => {
                let public = pair.public_key();
                let n = public.modulus().big_endian_without_leading_zero().to_vec();
                let e = public.exponent().big_endian_without_leading_zero().to_vec();
                json!({ "kty": "RSA", "n": base64url::encode(n), "e": base64url::encode(e) })
            }
        };
        match members {
            Value::Object(members) => Ok(members),
            _ => Err(KeyRejected::Document),
        }
    }

    /// In bytes.
    fn signature_len(&self) -> usize {
        match self {
            Self::Ed25519(_) | Self::P256(_) => 64,
            Self::Rsa(pair) => pair.public_modulus_len(),
        }
    }

    fn sign(&self, message: &[u8], random: &dyn SecureRandom) -> Result<Vec<u8>, SigningFailed> {
        match self {
            Self::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
            Self::P256(pair) => pair
                .sign(random, message)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| SigningFailed),
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&signature::RSA_PKCS1_SHA256, random, message, &mut signature)
                    .map_err(|_| SigningFailed)?;
                Ok(signature)
            }
        }
    }
}

/// Why a document is not a key to sign with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyRejected {
    /// Tokens are not signed with this algorithm.
    #[error("tokens are signed with EdDSA, ES256 or RS256, not with {0}")]
    Algorithm(Algorithm),
    /// Not PKCS #8 of the expected kind.
    #[error("the document is not a PKCS #8 key of the expected kind")]
    Document,
    /// A key that our own verification would refuse.
    #[error("the key {0}")]
    Unfit(KeyFlaw),
}

/// The cryptographic library or its source of randomness failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the token could not be signed")]
#[non_exhaustive]
pub struct SigningFailed;
