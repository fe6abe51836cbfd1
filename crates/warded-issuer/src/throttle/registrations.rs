//! How many clients may strangers register, so that no flood of them keeps anybody else's client from it?
//!
//! A bound for all together would be a lever: whoever has a few networks uses it up, and no new client comes in. So where
//! there are many, each address and each network has less for a while, and nobody nothing.

use warded_core::UnixTime;

use super::{Addresses, Peer, Throttle, address::Ring};

/// Registrations from one address in a window.
const PER_ADDRESS: u32 = 60;
/// Registrations from everywhere in a window, above which each address and network has what follows.
const MANY: u32 = 1000;
/// From one address.
const PER_ADDRESS_OF_MANY: u32 = 5;
/// From one /24 of IPv4 or /48 of IPv6.
const PER_NETWORK_OF_MANY: u32 = 10;
/// From one /16 of IPv4 or /32 of IPv6: who is given one of these has 65,536 of the networks above.
const PER_PROVIDER_OF_MANY: u32 = 40;

/// Counts registrations.
#[derive(Debug)]
pub(super) struct Registrations {
    peers: Addresses,
    all: Throttle<()>,
    of_many: Addresses,
}

impl Default for Registrations {
    fn default() -> Self {
        let provider = (Ring { v4: Some(16), v6: 32 }, PER_PROVIDER_OF_MANY);
        let network = (Ring { v4: Some(24), v6: 48 }, PER_NETWORK_OF_MANY);
        Self {
            peers: Addresses::new(PER_ADDRESS),
            all: Throttle::new(MANY),
            of_many: Addresses::bounded(PER_ADDRESS_OF_MANY, [provider, network]),
        }
    }
}

impl Registrations {
    /// Counts a registration; false where there were too many.
    pub(super) fn admit(&self, peer: Peer, now: UnixTime) -> bool {
        if !self.peers.admit(peer, now) {
            return false;
        }
        let is_admitted = self.all.admit((), now) || self.of_many.admit(peer, now);
        // What was refused costs the neighbours nothing.
        if !is_admitted {
            self.peers.forgive(peer);
        }
        is_admitted
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

    #[test]
    fn three_networks_keep_no_client_of_anybody_else_out() {
        let registrations = Registrations::default();
        let flood: usize = (0..3 * 64)
            .map(|n| registered(&registrations, &format!("2001:db8:{}:{:x}00::1", n % 3, n / 3), 60))
            .sum();
        assert_eq!(flood, 1000 + 3 * 10);
        for honest in ["198.51.100.7", "2001:db9:7::1"] {
            assert_eq!(registered(&registrations, honest, 60), 5, "{honest}");
        }
        let later = NOW.plus(900);
        assert!((0..60).all(|_| registrations.admit(Some([198, 51, 100, 9].into()), later)), "it is over");
    }

    #[test]
    fn a_flood_is_as_narrow_as_its_networks() {
        let registrations = Registrations::default();
        for n in 0..17 {
            registered(&registrations, &format!("203.0.{n}.1"), 60);
        }
        let all = |of: &dyn Fn(usize) -> String| -> usize {
            (0..1000).map(|n| registered(&registrations, &of(n), 9)).sum()
        };
        assert_eq!(all(&|n| format!("2001:db8:1:{n:x}::1")), 10, "one network");
        assert_eq!(all(&|n| format!("2001:db9:{n:x}::1")), 40, "whoever has a /32");
        assert_eq!(all(&|n| format!("198.51.100.{}", n % 256)), 10);
        assert_eq!(all(&|n| format!("198.18.{}.1", n % 256)), 40);
    }
}
