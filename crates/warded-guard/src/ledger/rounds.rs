//! Which calls has a server answered by asking for more? Such a call goes on in another request, and is counted and approved once
//! (MCP 2026-07-28, Multi Round-Trip Requests).
//!
//! What is remembered is found by a hash of everything that makes the call the one that it is, and of the state that the server gave
//! along: so nobody else's state, and no state of another call, is found. It is good once. What is not found here, since another node
//! has it or there was no room, is a call like any other, and is counted anew.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use warded_core::UnixTime;

use super::Who;

mod begun;

pub(crate) use begun::{Begun, Thing};

/// How often a server may ask in the middle of one call. A call without end would be one that nobody counts.
const MOST_ROUNDS: u8 = 16;

/// How much is kept of what was done for one call: what reaches for a thousand things is counted anew.
const MOST_DONE: usize = 64;

/// How many calls of one caller, and of all, may wait to go on. The oldest of one caller give way to its others, and those of whoever
/// has most to everybody's. A caller is a person, by whatever program: or whoever registers more of them has the room of all.
const MOST_OF_ONE: usize = 64;
const MOST: usize = 4096;

/// What a call that goes on is found by.
pub(crate) type Key = [u8; 32];

/// The calls that go on in another request.
///
/// ```
/// let rounds = warded_guard::Rounds::default();
/// # let _ = rounds;
/// ```
#[derive(Clone, Default)]
pub struct Rounds(Arc<Mutex<Open>>);

impl std::fmt::Debug for Rounds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rounds")
    }
}

#[derive(Default)]
struct Open {
    calls: HashMap<Key, (u64, Begun)>,
    /// Those of each caller, by age.
    callers: HashMap<Who, BTreeMap<u64, Key>>,
    /// The callers by how many they have; of those with as many, last of all whose oldest is oldest.
    fullest: BTreeSet<Rank>,
    next: u64,
}

type Rank = (usize, Reverse<u64>, Who);

fn rank(who: Who, own: &BTreeMap<u64, Key>) -> Rank {
    (own.len(), Reverse(own.keys().next().copied().unwrap_or_default()), who)
}

/// A call that goes on. Dropped, it can go on once more: it was not made.
#[derive(Debug)]
pub(crate) struct Claimed {
    rounds: Rounds,
    key: Key,
    begun: Option<(u64, Begun)>,
}

impl Claimed {
    pub(crate) fn begun(&self) -> Option<&Begun> {
        self.begun.as_ref().map(|(_, begun)| begun)
    }

    /// It was made, or may have been.
    pub(crate) fn used_up(mut self) {
        self.begun = None;
    }
}

impl Drop for Claimed {
    fn drop(&mut self) {
        if let Some((age, begun)) = self.begun.take() {
            self.rounds.open().enter(self.key, age, begun);
        }
    }
}

impl Rounds {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The server asks for more, and the call goes on with this.
    pub(crate) fn go_on(&self, key: Key, mut begun: Begun) {
        if begun.rounds >= MOST_ROUNDS || begun.done() > MOST_DONE {
            return;
        }
        let mut open = self.open();
        let age = open.next;
        open.next += 1;
        begun.rounds += 1;
        open.enter(key, age, begun);
    }

    /// The call that goes on with this; nobody else gets it meanwhile.
    pub(crate) fn claim(&self, key: Key, now: UnixTime) -> Option<Claimed> {
        let begun = self.open().take(&key)?;
        (now < begun.1.expires).then(|| Claimed { rounds: self.clone(), key, begun: Some(begun) })
    }
}

impl Open {
    fn enter(&mut self, key: Key, age: u64, begun: Begun) {
        // Servers that give the same state to two such calls cannot tell them apart either.
        drop(self.take(&key));
        if self.callers.get(&begun.who).is_some_and(|own| own.len() >= MOST_OF_ONE) {
            self.forget_one_of(begun.who);
        }
        if self.calls.len() >= MOST
            && let Some((_, _, fullest)) = self.fullest.last().copied()
        {
            self.forget_one_of(fullest);
        }
        self.changes(begun.who, |own| own.insert(age, key));
        self.calls.insert(key, (age, begun));
    }

    fn take(&mut self, key: &Key) -> Option<(u64, Begun)> {
        let (age, begun) = self.calls.remove(key)?;
        self.changes(begun.who, |own| own.remove(&age));
        Some((age, begun))
    }

