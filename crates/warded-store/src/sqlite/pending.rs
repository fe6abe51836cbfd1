//! Logins that are under way at providers, in SQLite.

use async_trait::async_trait;
use sqlx::query;
use warded_core::UnixTime;

use super::{Sqlite, access, read};
use crate::{Digest, Pending, Pendings, StoreFailed};

#[async_trait]
impl Pendings for Sqlite {
    async fn begin(&self, pending: Pending) -> Result<(), StoreFailed> {
        let mut tx = self.write().await?;
        query(
            "INSERT INTO pendings (digest, issuer, provider, request, browser, nonce, verifier, expires)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(pending.digest.as_bytes())
        .bind(pending.issuer.as_str())
        .bind(&pending.provider)
        .bind(&pending.request)
        .bind(pending.browser.as_bytes())
        .bind(pending.nonce.as_bytes())
        .bind(&pending.verifier)
        .bind(pending.expires.seconds())
        .execute(&mut *tx)
        .await
        .map_err(access)?;
        tx.commit().await.map_err(access)
    }

    async fn pending(&self, digest: &Digest, now: UnixTime) -> Result<Option<Pending>, StoreFailed> {
        let row = query("SELECT * FROM pendings WHERE digest = ? AND expires > ?")
            .bind(digest.as_bytes())
            .bind(now.seconds());
        row.fetch_optional(&self.readers).await.map_err(access)?.as_ref().map(read::pending).transpose()
    }

    async fn take(&self, digest: &Digest, now: UnixTime) -> Result<Option<Pending>, StoreFailed> {
        let mut tx = self.write().await?;
        let taken = query("DELETE FROM pendings WHERE digest = ? AND expires > ? RETURNING *")
            .bind(digest.as_bytes())
            .bind(now.seconds())
            .fetch_optional(&mut *tx)
            .await
            .map_err(access)?;
        let taken = taken.as_ref().map(read::pending).transpose()?;
        tx.commit().await.map_err(access)?;
        Ok(taken)
    }
}
