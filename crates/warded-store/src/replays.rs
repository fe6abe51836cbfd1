//! Has this proof been used before? (RFC 9449 §11.1)

use std::fmt;

use async_trait::async_trait;
use warded_core::UnixTime;

use crate::StoreFailed;

/// Marks of what may be used once.
#[async_trait]
pub trait Replays: fmt::Debug + Send + Sync {
    /// Whether nobody used this mark before: true for exactly one of all who ask, on whatever node, until the mark
    /// may be forgotten. Whoever asks has checked everything else, so that strangers leave no marks.
    ///
    /// A mark that cannot be kept is a failure, never a `true`: what is forgotten could be used again.
    async fn first_use(&self, mark: &[u8; 32], until: UnixTime, now: UnixTime) -> Result<bool, StoreFailed> {
        Ok(self.first_uses(&[(*mark, until)], now).await?.is_none())
    }

    /// The same for several that are used up together, each until its own end: none where nobody used any of them
    /// before. Otherwise which one somebody did, by its place; then all others are as good as they were.
    async fn first_uses(
        &self,
        marks: &[([u8; 32], UnixTime)],
        now: UnixTime,
    ) -> Result<Option<usize>, StoreFailed>;
}
