//! Where is everything recorded? The journal of this process, its key from the store, and the store's last checkpoint of
//! it. Whoever wants to see records pass by (metrics, alerts) is put around it here.

use std::{path::Path, sync::Arc};

use anyhow::{Context as _, bail};
use aws_lc_rs::rand::SecureRandom;
use tokio::task::JoinHandle;
use warded_client::clock::SystemClock;
use warded_store::{
    Store,
    journal::{
        Act, Journal,
        checkpoint::{Checkpoint, JournalKey},
        segments::{Segments, Terms, WhenFull, folder_identity, identity},
    },
};

use super::ground;

mod node;

use node::{HELD, Node, Pace};

/// Where a journal is kept, and how.
pub(crate) struct Shelf<'a> {
    pub(crate) folder: &'a Path,
    /// The name of the process in it.
    pub(crate) node: &'a str,
    pub(crate) when_full: WhenFull,
    /// For how many seconds; for ever where it is none.
    pub(crate) keep: Option<u32>,
}

/// The journal of this process.
pub(crate) struct Books {
    segments: Arc<Segments>,
    /// Ends when the journal does.
    keeping: JoinHandle<anyhow::Result<()>>,
}

impl Books {
    /// Opens the journal that is wanted.
    pub(crate) async fn open(
        shelf: &Shelf<'_>,
        store: &Arc<dyn Store>,
        random: &dyn SecureRandom,
    ) -> anyhow::Result<Self> {
        let &Shelf { folder: place, node, when_full, keep } = shelf;
        let shown = || format!("the journal in {}", place.display());
        let mut fresh = [0; 16];
        random.fill(&mut fresh).ok().context("the system's source of randomness failed")?;
        let holder = identity(place, node, &fresh).with_context(shown)?;
        let folder = folder_identity(place, &fresh).with_context(shown)?;
        let (name, store_of_node) = (node.to_owned(), Arc::clone(store));
        let held = Node { name, holder, folder, store: store_of_node, pace: Pace::USUAL };
        if !held.hold().await? {
            bail!(
                "another process keeps a journal as `{node}` in this store, in another folder: give one of them \
                 another `journal.node`. If there is none any more, it is let go of {HELD} seconds after it ended"
            );
        }
        let secret = ground::secret(&**store, random, &format!("journal-key/{node}")).await?;
        let mut terms = Terms::of(node);
        terms.key = Some(JournalKey::new(&secret).context("the store's key of the journal")?);
        terms.last = store.checkpoint(node).await?;
        (terms.when_full, terms.keep) = (when_full, keep);
        let sealed = terms.last.clone().filter(|last| last.sealed);
        let ready = Segments::look(place, terms, Arc::new(SystemClock)).with_context(shown)?;
        // What stands behind a sealed one was not written by us: it was looked at under that, and is opened before anything is.
        if let Some(last) = sealed
            && !store.keep_checkpoint(&Checkpoint { sealed: false, ..last }, &holder).await?
        {
            bail!("another process has taken the name `{node}` meanwhile");
        }
        let segments = Arc::new(ready.begin().with_context(shown)?);
        let owner = Arc::downgrade(&segments);
        let disown = move || owner.upgrade().iter().for_each(|segments| segments.disown());
        let keeping = tokio::spawn(held.keep(segments.checkpoints(), disown));
        Ok(Self { segments, keeping })
    }

    /// Records what an operator is about to do, and waits until that is on the disk.
    pub(crate) async fn act(&self, act: Act) -> anyhow::Result<()> {
        let segments = Arc::clone(&self.segments);
        let recorded = tokio::task::spawn_blocking(move || segments.act(act)).await;
        recorded.context("the journal's writer is gone")?.context("nothing is done without a record of it")
    }

    /// Where records go.
    pub(super) fn journal(&self) -> Arc<dyn Journal> {
        Arc::clone(&self.segments) as _
    }

    /// Vouches for everything that was recorded, and has the store know of it. Nothing is recorded afterwards.
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        let Self { segments, keeping } = self;
        let closed = tokio::task::spawn_blocking(move || {
            let sealed = segments.seal();
            segments.end().and(sealed)
        });
        let (closed, kept) = (closed.await, keeping.await);
        closed.context("the journal's writer is gone")?.context("the end of the journal is lost")?;
        kept.context("the store does not know how the journal ended")?
    }
}
