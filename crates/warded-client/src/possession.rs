//! How does the client show that a token is its own? With a key for each login, a proof for each request, and the nonces
//! that others demand (RFC 9449). A token that is stolen on its way, or from a log, is of no use without the key.

mod key;
mod nonces;

pub use key::SenderKey;
pub use nonces::Nonces;

use std::{fmt, sync::Arc};

use aws_lc_rs::rand::SecureRandom;
use http::{HeaderMap, HeaderValue, Method};
use warded_core::{Clock, ResourceUri, dpop::Statement};

use crate::obtain::AccessToken;

/// RFC 9449 §4.1
pub(crate) const DPOP: &str = "dpop";
/// RFC 9449 §8, §9
const USE_NONCE: &str = "use_dpop_nonce";

/// What it takes to make proofs, besides a key: the time, randomness, and what others have demanded.
#[derive(Clone)]
pub struct Prover {
    clock: Arc<dyn Clock>,
    random: Arc<dyn SecureRandom + Send + Sync>,
    nonces: Nonces,
}

/// No proof, and so no request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the proof that the token is ours could not be made")]
#[non_exhaustive]
pub struct Unproven;

impl Prover {
    /// Makes proofs with the time of this clock and randomness from there.
    pub fn new(clock: Arc<dyn Clock>, random: Arc<dyn SecureRandom + Send + Sync>) -> Self {
        Self { clock, random, nonces: Nonces::default() }
    }

    /// The nonce that the receiver at this URL gave last.
    pub fn nonce(&self, url: &ResourceUri) -> Option<Box<str>> {
        self.nonces.of(url)
    }

    /// A proof for one request, with this nonce in it.
    pub fn proof(
        &self,
        key: &SenderKey,
        method: &Method,
        url: &ResourceUri,
        token: Option<&AccessToken>,
        nonce: Option<&str>,
    ) -> Result<HeaderValue, Unproven> {
        let said = Statement {
            method: method.as_str(),
            url,
            token: token.map(AccessToken::expose),
            nonce,
            now: self.clock.now(),
        };
        let proof = said.sign(key.signing(), &*self.random).map_err(|_| Unproven)?;
        let mut proof = HeaderValue::from_str(&proof).map_err(|_| Unproven)?;
        proof.set_sensitive(true);
        Ok(proof)
    }

    /// Hears what an answer says of nonces; the one in it is used from now on.
    pub fn hear(&self, url: &ResourceUri, answer: &HeaderMap) -> Option<Box<str>> {
        self.nonces.hear(url, answer)
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    pub(crate) fn random(&self) -> &Arc<dyn SecureRandom + Send + Sync> {
        &self.random
    }
}

/// Whether an error says that a proof lacks the right nonce, and nothing else.
pub(crate) fn is_about_nonce(error: &str) -> bool {
    error == USE_NONCE
}

impl fmt::Debug for Prover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prover")
    }
}
