//! How many are in? A number that is counted without a lock, for what every request passes.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

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
}
