//! What becomes of a terminal that shows nothing when a signal ends the process? It is given back first: whatever reads it next
//! would have no echo and no Ctrl-C. A signal that is heard once ends no process by itself any more, so whoever runs the
//! command is told; and where nobody runs it any more, since it has its answer and only writes that, it ends here.

use std::{
    io,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
};

use tokio::{
    runtime::Builder,
    signal::unix::{Signal, SignalKind, signal},
    sync::Notify,
};

/// Whether somebody listens.
static LISTENS: Mutex<bool> = Mutex::new(false);
/// Whether somebody would do what a signal asks for.
static ATTENDED: AtomicBool = AtomicBool::new(false);
/// Told when a signal has come.
static ENDED: Notify = Notify::const_new();

/// Listens from now on, as long as the process runs. The terminal itself sends no signal while it shows nothing.
pub(in crate::command::login) fn listen() -> io::Result<()> {
    let mut listens = LISTENS.lock().unwrap_or_else(PoisonError::into_inner);
    if !*listens {
        let (send, begun) = mpsc::channel();
        // On a thread of its own, which outlives the runtime of the command.
        thread::Builder::new().name("signals".to_owned()).spawn(move || hear(&send))?;
        begun.recv().map_err(io::Error::other)??;
        *listens = true;
    }
    Ok(())
}

fn hear(begun: &mpsc::Sender<io::Result<()>>) {
    let runtime = match Builder::new_current_thread().enable_io().build() {
        Ok(runtime) => runtime,
        Err(error) => return drop(begun.send(Err(error))),
    };
    runtime.block_on(async {
        let signals = match signals() {
            Ok(signals) => signals,
            Err(error) => return drop(begun.send(Err(error))),
        };
        begun.send(Ok(())).ok();
        for mut signal in signals {
            tokio::spawn(async move {
                while signal.recv().await.is_some() {
                    arrived();
                }
            });
        }
        std::future::pending::<()>().await;
    });
}

fn arrived() {
    super::give_back();
    if !ATTENDED.load(Ordering::SeqCst) {
        end();
    }
    ENDED.notify_one();
}

/// What ends a process, but for what whoever started this one has it ignore, as `nohup` and `trap ''` do.
fn signals() -> io::Result<Vec<Signal>> {
    // Only Linux says so; elsewhere all of them end it.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup(), SignalKind::quit()]
        .into_iter()
        .filter(|kind| !is_ignored(&status, kind.as_raw_value()))
        .map(signal)
        .collect()
}

fn is_ignored(status: &str, signal: i32) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask & (1 << (signal - 1)) != 0
}

#[expect(clippy::exit, clippy::disallowed_methods, reason = "whoever could return is waiting to be read")]
fn end() -> ! {
    std::process::exit(1)
}

/// Says that what a signal asks for is done as long as this lives.
pub(in crate::command::login) fn attended() -> impl Drop {
    ATTENDED.store(true, Ordering::SeqCst);
    Attended(())
}

struct Attended(());

impl Drop for Attended {
    fn drop(&mut self) {
        ATTENDED.store(false, Ordering::SeqCst);
    }
}

/// Completes when a signal has come that would have ended the process, had nobody listened.
pub(in crate::command::login) async fn ended() {
    ENDED.notified().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ignored_is_read_from_its_bit() {
        let status = "SigBlk:\t0000000000000001\nSigIgn:\t0000000000001001\nSigCgt:\t0000000000000000\n";
        assert!(is_ignored(status, SignalKind::hangup().as_raw_value()));
        assert!(!is_ignored(status, SignalKind::interrupt().as_raw_value()));
        assert!(!is_ignored(status, SignalKind::terminate().as_raw_value()));
        assert!(!is_ignored("", SignalKind::hangup().as_raw_value()));
    }
}
