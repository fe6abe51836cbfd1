//! Says that the work goes on, to whoever waits for it at a terminal.

use std::{
    io::{IsTerminal as _, Write as _, stderr},
    sync::mpsc::{RecvTimeoutError, channel},
    thread,
    time::Duration,
};

/// How often it is said. Work that is done sooner says nothing.
const PACE: Duration = Duration::from_secs(1);

/// Does the work, and says meanwhile what is done and for how long. The line goes when the work is done; where the
/// process is interrupted it stays, and nothing else does.
pub(super) fn told<T>(is_wanted: bool, what: &str, work: impl FnOnce() -> T) -> T {
    if !is_wanted || !stderr().is_terminal() {
        return work();
    }
    let (done, waits) = channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut seconds = 0;
            // Where nobody reads it any more, nobody needs it.
            while waits.recv_timeout(PACE) == Err(RecvTimeoutError::Timeout) {
                seconds += PACE.as_secs();
                write!(stderr(), "\r{what}, {seconds} s\u{1b}[K").ok();
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
