//! Who makes a list? One at a time of those who ask for the same one; who asks for another does not wait.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

type Turn = tokio::sync::Mutex<()>;

/// The lists that are being made.
#[derive(Default)]
pub(super) struct Flights(Mutex<HashMap<u32, Weak<Turn>>>);

impl Flights {
    /// The lock of whoever makes that list. It is forgotten with the last who holds it: anybody may ask for any number.
    pub(super) fn of(&self, list: u32) -> Arc<Turn> {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = flights.get(&list).and_then(Weak::upgrade) {
            return turn;
        }
        flights.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::new(Turn::default());
        flights.insert(list, Arc::downgrade(&turn));
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_for_one_list_does_not_wait_for_who_makes_another() {
        let flights = Flights::default();
        let (one, same, other) = (flights.of(1), flights.of(1), flights.of(2));
        let held = one.try_lock().unwrap();
        assert!(same.try_lock().is_err() && other.try_lock().is_ok());
        drop(held);
        assert!(same.try_lock().is_ok());
    }

    #[test]
    fn whatever_strangers_ask_for_is_forgotten_when_they_have_it() {
        let flights = Flights::default();
        for list in 0..1000 {
            let _held = flights.of(list);
        }
        assert_eq!(flights.0.lock().unwrap().len(), 1);
    }
}
