//! Who tries, by the address? One subscriber is one, and all of one /48 of IPv6 are so many and no more.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use http::Extensions;
use warded_core::{UnixTime, household};

use super::count::Throttle;

/// Of how many subscribers everybody in one /48 of IPv6 may use up what there is. It is what one organisation gets (RFC
/// 6177 §2), and has 65,536 of what one subscriber has.
const PER_NETWORK: u32 = 8;

/// Who is at the other end; none where whoever accepted the connection did not say, and then all are one.
pub(crate) type Peer = Option<IpAddr>;

/// Who called, as whoever accepted the connection noted as a `SocketAddr` among the request's extensions. Never taken
/// from a header here: anybody can write `X-Forwarded-For`, and who may is known to whoever accepts. IPv6 counts per
/// /64, which is what one subscriber has.
pub(crate) fn peer(extensions: &Extensions) -> Peer {
    extensions.get::<SocketAddr>().map(|from| household(from.ip()))
}

/// Counts attempts per address.
#[derive(Debug)]
pub(super) struct Addresses {
    households: Throttle<Peer>,
    networks: Throttle<Ipv6Addr>,
}

impl Addresses {
    pub(super) fn new(limit: u32) -> Self {
        Self { households: Throttle::new(limit), networks: Throttle::new(limit.saturating_mul(PER_NETWORK)) }
    }

    /// Counts an attempt; false where there were too many.
    pub(super) fn admit(&self, peer: Peer, now: UnixTime) -> bool {
        let network = network(peer);
        // The network first, or its 65,536 subscribers would each be a key.
        if !network.is_none_or(|network| self.networks.admit(network, now)) {
            return false;
        }
        let is_admitted = self.households.admit(peer, now);
        // What one has tried in vain costs its neighbours nothing.
        if !is_admitted && let Some(network) = network {
            self.networks.forgive(&network);
        }
        is_admitted
    }

    /// Takes an attempt back that turned out to be good.
    pub(super) fn forgive(&self, peer: Peer) {
        self.households.forgive(&peer);
        if let Some(network) = network(peer) {
            self.networks.forgive(&network);
        }
    }
}

/// The /48 of IPv6 that somebody is in.
fn network(peer: Peer) -> Option<Ipv6Addr> {
    match peer?.to_canonical() {
        IpAddr::V6(v6) => Some(Ipv6Addr::from_bits(v6.to_bits() >> 80 << 80)),
        IpAddr::V4(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);

    fn of(text: &str) -> Peer {
        let mut extensions = Extensions::new();
        extensions.insert(text.parse::<SocketAddr>().unwrap());
        peer(&extensions)
    }

    #[test]
    fn one_subscriber_is_one_address() {
        assert_eq!(of("[2001:db8:1:2:3::4]:1"), of("[2001:db8:1:2:ffff::1]:2"));
        assert_ne!(of("[2001:db8:1:2::1]:1"), of("[2001:db8:1:3::1]:1"));
        assert_eq!(of("[::ffff:192.0.2.1]:1"), of("192.0.2.1:9"));
        assert_ne!(of("192.0.2.1:1"), of("192.0.2.2:1"));
        assert_eq!(peer(&Extensions::new()), None);
    }

    #[test]
    fn one_network_of_ipv6_is_eight_subscribers_and_takes_nothing_from_anybody_else() {
        let addresses = Addresses::new(3);
        let from = |n: u32| of(&format!("[2001:db8:1:{n:x}::1]:1"));
        let admitted = (0..0x1_0000).filter(|n| addresses.admit(from(*n), NOW)).count();
        assert_eq!(admitted, 24);
        for other in ["198.51.100.7:1", "[2001:db8:2::1]:1"] {
            assert!((0..4).map(|_| addresses.admit(of(other), NOW)).eq([true, true, true, false]), "{other}");
        }
    }

    #[test]
    fn one_subscriber_uses_up_nothing_of_the_neighbours() {
        let addresses = Addresses::new(3);
        let admitted = (0..1000).filter(|_| addresses.admit(of("[2001:db8:1:2::1]:1"), NOW)).count();
        assert_eq!(admitted, 3);
        assert!(addresses.admit(of("[2001:db8:1:3::1]:1"), NOW));
    }

    #[test]
    fn what_is_taken_back_is_taken_back_from_the_network_too() {
        let addresses = Addresses::new(1);
        for n in 0..100 {
            let from = of(&format!("[2001:db8:1:{n}::1]:1"));
            assert!(addresses.admit(from, NOW), "{n}");
            addresses.forgive(from);
        }
    }
}
