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
mod registrations;

use address::Addresses;
pub(crate) use address::{Peer, network, peer};
use count::Throttle;
pub(crate) use logins::Device;
pub use logins::Logins;
use registrations::Registrations;

/// How long attempts are counted together.
pub(crate) const WINDOW_SECONDS: u32 = 15 * 60;
/// Logins elsewhere that are begun from one address in a window.
const DEPARTURES_PER_ADDRESS: u32 = 120;
/// Logins elsewhere that are begun in a window by browsers that have brought one person back from there before. They count
/// for nobody else, and what a neighbour has begun does not count for them.
const DEPARTURES_PER_PERSON: u32 = 20;
/// Fetches of client documents that are not remembered, caused by one address in a window.
pub(crate) const FETCHES_PER_ADDRESS: u32 = 60;

/// Counts what others may have an issuer do: register clients, fetch descriptions of clients, remember what is given back.
/// Whoever opens the same issuer again hands this on, or each opening would be another set of tries.
#[derive(Clone, Debug, Default)]
pub struct Strangers(Arc<Tries>);

/// A person whom a browser has brought back from a provider before, by a hash of their id.
pub(crate) type Acquaintance = [u8; 16];

#[derive(Debug)]
struct Tries {
    registrations: Registrations,
    fetches: Addresses,
    departures: Addresses,
    returning: Throttle<Acquaintance>,
    grants: grants::OfGrants,
}

impl Default for Tries {
    fn default() -> Self {
        Self {
            registrations: Registrations::default(),
            fetches: Addresses::new(FETCHES_PER_ADDRESS),
            departures: Addresses::new(DEPARTURES_PER_ADDRESS),
            returning: Throttle::new(DEPARTURES_PER_PERSON),
            grants: grants::OfGrants::default(),
        }
    }
}

impl Strangers {
    /// Counts a registration; false where there were too many.
    pub(crate) fn may_register(&self, peer: Peer, now: UnixTime) -> bool {
        self.0.registrations.admit(peer, now)
    }

    /// Counts a change of a registration; false where there were too many. It makes no row, so no flood narrows it.
    pub(crate) fn may_update(&self, peer: Peer, now: UnixTime) -> bool {
        self.0.registrations.admit_update(peer, now)
    }

    /// Counts a fetch of a description; false where there were too many.
    pub(crate) fn may_have_fetched(&self, peer: Peer, now: UnixTime) -> bool {
        self.0.fetches.admit(peer, now)
    }

    /// Counts a login elsewhere that is begun; false where there were too many. There is no bound for all addresses
    /// together: a stranger could use it up, and nobody could log in. Nor do neighbours keep a browser from it that has
    /// brought somebody back before; by the person, since whoever may log in can have as many browsers as they like.
    pub(crate) fn may_go_elsewhere(&self, peer: Peer, who: Option<Acquaintance>, now: UnixTime) -> bool {
        who.is_some_and(|who| self.0.returning.admit(who, now)) || self.0.departures.admit(peer, now)
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
        let goes = |peer: Peer| strangers.may_go_elsewhere(peer, None, NOW);
        let sent = everybody_of("2001:db8:1").flat_map(|peer| [peer; 2]).filter(|peer| goes(*peer)).count();
        assert_eq!(sent, 64 * 120);
        let victim = Some("198.51.100.7".parse().unwrap());
        assert_eq!((0..200).filter(|_| goes(victim)).count(), 120);
    }

    #[test]
    fn nobody_is_kept_from_a_provider_by_the_home_next_door() {
        let strangers = Strangers::default();
        let goes = |peer: Peer| strangers.may_go_elsewhere(peer, None, NOW);
        // A whole /56: what eight subscribers had was what the /48 had.
        for room in 0..256 {
            let peer = Some(format!("2001:db8:1:{room:x}::").parse().unwrap());
            assert!((0..120).filter(|_| goes(peer)).count() <= 120);
        }
        assert!(goes(Some("2001:db8:1:9900::".parse().unwrap())));
    }

    #[test]
    fn whoever_was_brought_back_before_goes_past_all_neighbours_so_often_and_no_more() {
        let strangers = Strangers::default();
        let goes =
            |who: Option<Acquaintance>| strangers.may_go_elsewhere(Some([192, 0, 2, 1].into()), who, NOW);
        assert_eq!((0..200).filter(|_| goes(None)).count(), 120);
        assert_eq!((0..200).filter(|_| goes(Some([1; 16]))).count(), 20);
        assert_eq!((0..200).filter(|_| goes(Some([2; 16]))).count(), 20);
        let elsewhere = Some([192, 0, 2, 2].into());
        assert!(strangers.may_go_elsewhere(elsewhere, Some([1; 16]), NOW), "as anybody");
    }

    #[test]
    fn one_network_does_not_use_up_what_all_may_have_fetched() {
        let strangers = Strangers::default();
        for peer in everybody_of("2001:db8:1") {
            strangers.may_have_fetched(peer, NOW);
        }
        assert!(strangers.may_have_fetched(Some("198.51.100.7".parse().unwrap()), NOW));
    }
}
