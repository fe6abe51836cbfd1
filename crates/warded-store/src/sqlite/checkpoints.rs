//! Where each node's journal stood, in SQLite.

use async_trait::async_trait;
use sqlx::{Row as _, query, sqlite::SqliteRow};
use warded_core::UnixTime;

use super::{Sqlite, access};
use crate::{
    StoreFailed,
    journal::checkpoint::{Checkpoint, Checkpoints, PublicKey},
};

#[async_trait]
impl Checkpoints for Sqlite {
    async fn checkpoint(&self, node: &str) -> Result<Option<Checkpoint>, StoreFailed> {
        let row = query("SELECT * FROM checkpoints WHERE node = ?").bind(node);
        row.fetch_optional(&self.readers).await.map_err(access)?.as_ref().map(checkpoint).transpose()
    }

    async fn checkpoints(&self) -> Result<Vec<Checkpoint>, StoreFailed> {
        let rows = query("SELECT * FROM checkpoints ORDER BY node").fetch_all(&self.readers).await;
        rows.map_err(access)?.iter().map(checkpoint).collect()
    }

    async fn keep_checkpoint(&self, checkpoint: &Checkpoint, holder: &[u8; 16]) -> Result<bool, StoreFailed> {
        let Checkpoint { node, seq, hash, time, key, signature, sealed } = checkpoint;
        let mut tx = self.write().await?;
        let held =
            query("SELECT 1 FROM nodes WHERE node = ? AND holder = ?").bind(&**node).bind(holder.as_slice());
        if held.fetch_optional(&mut *tx).await.map_err(access)?.is_none() {
            return Ok(false);
        }
        query(
            "INSERT INTO checkpoints (node, seq, hash, time, key, signature, sealed) VALUES (?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (node) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, time = excluded.time,
                 key = excluded.key, signature = excluded.signature, sealed = excluded.sealed
             WHERE checkpoints.seq < excluded.seq
                 OR (checkpoints.seq = excluded.seq AND checkpoints.hash = excluded.hash)",
        )
        .bind(&**node)
        .bind(i64::try_from(*seq).map_err(|_| StoreFailed::Content("checkpoint"))?)
        .bind(hash.as_slice())
        .bind(time.seconds())
        .bind(key.as_bytes().as_slice())
        .bind(signature.as_slice())
        .bind(*sealed)
        .execute(&mut *tx)
        .await
        .map_err(access)?;
        tx.commit().await.map_err(access)?;
        Ok(true)
    }
}

fn checkpoint(row: &SqliteRow) -> Result<Checkpoint, StoreFailed> {
    let malformed = || StoreFailed::Content("checkpoint");
    let (node, seq): (String, i64) =
        (row.try_get("node").map_err(access)?, row.try_get("seq").map_err(access)?);
    let bytes = |name| row.try_get::<Vec<u8>, _>(name).map_err(access);
    Ok(Checkpoint {
        node: node.into(),
        seq: u64::try_from(seq).map_err(|_| malformed())?,
        hash: bytes("hash")?.try_into().map_err(|_| malformed())?,
        time: UnixTime::from_seconds(row.try_get("time").map_err(access)?),
        key: PublicKey::of(&bytes("key")?).map_err(|_| malformed())?,
        signature: bytes("signature")?.try_into().map_err(|_| malformed())?,
        sealed: row.try_get("sealed").map_err(access)?,
    })
}
