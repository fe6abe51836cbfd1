//! Who signed this? Compact JWS, keys and signatures (RFC 7515, 7517, 7518, 7638, 8037).
//!
//! Only asymmetric algorithms exist here: there is no name for `none` or for a shared secret, so no
//! configuration and no token can ask for one.

mod algorithm;
pub mod base64url;
mod jwk;
mod jws;
mod sign;
#[cfg(test)]
mod vectors;

pub use algorithm::Algorithm;
pub use jwk::{InvalidKeySet, Key, KeyFlaw, KeySet, MAX_KEY_SET_BYTES, MAX_KEYS, SkippedKey, Thumbprint};
pub(crate) use jwk::{KeyMiss, SignatureValid};
pub(crate) use jws::{Header, Jws, Parts};
pub use jws::{MAX_KID_BYTES, MAX_TOKEN_BYTES};
pub use sign::{KeyRejected, SigningFailed, SigningKey};
