//! How many are in? A number that is counted without a lock, for what every request passes.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::crowd::{Crowd, Present};

/// Beside so many calls there is room for one request to what is mounted, and of so many of those for one of the same
/// address.
const SHARE: usize = 4;

/// Room for calls, and other room for what is mounted: that reads what strangers say, as slowly as they say it, so
/// whoever holds all of it must not keep a call waiting.
#[derive(Debug)]
pub(crate) struct Rooms {
    calls: Arc<Room>,
    mounted: Arc<Room>,
    crowd: Arc<Crowd>,
}

/// The right to be answered, until it is dropped.
#[derive(Debug)]
pub(crate) struct Admitted {
    _seat: Seat,
    _of_this_address: Option<Present>,
}

impl Rooms {
    pub(crate) fn of(calls: usize) -> Arc<Self> {
        let mounted = (calls / SHARE).max(1);
        let crowd = Crowd::of((mounted / SHARE).max(1));
        Arc::new(Self { calls: Room::of(calls), mounted: Room::of(mounted), crowd })
    }

    /// For a call to a server.
    pub(crate) fn call(&self) -> Option<Admitted> {
        self.calls.enter().map(|seat| Admitted { _seat: seat, _of_this_address: None })
    }

    /// For a request to what is mounted, from this address; where none is said, many may have the same.
    pub(crate) fn mounted(&self, address: Option<IpAddr>) -> Option<Admitted> {
        let of_this_address = match address {
            Some(address) => Some(self.crowd.join(address)?),
            None => None,
        };
        self.mounted.enter().map(|seat| Admitted { _seat: seat, _of_this_address: of_this_address })
    }
}

/// Room for so many.
#[derive(Debug)]
pub(crate) struct Room {
    taken: AtomicUsize,
    most: usize,
}

/// One place in it, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Seat(Arc<Room>);

impl Room {
    pub(crate) fn of(most: usize) -> Arc<Self> {
        Arc::new(Self { taken: AtomicUsize::new(0), most })
    }

    /// A place, where there is one. Nobody waits: who waits here would hold what there is too little of.
    pub(crate) fn enter(self: &Arc<Self>) -> Option<Seat> {
        // Taken first and counted then: of two who come for the last place one goes, and never both stay.
        let before = self.taken.fetch_add(1, Ordering::Relaxed);
        let seat = Seat(Arc::clone(self));
        (before < self.most).then_some(seat)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_given_back_also_by_who_got_none() {
        let room = Room::of(2);
        let (first, second) = (room.enter().unwrap(), room.enter().unwrap());
        assert!(room.enter().is_none() && room.enter().is_none());
        assert_eq!(room.taken.load(Ordering::Relaxed), 2);
        drop(first);
        let third = room.enter();
        assert!(third.is_some() && room.enter().is_none());
        drop((second, third));
        assert_eq!(room.taken.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn strangers_take_no_place_of_a_call_and_one_address_not_all_that_strangers_have() {
        let rooms = Rooms::of(32);
        let address = |last| Some(IpAddr::from([192, 0, 2, last]));
        let held = [rooms.mounted(address(1)), rooms.mounted(address(1))];
        assert!(held.iter().all(Option::is_some) && rooms.mounted(address(1)).is_none());
        let others: Vec<_> = (0..6).map(|_| rooms.mounted(None)).collect();
        assert!(others.iter().all(Option::is_some));
        assert!(rooms.mounted(None).is_none() && rooms.mounted(address(2)).is_none());
        assert!(rooms.call().is_some());
        drop(held);
        assert!(rooms.mounted(address(1)).is_some());
    }
}
