//! Who brings it to the disk? A thread of its own: a disk that takes its time must not keep the next group waiting.
//!
//! What was written is safe from the end of the process; what was brought to the disk is safe from a power cut. A
//! checkpoint is told to the store only when it is on the disk: the store must never know more than the journal.

use std::{
    fs::File,
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread::JoinHandle,
};

use tokio::sync::watch;

use super::{line::End, queue::Done};
use crate::journal::{JournalFailed, checkpoint::Checkpoint};

/// How a file is brought to the disk.
pub(super) type Brings = Arc<dyn Fn(&File) -> io::Result<()> + Send + Sync>;

/// What is to be brought to the disk.
struct Work {
    file: Option<Arc<File>>,
    /// What else it stands or falls with.
    generation: u64,
    /// Up to which record.
    end: End,
    checkpoint: Option<Checkpoint>,
    done: Vec<Done>,
}

pub(super) struct Disk {
    work: Option<Sender<Work>>,
    /// What is written now. The kernel tells once what it dropped: that a later attempt succeeds says nothing of what was
    /// written before, so a generation that has failed never succeeds again.
    generation: u64,
    brings: Brings,
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    is_busy: AtomicBool,
    /// Every generation before this one has failed.
    failed: AtomicU64,
    /// Up to which record everything is on the disk.
    safe: Mutex<End>,
}

impl State {
    fn has_failed(&self, generation: u64) -> bool {
        self.failed.load(Ordering::Acquire) > generation
    }

    fn is_safe(&self, end: End) {
        let mut safe = self.safe.lock().unwrap_or_else(PoisonError::into_inner);
        if end.seq > safe.seq {
            *safe = end;
        }
    }
}

impl Disk {
    pub(super) fn start(tell: watch::Sender<Option<Checkpoint>>, brings: Brings) -> io::Result<Self> {
        let (work, todo) = channel();
        let state = Arc::new(State::default());
        let thread = std::thread::Builder::new().name("journal-disk".to_owned());
        let thread = thread.spawn({
            let (state, brings) = (Arc::clone(&state), Arc::clone(&brings));
            move || run(&todo, &state, &*brings, &tell)
        })?;
        Ok(Self { work: Some(work), generation: 0, brings, state, thread: Some(thread) })
    }

    /// Whether it is still at what it was given before.
    pub(super) fn is_busy(&self) -> bool {
        self.state.is_busy.load(Ordering::Acquire)
    }

    /// Whether something of what is written now did not reach the disk.
    pub(super) fn has_failed(&self) -> bool {
        self.state.has_failed(self.generation)
    }

    /// What is given from here on stands by itself.
    pub(super) fn begin_anew(&mut self) {
        self.generation = self.generation.saturating_add(1);
    }

    /// Up to which record everything was brought to the disk.
    pub(super) fn safe(&self) -> End {
        *self.state.safe.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything up to this record is there, or told as lost.
    pub(super) fn is_safe(&self, end: End) {
        self.state.is_safe(end);
    }

    /// Brings a file to the disk, then tells the store and whoever waits.
    pub(super) fn bring(
        &self,
        file: Option<Arc<File>>,
        end: End,
        checkpoint: Option<Checkpoint>,
        done: Vec<Done>,
    ) {
        self.state.is_busy.store(true, Ordering::Release);
        if let Some(work) = &self.work {
            // A thread that is gone drops whoever waits, which tells them.
            let _gone = work.send(Work { file, generation: self.generation, end, checkpoint, done });
        }
    }

    /// Brings a file to the disk at once; whether it is there.
    pub(super) fn brings(&self, file: &File) -> bool {
        !self.has_failed() && (self.brings)(file).is_ok()
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

fn run(
    todo: &Receiver<Work>,
    state: &State,
    brings: &dyn Fn(&File) -> io::Result<()>,
    tell: &watch::Sender<Option<Checkpoint>>,
) {
    while let Ok(Work { file, generation, end, checkpoint, done }) = todo.recv() {
        let brought = if state.has_failed(generation) {
            Err(JournalFailed)
        } else {
            file.map_or(Ok(()), |file| brings(&file)).map_err(|_| JournalFailed)
        };
        if brought.is_err() {
            state.failed.fetch_max(generation.saturating_add(1), Ordering::AcqRel);
        } else {
            state.is_safe(end);
            if let Some(checkpoint) = checkpoint {
                drop(tell.send_replace(Some(checkpoint)));
            }
        }
        state.is_busy.store(false, Ordering::Release);
        for done in done {
            // Who asked may have gone.
            let _gone = done.send(brought);
        }
    }
}
