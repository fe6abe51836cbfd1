//! How often may somebody try? Counters in memory, per key and window.
//!
//! The bounds are stated here. They are counted per node and start anew with it: they slow guessing down, and the
//! cost of a password hash does the rest.

use std::sync::Arc;

use warded_core::UnixTime;

mod address;
mod count;
mod grants;
mod logins;

use address::Addresses;
pub(crate) use address::{Peer, peer};
use count::Throttle;
pub(crate) use logins::Device;
pub use logins::Logins;

/// How long attempts are counted together.
pub(crate) const WINDOW_SECONDS: u32 = 15 * 60;
/// Registrations from one address in a window.
pub(crate) const REGISTRATIONS_PER_ADDRESS: u32 = 60;
/// Registrations from everywhere in a window.
pub(crate) const REGISTRATIONS: u32 = 1000;
/// Logins elsewhere that are begun from one address in a window.
pub(crate) const DEPARTURES_PER_ADDRESS: u32 = 120;
/// Fetches of client documents that are not remembered, caused by one address in a window.
pub(crate) const FETCHES_PER_ADDRESS: u32 = 60;

/// Counts what others may have an issuer do: register clients, fetch descriptions of clients, remember what is given back. Whoever opens the same issuer again hands this on, or each opening would be another set of tries.
#[derive(Clone, Debug, Default)]
pub struct Strangers(Arc<Tries>);

#[derive(Debug)]
struct Tries {
    registrations_by_peer: Addresses,
    registrations: Throttle<()>,
    fetches: Addresses,
    departures: Addresses,
    grants: grants::OfGrants,
}

impl Default for Tries {
    fn default() -> Self {
        Self {
            registrations_by_peer: Addresses::new(REGISTRATIONS_PER_ADDRESS),
            registrations: Throttle::new(REGISTRATIONS),
            fetches: Addresses::new(FETCHES_PER_ADDRESS),
            departures: Addresses::new(DEPARTURES_PER_ADDRESS),
            grants: grants::OfGrants::default(),
        }
    }
}

impl Strangers {
    /// Counts a registration; false where there were too many.
    pub(crate) fn may_register(&self, peer: Peer, now: UnixTime) -> bool {
        self.0.registrations_by_peer.admit(peer, now) && self.0.registrations.admit((), now)
    }

    /// Counts a fetch of a description; false where there were too many.
    pub(crate) fn may_have_fetched(&self, peer: Peer, now: UnixTime) -> bool {
        self.0.fetches.admit(peer, now)
    }

    /// Counts a login elsewhere that is begun; false where there were too many. There is no bound for all addresses
    /// together: a stranger could use it up, and nobody could log in.
    pub(crate) fn may_go_elsewhere(&self, peer: Peer, now: UnixTime) -> bool {
        self.0.departures.admit(peer, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);

    /// With `::1` of each of its 65,536 subscribers.
    fn everybody_of(network: &str) -> impl Iterator<Item = Peer> {
        (0..=u16::MAX).map(move |n| Some(format!("{network}:{n:x}::").parse().unwrap()))
    }

    #[test]
    fn nobody_is_kept_from_a_provider_by_a_whole_network() {
        let strangers = Strangers::default();
        let sent = everybody_of("2001:db8:1").filter(|peer| strangers.may_go_elsewhere(*peer, NOW)).count();
        assert_eq!(sent, 8 * 120);
        let victim = Some("198.51.100.7".parse().unwrap());
        assert_eq!((0..200).filter(|_| strangers.may_go_elsewhere(victim, NOW)).count(), 120);
    }

    #[test]
    fn one_network_does_not_use_up_what_all_may_register() {
        let strangers = Strangers::default();
        for peer in everybody_of("2001:db8:1") {
            strangers.may_register(peer, NOW);
            strangers.may_have_fetched(peer, NOW);
        }
        let other = Some("198.51.100.7".parse().unwrap());
        assert!(strangers.may_register(other, NOW) && strangers.may_have_fetched(other, NOW));
    }
}
