//! How much of all answers is held whole at a time? What must be looked at cannot stream, and whoever asked for it may
//! read it as slowly as it likes: the memory of all must not be one caller's to take.

use std::{
    collections::BTreeMap,
    fmt, mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use warded_core::{Fault, VerifiedToken};

use crate::person::Person;

/// An answer may hold so much without being counted: its request takes more. So the shortest lists come also where there
/// is no room.
pub(super) const FREE: usize = 4 * 1024;
/// What is no longer has room of its own, which those cannot fill who hold the longest.
pub(super) const SMALL: usize = 256 * 1024;
/// Most that all answers hold, and most of it that one person's do, in bytes.
const ALL: usize = 256 * 1024 * 1024;
const EACH: usize = 64 * 1024 * 1024;
/// The same of small ones; beyond it they take the room of the others.
const ALL_SMALL: usize = 128 * 1024 * 1024;
const EACH_SMALL: usize = 8 * 1024 * 1024;

/// The memory is that of the process, however many guards there are in it.
static ROOMS: Rooms = Rooms { small: Room::of(ALL_SMALL, EACH_SMALL), large: Room::of(ALL, EACH) };

/// It would be more than that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no room for an answer that must be held whole to be looked at")]
pub(super) struct NoRoom;

impl From<NoRoom> for Fault {
    fn from(NoRoom: NoRoom) -> Self {
        Self::AnswersUnread
    }
}

struct Rooms {
    small: Room,
    large: Room,
}

struct Room {
    counts: Mutex<Counts>,
    all: usize,
    each: usize,
}

struct Counts {
    all: usize,
    /// Who holds nothing is not in it.
    each: BTreeMap<Person, usize>,
}

/// The room that one answer takes. It is given back when this is dropped.
pub(super) struct Taken {
    rooms: &'static Rooms,
    person: Person,
    bytes: usize,
    /// Whether it takes them where there is room for any.
    is_large: bool,
}

/// A text with the room that it takes.
struct Kept {
    text: Bytes,
    _taken: Taken,
}

impl Room {
    const fn of(all: usize, each: usize) -> Self {
        Self { counts: Mutex::new(Counts { all: 0, each: BTreeMap::new() }), all, each }
    }

    /// What a person held so much of it for becomes so much.
    fn changes(&self, person: &Person, from: usize, to: usize) -> Result<(), NoRoom> {
        let mut counts = self.counts();
        let own = counts.each.get(person).copied().unwrap_or(0).saturating_sub(from).saturating_add(to);
        let all = counts.all.saturating_sub(from).saturating_add(to);
        if to > from && (own > self.each || all > self.all) {
            return Err(NoRoom);
        }
        counts.all = all;
        if own == 0 {
            counts.each.remove(person);
        } else if let Some(held) = counts.each.get_mut(person) {
            *held = own;
        } else {
            counts.each.insert(person.clone(), own);
        }
        Ok(())
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    /// None yet, by whoever has this token.
    pub(super) fn by(token: &VerifiedToken) -> Self {
        Self::none(&ROOMS, Person::of(token))
    }

    const fn none(rooms: &'static Rooms, person: Person) -> Self {
        Self { rooms, person, bytes: 0, is_large: false }
    }

    /// So many bytes are held from here on, where there is room for them.
    pub(super) fn holds(&mut self, bytes: usize) -> Result<(), NoRoom> {
        // In steps, so that nobody counts with each chunk.
        let step = if bytes <= SMALL { FREE } else { SMALL };
        let to = if bytes <= FREE { 0 } else { bytes.next_multiple_of(step) };
        if to == self.bytes {
            return Ok(());
        }
        let may_stay = self.is_large || to <= SMALL;
        if may_stay && self.room().changes(&self.person, self.bytes, to).is_ok() {
            self.is_large &= to > 0;
        } else if self.is_large {
            return Err(NoRoom);
        } else {
            self.rooms.large.changes(&self.person, 0, to)?;
            self.give_back();
            self.is_large = true;
        }
        self.bytes = to;
        Ok(())
    }

    /// Hands over what is held, and holds nothing.
    pub(super) fn split(&mut self) -> Self {
        let none = Self::none(self.rooms, self.person.clone());
        mem::replace(self, none)
    }

    const fn room(&self) -> &'static Room {
        if self.is_large { &self.rooms.large } else { &self.rooms.small }
    }

    fn give_back(&self) {
        if self.bytes > 0 {
            // What becomes less has room.
            let _given_back = self.room().changes(&self.person, self.bytes, 0).is_ok();
        }
    }

    /// A text that gives the room back with the last piece of it, wherever that is: a connection may have yet to write it.
    pub(super) fn keep(self, text: Bytes) -> Bytes {
        if self.bytes == 0 {
            return text;
        }
        Bytes::from_owner(Kept { text, _taken: self })
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.give_back();
    }
}

impl AsRef<[u8]> for Kept {
    fn as_ref(&self) -> &[u8] {
        &self.text
    }
}

impl fmt::Debug for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Taken({})", self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIB: usize = 1024;
    const MIB: usize = 1024 * KIB;

    fn rooms() -> &'static Rooms {
        Box::leak(Box::new(Rooms { small: Room::of(2 * MIB, MIB), large: Room::of(10 * MIB, 4 * MIB) }))
    }

    fn taken(rooms: &'static Rooms, name: &str) -> Taken {
        let person = Person::named("https://login.example.com", Some(name), None, &[0; 32]);
        Taken::none(rooms, person)
    }

    fn held(rooms: &Rooms) -> [usize; 2] {
        [rooms.small.counts().all, rooms.large.counts().all]
    }

    fn is_empty(rooms: &Rooms) -> bool {
        held(rooms) == [0, 0] && [&rooms.small, &rooms.large].iter().all(|room| room.counts().each.is_empty())
    }

    #[test]
    fn one_person_takes_its_share_and_all_take_what_there_is() {
        let rooms = rooms();
        let [mut alice, mut also_alice, mut bob, mut carol] =
            ["alice", "alice", "bob", "carol"].map(|name| taken(rooms, name));
        assert_eq!(alice.holds(3 * MIB), Ok(()));
        assert_eq!(also_alice.holds(2 * MIB), Err(NoRoom));
        assert_eq!(also_alice.holds(MIB), Ok(()));
        assert_eq!(bob.holds(4 * MIB), Ok(()));
        assert_eq!(carol.holds(3 * MIB), Err(NoRoom));
        assert_eq!(carol.holds(2 * MIB), Ok(()));
        assert_eq!(held(rooms), [0, 10 * MIB]);
        assert_eq!(bob.holds(5 * MIB), Err(NoRoom));
        assert_eq!(bob.bytes, 4 * MIB, "who got no more keeps what it has");
        let [mut small, mut tiny] = ["alice", "alice"].map(|name| taken(rooms, name));
        assert_eq!(
            (small.holds(SMALL), held(rooms)),
            (Ok(()), [SMALL, 10 * MIB]),
            "what is small has other room"
        );
        assert_eq!(small.holds(SMALL + 1), Err(NoRoom));
        assert_eq!(
            (tiny.holds(FREE), held(rooms)),
            (Ok(()), [SMALL, 10 * MIB]),
            "what is smaller needs none"
        );
        drop((alice, also_alice, bob, carol, small, tiny));
        assert!(is_empty(rooms), "who holds nothing is forgotten");
    }

    #[test]
    fn however_small_what_is_held_is_there_is_a_bound_on_all_of_it() {
        let rooms = rooms();
        let mut unread = Vec::new();
        for number in 0..2_000 {
            let mut one = taken(rooms, ["mallory", "trudy", "oscar"][number % 3]);
            if one.holds(200 * KIB).is_ok() {
                unread.push(one);
            }
        }
        // Ten in the room for small ones, and those that the other has room for.
        assert_eq!(unread.len(), 10 + 51);
        assert!(held(rooms)[0] <= 2 * MIB && held(rooms)[1] <= 10 * MIB, "{:?}", held(rooms));
        drop(unread);
        assert!(is_empty(rooms));
    }

    #[test]
    fn what_grows_goes_where_there_is_room_for_more_and_comes_back_empty() {
        let rooms = rooms();
        let mut alice = taken(rooms, "alice");
        alice.holds(5 * KIB).unwrap();
        assert_eq!(held(rooms), [8 * KIB, 0]);
        alice.holds(MIB).unwrap();
        assert_eq!(held(rooms), [0, MIB]);
        alice.holds(0).unwrap();
        assert_eq!(held(rooms), [0, 0]);
        alice.holds(5 * KIB).unwrap();
        assert_eq!(held(rooms), [8 * KIB, 0]);
    }

    #[test]
    fn room_is_given_back_with_the_last_piece() {
        let rooms = rooms();
        let mut alice = taken(rooms, "alice");
        alice.holds(MIB).unwrap();
        let mut text = alice.split().keep(vec![b'x'; MIB].into());
        assert_eq!((alice.bytes, held(rooms)), (0, [0, MIB]));
        let piece = text.split_to(1);
        drop((text, alice));
        assert_eq!(held(rooms), [0, MIB]);
        drop(piece);
        assert!(is_empty(rooms));
    }
}
