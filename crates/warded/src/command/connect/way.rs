//! From what was asked for to an open connection: what carries the messages, and what ends it.

use std::{future::Future, sync::Arc};

use anyhow::Context as _;
use warded_client::{bridge::Bridge, listen::Listen};

use super::Connect;
use crate::command::login::say;

/// Opens the connection, and returns when it has ended.
pub(super) async fn open(connect: &Connect, quiet: bool) -> anyhow::Result<()> {
    let session = connect.login.session(&connect.server, quiet, connect.patience())?;
    let stop = stop()?;
    match connect.listen {
        None => {
            let (input, output) = (tokio::io::stdin(), tokio::io::stdout());
            Bridge::run(session, input, output, connect.patience(), stop).await.context("the bridge broke")
        }
        Some(address) => {
            let listen = Listen::bind(address).await?;
            let (bearer, who) = connect.bearers.begin()?;
            // A query may hold a key.
            let path = connect.server.path_and_query().split('?').next().unwrap_or_default();
            let origin = connect.server.origin();
            say(&format!("listening on http://{}{path} for {origin}{path}; {who}", listen.address()));
            listen.serve(Arc::new(session), bearer, stop).await;
            Ok(())
        }
    }
}

/// Completes when the process is asked to end.
#[cfg(unix)]
fn stop() -> anyhow::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hang_up.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop() -> anyhow::Result<impl Future<Output = ()>> {
    Ok(async {
        tokio::signal::ctrl_c().await.ok();
    })
}
