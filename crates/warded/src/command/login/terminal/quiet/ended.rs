//! What becomes of a terminal that shows nothing when a signal ends the process? It is given back first: whatever reads it next
//! would have no echo and no Ctrl-C. A signal that is heard once ends no process by itself any more, so whoever runs the
//! command is told.

use std::{
    io,
    sync::atomic::{AtomicBool, Ordering},
};

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::Notify,
};

/// Whether somebody listens.
static LISTENS: AtomicBool = AtomicBool::new(false);
/// Told when a signal has come.
static ENDED: Notify = Notify::const_new();

/// Listens from now on, as long as the process runs. The terminal itself sends no signal while it shows nothing.
pub(in crate::command::login) fn listen() -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    if LISTENS.swap(true, Ordering::SeqCst) {
        return Ok(());
    }
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
                _ = hang_up.recv() => {}
            }
            super::give_back();
            ENDED.notify_one();
        }
    });
    Ok(())
}

/// Completes when a signal has come that would have ended the process, had nobody listened.
pub(in crate::command::login) async fn ended() {
    ENDED.notified().await;
}
