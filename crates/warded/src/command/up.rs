//! `warded up`: puts a front door before MCP servers, and runs the issuers that cut the keys for it.

mod alerts;
mod announce;
mod asking;
pub(crate) mod books;
pub(crate) mod certificates;
mod doors;
mod files;
mod fixed;
mod granted;
mod ground;
mod issuers;
pub(crate) mod key_files;
mod launch;
mod made;
mod metrics;
mod notify;
mod operations;
mod outside;
pub(crate) mod outward;
pub(crate) mod policies;
mod processes;
mod pulse;
mod reload;
mod reloads;
mod revocations;
mod running;
mod secrets;
mod settled;
pub(crate) mod store_key;
mod sweeping;
mod terms;
mod uncertain;
mod wanted;
mod watching;

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use anyhow::Context as _;
use clap::Args;
use futures_util::{Stream, stream};
#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};
use warded_client::clock::SystemClock;
use warded_core::UnixTime;
use warded_store::{Store, Users as _, memory::Memory, sqlite::Sqlite};

pub(crate) use self::ground::randomness;
use self::{
    books::Books,
    launch::{Launch, NotLaunched, launch},
    reload::Origin,
    wanted::Wanted,
};
use crate::{
    cli::{Answer, Global},
    demo::{self, Demo},
    runtime, telemetry,
};

/// Put a front door before MCP servers: metadata, login, tokens, exact audiences, sealed sessions, a journal
///
/// Reads the configuration, proves that no token opens two servers, and serves each server at its own identifier.
/// Servers that name no issuer trust the one that is built in: it logs people in and issues tokens for exactly one
/// server. With --server no file is needed. When a file changes, and on SIGHUP, the configuration is read again. It stops on SIGINT or SIGTERM once requests have ended, and at once on the
/// second one. The log is on standard error; `WARDED_LOG` says how much, such as `debug`.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = "Examples:
  warded up --demo
  warded up --server notes=http://127.0.0.1:3001/mcp
  warded up --server 'files=stdio:npx -y @modelcontextprotocol/server-filesystem /srv/files'
  warded up
  warded up --config fleet/warded.yaml --listen 0.0.0.0:8700
  warded up --format json | head -1 | jq -r '.servers[].url'")]
pub(crate) struct Up {
    /// Try it: two small MCP servers inside, a person to log in as with one click, and a walk to follow. Nothing is
    /// kept when it ends
    #[arg(long, conflicts_with_all = ["server", "config", "store", "journal", "public_url"])]
    demo: bool,
    /// A server by name and the URL of what lies behind, or `stdio:` and the command that it is; stands in for a
    /// configuration file
    #[arg(long, value_name = "NAME=URL", value_parser = wanted::server, conflicts_with = "config")]
    server: Vec<(String, String)>,
    /// Where to listen [default: the configuration's, or 127.0.0.1:8700]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// The URL under which the world reaches Warded [default: the configuration's; with --server, where it listens]
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// The file of the store [default: the configuration's, or warded.db]
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
    /// The folder of the journal [default: the configuration's, or warded-journal]
    #[arg(long, value_name = "FOLDER")]
    journal: Option<PathBuf>,
}

impl Up {
    pub(crate) fn run(&self, global: &Global, now: UnixTime) -> anyhow::Result<Answer> {
        telemetry::begin(global.format, Arc::new(SystemClock));
        let read = match Wanted::of_config(self, global, now) {
            Ok(read) => read,
            Err(unread) => return Ok(unread.answer(global)),
        };
        runtime::block_on_workers(read.as_ref().and_then(Wanted::workers), async {
            if self.demo {
                Box::pin(self.show(global, now)).await
            } else {
                Box::pin(self.serve(read, global, now)).await
            }
        })
    }

