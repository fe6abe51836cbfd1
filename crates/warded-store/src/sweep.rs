//! What may be forgotten again?

use async_trait::async_trait;
use warded_core::UnixTime;

use crate::StoreFailed;

/// How long a client that registered itself is kept before anybody has agreed to anything for it. A flood of
/// registrations is gone after that.
pub const UNUSED_CLIENT_SECONDS: u32 = 24 * 60 * 60;

/// How long a client that registered itself is kept when nothing that was agreed to for it is good any more. It may register
/// again.
pub const IDLE_CLIENT_SECONDS: u32 = 180 * 24 * 60 * 60;

/// Forgetting.
#[async_trait]
pub trait Sweep {
    /// Forgets sessions, codes, refresh tokens, grants, marks of use and held calls that have expired, what was counted in windows
    /// that are long over, reservations that nobody settles ([`UNSETTLED_SECONDS`](crate::UNSETTLED_SECONDS)), and clients that registered
    /// themselves and are of no use: never used ([`UNUSED_CLIENT_SECONDS`]), or not for long ([`IDLE_CLIENT_SECONDS`]), with
    /// what was agreed to for them. Returns how many records are gone.
    async fn sweep(&self, now: UnixTime) -> Result<u64, StoreFailed>;
}
