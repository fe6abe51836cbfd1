//! Says how far the work is, to whoever waits for it at a terminal.

use std::{
    io::{IsTerminal as _, Write as _, stderr},
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc::{RecvTimeoutError, channel},
    },
    thread,
    time::Duration,
};

use warded_scan::Progress;

/// How often it is said. Work that is done sooner says nothing.
const PACE: Duration = Duration::from_secs(1);

/// Does the work, and says meanwhile how far it is and for how long it goes on. The line goes when the work is done; where
/// the process is interrupted it stays, and nothing else does.
pub(super) fn told<T>(is_wanted: bool, work: impl FnOnce(&(dyn Fn(Progress<'_>) + Sync)) -> T) -> T {
    let counts = Counts::default();
    ticking(is_wanted, &|| counts.said(), || work(&|progress| counts.hear(&progress)))
}

/// Does the work, and says meanwhile whatever there is to say of it.
pub(super) fn ticking<T>(is_wanted: bool, said: &(dyn Fn() -> String + Sync), work: impl FnOnce() -> T) -> T {
    if !is_wanted || !stderr().is_terminal() {
        return work();
    }
    let (done, waits) = channel::<()>();
    thread::scope(|scope| {
        scope.spawn(|| {
            let (waits, mut seconds) = (waits, 0);
            // Where nobody reads it any more, nobody needs it.
            while waits.recv_timeout(PACE) == Err(RecvTimeoutError::Timeout) {
                seconds += PACE.as_secs();
                write!(stderr(), "\r{}, {seconds} s\u{1b}[K", said()).ok();
            }
            if seconds > 0 {
                write!(stderr(), "\r\u{1b}[K").ok();
            }
        });
        let outcome = work();
        drop(done);
        outcome
    })
}

/// How much of what is done: files are read first, and then functions are followed.
#[derive(Debug, Default)]
struct Counts {
    read: AtomicUsize,
    followed: AtomicUsize,
    functions: AtomicUsize,
}

impl Counts {
    fn hear(&self, progress: &Progress<'_>) {
        let done = match progress {
            Progress::Read { .. } => &self.read,
            Progress::Followed { of, .. } => {
                self.functions.store(*of, Ordering::Relaxed);
                &self.followed
            }
            _ => return,
        };
        done.fetch_add(1, Ordering::Relaxed);
    }

    fn said(&self) -> String {
        let now = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        match (now(&self.read), now(&self.functions)) {
            (0, _) => "looking for what is worth reading".to_owned(),
            (1, 0) => "1 file read".to_owned(),
            (files, 0) => format!("{files} files read"),
            (_, functions) => format!("{} of {functions} functions followed", now(&self.followed)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn it_is_said_how_far_the_work_is() {
        let (counts, path, took) = (Counts::default(), Path::new("a.py"), Duration::ZERO);
        assert_eq!(counts.said(), "looking for what is worth reading");
        counts.hear(&Progress::Read { path, took });
        counts.hear(&Progress::Read { path, took });
        assert_eq!(counts.said(), "2 files read");
        counts.hear(&Progress::Followed { path, span: 0..1, took, of: 7 });
        assert_eq!(counts.said(), "1 of 7 functions followed");
        assert_eq!(told(true, |_| 5), 5);
    }
}
