//! Who keeps the journal of this name? This process, as long as the store says so; and the store knows how far it is vouched
//! for.

use std::{sync::Arc, time::Duration};

use anyhow::bail;
use tokio::{
    sync::watch,
    time::{Instant, interval_at, sleep, timeout},
};
use warded_client::clock::SystemClock;
use warded_core::{Clock as _, UnixTime};
use warded_store::{
    Nodes, StoreFailed,
    journal::checkpoint::{Checkpoint, Checkpoints},
};

/// For how long a node's name is held, in seconds, unless it is held anew.
pub(super) const HELD: i64 = 60;
/// How often the store is told of the last checkpoint before the process ends without it.
const LAST_ATTEMPTS: u32 = 10;

/// When the store is told again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// That the name is held, and of a checkpoint that it did not take.
    pub(super) holds: Duration,
    /// Of the last checkpoint.
    pub(super) ends: Duration,
    /// For how long the end waits for a store, all attempts together: whoever stops us does not wait for ever.
    pub(super) lasts: Duration,
}

impl Pace {
    pub(super) const USUAL: Self =
        Self { holds: Duration::from_secs(20), ends: Duration::from_secs(1), lasts: Duration::from_secs(10) };
}

/// The name under which this process keeps its journal, and the folder for which it is held.
pub(super) struct Node<S: ?Sized> {
    pub(super) name: String,
    pub(super) holder: [u8; 16],
    /// What all nodes of the folder have in common.
    pub(super) folder: [u8; 16],
    pub(super) store: Arc<S>,
    pub(super) pace: Pace,
}

/// A checkpoint that the store does not have.
enum Untold {
    /// It may take it later.
    Yet(Checkpoint),
    /// The name is somebody else's.
    Disowned,
}

impl<S: Checkpoints + Nodes + ?Sized> Node<S> {
    fn until() -> UnixTime {
        UnixTime::from_seconds(SystemClock.now().seconds().saturating_add(HELD))
    }

    /// Takes the name; false where somebody else has it.
    pub(super) async fn hold(&self) -> Result<bool, StoreFailed> {
        self.store.hold_node(&self.name, &self.holder, Self::until(), SystemClock.now()).await
    }

    /// Has the store know of each checkpoint, and that the node is here, until there will be no more of them. Where the name
    /// is somebody else's, `disown` is called: what both wrote would be signed with one key, under the same numbers.
    pub(super) async fn keep(
        self,
        mut checkpoints: watch::Receiver<Option<Checkpoint>>,
        disown: impl Fn(),
    ) -> anyhow::Result<()> {
        let mut again = interval_at(Instant::now() + self.pace.holds, self.pace.holds);
        let (mut untold, mut is_ours) = (None, true);
        loop {
            tokio::select! {
                changed = checkpoints.changed() => {
                    if changed.is_err() {
                        break;
                    }
                    untold.clone_from(&*checkpoints.borrow_and_update());
                }
                _ = again.tick() => is_ours &= self.goes_on().await,
            }
            if is_ours && let Some(Err(left)) = self.tell(untold.take()).await {
                match left {
                    Untold::Yet(checkpoint) => untold = Some(checkpoint),
                    Untold::Disowned => is_ours = false,
                }
            }
            if !is_ours {
                disown();
            }
        }
        self.leave(untold.filter(|_| is_ours)).await?;
        if !is_ours {
            bail!(
                "another process keeps a journal as `{}`: what this one had not written is lost",
                self.name
            );
        }
        Ok(())
    }

    /// Tells the store, if there is something to tell.
    async fn tell(&self, untold: Option<Checkpoint>) -> Option<Result<(), Untold>> {
        let checkpoint = Checkpoint { folder: Some(self.folder), ..untold? };
        Some(match self.store.keep_checkpoint(&checkpoint, &self.holder).await {
            Ok(true) => Ok(()),
            Ok(false) => {
                self.says_that_it_is_lost();
                Err(Untold::Disowned)
            }
            Err(error) => {
                tracing::warn!(%error, "the store does not know how far the journal is vouched for");
                Err(Untold::Yet(checkpoint))
            }
        })
    }

    async fn goes_on(&self) -> bool {
        match self.store.keep_node(&self.name, &self.holder, Self::until()).await {
            Ok(true) => true,
            Ok(false) => {
                self.says_that_it_is_lost();
                false
            }
            Err(error) => {
                tracing::warn!(%error, "the store does not know that this node is here");
                true
            }
        }
    }

    fn says_that_it_is_lost(&self) {
        tracing::error!(
            node = self.name,
            "another process has taken this node's name in this store, and nothing is recorded any more until this one starts \
             anew: each process needs its own `journal.node`"
        );
    }

    /// Tells the store of the last checkpoint, with patience, and lets go of the name. What the store does not know could be
    /// cut off, and nobody would see it.
    async fn leave(&self, untold: Option<Checkpoint>) -> anyhow::Result<()> {
        let told = timeout(self.pace.lasts, self.tell_last(untold)).await;
        if let Ok(Some(Untold::Disowned)) = told {
            bail!("another process keeps a journal as `{}`", self.name);
        }
        match timeout(self.pace.ends, self.store.leave_node(&self.name, &self.holder)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the store does not know that this node has ended"),
            Err(_) => tracing::warn!("the store does not answer, and does not know that this node has ended"),
        }
        if !matches!(told, Ok(None)) {
            bail!("the store does not know how the journal ended");
        }
        Ok(())
    }

    /// Tells the store of the last checkpoint, again and again; what it does not know then.
    async fn tell_last(&self, mut untold: Option<Checkpoint>) -> Option<Untold> {
        for _ in 0..LAST_ATTEMPTS {
            match self.tell(untold.take()).await {
                Some(Err(Untold::Yet(checkpoint))) => untold = Some(checkpoint),
                Some(Err(disowned)) => return Some(disowned),
                None | Some(Ok(())) => return None,
            }
            sleep(self.pace.ends).await;
        }
        untold.map(Untold::Yet)
    }
}

#[cfg(test)]
mod tests;