    fn forget_one_of(&mut self, who: Who) {
        let oldest = self.callers.get(&who).and_then(|own| own.values().next().copied());
        drop(oldest.and_then(|key| self.take(&key)));
    }

    /// Changes which calls are this caller's.
    fn changes(&mut self, who: Who, change: impl FnOnce(&mut BTreeMap<u64, Key>) -> Option<Key>) {
        let own = self.callers.entry(who).or_default();
        self.fullest.remove(&rank(who, own));
        change(own);
        if own.is_empty() {
            self.callers.remove(&who);
        } else {
            self.fullest.insert(rank(who, own));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{begun::LASTS, *};

    const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);

    fn who(name: &str) -> Who {
        Who::of("https://a", Some(name), None)
    }

    fn key(number: usize) -> Key {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&u64::try_from(number).unwrap().to_be_bytes());
        key
    }

    fn goes_on(rounds: &Rounds, number: usize, name: &str) {
        rounds.go_on(key(number), Begun::now(who(name), NOW));
    }

    fn waits(rounds: &Rounds, number: usize) -> bool {
        rounds.claim(key(number), NOW).is_some()
    }

    #[test]
    fn a_call_goes_on_once() {
        let rounds = Rounds::default();
        goes_on(&rounds, 1, "ada");
        let claimed = rounds.claim(key(1), NOW).unwrap();
        assert!(!waits(&rounds, 1), "it is under way");
        drop(claimed);
        assert!(waits(&rounds, 1), "it was not made");
        rounds.claim(key(1), NOW).unwrap().used_up();
        assert!(!waits(&rounds, 1));
        let open = rounds.open();
        assert_eq!((open.calls.len(), open.callers.len(), open.fullest.len()), (0, 0, 0));
    }

    #[test]
    fn a_call_does_not_go_on_for_ever() {
        let rounds = Rounds::default();
        goes_on(&rounds, 1, "ada");
        let claim = |later| rounds.claim(key(1), NOW.plus(later));
        let mut times = 0;
        while let Some(claimed) = claim(LASTS - 1) {
            let begun = claimed.begun().cloned().unwrap();
            claimed.used_up();
            rounds.go_on(key(1), begun);
            times += 1;
        }
        assert_eq!(times, MOST_ROUNDS);
        goes_on(&rounds, 1, "ada");
        assert!(claim(LASTS).is_none(), "from its first round");
    }

    #[test]
    fn nobody_fills_the_room_of_others() {
        let rounds = Rounds::default();
        goes_on(&rounds, 0, "ada");
        for number in 1..=1000 {
            goes_on(&rounds, number, "bob");
        }
        assert!(waits(&rounds, 0) && waits(&rounds, 1000) && !waits(&rounds, 1));
        for number in 0..2 * MOST {
            goes_on(&rounds, number, &number.to_string());
        }
        let open = rounds.open();
        assert_eq!((open.calls.len(), open.callers.len(), open.fullest.len()), (MOST, MOST, MOST));
    }

    #[test]
    fn when_all_is_full_whoever_has_most_gives_way() {
        let rounds = Rounds::default();
        // The oldest of all, and a crowd that has as much as it may have.
        goes_on(&rounds, 0, "ada");
        goes_on(&rounds, 1, "ada");
        for number in 2..MOST + 500 {
            goes_on(&rounds, number, &format!("bob {}", number % 80));
        }
        for number in 0..200 {
            goes_on(&rounds, 2 * MOST + number, &format!("eve {number}"));
        }
        assert!(waits(&rounds, 0) && waits(&rounds, 1));
        assert!((0..200).all(|number| waits(&rounds, 2 * MOST + number)), "nor a newcomer");
        assert!(!waits(&rounds, 2) && waits(&rounds, MOST + 499), "of theirs the oldest");
    }

    #[test]
    fn what_is_there_in_many_pieces_is_not_remembered() {
        let rounds = Rounds::default();
        #[expect(clippy::disallowed_methods, reason = "any id will do")]
        let id = warded_store::ApprovalId::new(&aws_lc_rs::rand::SystemRandom::new()).unwrap();
        for (number, is_kept) in [(MOST_DONE, true), (MOST_DONE + 1, false)] {
            let mut begun = Begun::now(who("ada"), NOW);
            for thing in 0..number {
                begun.uses(key(thing), id.clone());
            }
            rounds.go_on(key(number), begun);
            assert_eq!(waits(&rounds, number), is_kept, "{number}");
        }
    }
}
