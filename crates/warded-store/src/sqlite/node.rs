//! The nodes that share a store, in SQLite.

use async_trait::async_trait;
use sqlx::query;
use warded_core::UnixTime;

use super::{Sqlite, access};
use crate::{Nodes, StoreFailed, node::latest};

#[async_trait]
impl Nodes for Sqlite {
    async fn hold_node(
        &self,
        node: &str,
        holder: &[u8; 16],
        until: UnixTime,
        now: UnixTime,
    ) -> Result<bool, StoreFailed> {
        let mut tx = self.write().await?;
        let held = query(
            "INSERT INTO nodes (node, holder, until) VALUES (?, ?, ?)
             ON CONFLICT (node) DO UPDATE SET holder = excluded.holder, until = excluded.until
             WHERE nodes.holder = excluded.holder OR nodes.until <= ? OR nodes.until > ?",
        )
        .bind(node)
        .bind(holder.as_slice())
        .bind(until.seconds())
        .bind(now.seconds())
        .bind(latest(until, now).seconds())
        .execute(&mut *tx)
        .await
        .map_err(access)?;
        tx.commit().await.map_err(access)?;
        Ok(held.rows_affected() > 0)
    }

    async fn keep_node(&self, node: &str, holder: &[u8; 16], until: UnixTime) -> Result<bool, StoreFailed> {
        let mut tx = self.write().await?;
        let kept = query("UPDATE nodes SET until = ? WHERE node = ? AND holder = ?")
            .bind(until.seconds())
            .bind(node)
            .bind(holder.as_slice());
        let kept = kept.execute(&mut *tx).await.map_err(access)?;
        tx.commit().await.map_err(access)?;
        Ok(kept.rows_affected() > 0)
    }

    async fn leave_node(&self, node: &str, holder: &[u8; 16]) -> Result<(), StoreFailed> {
        let mut tx = self.write().await?;
        let left =
            query("DELETE FROM nodes WHERE node = ? AND holder = ?").bind(node).bind(holder.as_slice());
        left.execute(&mut *tx).await.map_err(access)?;
        tx.commit().await.map_err(access)
    }

    async fn takes_writes(&self) -> Result<(), StoreFailed> {
        let mut tx = self.write().await?;
        // The lock alone says nothing of a file that may not be written.
        query("DELETE FROM nodes WHERE node = ''").execute(&mut *tx).await.map_err(access)?;
        tx.rollback().await.map_err(access)
    }
}
