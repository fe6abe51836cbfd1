//! Whose password is hashed next? A few at once, since each takes 19 MiB, and a few more wait.
//!
//! On top it is said at once that there are too many: a queue without an end would be as long as a flood, and everybody's. No
//! network takes all the places of it, and a browser that is known has other places than strangers.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::refused::Refused;

/// How many passwords are hashed at once: a flood of logins must not take all the memory that there is.
const AT_ONCE: usize = 4;
/// How many strangers wait for that.
const STRANGERS: usize = 96;
/// How many of them out of one network.
const PER_NETWORK: usize = 24;
/// How many wait whose browser has logged in under the name before.
const KNOWN: usize = 32;

/// Who waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Waiting {
    /// A browser that has logged in under the name before.
    Known,
    /// Any other, by the network that it is in.
    Stranger(Option<IpAddr>),
}

/// Those who wait, and room for a few.
#[derive(Debug)]
pub(crate) struct Queue {
    room: Arc<Semaphore>,
    places: Mutex<Places>,
}

impl Default for Queue {
    fn default() -> Self {
        Self { room: Arc::new(Semaphore::new(AT_ONCE)), places: Mutex::default() }
    }
}

/// Room to hash one password, until it is dropped. Only [`Queue::turn`] makes one.
#[derive(Debug)]
#[must_use]
pub(crate) struct Turn {
    _room: OwnedSemaphorePermit,
}

impl Queue {
    /// Waits for room; refused where too many wait.
    pub(crate) async fn turn(&self, who: Waiting) -> Result<Turn, Refused> {
        if !self.places().enter(who) {
            return Err(Refused::TooMany);
        }
        // Whoever goes makes room, too.
        let _place = Place { queue: self, who };
        let room = Arc::clone(&self.room).acquire_owned().await.map_err(|_| Refused::Unable)?;
        Ok(Turn { _room: room })
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(crate) fn room(&self) -> usize {
        self.room.available_permits()
    }
}

/// How many wait.
#[derive(Debug, Default)]
struct Places {
    known: usize,
    strangers: usize,
    networks: HashMap<Option<IpAddr>, usize>,
}

impl Places {
    fn enter(&mut self, who: Waiting) -> bool {
        match who {
            Waiting::Known if self.known < KNOWN => self.known = self.known.saturating_add(1),
            Waiting::Stranger(network) if self.strangers < STRANGERS => {
                let of_network = self.networks.entry(network).or_default();
                if *of_network >= PER_NETWORK {
                    return false;
                }
                *of_network = of_network.saturating_add(1);
                self.strangers = self.strangers.saturating_add(1);
            }
            _ => return false,
        }
        true
    }

    fn leave(&mut self, who: Waiting) {
        match who {
            Waiting::Known => self.known = self.known.saturating_sub(1),
            Waiting::Stranger(network) => {
                self.strangers = self.strangers.saturating_sub(1);
                if let Some(of_network) = self.networks.get_mut(&network) {
                    *of_network = of_network.saturating_sub(1);
                    if *of_network == 0 {
                        self.networks.remove(&network);
                    }
                }
            }
        }
    }
}

/// A place in the queue, given back when it is dropped.
struct Place<'a> {
    queue: &'a Queue,
    who: Waiting,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.queue.places().leave(self.who);
    }
}

#[cfg(test)]
mod tests {
    use std::{future::Future, pin::Pin};

    use super::*;

    type Asking<'a> = Pin<Box<dyn Future<Output = Result<Turn, Refused>> + 'a>>;

    async fn busy() -> (Queue, Vec<Turn>) {
        let (queue, mut turns) = (Queue::default(), Vec::new());
        for _ in 0..AT_ONCE {
            turns.push(queue.turn(Waiting::Stranger(None)).await.unwrap());
        }
        (queue, turns)
    }

    /// Of so many that ask, those who wait.
    fn waiting<'a>(queue: &'a Queue, times: usize, who: impl Fn(usize) -> Waiting) -> Vec<Asking<'a>> {
        let asking = (0..times).map(|nth| -> Asking<'a> { Box::pin(queue.turn(who(nth))) });
        asking
            .filter_map(|mut one| futures_util::FutureExt::now_or_never(&mut one).is_none().then_some(one))
            .collect()
    }

    fn of_network(nth: usize) -> Waiting {
        Waiting::Stranger(Some([10, 0, u8::try_from(nth).unwrap(), 0].into()))
    }

    #[tokio::test]
    async fn one_network_takes_no_place_of_another_and_no_stranger_one_of_a_browser_that_is_known() {
        let (queue, turns) = busy().await;
        let flood = waiting(&queue, 1000, |_| of_network(0));
        assert_eq!(flood.len(), PER_NETWORK);
        let others = waiting(&queue, 1000, |nth| of_network(nth / 5));
        assert_eq!(flood.len() + others.len(), STRANGERS);
        let known = waiting(&queue, 1000, |_| Waiting::Known);
        assert_eq!(known.len(), KNOWN);
        assert_eq!(queue.turn(of_network(1)).await.unwrap_err(), Refused::TooMany);
        drop((flood, others, known));
        let left = |places: &Places| (places.known, places.strangers, places.networks.len());
        assert_eq!(left(&queue.places()), (0, 0, 0), "whoever goes makes room");
        drop(turns);
        assert_eq!(queue.room(), AT_ONCE);
        drop(queue.turn(of_network(0)).await.unwrap());
    }

    #[tokio::test]
    async fn whoever_has_room_waits_no_longer() {
        let (queue, turns) = busy().await;
        let mut flood = waiting(&queue, PER_NETWORK, |_| of_network(0));
        drop(turns);
        let turn = flood.remove(0).await.unwrap();
        assert_eq!(queue.places().strangers, PER_NETWORK - 1);
        drop((turn, flood));
    }
}
