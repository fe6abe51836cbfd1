//! Where is everything recorded? The journal of this process, its key from the store, and the store's last checkpoint of
//! it. Whoever wants to see records pass by (metrics, alerts) is put around it here.

use std::sync::Arc;

use anyhow::Context as _;
use aws_lc_rs::rand::SecureRandom;
use tokio::{sync::watch, task::JoinHandle};
use warded_client::clock::SystemClock;
use warded_store::{
    Store,
    journal::{
        Journal,
        checkpoint::{Checkpoint, JournalKey},
        segments::{Segments, Terms},
    },
};

use super::{ground, wanted::Wanted};

/// How this process is called in its journal. Processes that share a folder would have to be told apart; nothing
/// asks for that yet, and a folder that is taken says so.
pub(crate) const NODE: &str = "node";

/// The journal of this process.
pub(super) struct Books {
    segments: Arc<Segments>,
    /// Ends when the journal does.
    keeping: JoinHandle<()>,
}

impl Books {
    /// Opens the journal that is wanted.
    pub(super) async fn open(
        wanted: &Wanted,
        store: &Arc<dyn Store>,
        random: &dyn SecureRandom,
    ) -> anyhow::Result<Self> {
        let secret = ground::secret(&**store, random, &format!("journal-key/{NODE}")).await?;
        let mut terms = Terms::of(NODE);
        terms.key = Some(JournalKey::new(&secret).context("the store's key of the journal")?);
        terms.last = store.checkpoint(NODE).await?;
        terms.when_full = wanted.assessment.serving.journal.when_full;
        terms.keep = wanted.assessment.serving.journal.keep;
        let segments = Segments::open(&wanted.journal, terms, Arc::new(SystemClock));
        let segments = segments.with_context(|| format!("the journal in {}", wanted.journal.display()))?;
        let keeping = tokio::spawn(keep(segments.checkpoints(), Arc::clone(store)));
        Ok(Self { segments: Arc::new(segments), keeping })
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
            segments.end();
            sealed
        });
        closed.await.context("the journal's writer is gone")?.context("the end of the journal is lost")?;
        keeping.await.context("the store does not know how the journal ended")
    }
}

/// Has the store know of each checkpoint. One that it does not take is followed by another within a minute.
async fn keep(mut checkpoints: watch::Receiver<Option<Checkpoint>>, store: Arc<dyn Store>) {
    while checkpoints.changed().await.is_ok() {
        let Some(checkpoint) = checkpoints.borrow_and_update().clone() else {
            continue;
        };
        if let Err(error) = store.keep_checkpoint(&checkpoint).await {
            tracing::warn!(%error, "the store does not know how far the journal is vouched for");
        }
    }
}
