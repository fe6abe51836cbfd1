//! Where does a key come from?

use std::sync::Arc;

use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der},
    rand::SecureRandom,
    rsa::{KeyPair, KeySize},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair},
};
use warded_core::jose::Algorithm;
use zeroize::Zeroizing;

use crate::OpenFailed;

/// What our own tokens can be signed with.
pub(crate) const ALGORITHMS: [Algorithm; 3] = [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256];

/// A fresh key pair, as PKCS #8.
pub(super) async fn make(
    algorithm: Algorithm,
    random: &Arc<dyn SecureRandom + Send + Sync>,
) -> Result<Zeroizing<Vec<u8>>, OpenFailed> {
    let failed = |_| OpenFailed::Randomness;
    match algorithm {
        Algorithm::EdDsa => {
            let pair = Ed25519KeyPair::generate_pkcs8(&**random).map_err(failed)?;
            Ok(Zeroizing::new(pair.as_ref().to_vec()))
        }
        Algorithm::Es256 => {
            let pair = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &**random);
            Ok(Zeroizing::new(pair.map_err(failed)?.as_ref().to_vec()))
        }
        Algorithm::Rs256 => {
            // 2048 bits: a key signs for a month, what it signs for minutes, and nothing is to be gained from breaking it
            // later. A longer one would make each token four times as dear.
            // Two primes take up to seconds to find, which no request shall wait for. The library takes no randomness for it
            // but its own.
            let made = tokio::task::spawn_blocking(|| {
                let pair = KeyPair::generate(KeySize::Rsa2048)?;
                let der: Pkcs8V1Der<'_> = pair.as_der()?;
                Ok(Zeroizing::new(der.as_ref().to_vec()))
            });
            made.await
                .map_err(|_| OpenFailed::Randomness)?
                .map_err(|_: aws_lc_rs::error::Unspecified| OpenFailed::Randomness)
        }
        other => Err(OpenFailed::Algorithm(other)),
    }
}
