//! Where is everything recorded? The journal of this process, its key from the store, and the store's last checkpoint of
//! it. Whoever wants to see records pass by (metrics, alerts) is put around it here.

use std::sync::Arc;

use anyhow::{Context as _, bail};
use aws_lc_rs::rand::SecureRandom;
use tokio::task::JoinHandle;
use warded_client::clock::SystemClock;
use warded_store::{
    Store,
    journal::{
        Journal,
        checkpoint::{Checkpoint, JournalKey},
        segments::{Segments, Terms, identity},
    },
};

use super::{ground, wanted::Wanted};

mod node;

use node::{HELD, Node, Pace};

/// The journal of this process.
pub(super) struct Books {
    segments: Arc<Segments>,
    /// Ends when the journal does.
    keeping: JoinHandle<anyhow::Result<()>>,
}

impl Books {
    /// Opens the journal that is wanted.
    pub(super) async fn open(
        wanted: &Wanted,
        store: &Arc<dyn Store>,
        random: &dyn SecureRandom,
    ) -> anyhow::Result<Self> {
        let kept = &wanted.assessment.serving.journal;
        let shown = || format!("the journal in {}", wanted.journal.display());
        let mut fresh = [0; 16];
        random.fill(&mut fresh).ok().context("the system's source of randomness failed")?;
        let holder = identity(&wanted.journal, &kept.node, &fresh).with_context(shown)?;
        let node = Node { name: kept.node.clone(), holder, store: Arc::clone(store), pace: Pace::USUAL };
        if !node.hold().await? {
            bail!(
                "another process keeps a journal as `{0}` in this store, in another folder: give one of them \
                 another `journal.node`. If there is none any more, it is let go of {HELD} seconds after it ended",
                kept.node
            );
        }
        let secret = ground::secret(&**store, random, &format!("journal-key/{}", kept.node)).await?;
        let mut terms = Terms::of(&kept.node);
        terms.key = Some(JournalKey::new(&secret).context("the store's key of the journal")?);
        terms.last = store.checkpoint(&kept.node).await?;
        terms.when_full = kept.when_full;
        terms.keep = kept.keep;
        let sealed = terms.last.clone().filter(|last| last.sealed);
        let ready = Segments::look(&wanted.journal, terms, Arc::new(SystemClock)).with_context(shown)?;
        // What stands behind a sealed one was not written by us: it was looked at under that, and is opened before anything is.
        if let Some(last) = sealed
            && !store.keep_checkpoint(&Checkpoint { sealed: false, ..last }, &holder).await?
        {
            bail!("another process has taken the name `{}` meanwhile", kept.node);
        }
        let segments = Arc::new(ready.begin().with_context(shown)?);
        let owner = Arc::downgrade(&segments);
        let disown = move || owner.upgrade().iter().for_each(|segments| segments.disown());
        let keeping = tokio::spawn(node.keep(segments.checkpoints(), disown));
        Ok(Self { segments, keeping })
    }

    /// Where records go.
    pub(super) fn journal(&self) -> Arc<dyn Journal> {
        Arc::clone(&self.segments) as _
    }

    /// Vouches for everything that was recorded, and has the store know of it. Nothing is recorded afterwards.
    pub(super) async fn close(self) -> anyhow::Result<()> {
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
