//! Logins that are under way at providers, in SQLite.

use async_trait::async_trait;
use sqlx::{SqliteConnection, query};
use warded_core::UnixTime;

use super::{Sqlite, access, read};
use crate::{Digest, Pending, Pendings, StoreFailed, pending::MOST};

#[async_trait]
impl Pendings for Sqlite {
    async fn begin(&self, pending: Pending, now: UnixTime) -> Result<(), StoreFailed> {
        let mut tx = self.write().await?;
        let expired = query("DELETE FROM pendings WHERE expires <= ?").bind(now.seconds());
        expired.execute(&mut *tx).await.map_err(access)?;
        // Walks an index over what is left, which this keeps short.
        let full = query("SELECT 1 FROM pendings WHERE expires > ? ORDER BY expires LIMIT 1 OFFSET ?")
            .bind(now.seconds())
            .bind(MOST.saturating_sub(1));
        if full.fetch_optional(&mut *tx).await.map_err(access)?.is_some() {
            query(
                "DELETE FROM pendings WHERE digest = (
                     SELECT digest FROM pendings WHERE network = (
                         SELECT network FROM networks WHERE logins > 0 ORDER BY logins DESC LIMIT 1
                     ) ORDER BY expires LIMIT 1
                 )",
            )
            .execute(&mut *tx)
            .await
            .map_err(access)?;
        }
        // Last, so that nobody makes room for themself.
        pending.insert(&mut tx).await?;
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

impl Pending {
    pub(super) async fn insert(&self, connection: &mut SqliteConnection) -> Result<(), StoreFailed> {
        query(
            "INSERT INTO pendings (digest, issuer, provider, request, browser, nonce, verifier, expires, network)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(self.digest.as_bytes())
        .bind(self.issuer.as_str())
        .bind(&self.provider)
        .bind(&self.request)
        .bind(self.browser.as_bytes())
        .bind(self.nonce.as_bytes())
        .bind(&self.verifier)
        .bind(self.expires.seconds())
        .bind(self.network.as_bytes())
        .execute(connection)
        .await
        .map_err(access)?;
        Ok(())
    }
}
