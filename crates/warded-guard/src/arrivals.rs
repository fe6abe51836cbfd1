//! How many messages are still on their way in? Most come with the head of their request. One that does not is waited
//! for, with everything that the request holds, for as long as its sender likes within a bound of time: whoever has good
//! tokens and sends a byte a second must not be waited for everywhere at once.

use std::{
    collections::HashMap,
    fmt,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use warded_core::{VerifiedToken, household};

use crate::person::Person;

/// One person has so much of it all, and one address so much: nobody has all of it.
const SHARE_OF_A_PERSON: usize = 4;
const SHARE_OF_AN_ADDRESS: usize = 2;

type Spared = dyn Fn(IpAddr) -> bool + Send + Sync;

/// Room for messages that have not come in whole. All guards of a process have one together.
///
/// ```
/// use std::sync::Arc;
/// use warded_guard::{Arrivals, GuardBuilder};
///
/// fn bounded(builder: GuardBuilder, of_the_process: &Arc<Arrivals>) -> GuardBuilder {
///     builder.arrivals(Arc::clone(of_the_process))
/// }
///
/// let of_the_process = Arc::new(Arrivals::of(2_000).sparing(|address| address.is_loopback()));
/// # let _ = (bounded, of_the_process);
/// ```
pub struct Arrivals {
    most: usize,
    spared: Option<Box<Spared>>,
    here: Mutex<Here>,
}

#[derive(Debug, Default)]
struct Here {
    all: usize,
    by_whom: HashMap<Whose, usize>,
}

/// Who has to do with a message.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Whose {
    Person(Person),
    Household(IpAddr),
}

/// The right to be waited for, until it is dropped.
#[derive(Debug)]
pub(crate) struct Arriving {
    arrivals: Arc<Arrivals>,
    person: Whose,
    household: Option<Whose>,
}

impl Arrivals {
    /// How many messages are waited for at a time where nobody says otherwise.
    pub const MOST: usize = 2_000;

    /// Room for so many. A person has a quarter of it, in whatever program and from wherever, and an address half of it;
    /// a /64 of IPv6 is one address.
    ///
    /// ```
    /// let arrivals = warded_guard::Arrivals::of(100);
    /// # let _ = arrivals;
    /// ```
    pub fn of(most: usize) -> Self {
        Self { most, spared: None, here: Mutex::default() }
    }

    /// Some addresses have as much of it as they like, such as that of a proxy behind which everybody is.
    ///
    /// ```
    /// let arrivals = warded_guard::Arrivals::of(100).sparing(|address| address.is_loopback());
    /// # let _ = arrivals;
    /// ```
    #[must_use]
    pub fn sparing(self, is_spared: impl Fn(IpAddr) -> bool + Send + Sync + 'static) -> Self {
        Self { spared: Some(Box::new(is_spared)), ..self }
    }

    /// Room for one more, where there is some for whoever this is.
    pub(crate) fn enter(self: &Arc<Self>, token: &VerifiedToken, from: Option<IpAddr>) -> Option<Arriving> {
        self.enter_as(Person::of(token), from)
    }

    fn enter_as(self: &Arc<Self>, person: Person, from: Option<IpAddr>) -> Option<Arriving> {
        let is_spared = |address: &IpAddr| self.spared.as_ref().is_some_and(|spared| spared(*address));
        let from = from.map(|address| address.to_canonical()).filter(|address| !is_spared(address));
        let household = from.map(|address| Whose::Household(household(address)));
        let person = Whose::Person(person);
        let mut here = self.here();
        let has = |whose: &Whose, share: usize| {
            here.by_whom.get(whose).is_none_or(|count| *count < (self.most / share).max(1))
        };
        let has_room = here.all < self.most
            && has(&person, SHARE_OF_A_PERSON)
            && household.as_ref().is_none_or(|household| has(household, SHARE_OF_AN_ADDRESS));
        if !has_room {
            return None;
        }
        here.all += 1;
        for whose in std::iter::once(&person).chain(&household) {
            *here.by_whom.entry(whose.clone()).or_default() += 1;
        }
        drop(here);
        Some(Arriving { arrivals: Arc::clone(self), person, household })
    }

    fn here(&self) -> MutexGuard<'_, Here> {
        self.here.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Arrivals {
    fn default() -> Self {
        Self::of(Self::MOST)
    }
}

impl fmt::Debug for Arrivals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arrivals").field("most", &self.most).finish_non_exhaustive()
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        let mut here = self.arrivals.here();
        here.all -= 1;
        for whose in std::iter::once(&self.person).chain(&self.household) {
            // Who has left is forgotten: there are never more than twice as many entries as messages.
            match here.by_whom.get_mut(whose) {
                Some(count) if *count > 1 => *count -= 1,
                _ => drop(here.by_whom.remove(whose)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enters(arrivals: &Arc<Arrivals>, person: &str, from: &str) -> Option<Arriving> {
        let person = Person::named("https://login.example.com", Some(person), None, &[0; 32]);
        arrivals.enter_as(person, from.parse().ok())
    }

    #[test]
    fn a_person_has_a_share_wherever_it_calls_from() {
        let arrivals = Arc::new(Arrivals::of(8));
        let one = enters(&arrivals, "alice", "192.0.2.1");
        let two = enters(&arrivals, "alice", "192.0.2.2");
        assert!(one.is_some() && two.is_some() && enters(&arrivals, "alice", "192.0.2.3").is_none());
        let others = enters(&arrivals, "bob", "192.0.2.1");
        assert!(others.is_some());
        drop(one);
        assert!(enters(&arrivals, "alice", "192.0.2.3").is_some());
    }

    #[test]
    fn whoever_is_not_named_takes_no_room_of_others_who_are_not() {
        let arrivals = Arc::new(Arrivals::of(8));
        let enters = |token: u8| {
            let person = Person::named("https://login.example.com", None, None, &[token; 32]);
            arrivals.enter_as(person, None)
        };
        let held = [enters(1), enters(1)];
        assert!(held.iter().all(Option::is_some) && enters(1).is_none());
        assert!(enters(2).is_some());
    }

    #[test]
    fn an_address_has_a_share_whoever_calls_from_it() {
        let arrivals = Arc::new(Arrivals::of(8).sparing(|address| address.is_loopback()));
        let person = |number: usize| format!("person {number}");
        let from = |from: &'static str| {
            (0..9).filter_map(|number| enters(&arrivals, &person(number), from)).collect::<Vec<_>>()
        };
        let held = from("2001:db8::1");
        assert_eq!((held.len(), from("2001:db8::2").len()), (4, 0), "one network");
        let spared = from("127.0.0.1");
        assert_eq!(spared.len(), 4, "as many as there is room for at all");
        assert!(enters(&arrivals, "somebody else", "192.0.2.1").is_none());
        drop((held, spared));
        assert!(arrivals.here().by_whom.is_empty() && arrivals.here().all == 0, "who has left is forgotten");
    }
}
