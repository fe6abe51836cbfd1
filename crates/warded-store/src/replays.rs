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
    async fn first_use(&self, mark: &[u8; 32], until: UnixTime, now: UnixTime) -> Result<bool, StoreFailed>;
}
