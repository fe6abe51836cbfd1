//! Whose password is hashed next? A few at once, since each takes 19 MiB, and a few more wait.
//!
//! On top it is said at once that there are too many: a queue without an end would be as long as a flood, and everybody's. No
//! network takes all the places of it, and a browser that is known has other places than strangers, of which no account takes
//! all.

use std::{
    borrow::Borrow,
    collections::HashMap,
    hash::Hash,
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
/// How many of them under one name: whoever may log in has as many such browsers as they like.
const PER_NAME: usize = 8;

/// Who waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waiting<'a> {
    /// A browser that has logged in under the name before. Where those have no place, it waits as any other does.
    Known { name: &'a str, network: Option<IpAddr> },
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
    pub(crate) async fn turn(&self, who: Waiting<'_>) -> Result<Turn, Refused> {
        let who = self.places().enter(who).ok_or(Refused::TooMany)?;
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
    names: HashMap<String, usize>,
    strangers: usize,
    networks: HashMap<Option<IpAddr>, usize>,
}

impl Places {
    /// As whom somebody waits, where there is a place.
    fn enter<'a>(&mut self, who: Waiting<'a>) -> Option<Waiting<'a>> {
        match who {
            Waiting::Known { name, network } => {
                if self.known < KNOWN && take(&mut self.names, name.to_owned(), PER_NAME) {
                    self.known = self.known.saturating_add(1);
                    return Some(who);
                }
                self.enter(Waiting::Stranger(network))
            }
            Waiting::Stranger(network) => {
                let has_place = self.strangers < STRANGERS && take(&mut self.networks, network, PER_NETWORK);
                self.strangers = self.strangers.saturating_add(has_place.into());
                has_place.then_some(who)
            }
        }
    }

    fn leave(&mut self, who: Waiting<'_>) {
        match who {
            Waiting::Known { name, .. } => {
                self.known = self.known.saturating_sub(1);
                give_back(&mut self.names, name);
            }
            Waiting::Stranger(network) => {
                self.strangers = self.strangers.saturating_sub(1);
                give_back(&mut self.networks, &network);
            }
        }
    }
}

/// Takes one of so many places that `whose` may have; false where there is none.
fn take<K: Eq + Hash>(taken: &mut HashMap<K, usize>, whose: K, most: usize) -> bool {
    let taken = taken.entry(whose).or_default();
    let has_place = *taken < most;
    *taken = taken.saturating_add(has_place.into());
    has_place
}

fn give_back<K: Eq + Hash + Borrow<Q>, Q: Eq + Hash + ?Sized>(taken: &mut HashMap<K, usize>, whose: &Q) {
    let Some(left) = taken.get_mut(whose) else { return };
    *left = left.saturating_sub(1);
    if *left == 0 {
        taken.remove(whose);
    }
}

/// A place in the queue, given back when it is dropped.
struct Place<'a> {
    queue: &'a Queue,
    who: Waiting<'a>,
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
    fn waiting<'a>(queue: &'a Queue, times: usize, who: impl Fn(usize) -> Waiting<'a>) -> Vec<Asking<'a>> {
        let asking = (0..times).map(|nth| -> Asking<'a> { Box::pin(queue.turn(who(nth))) });
        asking
            .filter_map(|mut one| futures_util::FutureExt::now_or_never(&mut one).is_none().then_some(one))
            .collect()
    }

    fn of_network(nth: usize) -> Waiting<'static> {
        Waiting::Stranger(Some([10, 0, u8::try_from(nth).unwrap(), 0].into()))
    }

    const NAMES: [&str; 5] = ["ada", "eve", "alan", "grace", "carol"];

    #[tokio::test]
    async fn one_network_takes_no_place_of_another_and_no_stranger_one_of_a_browser_that_is_known() {
        let (queue, turns) = busy().await;
        let flood = waiting(&queue, 1000, |_| of_network(0));
        assert_eq!(flood.len(), PER_NETWORK);
        let others = waiting(&queue, 1000, |nth| of_network(nth / 5));
        assert_eq!(flood.len() + others.len(), STRANGERS);
        let known = waiting(&queue, 1000, |nth| Waiting::Known { name: NAMES[nth % 5], network: None });
        assert_eq!(known.len(), KNOWN);
        assert_eq!(queue.turn(of_network(1)).await.unwrap_err(), Refused::TooMany);
        drop((flood, others, known));
        let left =
            |places: &Places| (places.known, places.names.len(), places.strangers, places.networks.len());
        assert_eq!(left(&queue.places()), (0, 0, 0, 0), "whoever goes makes room");
        drop(turns);
        assert_eq!(queue.room(), AT_ONCE);
        drop(queue.turn(of_network(0)).await.unwrap());
    }

    /// Somebody who may log in has ten browsers that are known, and comes from one network.
    #[tokio::test]
    async fn one_account_takes_no_place_of_the_browsers_of_another() {
        let (queue, turns) = busy().await;
        let of_eve = Waiting::Known { name: "eve", network: Some([192, 0, 2, 0].into()) };
        let flood = waiting(&queue, 1000, |_| of_eve);
        assert_eq!(flood.len(), PER_NAME + PER_NETWORK, "and then as a stranger");
        let of_ada = Waiting::Known { name: "ada", network: Some([198, 51, 100, 0].into()) };
        assert_eq!(waiting(&queue, 1000, |_| of_ada).len(), PER_NAME + PER_NETWORK);
        drop((flood, turns));
    }

    /// All places of those who are known are taken.
    #[tokio::test]
    async fn a_browser_that_is_known_is_let_wait_where_a_stranger_would_be() {
        let (queue, turns) = busy().await;
        let known = waiting(&queue, 32, |nth| Waiting::Known { name: NAMES[nth % 4], network: None });
        assert_eq!((known.len(), queue.places().strangers), (KNOWN, 0));
        let of_carol = Waiting::Known { name: "carol", network: None };
        let carol = waiting(&queue, 1, |_| of_carol);
        assert_eq!((carol.len(), queue.places().strangers), (1, 1));
        drop(known);
        let left = |places: &Places| (places.known, places.strangers);
        assert_eq!(left(&queue.places()), (0, 1), "each gives back what it took");
        drop((carol, turns));
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
