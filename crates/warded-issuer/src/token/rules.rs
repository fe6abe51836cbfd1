//! What has the token endpoint of one issuer at hand?

use aws_lc_rs::rand::SecureRandom;
use warded_core::Issuer;
use warded_store::Store;

use crate::{Exchange, OpenFailed, Policy, dpop::Proofs, exchange::Exchanges, registry::Registry};

/// What the token endpoint has at hand, made once.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) proofs: Proofs,
    pub(crate) exchanges: Exchanges,
}

impl Rules {
    pub(crate) async fn open(
        issuer: &Issuer,
        policy: &Policy,
        registry: &Registry,
        exchanges: Vec<Exchange>,
        store: &dyn Store,
        random: &dyn SecureRandom,
    ) -> Result<Self, OpenFailed> {
        Ok(Self {
            proofs: Proofs::open(policy.dpop, issuer, store, random).await?,
            exchanges: Exchanges::new(exchanges, registry)?,
        })
    }
}
