//! What may be forgotten again?

use async_trait::async_trait;
use warded_core::UnixTime;

use crate::StoreFailed;

/// How long a client that registered itself is kept before anybody has agreed to anything for it. A flood of
/// registrations is gone after that.
pub const UNUSED_CLIENT_SECONDS: u32 = 24 * 60 * 60;

/// Forgetting.
#[async_trait]
pub trait Sweep {
    /// Forgets sessions, codes, refresh tokens, grants and marks of use that have expired, and clients that registered
    /// themselves and were never used. Returns how many records are gone.
    async fn sweep(&self, now: UnixTime) -> Result<u64, StoreFailed>;
}
