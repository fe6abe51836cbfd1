//! Where each node's journal stood, and who keeps it, in memory.

use async_trait::async_trait;
use warded_core::UnixTime;

use super::Memory;
use crate::{
    Nodes, StoreFailed,
    journal::checkpoint::{Checkpoint, Checkpoints},
    node::latest,
};

#[async_trait]
impl Checkpoints for Memory {
    async fn checkpoint(&self, node: &str) -> Result<Option<Checkpoint>, StoreFailed> {
        Ok(self.state().checkpoints.get(node).cloned())
    }

    async fn checkpoints(&self) -> Result<Vec<Checkpoint>, StoreFailed> {
        Ok(self.state().checkpoints.values().cloned().collect())
    }

    async fn keep_checkpoint(&self, checkpoint: &Checkpoint, holder: &[u8; 16]) -> Result<bool, StoreFailed> {
        let mut state = self.state();
        if state.nodes.get(&*checkpoint.node).is_none_or(|(by, _)| by != holder) {
            return Ok(false);
        }
        let is_later = |held: &Checkpoint| {
            held.seq < checkpoint.seq || (held.seq, held.hash) == (checkpoint.seq, checkpoint.hash)
        };
        if state.checkpoints.get(&checkpoint.node).is_none_or(is_later) {
            state.checkpoints.insert(checkpoint.node.clone(), checkpoint.clone());
        }
        Ok(true)
    }
}

#[async_trait]
impl Nodes for Memory {
    async fn hold_node(
        &self,
        node: &str,
        holder: &[u8; 16],
        until: UnixTime,
        now: UnixTime,
    ) -> Result<bool, StoreFailed> {
        let mut state = self.state();
        let still = |end: UnixTime| end > now && end <= latest(until, now);
        if state.nodes.get(node).is_some_and(|(held_by, end)| held_by != holder && still(*end)) {
            return Ok(false);
        }
        state.nodes.insert(node.to_owned(), (*holder, until));
        Ok(true)
    }

    async fn keep_node(&self, node: &str, holder: &[u8; 16], until: UnixTime) -> Result<bool, StoreFailed> {
        let mut state = self.state();
        let held = state.nodes.get_mut(node).filter(|(by, _)| by == holder);
        Ok(held.map(|(_, end)| *end = until).is_some())
    }

    async fn leave_node(&self, node: &str, holder: &[u8; 16]) -> Result<(), StoreFailed> {
        self.state().nodes.retain(|held, (by, _)| held != node || by != holder);
        Ok(())
    }

    async fn takes_writes(&self) -> Result<(), StoreFailed> {
        Ok(())
    }
}
