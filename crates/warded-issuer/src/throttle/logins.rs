//! How many wrong passwords may somebody try, and how does nobody lock anybody else out by trying?
//!
//! A bound for a name alone would be a lever: whoever knows the name uses it up, and its owner is out. So whoever has
//! used up nothing is let try all the same: a browser that has logged in under the name before has a counter of its own,
//! and so has, a few times, each network that the owner may sit in with a new browser.

use std::sync::Arc;

use warded_core::UnixTime;

use super::{Addresses, Peer, Throttle, network};
use crate::{
    password::queue::{Queue, Turn, Waiting},
    refused::Refused,
};

/// Wrong passwords for one name in a window, whoever tries.
const PER_NAME: u32 = 20;
/// Wrong passwords in a window of a browser that has logged in under the name before.
const PER_DEVICE: u32 = 20;
/// Wrong passwords for one name in a window of all browsers that have logged in under it before: whoever may log in makes
/// as many of these as they like, and each password takes work of ours. Where it is used up, they are browsers like any other.
const KNOWN_PER_NAME: u32 = 200;
/// Right passwords for one name in a window that cost nothing. What comes on top is counted as a wrong one is: each takes as
/// much work of ours, which nobody's account is for.
const RIGHT_PER_NAME: u32 = 600;
/// Wrong passwords from one address in a window, whatever the name; of IPv6 more from what is larger.
const PER_ADDRESS: u32 = 60;
/// With how many wrong passwords for a name a network may have begun, so that it is let try although others have used
/// up what the name has.
const PER_NETWORK: u32 = 3;
/// Wrong passwords for one name in a window that are let pass so. Who wants to lock a new browser out must come from a
/// hundred networks, anew in each window; and who guesses from there gets no more than that.
const SPARE_PER_NAME: u32 = 300;

/// A browser that has logged in as somebody before, by the random part of its cookie.
pub(crate) type Device = [u8; 16];

/// Counts wrong passwords. Issuers that let the same people in must share one, or each of them would be another set of
/// guesses.
#[derive(Clone, Debug, Default)]
pub struct Logins(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    devices: Throttle<Device>,
    known: Throttle<String>,
    peers: Addresses,
    networks: Throttle<(String, Peer)>,
    names: Throttle<String>,
    spares: Throttle<String>,
    right: Throttle<String>,
    queue: Queue,
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            devices: Throttle::new(PER_DEVICE),
            known: Throttle::new(KNOWN_PER_NAME),
            peers: Addresses::new(PER_ADDRESS),
            networks: Throttle::new(PER_NETWORK),
            names: Throttle::new(PER_NAME),
            spares: Throttle::new(SPARE_PER_NAME),
            right: Throttle::new(RIGHT_PER_NAME),
            queue: Queue::default(),
        }
    }
}

/// A password that may be tried: counted, until it turns out to be the right one. Only [`Logins::admit`] makes one.
#[must_use]
pub(crate) enum Attempt {
    /// Of a browser that is known for the name.
    Known { device: Device, peer: Peer, name: String },
    /// Of any other.
    Unknown { peer: Peer, name: String, is_spare: bool },
}

impl Logins {
    /// Counts an attempt; none where there were too many. A browser that is known for this name has its own counter
    /// instead of all others: neither strangers nor those behind the same address can use that up.
    pub(crate) fn admit(
        &self,
        peer: Peer,
        name: &str,
        device: Option<Device>,
        now: UnixTime,
    ) -> Option<Attempt> {
        let counts = &*self.0;
        if let Some(device) = device
            && counts.known.admit(name.to_owned(), now)
        {
            let attempt = Attempt::Known { device, peer, name: name.to_owned() };
            if counts.devices.admit(device, now) {
                return Some(attempt);
            }
            counts.known.forgive(&name.to_owned());
            return None;
        }
        // The address first, or a stranger's flood would use a name up for longer.
        if !counts.peers.admit(peer, now) {
            return None;
        }
        let name = name.to_owned();
        let is_new_to_it = counts.networks.admit((name.clone(), network(peer)), now);
        let is_spare = !counts.names.admit(name.clone(), now);
        let is_let = !is_spare || (is_new_to_it && counts.spares.admit(name.clone(), now));
        is_let.then_some(Attempt::Unknown { peer, name, is_spare })
    }

