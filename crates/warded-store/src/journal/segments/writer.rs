//! Who writes? One thread, which keeps what the disk does not take and tries again.

use std::{
    sync::{
        Arc,
        atomic::Ordering,
        mpsc::{Receiver, RecvTimeoutError, Sender},
    },
    time::Duration,
};

use warded_core::{Clock, UnixTime};

use super::{
    Shared,
    file::Folder,
    line::{End, Event},
};
use crate::journal::JournalFailed;

/// How often the writer looks for minutes that are over, and tries a disk again.
const TICK: Duration = Duration::from_secs(1);
/// How many records are written at once.
const BATCH: usize = 1024;

/// What the writer is asked to do.
pub(super) enum Entry {
    /// Write this.
    Record(UnixTime, Event),
    /// Bring everything to the disk, and say so.
    Flush(Sender<Result<(), JournalFailed>>),
    /// Do it, and end.
    End,
}

pub(super) struct Writer {
    folder: Folder,
    end: End,
    /// Lines that are not written yet, and the number of the first of them.
    pending: Vec<u8>,
    first: u64,
    /// The records among them that took room.
    owed: usize,
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
}

impl Writer {
    pub(super) fn new(folder: Folder, end: End, shared: Arc<Shared>, clock: Arc<dyn Clock>) -> Self {
        Self { folder, end, pending: Vec::new(), first: end.seq + 1, owed: 0, shared, clock }
    }

    /// Until it is told to end, or nobody is left who could tell it anything.
    pub(super) fn run(mut self, entries: &Receiver<Entry>) {
        loop {
            let mut asked = Vec::new();
            let next = entries.recv_timeout(TICK);
            let mut ends = matches!(next, Err(RecvTimeoutError::Disconnected));
            for entry in next.into_iter().chain(entries.try_iter().take(BATCH)) {
                match entry {
                    Entry::Record(time, event) => {
                        self.append(time, &event);
                        self.owed += 1;
                    }
                    Entry::Flush(done) => asked.push(done),
                    Entry::End => ends = true,
                }
            }
            self.append_counts(ends || !asked.is_empty());
            let mut written = self.write();
            if ends || !asked.is_empty() {
                written = written.and_then(|()| self.folder.sync().map_err(|_| JournalFailed));
            }
            for done in asked {
                // Who asked may have gone.
                let _gone = done.send(written);
            }
            if ends {
                return;
            }
        }
    }

    fn append(&mut self, time: UnixTime, event: &Event) {
        if let Some((line, end)) = self.end.next(&self.folder.node, time, event) {
            self.pending.extend_from_slice(&line);
            self.end = end;
        }
    }

    fn append_counts(&mut self, also_this_minute: bool) {
        // While the disk takes nothing the counts go on counting: they take no more room by that.
        if self.shared.failing.load(Ordering::Acquire) {
            return;
        }
        let now = self.clock.now();
        for ((server, code), count, minute) in self.shared.drain_tally(now, also_this_minute) {
            self.append(now, &Event::Counted { server, code, count, minute });
        }
    }

    fn write(&mut self) -> Result<(), JournalFailed> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let written = self.folder.write(&self.pending, self.first);
        self.shared.failing.store(written.is_err(), Ordering::Release);
        written.map_err(|_| JournalFailed)?;
        self.pending.clear();
        self.first = self.end.seq + 1;
        self.shared.give_room(std::mem::take(&mut self.owed));
        Ok(())
    }
}
