//! Which keys do all nodes share? Random bytes by name, made once and the same for everyone ever after.

use async_trait::async_trait;
use zeroize::Zeroizing;

use crate::StoreFailed;

/// Keys that live in the store: `fingerprint`, `session-seal`, `device-cookies`, `dpop-nonces`, `journal-key/NODE`. Those
/// that sign tokens are [`SigningKeys`](crate::SigningKeys).
#[async_trait]
pub trait Secrets {
    /// The secret of that name; where there is none yet, `fresh` becomes it. Under races one `fresh` wins, and
    /// everybody gets that one.
    async fn secret(&self, name: &str, fresh: &[u8]) -> Result<Zeroizing<Vec<u8>>, StoreFailed>;
}
