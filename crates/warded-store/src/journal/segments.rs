//! Where does a node keep its records? In files that only grow: one line for each record, a new file when one is full
//! or another day begins.
//!
//! Whoever records hands its record over and goes on. One thread writes what was handed over within a window
//! ([`WINDOW`]) as one group; a second one brings it to the disk. The queue has room for so many records that wait. Where
//! there is no room, or the disk takes nothing, no call is opened, or, where the operator wants that, it is counted; the
//! writer tries again by itself. A call that was opened always gets its end: it holds no room until then, so that calls which
//! last do not keep others out.

use std::{
    fmt, io,
    net::IpAddr,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, channel},
    },
    thread::JoinHandle,
    time::Duration,
};

use tokio::sync::watch;
use warded_core::Clock;

use super::{
    Act, Closing, Journal, JournalFailed, Opening, Standing, Stray, Ticket, Unbound,
    checkpoint::{Checkpoint, JournalKey},
};

mod disk;
mod file;
mod identity;
mod line;
mod place;
mod queue;
mod quota;
mod read;
mod ready;
mod record;
mod tally;
mod verify;
mod writer;

pub use file::is_node;
pub use identity::{folder_identity, identity};
use line::Event;
use queue::{Asked, Queue};
use quota::{Quota, Stranger};
pub use read::{Lines, Segment, segments};
use ready::Bounds;
pub use ready::Ready;
pub use record::Record;
use tally::Tally;
pub use verify::{Account, Broken, Flaw, Left, Trust, verify};

/// For how long records are collected before they are written together. A process that is killed loses what it
/// recorded in the last window, and what the machine needs to write it.
pub const WINDOW: Duration = Duration::from_millis(50);
/// How many records may wait for the disk, besides the ends of calls.
const ROOM: usize = 65_536;

/// How a journal is kept.
#[derive(Debug)]
#[non_exhaustive]
pub struct Terms {
    /// The node's name.
    pub node: String,
    /// With what it is vouched for; without one, only the chain of hashes holds it together.
    pub key: Option<JournalKey>,
    /// Where the chain stood when it was last vouched for, as the store has it.
    pub last: Option<Checkpoint>,
    /// What happens to calls while nothing can be recorded.
    pub when_full: WhenFull,
    /// For how many seconds records are kept; forever where it is none. Files leave whole.
    pub keep: Option<u32>,
}

impl Terms {
    /// The journal of a node: kept forever, no call without a record, and nobody vouches for it yet.
    pub fn of(node: &str) -> Self {
        Self { node: node.to_owned(), key: None, last: None, when_full: WhenFull::default(), keep: None }
    }
}

/// What happens to calls while nothing can be recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third way")]
pub enum WhenFull {
    /// They are refused.
    #[default]
    Refuse,
    /// They go on, and the journal says how many there were as soon as it can.
    Count,
}

/// Why a journal cannot be kept in a folder.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SegmentsFailed {
    /// The node's name cannot be part of a file's name.
    #[error("a node's name is 1 to 64 letters, digits, `_` and `-`")]
    Node,
    /// The folder or a file in it cannot be read or written.
    #[error("the journal's folder cannot be used: {0}")]
    Folder(io::ErrorKind),
    /// Another process writes the journal of this node.
    #[error(
        "another process writes the journal of this node in this folder: give each its own name or folder"
    )]
    Taken,
    /// What is written to a file would be written elsewhere, too.
    #[error(
        "`{file}` has a second name (a hard link), or is no file: remove the other name; a backup is a copy of its own"
    )]
    Linked {
        /// The file's name.
        file: String,
    },
    /// The last record is not one.
    #[error("`{file}` does not end with a record of this journal: move it away, or choose another folder")]
    Foreign {
        /// The file's name.
        file: String,
    },
}

impl From<io::Error> for SegmentsFailed {
    fn from(error: io::Error) -> Self {
        Self::Folder(error.kind())
    }
}

/// The journal of one node.
pub struct Segments {
    shared: Arc<Shared>,
    writer: Mutex<Option<JoinHandle<Result<(), JournalFailed>>>>,
    clock: Arc<dyn Clock>,
    when_full: WhenFull,
    vouched: watch::Receiver<Option<Checkpoint>>,
}

/// What the writer and those who record tell each other.
pub(super) struct Shared {
    queue: Queue,
    tally: Mutex<Tally>,
    strangers: Mutex<Quota>,
    /// Whether somebody else keeps the journal of this node.
    is_disowned: AtomicBool,
}

/// Held by the thread that writes: whatever ends it, nobody waits for it afterwards.
struct Ended(Arc<Shared>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.queue.ended(std::thread::panicking());
    }
}

impl Segments {
    /// Keeps a journal in this folder, behind what is there already. Where the last checkpoint is sealed, see
    /// [`Self::look`].
    pub fn open(folder: &Path, terms: Terms, clock: Arc<dyn Clock>) -> Result<Self, SegmentsFailed> {
        Self::look(folder, terms, clock)?.begin()
    }

