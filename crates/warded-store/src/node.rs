//! Who shares a store? Processes that keep a journal each, under names of their own.

use async_trait::async_trait;
use warded_core::UnixTime;

use crate::StoreFailed;

/// The nodes of a store.
#[async_trait]
pub trait Nodes {
    /// Holds a node's name until then, for whoever keeps its journal; false where another holder has it now. Two journals
    /// under one name would each take the other's checkpoint for their own. Nobody holds it for longer than twice from now
    /// until then: whoever said so had a clock that was wrong.
    async fn hold_node(
        &self,
        node: &str,
        holder: &[u8; 16],
        until: UnixTime,
        now: UnixTime,
    ) -> Result<bool, StoreFailed>;

    /// Goes on holding a node's name; false where this holder has it no more, even if nobody else has it now: somebody may have
    /// had it in between.
    async fn keep_node(&self, node: &str, holder: &[u8; 16], until: UnixTime) -> Result<bool, StoreFailed>;

    /// Lets go of a node's name, if this holder has it.
    async fn leave_node(&self, node: &str, holder: &[u8; 16]) -> Result<(), StoreFailed>;

    /// Whether something could be written now. Nothing is.
    async fn takes_writes(&self) -> Result<(), StoreFailed>;
}

/// Until when somebody else may hold a name, by a clock that is not wrong.
pub(crate) fn latest(until: UnixTime, now: UnixTime) -> UnixTime {
    UnixTime::from_seconds(until.seconds().saturating_add(until.since(now)))
}
