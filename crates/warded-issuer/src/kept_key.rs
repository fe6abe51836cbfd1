//! With which key is hashed what only this store's nodes may recognise? Made once, kept in the store, the same on every node.

use aws_lc_rs::{hmac, rand::SecureRandom};
use warded_store::Store;
use zeroize::Zeroizing;

use crate::OpenFailed;

/// The key that the store keeps under this name; a fresh one where it keeps none yet.
pub(crate) async fn kept_key(
    name: &str,
    store: &dyn Store,
    random: &(dyn SecureRandom + Send + Sync),
) -> Result<hmac::Key, OpenFailed> {
    let mut fresh = Zeroizing::new([0; 32]);
    random.fill(&mut *fresh).map_err(|_| OpenFailed::Randomness)?;
    let kept = store.secret(name, &*fresh).await.map_err(OpenFailed::Store)?;
    if kept.len() != fresh.len() {
        return Err(OpenFailed::Key { name: name.to_owned() });
    }
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &kept))
}
