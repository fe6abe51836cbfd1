//! Who brings it to the disk? A thread of its own: a disk that takes its time must not keep the next group waiting.
//!
//! What was written is safe from the end of the process; what was brought to the disk is safe from a power cut. A
//! checkpoint is told to the store only when it is on the disk: the store must never know more than the journal.

use std::{
    fs::File,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread::JoinHandle,
};

use tokio::sync::watch;

use super::queue::Done;
use crate::journal::{JournalFailed, checkpoint::Checkpoint};

/// What is to be brought to the disk.
struct Work {
    file: Option<Arc<File>>,
    /// Up to which record.
    end: u64,
    checkpoint: Option<Checkpoint>,
    done: Vec<Done>,
}

pub(super) struct Disk {
    work: Option<Sender<Work>>,
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    is_busy: AtomicBool,
    has_failed: AtomicBool,
    /// Up to which record everything is on the disk.
    safe: AtomicU64,
}

impl Disk {
    pub(super) fn start(tell: watch::Sender<Option<Checkpoint>>) -> io::Result<Self> {
        let (work, todo) = channel();
        let state = Arc::new(State::default());
        let thread = std::thread::Builder::new().name("journal-disk".to_owned());
        let thread = thread.spawn({
            let state = Arc::clone(&state);
            move || run(&todo, &state, &tell)
        })?;
        Ok(Self { work: Some(work), state, thread: Some(thread) })
    }

    /// Whether it is still at what it was given before.
    pub(super) fn is_busy(&self) -> bool {
        self.state.is_busy.load(Ordering::Acquire)
    }

    /// Whether something did not reach the disk since this was asked.
    pub(super) fn has_failed(&self) -> bool {
        self.state.has_failed.swap(false, Ordering::AcqRel)
    }

    /// Up to which record everything was brought to the disk.
    pub(super) fn safe(&self) -> u64 {
        self.state.safe.load(Ordering::Acquire)
    }

    /// Everything up to this record is there, or told as lost.
    pub(super) fn is_safe(&self, end: u64) {
        self.state.safe.fetch_max(end, Ordering::AcqRel);
    }

    /// Brings a file to the disk, then tells the store and whoever waits.
    pub(super) fn bring(
        &self,
        file: Option<Arc<File>>,
        end: u64,
        checkpoint: Option<Checkpoint>,
        done: Vec<Done>,
    ) {
        self.state.is_busy.store(true, Ordering::Release);
        if let Some(work) = &self.work {
            // A thread that is gone drops whoever waits, which tells them.
            let _gone = work.send(Work { file, end, checkpoint, done });
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(self.work.take());
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

fn run(todo: &Receiver<Work>, state: &State, tell: &watch::Sender<Option<Checkpoint>>) {
    while let Ok(Work { file, end, checkpoint, done }) = todo.recv() {
        let brought = file.map_or(Ok(()), |file| file.sync_data()).map_err(|_| JournalFailed);
        match brought {
            Err(JournalFailed) => state.has_failed.store(true, Ordering::Release),
            // What failed before is not there because the next attempt succeeds: the kernel tells it once.
            Ok(()) if state.has_failed.load(Ordering::Acquire) => {}
            Ok(()) => {
                state.safe.fetch_max(end, Ordering::AcqRel);
                if let Some(checkpoint) = checkpoint {
                    drop(tell.send_replace(Some(checkpoint)));
                }
            }
        }
        state.is_busy.store(false, Ordering::Release);
        for done in done {
            // Who asked may have gone.
            let _gone = done.send(brought);
        }
    }
}
