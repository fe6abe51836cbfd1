//! Marks in SQLite.

use async_trait::async_trait;
use sqlx::query;
use warded_core::UnixTime;

use super::{Sqlite, access};
use crate::{Replays, StoreFailed};

/// How many marks that are over leave with each one that comes: more than one, so that the table shrinks; few, so
/// that nobody waits for a sweep.
const LEAVING: i64 = 8;

#[async_trait]
impl Replays for Sqlite {
    async fn first_use(&self, mark: &[u8; 32], until: UnixTime, now: UnixTime) -> Result<bool, StoreFailed> {
        let mut tx = self.write().await?;
        let done = query(
            "INSERT INTO replays (mark, until) VALUES (?, ?)
             ON CONFLICT (mark) DO UPDATE SET until = excluded.until WHERE replays.until <= ?",
        )
        .bind(mark.as_slice())
        .bind(until.seconds())
        .bind(now.seconds())
        .execute(&mut *tx)
        .await
        .map_err(access)?;
        query(
            "DELETE FROM replays WHERE mark IN
             (SELECT mark FROM replays WHERE until <= ? ORDER BY until LIMIT ?)",
        )
        .bind(now.seconds())
        .bind(LEAVING)
        .execute(&mut *tx)
        .await
        .map_err(access)?;
        tx.commit().await.map_err(access)?;
        Ok(done.rows_affected() == 1)
    }
}
