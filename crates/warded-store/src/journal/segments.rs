//! Where does a node keep its records? In files that only grow: one line for each record, a new file when one is full
//! or another day begins.
//!
//! Whoever records hands its record over and goes on. One thread writes what was handed over within a window
//! ([`WINDOW`]) as one group; a second one brings it to the disk. The queue has room for so many records, and a call
//! takes the room for both of its records when it is opened. Where there is no room, or the disk takes nothing, no call
//! is opened, or, where the operator wants that, it is counted; the writer tries again by itself.

use std::{
    fmt, io,
    net::IpAddr,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, channel},
    },
    thread::JoinHandle,
    time::Duration,
};

use tokio::sync::watch;
use warded_core::Clock;

use super::{
    Closing, Journal, JournalFailed, Opening, Standing, Stray, Ticket, Unbound,
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
mod record;
mod tally;
mod verify;
mod writer;

use disk::Disk;
use file::Folder;
pub use file::is_node;
pub use identity::identity;
use line::Event;
use queue::{Asked, Queue};
use quota::{Quota, Stranger};
pub use read::{Lines, Segment, segments};
pub use record::Record;
use tally::Tally;
pub use verify::{Account, Broken, Flaw, Trust, verify};
use writer::Writer;

/// For how long records are collected before they are written together. A process that is killed loses what it
/// recorded in the last window, and what the machine needs to write it.
pub const WINDOW: Duration = Duration::from_millis(50);
/// How many records may wait for the disk or be owed to it.
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
    writer: Mutex<Option<JoinHandle<()>>>,
    clock: Arc<dyn Clock>,
    when_full: WhenFull,
    vouched: watch::Receiver<Option<Checkpoint>>,
}

/// What the writer and those who record tell each other.
pub(super) struct Shared {
    queue: Queue,
    tally: Mutex<Tally>,
    strangers: Mutex<Quota>,
}

/// Held by the thread that writes: whatever ends it, nobody waits for it afterwards.
struct Ended(Arc<Shared>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.queue.ended(std::thread::panicking());
    }
}

impl Segments {
    /// Keeps a journal in this folder, behind what is there already.
    pub fn open(folder: &Path, terms: Terms, clock: Arc<dyn Clock>) -> Result<Self, SegmentsFailed> {
        Self::bounded(folder, terms, clock, file::SEGMENT_BYTES, ROOM)
    }

    fn bounded(
        folder: &Path,
        terms: Terms,
        clock: Arc<dyn Clock>,
        segment_bytes: u64,
        room: usize,
    ) -> Result<Self, SegmentsFailed> {
        let keys = terms.key.iter().map(JournalKey::public).collect();
        let trust = Trust::new(keys, terms.last.clone());
        let (folder, found) = Folder::open(folder, &terms.node, segment_bytes, &trust)?;
        if let Some(flaw) = &found.broken {
            tracing::error!(%flaw, "the journal is not what was written, `warded audit verify` says where: records go to another file");
        }
        let when_full = terms.when_full;
        // No record has a number below its call's, so no call gets one that was given before.
        let calls = terms.last.as_ref().map_or(found.end.seq, |last| last.seq.max(found.end.seq));
        let shared = Arc::new(Shared {
            queue: Queue::new(room, calls),
            tally: Mutex::default(),
            strangers: Mutex::default(),
        });
        let (tell, vouched) = watch::channel(None);
        let disk = Disk::start(tell)?;
        let writer = Writer::new(folder, found, terms, Arc::clone(&shared), Arc::clone(&clock), disk);
        let ended = Ended(Arc::clone(&shared));
        let writer = std::thread::Builder::new().name("journal".to_owned()).spawn(move || {
            let _ended = ended;
            writer.run();
        })?;
        Ok(Self { shared, writer: Mutex::new(Some(writer)), clock, when_full, vouched })
    }

    /// Waits until everything that was recorded is on the disk. It blocks.
    pub fn flush(&self) -> Result<(), JournalFailed> {
        self.ask(Asked::Flush)
    }

    /// Vouches for everything that was recorded, and waits until it is on the disk. For the end of a process; it
    /// blocks.
    pub fn seal(&self) -> Result<(), JournalFailed> {
        self.ask(Asked::Seal)
    }

    /// Ends it: what was recorded is vouched for and on the disk, nothing is recorded any more. It blocks.
    pub fn end(&self) {
        self.shared.queue.end();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            let _panicked = writer.join();
        }
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
        let kind = match closing.code {
            _ if stray.is_genuine => Stranger::Stray,
            Some(FOREIGN) => Stranger::Foreign,
            _ => Stranger::Unproven,
        };
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

/// Why a server refuses what it does not know the issuer of.
const FOREIGN: &str = "issuer-unknown";

/// What calls are counted as that were refused because nothing could be recorded.
const UNRECORDED: &str = "journal-unavailable";

/// What requests without a server are counted as, where they have no record of their own.
pub const UNBOUND: &str = "unbound";

impl Drop for Segments {
    fn drop(&mut self) {
        self.end();
    }
}

impl fmt::Debug for Segments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Segments")
    }
}

#[cfg(test)]
mod tests;
