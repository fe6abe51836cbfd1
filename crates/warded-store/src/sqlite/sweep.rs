//! Forgetting in SQLite.

use async_trait::async_trait;
use sqlx::query;
use warded_core::UnixTime;

use super::{Sqlite, access};
use crate::{IDLE_CLIENT_SECONDS, StoreFailed, Sweep, UNUSED_CLIENT_SECONDS};

#[async_trait]
impl Sweep for Sqlite {
    async fn sweep(&self, now: UnixTime) -> Result<u64, StoreFailed> {
        let long_ago = now.seconds() - i64::from(UNUSED_CLIENT_SECONDS);
        let mut gone = 0;
        for statement in [
            "DELETE FROM revoked WHERE until <= ?",
            // What has come to its end was not taken back: nobody needs to be told.
            "UPDATE families SET keep = -1 WHERE keep BETWEEN 0 AND ?",
            // An answer that nobody may have again is a token at rest.
            "UPDATE refreshes SET sealed = NULL, sealed_until = NULL WHERE sealed_until <= ?",
        ] {
            let mut tx = self.write().await?;
            query(statement).bind(now.seconds()).execute(&mut *tx).await.map_err(access)?;
            tx.commit().await.map_err(access)?;
        }
        for (statement, before) in [
            ("DELETE FROM sessions WHERE expires <= ?", now.seconds()),
            ("DELETE FROM pendings WHERE expires <= ?", now.seconds()),
            ("DELETE FROM signing_keys WHERE published_until <= ?", now.seconds()),
            ("DELETE FROM refreshes WHERE expires <= ?", now.seconds()),
            ("DELETE FROM families WHERE keep <= ?", -1),
            ("DELETE FROM replays WHERE until <= ?", now.seconds()),
            ("DELETE FROM clients WHERE used = 0 AND by_operator = 0 AND created <= ?", long_ago),
        ] {
            // One transaction each: whoever waits for a token does not wait for all of it.
            let mut tx = self.write().await?;
            let done = query(statement).bind(before).execute(&mut *tx).await.map_err(access)?;
            tx.commit().await.map_err(access)?;
            gone += done.rows_affected();
        }
        Ok(gone + self.sweep_idle_clients(now).await?)
    }
}

impl Sqlite {
    /// Clients that registered themselves and that nobody uses any more leave with what was agreed to for them.
    async fn sweep_idle_clients(&self, now: UnixTime) -> Result<u64, StoreFailed> {
        let long_ago = now.seconds() - i64::from(IDLE_CLIENT_SECONDS);
        let mut tx = self.write().await?;
        let mut gone = 0;
        for statement in [
            "DELETE FROM consents WHERE (issuer, client) IN (
                 SELECT issuer, id FROM clients
                 WHERE used = 1 AND by_operator = 0 AND coalesce(used_at, created) <= ? AND NOT EXISTS (
                     SELECT 1 FROM families WHERE families.issuer = clients.issuer AND families.client = clients.id
                 )
             )",
            "DELETE FROM clients
             WHERE used = 1 AND by_operator = 0 AND coalesce(used_at, created) <= ? AND NOT EXISTS (
                 SELECT 1 FROM families WHERE families.issuer = clients.issuer AND families.client = clients.id
             )",
        ] {
            gone = query(statement).bind(long_ago).execute(&mut *tx).await.map_err(access)?.rows_affected();
        }
        tx.commit().await.map_err(access)?;
        Ok(gone)
    }
}
