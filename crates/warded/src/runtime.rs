//! How does a command wait? Commands are plain functions; those that talk to a network run their future here.

use std::future::Future;

use anyhow::Context as _;
use tokio::runtime::Builder;

use crate::command::login;

/// Runs a future to its end on a runtime of its own, with as many threads as there are cores. A signal ends it, too.
pub(crate) fn block_on<T>(future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    block_on_workers(None, async {
        tokio::select! {
            biased;
            outcome = future => outcome,
            () = login::ended() => anyhow::bail!("interrupted"),
        }
    })
}

/// Runs a future to its end with so many threads; as many as there are cores where it does not matter. What a signal does
/// is the future's to say.
pub(crate) fn block_on_workers<T>(
    workers: Option<usize>,
    future: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    // One thread needs nobody to wake, and takes nobody's work.
    let mut builder =
        if workers == Some(1) { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    if let Some(workers) = workers {
        builder.worker_threads(workers);
    }
    let runtime = builder.enable_all().thread_name("warded").build().context("no threads to work with")?;
    let attended = login::attended();
    let outcome = runtime.block_on(future);
    // A read of standard input cannot be cancelled; waiting for it would keep a finished command from ending.
    runtime.shutdown_background();
    login::give_back();
    drop(attended);
    outcome
}
