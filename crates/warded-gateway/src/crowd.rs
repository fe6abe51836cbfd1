//! How many connections has one address? One caller must not take all that there are.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use warded_core::household;

/// Who is connected, by address.
#[derive(Debug)]
pub(crate) struct Crowd {
    counts: Mutex<HashMap<IpAddr, usize>>,
    most: usize,
}

/// One connection of an address, until it is dropped.
#[derive(Debug)]
pub(crate) struct Present {
    crowd: Arc<Crowd>,
    whence: IpAddr,
}

impl Crowd {
    pub(crate) fn of(most: usize) -> Arc<Self> {
        Arc::new(Self { counts: Mutex::default(), most })
    }

    /// One more of this address, where it may have one more.
    pub(crate) fn join(self: &Arc<Self>, address: IpAddr) -> Option<Present> {
        let whence = household(address);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(whence).or_insert(0);
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Present { crowd: Arc::clone(self), whence })
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        let mut counts = self.crowd.counts.lock().unwrap_or_else(PoisonError::into_inner);
        // Who has left is forgotten: the map is never larger than the number of connections.
        match counts.get_mut(&self.whence) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                counts.remove(&self.whence);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_has_so_many_and_another_its_own() {
        let crowd = Crowd::of(2);
        let join = |address: &str| crowd.join(address.parse().unwrap());
        let (one, two) = (join("192.0.2.1"), join("::ffff:192.0.2.1"));
        assert!(one.is_some() && two.is_some() && join("192.0.2.1").is_none());
        assert!(join("192.0.2.2").is_some());
        drop(one);
        assert!(join("192.0.2.1").is_some());
        drop(two);
        assert!(crowd.counts.lock().unwrap().is_empty(), "who has left is forgotten");
    }

    #[test]
    fn whoever_has_a_network_is_one_caller() {
        let crowd = Crowd::of(1);
        let join = |address: &str| crowd.join(address.parse().unwrap());
        let held = join("2001:db8:1:2::1");
        assert!(held.is_some() && join("2001:db8:1:2:ffff::9").is_none());
        assert!(join("2001:db8:1:3::1").is_some());
    }
}
