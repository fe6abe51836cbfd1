//! How much of all answers is held whole at a time? What must be looked at cannot stream, and whoever asked for it may
//! read it as slowly as it likes: the memory of all must not be one caller's to take.

use std::{
    collections::BTreeMap,
    fmt, mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use warded_core::{Fault, VerifiedToken};

/// An answer may hold so much without being counted: one that streams through takes about as much. So what honest
/// servers list comes also where there is no room.
const BESIDE: usize = 256 * 1024;
/// Most that all answers hold, and most of it that one person's do, in bytes.
const ALL: usize = 256 * 1024 * 1024;
const EACH: usize = 64 * 1024 * 1024;

/// The memory is that of the process, however many guards there are in it.
static ROOM: Room = Room::of(ALL, EACH);

/// It would be more than that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no room for an answer that must be held whole to be looked at")]
pub(super) struct NoRoom;

impl From<NoRoom> for Fault {
    fn from(NoRoom: NoRoom) -> Self {
        Self::Busy
    }
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

/// Whose room it is: a person's, through whichever client and with however many tokens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Person {
    issuer: Box<str>,
    who: Who,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    Subject(Box<str>),
    Client(Box<str>),
    /// That very token: two of them may be two people's.
    Token([u8; 32]),
}

/// The room that one answer takes. It is given back when this is dropped.
pub(super) struct Taken {
    room: &'static Room,
    person: Person,
    bytes: usize,
}

/// A text with the room that it takes.
struct Kept {
    text: Bytes,
    _taken: Taken,
}

/// Whether so much is not counted.
pub(super) const fn is_beside(bytes: usize) -> bool {
    bytes <= BESIDE
}

impl Person {
    fn of(token: &VerifiedToken) -> Self {
        let claims = token.claims();
        let who = match (claims.subject(), claims.client()) {
            (Some(subject), _) => Who::Subject(subject.into()),
            (None, Some(client)) => Who::Client(client.into()),
            (None, None) => Who::Token(*token.digest().sha256()),
        };
        Self { issuer: token.issuer().as_str().into(), who }
    }
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
        Self { room: &ROOM, person: Person::of(token), bytes: 0 }
    }

    /// So many bytes are held from here on, where there is room for them.
    pub(super) fn holds(&mut self, bytes: usize) -> Result<(), NoRoom> {
        // In steps, so that nobody counts with each chunk.
        let to = if is_beside(bytes) { 0 } else { bytes.next_multiple_of(BESIDE) };
        if to != self.bytes {
            self.room.changes(&self.person, self.bytes, to)?;
            self.bytes = to;
        }
        Ok(())
    }

    /// Hands over what is held, and holds nothing.
    pub(super) fn split(&mut self) -> Self {
        Self { room: self.room, person: self.person.clone(), bytes: mem::take(&mut self.bytes) }
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
        if self.bytes > 0 {
            // What becomes less has room.
            let _given_back = self.room.changes(&self.person, self.bytes, 0).is_ok();
        }
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

    const MIB: usize = 1024 * 1024;

    fn room() -> &'static Room {
        Box::leak(Box::new(Room::of(10 * MIB, 4 * MIB)))
    }

    fn taken(room: &'static Room, name: &str) -> Taken {
        let person = Person { issuer: "https://login.example.com".into(), who: Who::Subject(name.into()) };
        Taken { room, person, bytes: 0 }
    }

    #[test]
    fn one_person_takes_its_share_and_all_take_what_there_is() {
        let room = room();
        let [mut alice, mut also_alice, mut bob, mut carol] =
            ["alice", "alice", "bob", "carol"].map(|name| taken(room, name));
        assert_eq!(alice.holds(3 * MIB), Ok(()));
        assert_eq!(also_alice.holds(2 * MIB), Err(NoRoom));
        assert_eq!(also_alice.holds(MIB), Ok(()));
        assert_eq!(bob.holds(4 * MIB), Ok(()));
        assert_eq!(carol.holds(3 * MIB), Err(NoRoom));
        assert_eq!(carol.holds(2 * MIB), Ok(()));
        assert_eq!(carol.holds(BESIDE), Ok(()), "what is small needs none");
        assert_eq!(room.counts().all, 8 * MIB);
        assert_eq!(bob.holds(5 * MIB), Err(NoRoom));
        assert_eq!(bob.bytes, 4 * MIB, "who got no more keeps what it has");
        drop((alice, also_alice, bob, carol));
        let counts = room.counts();
        assert_eq!((counts.all, counts.each.len()), (0, 0), "who holds nothing is forgotten");
    }

    #[test]
    fn room_is_given_back_with_the_last_piece() {
        let room = room();
        let mut alice = taken(room, "alice");
        alice.holds(MIB).unwrap();
        let mut text = alice.split().keep(vec![b'x'; MIB].into());
        assert_eq!((alice.bytes, room.counts().all), (0, MIB));
        let piece = text.split_to(1);
        drop((text, alice));
        assert_eq!(room.counts().all, MIB);
        drop(piece);
        assert_eq!(room.counts().all, 0);
    }
}
