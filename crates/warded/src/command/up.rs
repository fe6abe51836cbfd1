//! `warded up`: puts a front door before MCP servers, and runs the issuers that cut the keys for it.

mod announce;
mod asking;
mod doors;
mod ground;
mod issuers;
pub(crate) mod key_files;
mod launch;
mod made;
mod outside;
pub(crate) mod outward;
mod processes;
mod revocations;
mod secrets;
mod terms;
mod wanted;

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use anyhow::Context as _;
use clap::Args;
use futures_util::{Stream, stream};
use warded_client::clock::SystemClock;
use warded_core::UnixTime;
use warded_store::{Users as _, journal::segments::Segments, memory::Memory, sqlite::Sqlite};

pub(crate) use self::ground::randomness;
use self::{
    launch::{Launch, NotLaunched, launch},
    wanted::Wanted,
};
use crate::{
    cli::{Answer, Global},
    demo::{self, Demo},
    runtime, telemetry,
};

/// How this process is called in its journal. Processes that share a folder would have to be told apart; nothing
/// asks for that yet, and a folder that is taken says so.
const NODE: &str = "node";

/// Put a front door before MCP servers: metadata, login, tokens, exact audiences, sealed sessions, a journal
///
/// Reads the configuration, proves that no token opens two servers, and serves each server at its own identifier.
/// Servers that name no issuer trust the one that is built in: it logs people in and issues tokens for exactly one
/// server. With --server no file is needed. It stops on SIGINT or SIGTERM once requests have ended, and at once on the
/// second one. The log is on standard error; `WARDED_LOG` says how much, such as `debug`.
#[derive(Debug, Args)]
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
            if self.demo { self.show(global, now).await } else { self.serve(read, global, now).await }
        })
    }

    /// The demonstration: everything as it is otherwise, but for the store, which is forgotten.
    async fn show(&self, global: &Global, now: UnixTime) -> anyhow::Result<Answer> {
        let signals = signals()?;
        let listener = wanted::listen_somewhere(self.listen).await?;
        let demo = Demo::open(listener.local_addr()?, &*randomness()).await?;
        let wanted = match Wanted::of_demo(&demo, now) {
            Ok(wanted) => wanted,
            Err(unread) => return Ok(unread.answer(global)),
        };
        let launched = launch(Launch {
            wanted: &wanted,
            listener,
            store: Arc::new(Memory::new()),
            journal: Some(journal(&wanted)?),
            one_click: Some(demo::PERSON.to_owned()),
        });
        let running = match launched.await {
            Ok(running) => running,
            Err(NotLaunched::Unfit(findings)) => return Ok(wanted.unfit(&findings, global)),
            Err(NotLaunched::Failed(error)) => return Err(error),
        };
        announce::say_walk(&running, &wanted, global)?;
        running.until(signals).await?;
        Ok(Answer::default())
    }

    async fn serve(&self, read: Option<Wanted>, global: &Global, now: UnixTime) -> anyhow::Result<Answer> {
        // From here on a signal is ours: whoever reads that it is ready may send one at once.
        let signals = signals()?;
        let (wanted, listener) = match Wanted::of(self, read, now).await? {
            Ok(wanted) => wanted,
            Err(unread) => return Ok(unread.answer(global)),
        };
        let store = Arc::new(Sqlite::open(&wanted.store).await?);
        let journal = journal(&wanted)?;
        let launched = launch(Launch {
            wanted: &wanted,
            listener,
            store: Arc::clone(&store) as _,
            journal: Some(Arc::clone(&journal) as _),
            one_click: None,
        });
        let running = match launched.await {
            Ok(running) => running,
            Err(NotLaunched::Unfit(findings)) => return Ok(wanted.unfit(&findings, global)),
            Err(NotLaunched::Failed(error)) => return Err(error),
        };
        let has_people = !store.users().await?.is_empty();
        announce::say(&running, &wanted, has_people, global)?;
        running.until(signals).await?;
        let flushed = tokio::task::spawn_blocking(move || journal.flush()).await;
        flushed.context("the journal's writer is gone")?.context("the end of the journal is lost")?;
        store.close().await;
        Ok(Answer::default())
    }
}

fn journal(wanted: &Wanted) -> anyhow::Result<Arc<Segments>> {
    let opened = Segments::open(&wanted.journal, NODE, Arc::new(SystemClock));
    Ok(Arc::new(opened.with_context(|| format!("the journal in {}", wanted.journal.display()))?))
}

/// The signals that end it: each item is one.
#[cfg(unix)]
fn signals() -> anyhow::Result<impl Stream<Item = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
    let interrupt = signal(SignalKind::interrupt()).context("cannot wait for SIGINT")?;
    let each = |signal| {
        stream::unfold(signal, async |mut signal: tokio::signal::unix::Signal| {
            signal.recv().await.map(|()| ((), signal))
        })
    };
    Ok(stream::select(each(terminate), each(interrupt)))
}

/// The signals that end it: each item is one.
#[cfg(not(unix))]
fn signals() -> anyhow::Result<impl Stream<Item = ()>> {
    Ok(stream::unfold((), async |()| tokio::signal::ctrl_c().await.ok().map(|()| ((), ()))))
}
