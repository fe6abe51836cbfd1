//! From a configuration to a gateway that runs: for `warded up`, its demonstration and tests.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context as _;
use futures_util::{Stream, StreamExt as _};
use tokio::{net::TcpListener, task::JoinHandle};
use warded_gateway::{Current, Listener, Stopper};
use warded_store::{Store, journal::Journal};

pub(crate) use super::made::{NotLaunched, ServedAt};
use super::{
    ground::Ground,
    made::{Made, Wish},
    outside::Outside,
    wanted::Wanted,
};

/// What is launched.
pub(crate) struct Launch<'a> {
    /// The configuration, read.
    pub(crate) wanted: &'a Wanted,
    /// Where it is served.
    pub(crate) listener: TcpListener,
    /// What must not be forgotten.
    pub(crate) store: Arc<dyn Store>,
    /// Where records go; nowhere, where none is kept.
    pub(crate) journal: Option<Arc<dyn Journal>>,
    /// For a demonstration on loopback: the person as whom anybody may continue.
    pub(crate) one_click: Option<String>,
}

/// A gateway that runs.
pub(crate) struct Running {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// What it serves.
    pub(crate) served: Vec<ServedAt>,
    stopper: Stopper,
    task: JoinHandle<()>,
    ground: Arc<Ground>,
}

impl Running {
    /// Runs until there is a signal, then lets requests end; a second signal ends them at once.
    pub(crate) async fn until(self, signals: impl Stream<Item = ()>) -> anyhow::Result<()> {
        let Self { stopper, mut task, ground, .. } = self;
        let mut signals = std::pin::pin!(signals);
        tokio::select! {
            _signal = signals.next() => tracing::info!("stopping; a second signal ends it at once"),
            ended = &mut task => {
                ended.context("the gateway ended by itself")?;
            }
        }
        stopper.begin();
        if !task.is_finished() {
            tokio::select! {
                _ended = &mut task => {}
                Some(()) = signals.next() => {
                    stopper.at_once();
                    let _ended = task.await;
                }
            }
        }
        ground.processes.end().await;
        Ok(())
    }
}

/// Launches what a configuration asks for. Whatever could open a server to a wrong token stops it here.
pub(crate) async fn launch(launch: Launch<'_>) -> Result<Running, NotLaunched> {
    let Launch { wanted, listener, store, journal, one_click } = launch;
    let address = listener.local_addr().context("the place to listen at has no address")?;
    let ground = Arc::new(Ground::prepare(store, journal, one_click).await?);
    let wish = Wish { assessment: &wanted.assessment, folder: &wanted.folder, source: &wanted.source };
    let made = Made::of(&wish, &ground, None).await?;
    tokio::spawn(Outside::warm(Arc::clone(&made.outside.keys)));
    let (stopper, stopping) = warded_gateway::stop();
    let (current, served) = (Current::of(Arc::clone(&made.gateway)), made.served.clone());
    let listener = Listener::plain(listener).context("the place to listen at has no address")?;
    let task = tokio::spawn(warded_gateway::serve(vec![listener], current, stopping));
    Ok(Running { address, served, stopper, task, ground })
}