    /// Waits until the password of an attempt may be hashed; refused where too many wait already. A browser that is known
    /// has places that strangers cannot take. Until then nothing has been tried: whoever is sent away, or goes, in a flood
    /// that is not theirs has lost no attempt by it.
    pub(crate) async fn turn(&self, attempt: Attempt) -> Result<(Turn, Attempt), Refused> {
        let who = match &attempt {
            Attempt::Known { peer, name, .. } => Waiting::Known { name, network: network(*peer) },
            Attempt::Unknown { peer, .. } => Waiting::Stranger(network(*peer)),
        };
        let mut waits = Waits { counts: &self.0, attempt: &attempt, is_called: false };
        let turn = self.0.queue.turn(who).await?;
        waits.is_called = true;
        drop(waits);
        Ok((turn, attempt))
    }

    /// Takes an attempt back that turned out to be good, where `name` has not had too many of those.
    pub(crate) fn forgive(&self, attempt: Attempt, name: &str, now: UnixTime) {
        if self.0.right.admit(name.to_owned(), now) {
            self.take_back(attempt);
        }
    }

    /// Takes an attempt back that was not made.
    #[expect(clippy::needless_pass_by_value, reason = "it is taken back once")]
    pub(crate) fn take_back(&self, attempt: Attempt) {
        self.0.take_back(&attempt);
    }
}

impl Counts {
    fn take_back(&self, attempt: &Attempt) {
        match attempt {
            Attempt::Known { device, name, .. } => {
                self.devices.forgive(device);
                self.known.forgive(name);
            }
            Attempt::Unknown { peer, name, is_spare } => {
                self.peers.forgive(*peer);
                self.networks.forgive(&(name.clone(), network(*peer)));
                self.names.forgive(name);
                if *is_spare {
                    self.spares.forgive(name);
                }
            }
        }
    }
}

