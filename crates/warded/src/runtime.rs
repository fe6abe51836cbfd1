//! How does a command wait? Commands are plain functions; those that talk to a network run their future here.

use std::future::Future;

use anyhow::Context as _;

/// Runs a future to its end on a runtime of its own, with as many threads as there are cores.
pub(crate) fn block_on<T>(future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("warded")
        .build()
        .context("no threads to work with")?;
    let outcome = runtime.block_on(future);
    // A read of standard input cannot be cancelled; waiting for it would keep a finished command from ending.
    runtime.shutdown_background();
    outcome
}
