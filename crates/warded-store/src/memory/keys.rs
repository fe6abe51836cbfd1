//! Secrets and signing keys in memory. Nothing is at rest here, so nothing is sealed.

use async_trait::async_trait;
use warded_core::UnixTime;
use zeroize::Zeroizing;

use super::Memory;
use crate::{Added, HeldKey, Secrets, SigningKeys, StoreFailed};

#[async_trait]
impl Secrets for Memory {
    async fn secret(&self, name: &str, fresh: &[u8]) -> Result<Zeroizing<Vec<u8>>, StoreFailed> {
        let mut state = self.state();
        let held = state.secrets.entry(name.to_owned()).or_insert_with(|| Zeroizing::new(fresh.to_vec()));
        Ok(held.clone())
    }
}

#[async_trait]
impl SigningKeys for Memory {
    async fn signing_keys(&self, issuer: &str) -> Result<Vec<HeldKey>, StoreFailed> {
        Ok(self.state().signing_keys.get(issuer).cloned().unwrap_or_default())
    }

    async fn add_signing_key(
        &self,
        issuer: &str,
        key: &HeldKey,
        expected_newest: Option<&str>,
    ) -> Result<Added, StoreFailed> {
        let mut state = self.state();
        let held = state.signing_keys.entry(issuer.to_owned()).or_default();
        let newest = held.iter().rfind(|held| held.algorithm == key.algorithm).map(|held| held.kid.as_str());
        if newest != expected_newest || held.iter().any(|held| held.kid == key.kid) {
            return Ok(Added::Taken);
        }
        held.push(key.clone());
        held.sort_by(|one, other| (one.signs_from, &one.kid).cmp(&(other.signs_from, &other.kid)));
        Ok(Added::Yes)
    }

    async fn retire_signing_key(
        &self,
        issuer: &str,
        kid: &str,
        signs_until: UnixTime,
        published_until: UnixTime,
    ) -> Result<bool, StoreFailed> {
        let mut state = self.state();
        let Some(held) = state.signing_keys.get_mut(issuer) else { return Ok(false) };
        let Some(held) = held.iter_mut().find(|held| held.kid == kid) else { return Ok(false) };
        (held.signs_until, held.published_until) = (signs_until, published_until);
        Ok(true)
    }
}
