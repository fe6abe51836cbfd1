//! What does an operator do with keys by hand? Whoever serves the issuer sees it within seconds.

use warded_core::UnixTime;
use warded_store::{HeldKey, Store, StoreFailed};

use super::plan::{ANNOUNCED, OUTLIVES};

/// Has the keys of an issuer followed by others, each an hour from now, without any token being refused for it. Returns
/// the names of the keys that will sign no more; none where others are about to follow already.
pub async fn rotate_keys(store: &dyn Store, issuer: &str, now: UnixTime) -> Result<Vec<String>, StoreFailed> {
    let keys = store.signing_keys(issuer).await?;
    let mut ending = Vec::new();
    for key in &keys {
        let is_newest =
            |other: &HeldKey| other.algorithm != key.algorithm || other.signs_from <= key.signs_from;
        let is_signing = key.signs_from <= now && now.plus(ANNOUNCED) < key.signs_until;
        if is_signing && keys.iter().all(is_newest) {
            let published_until = now.plus(ANNOUNCED).plus(OUTLIVES).plus(1).min(key.published_until);
            if store.retire_signing_key(issuer, &key.kid, now, published_until).await? {
                ending.push(key.kid.clone());
            }
        }
    }
    Ok(ending)
}

/// Withdraws a key that somebody else may have: it signs no more, and every token that it signed is refused. False where
/// the issuer has no such key.
pub async fn withdraw_key(
    store: &dyn Store,
    issuer: &str,
    kid: &str,
    now: UnixTime,
) -> Result<bool, StoreFailed> {
    store.retire_signing_key(issuer, kid, now, now).await
}
