//! From a configuration to a gateway that runs: for `warded up`, its demonstration and tests.

use std::sync::Arc;

use anyhow::Context as _;
use arc_swap::ArcSwap;
use tokio::net::TcpListener;
use warded_gateway::{Current, Listener};
use warded_store::{Store, journal::Journal};

pub(crate) use super::made::NotLaunched;
use super::{
    ground::Ground,
    made::{Made, Wish},
    outside::Outside,
    reload::{Origin, Reloading, Watched},
    running::Running,
    wanted::Wanted,
    watching::Watching,
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
    /// What the configuration is read from again; nothing, where it is in no file.
    pub(crate) origin: Option<Origin>,
}

/// Launches what a configuration asks for. Whatever could open a server to a wrong token stops it here.
pub(crate) async fn launch(launch: Launch<'_>) -> Result<Running, NotLaunched> {
    let Launch { wanted, listener, store, journal, one_click, origin } = launch;
    let address = listener.local_addr().context("the place to listen at has no address")?;
    let ground = Arc::new(Ground::prepare(store, journal, one_click).await?);
    let wish = Wish { assessment: &wanted.assessment, folder: &wanted.folder, source: &wanted.source };
    let made = Made::of(&wish, &ground, None).await?;
    tokio::spawn(Outside::warm(Arc::clone(&made.outside.keys)));
    let watching = &wanted.assessment.serving.watching;
    let (stopper, stopping) = warded_gateway::stop_within(watching.grace);
    let (current, served) = (Current::of(Arc::clone(&made.gateway)), made.served.clone());
    let seen = Arc::new(ArcSwap::from_pointee(made.announced(&ground)));
    let watched = Watching::begin(watching, &ground, &current, &seen).await?;
    let listener = Listener::plain(listener).context("the place to listen at has no address")?;
    let task = tokio::spawn(warded_gateway::serve(vec![listener], Arc::clone(&current), stopping));
    let files = origin.map(|origin| Watched::of(origin, &wanted.source));
    let reloading = Reloading { files, source: wanted.source.clone(), made, ground, current, seen };
    Ok(Running { address, served, watched, drain: watching.drain, stopper, task, reloading })
}
