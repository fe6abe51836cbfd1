//! Where is everything recorded? The journal of this process, its key from the store, and the store's last checkpoint of
//! it. Whoever wants to see records pass by (metrics, alerts) is put around it here.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use aws_lc_rs::rand::SecureRandom;
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, interval_at},
};
use warded_client::clock::SystemClock;
use warded_core::{Clock as _, UnixTime};
use warded_store::{
    Store, StoreFailed,
    journal::{
        Journal,
        checkpoint::{Checkpoint, JournalKey},
        segments::{Segments, Terms, identity},
    },
};

use super::{ground, wanted::Wanted};

/// For how long a node's name is held, in seconds, unless it is held anew.
const HELD: i64 = 60;
const HOLDS_EVERY: Duration = Duration::from_secs(20);

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
        let kept = &wanted.assessment.serving.journal;
        let shown = || format!("the journal in {}", wanted.journal.display());
        let mut fresh = [0; 16];
        random.fill(&mut fresh).ok().context("the system's source of randomness failed")?;
        let holder = identity(&wanted.journal, &kept.node, &fresh).with_context(shown)?;
        let node = Node { name: kept.node.clone(), holder, store: Arc::clone(store) };
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
        if let Some(last) = sealed {
            store.keep_checkpoint(&Checkpoint { sealed: false, ..last }).await?;
        }
        let segments = ready.begin().with_context(shown)?;
        let keeping = tokio::spawn(keep(segments.checkpoints(), node));
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
            segments.end().and(sealed)
        });
        closed.await.context("the journal's writer is gone")?.context("the end of the journal is lost")?;
        keeping.await.context("the store does not know how the journal ended")
    }
}

/// The name under which this process keeps its journal, and the folder for which it is held.
struct Node {
    name: String,
    holder: [u8; 16],
    store: Arc<dyn Store>,
}

impl Node {
    async fn hold(&self) -> Result<bool, StoreFailed> {
        let now = SystemClock.now();
        let until = UnixTime::from_seconds(now.seconds().saturating_add(HELD));
        self.store.hold_node(&self.name, &self.holder, until, now).await
    }
}

/// Has the store know of each checkpoint, and that the node is here. A checkpoint that it does not take is followed by
/// another within a minute.
async fn keep(mut checkpoints: watch::Receiver<Option<Checkpoint>>, node: Node) {
    let mut again = interval_at(Instant::now() + HOLDS_EVERY, HOLDS_EVERY);
    loop {
        tokio::select! {
            changed = checkpoints.changed() => {
                if changed.is_err() {
                    break;
                }
                let Some(checkpoint) = checkpoints.borrow_and_update().clone() else { continue };
                if let Err(error) = node.store.keep_checkpoint(&checkpoint).await {
                    tracing::warn!(%error, "the store does not know how far the journal is vouched for");
                }
            }
            _ = again.tick() => match node.hold().await {
                Ok(true) => {}
                Ok(false) => tracing::error!(
                    node = node.name,
                    "another process keeps a journal under this name in this store: each needs its own `journal.node`"
                ),
                Err(error) => tracing::warn!(%error, "the store does not know that this node is here"),
            },
        }
    }
    if let Err(error) = node.store.leave_node(&node.name, &node.holder).await {
        tracing::warn!(%error, "the store does not know that this node has ended");
    }
}
