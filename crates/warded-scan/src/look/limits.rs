//! How much may be spent on looking, and what is told meanwhile.

use std::{fmt, num::NonZero, ops::Range, path::Path, thread, time::Duration};

/// How much may be spent.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a plain description, written by whoever asks")]
pub struct Limits {
    /// How long may be looked at one file: to read it, and to follow its functions.
    pub budget: Duration,
    /// How many files are looked at at the same time.
    pub threads: NonZero<usize>,
}

impl Default for Limits {
    fn default() -> Self {
        let threads = thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
        Self { budget: Duration::from_secs(10), threads }
    }
}

/// How far it is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Progress<'f> {
    /// A file was read. How many of them that will be is known when all is followed.
    Read {
        /// Which.
        path: &'f Path,
        /// How long that took.
        took: Duration,
    },
    /// A function was followed on all its ways. Where another one keeps what it asks for, that is done once more.
    Followed {
        /// In which file it stands.
        path: &'f Path,
        /// Where in it.
        span: Range<usize>,
        /// How long that took.
        took: Duration,
        /// Of how many.
        of: usize,
    },
}

/// Who looks on: it has the time, and hears how far it is. Both are asked from several threads.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "a plain description, written by whoever asks")]
pub struct Watch<'w> {
    /// How much time went by since any moment.
    pub clock: &'w (dyn Fn() -> Duration + Sync),
    /// Hears each step, in no order.
    pub progress: &'w (dyn Fn(Progress<'_>) + Sync),
}

impl Watch<'_> {
    /// Nobody: no time goes by, and nobody hears anything.
    pub(crate) const NOBODY: Watch<'static> = Watch { clock: &|| Duration::ZERO, progress: &|_| {} };

    /// What something comes to, and how long that took.
    pub(crate) fn timed<T>(&self, what: impl FnOnce() -> T) -> (T, Duration) {
        let begun = (self.clock)();
        let done = what();
        (done, (self.clock)().saturating_sub(begun))
    }
}

impl fmt::Debug for Watch<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Watch").finish_non_exhaustive()
    }
}

/// When something must have come to its end.
#[derive(Clone, Copy)]
pub(crate) struct Deadline<'w> {
    clock: &'w (dyn Fn() -> Duration + Sync),
    at: Duration,
}

impl<'w> Deadline<'w> {
    /// After so much time.
    pub(crate) fn after(watch: &Watch<'w>, left: Duration) -> Self {
        Self { clock: watch.clock, at: (watch.clock)().saturating_add(left) }
    }

    /// Whether it went by.
    pub(crate) fn is_over(&self) -> bool {
        (self.clock)() > self.at
    }
}

impl fmt::Debug for Deadline<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Deadline").field(&self.at).finish()
    }
}