/// An attempt that waits for its turn, taken back where that does not come.
struct Waits<'a> {
    counts: &'a Counts,
    attempt: &'a Attempt,
    is_called: bool,
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        if !self.is_called {
            self.counts.take_back(self.attempt);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn tries(logins: &Logins, from: &str, name: &str, times: usize) -> usize {
        (0..times).filter(|_| logins.admit(Some(address(from)), name, None, NOW).is_some()).count()
    }

    #[test]
    fn a_name_that_is_used_up_is_not_lost_for_those_who_used_up_nothing() {
        let logins = Logins::default();
        assert_eq!(tries(&logins, "192.0.2.1", "ada", 60), 20, "a stranger");
        assert_eq!(tries(&logins, "192.0.2.77", "ada", 9), 0, "the same network");
        assert_eq!(tries(&logins, "198.51.100.7", "ada", 9), 3, "somewhere else");
        assert_eq!(tries(&logins, "198.51.100.8", "ada", 9), 0, "not once more beside it");
        assert_eq!(tries(&logins, "2001:db8:1::1", "ada", 9), 3);
        assert_eq!(tries(&logins, "2001:db8:1:2::1", "ada", 9), 0);
        assert_eq!(tries(&logins, "2001:db8:2::1", "ada", 9), 3);
        assert_eq!(tries(&logins, "192.0.2.99", "eve", 9), 9, "another name");
    }

    #[test]
    fn a_botnet_gets_so_many_guesses_and_no_more() {
        let logins = Logins::default();
        let all: usize = (0..250).map(|n| tries(&logins, &format!("10.0.{n}.1"), "ada", 9)).sum();
        let per_name = usize::try_from(PER_NAME + SPARE_PER_NAME).unwrap();
        assert_eq!(all, per_name);
    }

    #[test]
    fn the_right_password_costs_nothing_of_any_counter() {
        let logins = Logins::default();
        assert_eq!(tries(&logins, "192.0.2.1", "ada", 60), 20);
        for _ in 0..250 {
            let attempt = logins.admit(Some(address("198.51.100.7")), "ada", None, NOW).unwrap();
            logins.forgive(attempt, "ada", NOW);
        }
        assert_eq!(tries(&logins, "198.51.100.7", "ada", 9), 3);
        let device = Some([7; 16]);
        for _ in 0..250 {
            let attempt = logins.admit(Some(address("192.0.2.1")), "ada", device, NOW).unwrap();
            logins.forgive(attempt, "ada", NOW);
        }
    }

    #[test]
    fn one_account_cannot_log_in_as_fast_as_it_likes_and_costs_nobody_else_anything() {
        let logins = Logins::default();
        for device in [None, Some([7; 16])] {
            let name = format!("ada-{}", device.is_some());
            let goes = |from: &str, name: &str, device| {
                let attempt = logins.admit(Some(address(from)), name, device, NOW)?;
                logins.forgive(attempt, name, NOW);
                Some(())
            };
            assert_eq!((0..1000).map_while(|_| goes("192.0.2.1", &name, device)).count(), 600 + 20);
            assert_eq!(goes("198.51.100.7", "eve", None), Some(()));
        }
    }

    /// Each login makes another browser that is known.
    #[test]
    fn one_account_gets_no_more_by_logging_in_with_a_new_browser_each_time() {
        let logins = Logins::default();
        let devices = (0_u128..2000).map(u128::to_be_bytes);
        let goes = |device| {
            let attempt = logins.admit(Some(address("192.0.2.1")), "mallory", Some(device), NOW)?;
            logins.forgive(attempt, "mallory", NOW);
            Some(())
        };
        assert_eq!(devices.filter_map(goes).count(), 600 + 200 + 20);
        let logins = Logins::default();
        let wrong = |device: Device| logins.admit(Some(address("192.0.2.1")), "mallory", Some(device), NOW);
        assert_eq!((0_u128..2000).filter_map(|n| wrong(n.to_be_bytes())).count(), 200 + 20);
        assert!(logins.admit(Some(address("192.0.2.2")), "ada", Some([7; 16]), NOW).is_some());
    }

    #[test]
    fn a_flood_of_names_from_everywhere_locks_nobody_out() {
        let logins = Logins::default();
        for n in 0..30_000 {
            let (from, name) = (format!("10.{}.{}.1", n / 256, n % 256), format!("name-{n}"));
            assert_eq!(tries(&logins, &from, &name, 1), 1);
        }
        for _ in 0..100 {
            let attempt = logins.admit(Some(address("198.51.100.7")), "ada", None, NOW).unwrap();
            logins.forgive(attempt, "ada", NOW);
        }
        assert_eq!(tries(&logins, "198.51.100.7", "ada", 60), 20, "and it is counted all the same");
    }

    #[test]
    fn who_shares_an_address_cannot_lock_out_a_browser_that_is_known() {
        let logins = Logins::default();
        assert_eq!(tries(&logins, "192.0.2.1", "mallory", 20), 20);
        assert_eq!(tries(&logins, "192.0.2.1", "ada", 60), 20);
        assert_eq!(tries(&logins, "192.0.2.1", "carol", 60), 0, "the address is used up");
        assert!(logins.admit(Some(address("192.0.2.1")), "ada", Some([7; 16]), NOW).is_some());
    }

    /// In a flood, whoever does not want to wait presses the button again and again.
    #[tokio::test]
    async fn whoever_goes_before_the_password_was_looked_at_has_tried_nothing() {
        use futures_util::FutureExt as _;
        let logins = Logins::default();
        let begin = |from: &str, device| logins.admit(Some(address(from)), "ada", device, NOW);
        let mut turns = Vec::new();
        while let Some(turn) = logins.turn(begin("203.0.113.1", None).unwrap()).now_or_never() {
            turns.push(turn.ok().unwrap());
        }
        for device in [None, Some([7; 16])] {
            for _ in 0..250 {
                let attempt = begin("192.0.2.1", device).unwrap();
                assert!(logins.turn(attempt).now_or_never().is_none(), "it waits, and is given up");
            }
        }
        // Whoever is told that too many wait has tried nothing either.
        let waiting = |n: usize| {
            let attempt = logins.admit(Some(address("192.0.2.1")), &format!("name-{n}"), None, NOW).unwrap();
            let mut turn = Box::pin(logins.turn(attempt));
            (&mut turn).now_or_never().is_none().then_some(turn)
        };
        let held: Vec<_> = (0..50).map_while(waiting).collect();
        for _ in 0..250 {
            let refused = logins.turn(begin("192.0.2.1", None).unwrap()).now_or_never().unwrap();
            assert_eq!(refused.err(), Some(Refused::TooMany));
        }
        drop((held, turns));
        // From its turn on it counts.
        for _ in 0..3 {
            drop(logins.turn(begin("192.0.2.1", Some([7; 16])).unwrap()).await);
        }
        assert_eq!((0..99).map_while(|_| begin("192.0.2.1", Some([7; 16]))).count(), 17);
    }
}
