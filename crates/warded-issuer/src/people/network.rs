//! From which network was a login begun? Who has begun most makes room where there are too many (`Pendings`), so that a flood
//! pushes out itself, and nobody who is at a provider just then.
//!
//! The store gets a hash under a key of its own: whoever reads it does not learn from where people come.

use std::net::IpAddr;

use aws_lc_rs::{hmac, rand::SecureRandom};
use warded_store::{Digest, Store};

use crate::{
    OpenFailed,
    kept_key::kept_key,
    throttle::{self, Peer},
};

/// Under which name the store keeps the key.
const SECRET: &str = "networks";

/// Names networks.
pub(crate) struct Networks(hmac::Key);

impl Networks {
    pub(crate) async fn open(
        store: &dyn Store,
        random: &(dyn SecureRandom + Send + Sync),
    ) -> Result<Self, OpenFailed> {
        Ok(Self(kept_key(SECRET, store, random).await?))
    }

    /// The name of the network that somebody is in. One address is nothing that an attacker has few of: who has one of IPv6 has
    /// a /48 for nothing, and who has one of IPv4 in a data centre has its neighbours, too.
    pub(crate) fn name(&self, peer: Peer) -> Digest {
        let network: &[u8] = match throttle::network(peer) {
            None => &[],
            Some(IpAddr::V4(v4)) => &v4.octets(),
            Some(IpAddr::V6(v6)) => &v6.octets(),
        };
        Digest::of(hmac::sign(&self.0, network).as_ref())
    }
}

#[cfg(test)]
mod tests {
    use warded_store::memory::Memory;

    use super::*;

    #[expect(clippy::disallowed_methods, reason = "tests need randomness from somewhere")]
    fn random() -> aws_lc_rs::rand::SystemRandom {
        aws_lc_rs::rand::SystemRandom::new()
    }

    #[tokio::test]
    async fn neighbours_are_one_network_and_its_name_says_nothing_without_the_key() {
        let (store, random) = (Memory::new(), random());
        let networks = Networks::open(&store, &random).await.unwrap();
        let name = |address: &str| networks.name(Some(address.parse().unwrap()));
        for (one, other) in [
            ("192.0.2.1", "192.0.2.254"),
            ("192.0.2.1", "::ffff:192.0.2.9"),
            ("2001:db8:1:2::", "2001:db8:1:ffff::1"),
        ] {
            assert_eq!(name(one), name(other), "{one} {other}");
        }
        for (one, other) in [("192.0.2.1", "192.0.3.1"), ("2001:db8:1::", "2001:db8:2::"), ("0.0.0.0", "::")]
        {
            assert_ne!(name(one), name(other), "{one} {other}");
        }
        assert_ne!(networks.name(None), name("0.0.0.0"));
        assert_ne!(name("192.0.2.1"), Digest::of(&[192, 0, 2, 0]));
        let again = Networks::open(&store, &random).await.unwrap();
        assert_eq!(name("192.0.2.1"), again.name(Some("192.0.2.1".parse().unwrap())), "at every process");
        let elsewhere = Networks::open(&Memory::new(), &random).await.unwrap();
        assert_ne!(name("192.0.2.1"), elsewhere.name(Some("192.0.2.1".parse().unwrap())));
    }
}
