//! How many clients may strangers register, so that no flood of them keeps anybody else's client from it?
//!
//! A bound for all together would be a lever: whoever has a few networks uses it up, and no new client comes in. So where
//! there are many, each address and each network has less for a while, and nobody nothing; and to be many takes many
//! networks, since each brings a few of its own to it and has the less from then on.

use warded_core::UnixTime;

use super::{
    Addresses, Peer, Throttle,
    address::{Ring, network},
};

/// Registrations and changes from one address in a window.
const PER_ADDRESS: u32 = 60;
/// Registrations from everywhere in a window, above which each address and network has what follows.
const MANY: u32 = 1000;
/// Of these from one /24 of IPv4 or /48 of IPv6, which has what follows from then on.
const PER_NETWORK: u32 = 60;
/// From one address.
const PER_ADDRESS_OF_MANY: u32 = 5;
/// From one /24 of IPv4 or /48 of IPv6.
const PER_NETWORK_OF_MANY: u32 = 10;
/// From one /16 of IPv4 or /32 of IPv6: who is given one of these has 65,536 of the networks above.
const PER_PROVIDER_OF_MANY: u32 = 40;
/// How many more of its networks register one client, which have registered none: it may be a telephone company, or a
/// cloud, with one of its customers being the flood.
const NEWCOMERS_PER_PROVIDER: u32 = 640;

/// Who is given a /16 of IPv4 or a /32 of IPv6.
const PROVIDER: Ring = Ring { v4: Some(16), v6: 32 };

/// Counts registrations.
#[derive(Debug)]
pub(super) struct Registrations {
    peers: Addresses,
    /// One for each network: whoever is admitted here has registered nothing in the window.
    firsts: Throttle<Peer>,
    shares: Throttle<Peer>,
    all: Throttle<()>,
    of_many: Addresses,
    newcomers: Throttle<Peer>,
}

impl Default for Registrations {
    fn default() -> Self {
        let network = (Ring { v4: Some(24), v6: 48 }, PER_NETWORK_OF_MANY);
        Self {
            peers: Addresses::new(PER_ADDRESS),
            firsts: Throttle::new(1),
            shares: Throttle::new(PER_NETWORK),
            all: Throttle::new(MANY),
            of_many: Addresses::bounded(PER_ADDRESS_OF_MANY, [(PROVIDER, PER_PROVIDER_OF_MANY), network]),
            newcomers: Throttle::new(NEWCOMERS_PER_PROVIDER),
        }
    }
}

impl Registrations {
    /// Counts a registration; false where there were too many.
    pub(super) fn admit(&self, peer: Peer, now: UnixTime) -> bool {
        if !self.peers.admit(peer, now) {
            return false;
        }
        let network = network(peer);
        let is_first = self.firsts.admit(network, now);
        let has_share = self.shares.admit(network, now);
        let is_admitted = (has_share && self.all.admit((), now))
            || self.of_many.admit(peer, now)
            || (is_first && self.newcomers.admit(peer.and_then(|peer| PROVIDER.of(peer)), now));
        // What was refused costs the neighbours nothing.
        if !is_admitted {
            self.shares.forgive(&network);
            self.firsts.forgive(&network);
            self.peers.forgive(peer);
        }
        is_admitted
    }

    /// Counts a change of a registration; false where there were too many.
    pub(super) fn admit_update(&self, peer: Peer, now: UnixTime) -> bool {
        self.peers.admit(peer, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);

    fn registered(registrations: &Registrations, from: &str, times: usize) -> usize {
        let peer = Some(from.parse().unwrap());
        (0..times).filter(|_| registrations.admit(peer, NOW)).count()
    }

    /// Out of so many networks that there are many.
    fn flooded() -> Registrations {
        let registrations = Registrations::default();
        let flood: usize = (0..17).map(|n| registered(&registrations, &format!("203.0.{n}.1"), 60)).sum();
        assert_eq!(flood, 1000 + 5);
        registrations
    }

    /// A /48 costs nothing, and has as many addresses as anybody wants.
    #[test]
    fn a_few_networks_narrow_themselves_and_nobody_else() {
        let registrations = Registrations::default();
        let flood: usize = (0..3 * 64)
            .map(|n| registered(&registrations, &format!("2001:db8:{}:{:x}00::1", n % 3, n / 3), 60))
            .sum();
        assert_eq!(flood, 3 * (60 + 10));
        for honest in ["198.51.100.7", "2001:db9:7::1"] {
            assert_eq!(registered(&registrations, honest, 60), 60, "{honest}");
        }
    }

    #[test]
    fn many_networks_keep_no_client_of_anybody_else_out() {
        let registrations = flooded();
        for honest in ["198.51.100.7", "2001:db9:7::1"] {
            assert_eq!(registered(&registrations, honest, 60), 5, "{honest}");
        }
        let later = NOW.plus(900);
        assert!((0..60).all(|_| registrations.admit(Some([198, 51, 100, 9].into()), later)), "it is over");
    }

    /// Telephones of one company, machines of one cloud.
    #[test]
    fn who_uses_up_what_a_provider_has_keeps_no_other_customer_of_it_out() {
        let registrations = flooded();
        let of = |n: usize| format!("2001:db9:{n:x}::1");
        assert_eq!((0..8).map(|n| registered(&registrations, &of(n), 60)).sum::<usize>(), 40);
        for customer in 8..8 + 640 {
            assert_eq!(registered(&registrations, &of(customer), 9), 1, "{customer}");
        }
        assert_eq!(registered(&registrations, &of(9999), 9), 0, "nobody has more networks than that");
        assert_eq!(registered(&registrations, "2001:dba::1", 9), 5);
    }

    #[test]
    fn a_flood_narrows_no_change_of_what_is_registered() {
        let registrations = flooded();
        let registrations = &registrations;
        let changed =
            |from: [u8; 4]| (0..99).filter(move |_| registrations.admit_update(Some(from.into()), NOW));
        assert_eq!(changed([198, 51, 100, 7]).count(), 60);
        assert_eq!(changed([203, 0, 1, 1]).count(), 0, "registrations are counted with it");
        assert_eq!(registered(&registrations, "198.51.100.7", 1), 0, "and it with registrations");
    }

    #[test]
    fn a_flood_is_as_narrow_as_its_networks() {
        let registrations = flooded();
        let all = |of: &dyn Fn(usize) -> String| -> usize {
            (0..1000).map(|n| registered(&registrations, &of(n), 9)).sum()
        };
        assert_eq!(all(&|n| format!("2001:db8:1:{n:x}::1")), 10, "one network");
        assert_eq!(all(&|n| format!("2001:db9:{n:x}::1")), 40 + 640, "whoever has a /32");
        assert_eq!(all(&|n| format!("198.51.100.{}", n % 256)), 10);
        assert_eq!(all(&|n| format!("198.18.{}.1", n % 256)), 40 + 248);
    }
}
