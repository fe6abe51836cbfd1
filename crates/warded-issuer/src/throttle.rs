//! How often may somebody try? Counters in memory, per key and window.
//!
//! The bounds are stated here. They are counted per node and start anew with it: they slow guessing down, and the
//! cost of a password hash does the rest.

use std::{
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use http::Extensions;
use warded_core::{UnixTime, household};

mod grants;
mod logins;
mod places;

pub(crate) use logins::Device;
pub use logins::Logins;
pub(crate) use places::Places;

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

/// Wrong secrets from one address in a window, for each thing that is opened by one that the operator chose: these may be
/// short enough to be found.
pub(crate) const GUESSES_PER_ADDRESS: u32 = 20;

/// Most keys that are counted apart; what comes on top shares one counter, so that a flood of keys costs the
/// flood and not our memory.
const MAX_KEYS: usize = 10_000;

/// Counts attempts per key.
#[derive(Debug)]
pub(crate) struct Throttle<K> {
    limit: u32,
    counts: Mutex<HashMap<Option<K>, (UnixTime, u32)>>,
}

impl<K: Eq + Hash> Throttle<K> {
    pub(crate) fn new(limit: u32) -> Self {
        Self { limit, counts: Mutex::new(HashMap::new()) }
    }

    /// Counts an attempt; false where there were too many. It is counted before it is made, so that a thousand
    /// attempts at once are a thousand.
    pub(crate) fn admit(&self, key: K, now: UnixTime) -> bool {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = |since: UnixTime| now.since(since) >= i64::from(WINDOW_SECONDS) || now < since;
        let mut key = Some(key);
        if counts.len() >= MAX_KEYS && !counts.contains_key(&key) {
            counts.retain(|_, (since, _)| !is_over(*since));
            if counts.len() >= MAX_KEYS {
                key = None;
            }
        }
        let (since, count) = counts.entry(key).or_insert((now, 0));
        if is_over(*since) {
            (*since, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
        *count <= self.limit
    }

    /// Takes an attempt back that turned out to be good.
    pub(crate) fn forgive(&self, key: K) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, count)) = counts.get_mut(&Some(key)) {
            *count = count.saturating_sub(1);
        }
    }
}

/// Counts what others may have an issuer do: register clients, fetch descriptions of clients, remember what is given back, be
/// wrong about a secret. Whoever opens the same issuer again hands this on, or each opening would be another set of tries.
#[derive(Clone, Debug, Default)]
pub struct Strangers(Arc<Tries>);

#[derive(Debug)]
struct Tries {
    registrations_by_peer: Throttle<Peer>,
    registrations: Throttle<()>,
    fetches: Throttle<Peer>,
    departures: Throttle<Peer>,
    grants: grants::OfGrants,
    guesses: Throttle<(Peer, String)>,
}

impl Default for Tries {
    fn default() -> Self {
        Self {
            registrations_by_peer: Throttle::new(REGISTRATIONS_PER_ADDRESS),
            registrations: Throttle::new(REGISTRATIONS),
            fetches: Throttle::new(FETCHES_PER_ADDRESS),
            departures: Throttle::new(DEPARTURES_PER_ADDRESS),
            grants: grants::OfGrants::default(),
            guesses: Throttle::new(GUESSES_PER_ADDRESS),
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

    /// Whether a secret is the right one for something; none where this address was wrong too often to be told, even if it is
    /// right now.
    pub(crate) fn is_right(
        &self,
        peer: Peer,
        opens: &str,
        now: UnixTime,
        is_right: impl FnOnce() -> bool,
    ) -> Option<bool> {
        let guess = || (peer, opens.to_owned());
        if !self.0.guesses.admit(guess(), now) {
            return None;
        }
        let is_right = is_right();
        if is_right {
            self.0.guesses.forgive(guess());
        }
        Some(is_right)
    }
}

/// Who is at the other end; none where whoever accepted the connection did not say, and then all are one.
pub(crate) type Peer = Option<IpAddr>;

/// Who called, as whoever accepted the connection noted as a `SocketAddr` among the request's extensions. Never taken
/// from a header here: anybody can write `X-Forwarded-For`, and who may is known to whoever accepts. IPv6 counts per
/// /64, which is what one subscriber has.
pub(crate) fn peer(extensions: &Extensions) -> Peer {
    extensions.get::<SocketAddr>().map(|from| household(from.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> UnixTime {
        UnixTime::from_seconds(1_800_000_000 + seconds)
    }

    #[test]
    fn so_many_attempts_in_a_window_and_no_more() {
        let throttle = Throttle::new(2);
        assert!(throttle.admit("a", at(0)) && throttle.admit("a", at(1)));
        assert!(!throttle.admit("a", at(2)) && !throttle.admit("a", at(899)));
        assert!(throttle.admit("b", at(2)), "another key");
        assert!(throttle.admit("a", at(900)), "another window");
        throttle.forgive("a");
        assert!(throttle.admit("a", at(901)) && throttle.admit("a", at(902)));
        assert!(!throttle.admit("a", at(903)));
    }

    #[test]
    fn a_flood_of_keys_shares_one_counter() {
        let throttle = Throttle::new(2);
        for key in 0..MAX_KEYS {
            assert!(throttle.admit(key, at(0)));
        }
        assert!(throttle.admit(MAX_KEYS, at(1)) && throttle.admit(MAX_KEYS + 1, at(1)));
        assert!(!throttle.admit(MAX_KEYS + 2, at(1)), "the third of those that share");
        assert!(throttle.admit(0, at(1)), "whoever was there before is counted alone");
        assert!(throttle.admit(MAX_KEYS + 3, at(1000)), "and all is forgotten with the window");
    }

    #[test]
    fn one_subscriber_is_one_address() {
        let of = |text: &str| {
            let mut extensions = Extensions::new();
            extensions.insert(text.parse::<SocketAddr>().unwrap());
            peer(&extensions).unwrap()
        };
        assert_eq!(of("[2001:db8:1:2:3::4]:1"), of("[2001:db8:1:2:ffff::1]:2"));
        assert_ne!(of("[2001:db8:1:2::1]:1"), of("[2001:db8:1:3::1]:1"));
        assert_eq!(of("[::ffff:192.0.2.1]:1"), of("192.0.2.1:9"));
        assert_ne!(of("192.0.2.1:1"), of("192.0.2.2:1"));
        assert_eq!(peer(&Extensions::new()), None);
    }
}
