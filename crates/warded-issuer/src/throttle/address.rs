//! Who tries, by the address? One subscriber is one, and everybody in a larger block of addresses is so many and no more.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use http::Extensions;
use warded_core::{UnixTime, household};

use super::count::Throttle;

/// Of how many subscribers everybody in one /56 of IPv6 may use up what there is. A home has that much, or a /60: several
/// times, but not 256 times, what one subscriber has (RFC 6177 §2).
const PER_SITE: u32 = 4;
/// Of how many everybody in one /48 may. It may be one organisation, or a mobile network with a stranger in each of its
/// 65,536 parts: nobody in it has all of that alone, and one home of it does not use it up.
const PER_NETWORK: u32 = 64;

/// Who is at the other end; none where whoever accepted the connection did not say, and then all are one.
pub(crate) type Peer = Option<IpAddr>;

/// Who called, as whoever accepted the connection noted as a `SocketAddr` among the request's extensions. Never taken
/// from a header here: anybody can write `X-Forwarded-For`, and who may is known to whoever accepts. IPv6 counts per
/// /64, which is the least that one subscriber has.
pub(crate) fn peer(extensions: &Extensions) -> Peer {
    extensions.get::<SocketAddr>().map(|from| household(from.ip()))
}

/// The network that somebody is in: a /24 of IPv4, a /48 of IPv6. Whoever controls one address of it may control them
/// all, and whoever is to control many of them has to pay.
pub(crate) fn network(peer: Peer) -> Peer {
    Ring { v4: Some(24), v6: 48 }.of(peer?)
}

/// Which of the addresses are counted together, by the length of their prefix.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ring {
    /// None where those of IPv4 are not.
    pub(super) v4: Option<u32>,
    pub(super) v6: u32,
}

/// One subscriber.
const HOUSEHOLD: Ring = Ring { v4: Some(32), v6: 64 };

impl Ring {
    pub(super) fn of(self, address: IpAddr) -> Peer {
        let cut = |bits: u32, prefix: u32| bits.saturating_sub(prefix);
        Some(match address.to_canonical() {
            IpAddr::V4(v4) => {
                let cut = cut(Ipv4Addr::BITS, self.v4?);
                Ipv4Addr::from_bits(v4.to_bits() >> cut << cut).into()
            }
            IpAddr::V6(v6) => {
                let cut = cut(Ipv6Addr::BITS, self.v6);
                Ipv6Addr::from_bits(v6.to_bits() >> cut << cut).into()
            }
        })
    }
}

/// Counts attempts per address.
#[derive(Debug)]
pub(super) struct Addresses {
    households: Throttle<Peer>,
    /// The widest first.
    wider: [(Ring, Throttle<Peer>); 2],
}

impl Addresses {
    /// So many per subscriber, and a few times that in what is larger.
    pub(super) fn new(limit: u32) -> Self {
        let times = |prefix: u32, times: u32| (Ring { v4: None, v6: prefix }, limit.saturating_mul(times));
        Self::bounded(limit, [times(48, PER_NETWORK), times(56, PER_SITE)])
    }

    /// So many per subscriber, and so many in each of two larger rings, of which the first is the wider.
    pub(super) fn bounded(limit: u32, wider: [(Ring, u32); 2]) -> Self {
        Self {
            households: Throttle::new(limit),
            wider: wider.map(|(ring, limit)| (ring, Throttle::new(limit))),
        }
    }

    /// Counts an attempt; false where there were too many.
    pub(super) fn admit(&self, peer: Peer, now: UnixTime) -> bool {
        // The widest first, or each of the 65,536 subscribers of one that is used up would be a key.
        let refused = self.counters(peer).position(|(counts, key)| !counts.admit(key, now));
        let Some(refused) = refused else { return true };
        // What one has tried in vain costs its neighbours nothing.
        self.counters(peer).take(refused).for_each(|(counts, key)| counts.forgive(&key));
        false
    }

    /// Takes an attempt back that turned out to be good.
    pub(super) fn forgive(&self, peer: Peer) {
        self.counters(peer).for_each(|(counts, key)| counts.forgive(&key));
    }

    fn counters(&self, peer: Peer) -> impl Iterator<Item = (&Throttle<Peer>, Peer)> {
        let wider = self.wider.iter().filter_map(move |(ring, counts)| Some((counts, Some(ring.of(peer?)?))));
        wider.chain([(&self.households, peer.and_then(|peer| HOUSEHOLD.of(peer)))])
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

    fn admitted(addresses: &Addresses, from: &str, times: usize) -> usize {
        (0..times).filter(|_| addresses.admit(of(from), NOW)).count()
    }

    #[test]
    fn one_subscriber_is_one_address() {
        assert_eq!(of("[2001:db8:1:2:3::4]:1"), of("[2001:db8:1:2:ffff::1]:2"));
        assert_ne!(of("[2001:db8:1:2::1]:1"), of("[2001:db8:1:3::1]:1"));
        assert_eq!(of("[::ffff:192.0.2.1]:1"), of("192.0.2.1:9"));
        assert_ne!(of("192.0.2.1:1"), of("192.0.2.2:1"));
        assert_eq!(peer(&Extensions::new()), None);
        assert_eq!(network(of("192.0.2.1:1")), Some([192, 0, 2, 0].into()));
        assert_eq!(network(of("[2001:db8:1:2::1]:1")), of("[2001:db8:1::]:1"));
        assert_eq!(network(None), None);
    }

    #[test]
    fn one_network_of_ipv6_is_64_subscribers_and_takes_nothing_from_anybody_else() {
        let addresses = Addresses::new(3);
        let all = (0..=u16::MAX).filter(|n| addresses.admit(of(&format!("[2001:db8:1:{n:x}::1]:1")), NOW));
        assert_eq!(all.count(), 3 * 64);
        for other in ["198.51.100.7:1", "[2001:db8:2::1]:1"] {
            assert_eq!(admitted(&addresses, other, 9), 3, "{other}");
        }
    }

    #[test]
    fn a_home_has_more_than_one_network_and_uses_up_nothing_of_the_other_homes() {
        let addresses = Addresses::new(3);
        for (site, rooms) in [("1", 256), ("2", 16)] {
            let all: usize = (0..rooms)
                .map(|n| admitted(&addresses, &format!("[2001:db8:1:{site}{n:02x}::1]:1"), 9))
                .sum();
            assert_eq!(all, 3 * 4);
        }
        assert_eq!(admitted(&addresses, "[2001:db8:1:9900::1]:1", 9), 3);
    }

    #[test]
    fn one_subscriber_uses_up_nothing_of_the_neighbours() {
        let addresses = Addresses::new(3);
        assert_eq!(admitted(&addresses, "[2001:db8:1:2::1]:1", 1000), 3);
        assert_eq!(admitted(&addresses, "[2001:db8:1:3::1]:1", 9), 3);
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