    /// Looks at what is in this folder, and holds it; nothing is written until it begins. A store whose last checkpoint is
    /// sealed has to hear in between that it is not any more.
    pub fn look(folder: &Path, terms: Terms, clock: Arc<dyn Clock>) -> Result<Ready, SegmentsFailed> {
        Ready::look(folder, terms, clock, Bounds::default())
    }

    /// Waits until everything that was recorded is on the disk. It blocks.
    pub fn flush(&self) -> Result<(), JournalFailed> {
        self.ask(Asked::Flush)
    }

    /// Records what an operator is about to do, and waits until that is on the disk. It blocks.
    pub fn act(&self, act: Act) -> Result<(), JournalFailed> {
        self.shared.queue.record(Event::Act(act), self.clock.now());
        self.flush()
    }

    /// Vouches for everything that was recorded, and waits until it is on the disk. For the end of a process; it
    /// blocks.
    pub fn seal(&self) -> Result<(), JournalFailed> {
        self.ask(Asked::Seal)
    }

    /// Ends it: what was recorded is vouched for and on the disk, nothing is recorded any more. It blocks. An error says that
    /// something of it is lost; whoever asks again has been told.
    pub fn end(&self) -> Result<(), JournalFailed> {
        self.shared.queue.end();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        writer.map_or(Ok(()), |writer| writer.join().unwrap_or(Err(JournalFailed)))
    }

    /// Nothing is recorded any more: as on a disk that takes nothing, until it is opened anew. For whoever has lost its name to
    /// another process, since what both write under it is signed with one key.
    pub fn disown(&self) {
        self.shared.is_disowned.store(true, Ordering::Release);
        self.shared.queue.failed();
    }

    /// The last checkpoint that is on the disk: what a store should keep.
    pub fn checkpoints(&self) -> watch::Receiver<Option<Checkpoint>> {
        self.vouched.clone()
    }

    fn ask(&self, asked: impl FnOnce(queue::Done) -> Asked) -> Result<(), JournalFailed> {
        let (done, written): (_, Receiver<Result<(), JournalFailed>>) = channel();
        self.shared.queue.ask(asked(done));
        written.recv().map_err(|_| JournalFailed)?
    }

    /// Somebody who is not known has a record left, or is counted.
    fn admits_stranger(&self, kind: Stranger, from: Option<IpAddr>, key: &[&str]) -> bool {
        let now = self.clock.now();
        let mut strangers = self.shared.strangers.lock().unwrap_or_else(PoisonError::into_inner);
        strangers.admit(kind, from, key, now)
    }
}

impl Journal for Segments {
    fn open(&self, opening: Opening) -> Result<Ticket, JournalFailed> {
        let server = Arc::clone(&opening.server);
        let opened = self.shared.queue.open(opening, self.clock.now(), self.when_full);
        if opened.is_err() {
            // It has no record; how many there were is told once the disk takes it.
            self.count(&server, UNRECORDED);
        }
        opened
    }

    fn close(&self, ticket: Ticket, _: &str, closing: Closing) {
        self.shared.queue.close(&ticket, closing, self.clock.now());
    }

    fn refuse(&self, opening: Opening, closing: Closing) {
        self.shared.queue.record(Event::Refused(opening, closing), self.clock.now());
    }

    fn stray(&self, stray: Stray, closing: Closing) {
        let kind = Stranger::presented(&stray, &closing);
        // A client that mixes up its tokens tries over and over; it must not hide somebody else's.
        if self.admits_stranger(kind, stray.from, &[&stray.server, &stray.token]) {
            self.shared.queue.record(Event::Stray(stray, closing), self.clock.now());
        } else if let Some(code) = closing.code {
            self.count(&stray.server, code);
        }
    }

    fn unbound(&self, unbound: Unbound) {
        let key = [&*unbound.issuer, unbound.endpoint.name(), &*unbound.client];
        if self.admits_stranger(Stranger::Unbound, unbound.from, &key) {
            self.shared.queue.record(Event::Unbound(unbound), self.clock.now());
        } else {
            self.count(&unbound.issuer, UNBOUND);
        }
    }

    fn count(&self, server: &str, code: &'static str) {
        let now = self.clock.now();
        self.shared.tally.lock().unwrap_or_else(PoisonError::into_inner).count(server, code, now);
    }

    fn standing(&self) -> Standing {
        self.shared.queue.standing()
    }
}

/// What calls are counted as that were refused because nothing could be recorded.
const UNRECORDED: &str = "journal-unavailable";

/// What requests without a server are counted as, where they have no record of their own.
pub const UNBOUND: &str = "unbound";

impl Drop for Segments {
    fn drop(&mut self) {
        // Whoever wants to know asks.
        let _lost = self.end();
    }
}

impl fmt::Debug for Segments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Segments")
    }
}

#[cfg(test)]
mod tests;
