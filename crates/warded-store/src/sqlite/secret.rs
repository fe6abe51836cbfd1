//! Secrets in SQLite.

use async_trait::async_trait;
use sqlx::query;
use zeroize::Zeroizing;

use super::{Sqlite, access};
use crate::{Secrets, StoreFailed, vault::Place};

#[async_trait]
impl Secrets for Sqlite {
    async fn secret(&self, name: &str, fresh: &[u8]) -> Result<Zeroizing<Vec<u8>>, StoreFailed> {
        let place = Place::Secret(name);
        let fresh = self.sealed(place, fresh)?;
        let mut tx = self.write().await?;
        self.refuse_keyless(&mut *tx).await?;
        query("INSERT INTO secrets (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING")
            .bind(name)
            .bind(fresh)
            .execute(&mut *tx)
            .await
            .map_err(access)?;
        let held: Vec<u8> = sqlx::query_scalar("SELECT value FROM secrets WHERE name = ?")
            .bind(name)
            .fetch_one(&mut *tx)
            .await
            .map_err(access)?;
        let held = self.opened(place, held)?;
        tx.commit().await.map_err(access)?;
        Ok(held)
    }
}
