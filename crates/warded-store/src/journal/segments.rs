//! Where does a node keep its records? In files that only grow: one line for each record, a new file when one is full.
//!
//! One thread writes; whoever records hands its record over and goes on. The queue has room for so many records, and
//! a call takes the room for both of its records when it is opened. Where there is no room, or the disk takes nothing,
//! no call is opened; the writer tries again by itself.

use std::{
    fmt, io,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
        mpsc::{Sender, channel},
    },
    thread::JoinHandle,
};

use warded_core::{Clock, UnixTime};

use super::{Closing, Journal, JournalFailed, Opening, Stray, Ticket};

mod file;
mod line;
mod quota;
mod tally;
mod verify;
mod writer;

use file::Folder;
use line::Event;
use quota::Quota;
use tally::Tally;
pub use verify::{ChainBroken, verify};
use writer::{Entry, Writer};

/// How many records may wait for the disk or be owed to it.
const ROOM: usize = 65_536;

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
    queue: Sender<Entry>,
    writer: Option<JoinHandle<()>>,
    clock: Arc<dyn Clock>,
}

/// What the writer and those who record tell each other.
pub(super) struct Shared {
    /// Records that may still be handed over.
    room: AtomicUsize,
    /// Whether the disk takes nothing.
    failing: AtomicBool,
    calls: AtomicU64,
    tally: Mutex<Tally>,
    strays: Mutex<Quota>,
}

impl Shared {
    fn take_room(&self, records: usize) -> Result<(), JournalFailed> {
        let take = |room: usize| room.checked_sub(records);
        if self.failing.load(Ordering::Acquire) {
            return Err(JournalFailed);
        }
        self.room.fetch_update(Ordering::AcqRel, Ordering::Acquire, take).map(drop).map_err(|_| JournalFailed)
    }

    fn give_room(&self, records: usize) {
        self.room.fetch_add(records, Ordering::AcqRel);
    }

    fn drain_tally(&self, now: UnixTime, also_this_minute: bool) -> Vec<(tally::Key, u64, UnixTime)> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).drain(now, also_this_minute)
    }
}

impl Segments {
    /// Keeps the journal of `node` in this folder, behind what is there already.
    pub fn open(folder: &Path, node: &str, clock: Arc<dyn Clock>) -> Result<Self, SegmentsFailed> {
        Self::bounded(folder, node, clock, file::SEGMENT_BYTES, ROOM)
    }

    fn bounded(
        folder: &Path,
        node: &str,
        clock: Arc<dyn Clock>,
        segment_bytes: u64,
        room: usize,
    ) -> Result<Self, SegmentsFailed> {
        let (folder, end) = Folder::open(folder, node, segment_bytes)?;
        let shared = Arc::new(Shared {
            room: AtomicUsize::new(room),
            failing: AtomicBool::new(false),
            calls: AtomicU64::new(end.seq),
            tally: Mutex::default(),
            strays: Mutex::default(),
        });
        let (queue, entries) = channel();
        let writer = Writer::new(folder, end, Arc::clone(&shared), Arc::clone(&clock));
        let writer =
            std::thread::Builder::new().name("journal".to_owned()).spawn(move || writer.run(&entries))?;
        Ok(Self { shared, queue, writer: Some(writer), clock })
    }

    /// Waits until everything that was recorded is on the disk. For the end of a process; it blocks.
    pub fn flush(&self) -> Result<(), JournalFailed> {
        let (done, written) = channel();
        self.queue.send(Entry::Flush(done)).map_err(|_| JournalFailed)?;
        written.recv().map_err(|_| JournalFailed)?
    }

    fn hand_over(&self, event: Event) -> Result<(), JournalFailed> {
        self.queue.send(Entry::Record(self.clock.now(), event)).map_err(|_| JournalFailed)
    }
}

impl Journal for Segments {
    fn open(&self, opening: Opening) -> Result<Ticket, JournalFailed> {
        self.shared.take_room(2)?;
        let call = self.shared.calls.fetch_add(1, Ordering::AcqRel) + 1;
        self.hand_over(Event::Call(call, opening))?;
        Ok(Ticket::new(call))
    }

    fn close(&self, ticket: Ticket, closing: Closing) {
        // A writer that is gone has told everybody who wanted to open a call.
        let _gone = self.hand_over(Event::End(ticket.call(), closing));
    }

    fn refuse(&self, opening: Opening, closing: Closing) {
        if self.shared.take_room(1).is_ok() {
            let _gone = self.hand_over(Event::Refused(opening, closing));
        }
    }

    fn stray(&self, stray: Stray, closing: Closing) {
        let now = self.clock.now();
        let mut quota = self.shared.strays.lock().unwrap_or_else(PoisonError::into_inner);
        let is_recorded = quota.admit(&stray.server, &stray.token, now) && self.shared.take_room(1).is_ok();
        drop(quota);
        if is_recorded {
            let _gone = self.hand_over(Event::Stray(stray, closing));
        } else if let Some(code) = closing.code {
            self.count(&stray.server, code);
        }
    }

    fn count(&self, server: &str, code: &'static str) {
        let now = self.clock.now();
        self.shared.tally.lock().unwrap_or_else(PoisonError::into_inner).count(server, code, now);
    }
}

impl Drop for Segments {
    fn drop(&mut self) {
        if self.queue.send(Entry::End).is_ok()
            && let Some(writer) = self.writer.take()
        {
            let _panicked = writer.join();
        }
    }
}

impl fmt::Debug for Segments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Segments")
    }
}

#[cfg(test)]
mod tests;