    /// The demonstration: everything as it is otherwise, but for the store, which is forgotten.
    async fn show(&self, global: &Global, now: UnixTime) -> anyhow::Result<Answer> {
        let (signals, hangups) = (signals()?, hangups()?);
        let listener = wanted::listen_somewhere(self.listen).await?;
        let demo = Demo::open(listener.local_addr()?, &*randomness()).await?;
        let wanted = match Wanted::of_demo(&demo, now) {
            Ok(wanted) => wanted,
            Err(unread) => return Ok(unread.answer(global)),
        };
        let store = Arc::new(Memory::new()) as Arc<dyn Store>;
        let books = Books::open(&wanted.shelf(), &store, &*randomness()).await?;
        let launched = launch(Launch {
            wanted: &wanted,
            listeners: vec![listener],
            store,
            journal: Some(books.journal()),
            one_click: Some(demo::PERSON.to_owned()),
            origin: None,
        });
        let running = match launched.await {
            Ok(running) => running,
            Err(NotLaunched::Unfit(findings)) => return Ok(wanted.unfit(&findings, global)),
            Err(NotLaunched::Failed(error)) => return Err(error),
        };
        announce::say_walk(&running, &wanted, global)?;
        running.until(signals, hangups).await?;
        books.close().await?;
        Ok(Answer::default())
    }

    async fn serve(&self, read: Option<Wanted>, global: &Global, now: UnixTime) -> anyhow::Result<Answer> {
        // From here on a signal is ours: whoever reads that it is ready may send one at once.
        let (signals, hangups) = (signals()?, hangups()?);
        let (wanted, listeners) = match Wanted::of(self, read, now).await? {
            Ok(wanted) => wanted,
            Err(unread) => return Ok(unread.answer(global)),
        };
        let wanted_key = wanted.assessment.serving.store_key.as_ref();
        let key = match store_key::place(wanted_key, &wanted.store, &wanted.folder) {
            Ok(key) => key,
            Err(finding) => return Ok(wanted.unfit(&[finding], global)),
        };
        let store = Arc::new(Sqlite::open_sealed(&wanted.store, key, randomness()).await?);
        let books = Books::open(&wanted.shelf(), &(Arc::clone(&store) as _), &*randomness()).await?;
        let launched = launch(Launch {
            wanted: &wanted,
            listeners,
            store: Arc::clone(&store) as _,
            journal: Some(books.journal()),
            one_click: None,
            origin: self
                .server
                .is_empty()
                .then(|| Origin { up: self.clone(), path: global.config().to_owned() }),
        });
        let running = match launched.await {
            Ok(running) => running,
            Err(failed) => {
                books.close().await?;
                return match failed {
                    NotLaunched::Unfit(findings) => Ok(wanted.unfit(&findings, global)),
                    NotLaunched::Failed(error) => Err(error),
                };
            }
        };
        let has_people = !store.users().await?.is_empty();
        announce::say(&running, &wanted, has_people, global)?;
        running.until(signals, hangups).await?;
        books.close().await?;
        store.close().await;
        Ok(Answer::default())
    }
}

/// The signals that end it: each item is one.
#[cfg(unix)]
fn signals() -> anyhow::Result<impl Stream<Item = ()>> {
    Ok(stream::select(each(SignalKind::terminate())?, each(SignalKind::interrupt())?))
}

/// The signals on which the configuration is read again.
#[cfg(unix)]
fn hangups() -> anyhow::Result<impl Stream<Item = ()> + Send + 'static> {
    each(SignalKind::hangup())
}

#[cfg(unix)]
fn each(kind: SignalKind) -> anyhow::Result<impl Stream<Item = ()> + Send + 'static> {
    let signal = signal(kind).context("cannot wait for signals")?;
    Ok(stream::unfold(signal, async |mut signal| signal.recv().await.map(|()| ((), signal))))
}

/// The signals that end it: each item is one.
#[cfg(not(unix))]
fn signals() -> anyhow::Result<impl Stream<Item = ()>> {
    Ok(stream::unfold((), async |()| tokio::signal::ctrl_c().await.ok().map(|()| ((), ()))))
}

/// There is no such signal here.
#[cfg(not(unix))]
fn hangups() -> anyhow::Result<impl Stream<Item = ()> + Send + 'static> {
    Ok(stream::pending())
}
