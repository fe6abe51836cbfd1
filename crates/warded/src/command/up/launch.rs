//! From a configuration to a gateway that runs: for `warded up`, its demonstration and tests.

use std::{io, sync::Arc};

use anyhow::Context as _;
use arc_swap::ArcSwap;
use tokio::net::TcpListener;
use warded_gateway::{Current, Listener};
use warded_store::{Store, journal::Journal};

pub(crate) use super::made::NotLaunched;
use super::{
    certificates::{self, Held},
    fixed::Fixed,
    ground::Ground,
    made::{Made, Wish},
    outside::Outside,
    reload::{Origin, Reloading, Watched},
    running::Running,
    uncertain,
    wanted::Wanted,
    watching::Watching,
};
use crate::config;

/// What is launched.
pub(crate) struct Launch<'a> {
    /// The configuration, read.
    pub(crate) wanted: &'a Wanted,
    /// Where it is served, in the order of the configuration.
    pub(crate) listeners: Vec<TcpListener>,
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
    let Launch { wanted, listeners, store, journal, one_click, origin } = launch;
    let node = &wanted.assessment.serving.journal.node;
    let ground = Arc::new(Ground::prepare(store, journal, one_click, node).await?);
    let (listeners, certificates) = listening(wanted, listeners, &ground)?;
    let address = listeners.first().context("there is no place to listen at")?.address();
    let said = config::said(&wanted.source).map_err(|finding| NotLaunched::Unfit(vec![*finding]))?;
    let wish = Wish { assessment: &wanted.assessment, folder: &wanted.folder, said: &said };
    let made = Made::of(&wish, &ground, None).await?;
    let fixed = Fixed::of(&said);
    // Of a large fleet it is much, and nobody needs the rest of it again.
    drop(said);
    let uncertain = uncertain::taken_over(&ground).await?;
    tokio::spawn(Outside::warm(Arc::clone(&made.outside.keys)));
    let watching = &wanted.assessment.serving.watching;
    let (stopper, stopping) = warded_gateway::stop_within(watching.grace);
    let (current, served) = (Current::of(Arc::clone(&made.gateway)), made.served.clone());
    let seen = Arc::new(ArcSwap::from_pointee(made.announced(&ground)));
    let watched = Watching::begin(&wanted.assessment.serving, &ground, &current, &seen).await?;
    let task = tokio::spawn(warded_gateway::serve(listeners, Arc::clone(&current), stopping));
    let files = origin.map(|origin| Watched::of(origin, wanted.files.clone()));
    let reloading = Reloading { files, source: wanted.source.clone(), fixed, made, ground, current, seen };
    let drain = watching.drain;
    Ok(Running {
        address,
        served,
        uncertain,
        watched,
        drain,
        stopper,
        task,
        reloading,
        _certificates: certificates,
    })
}

/// Where it is served, and with which certificates.
fn listening(
    wanted: &Wanted,
    listeners: Vec<TcpListener>,
    ground: &Ground,
) -> Result<(Vec<Listener>, Option<Held>), NotLaunched> {
    let serving = &wanted.assessment.serving;
    let connections = serving.limits.connections;
    if let Some(files) =
        warded_gateway::take_open_files(connections).filter(|files| *files < connections as u64)
    {
        tracing::warn!(files, connections, "fewer files may be open than connections; raise `ulimit -n`");
    }
    let read = |files| certificates::hold(files, &wanted.folder, Arc::clone(&ground.clock));
    let held = serving.tls.as_ref().map(read).transpose().map_err(NotLaunched::Unfit)?;
    let listeners = listeners.into_iter().zip(&serving.listen).map(|(listener, place)| {
        match held.as_ref().filter(|_| place.is_secured) {
            Some(held) => Listener::secured(listener, Arc::clone(&held.tls)),
            None if place.is_secured => Err(io::Error::other("there is no certificate to show")),
            None => Listener::plain(listener),
        }
    });
    let listeners = listeners.collect::<Result<_, _>>().context("a place to listen at cannot be used")?;
    Ok((listeners, held))
}
