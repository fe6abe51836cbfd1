//! Places in status lists, in SQLite.

use async_trait::async_trait;
use sqlx::{SqliteConnection, query, query_as, query_scalar};
use warded_core::{Issuer, UnixTime};

use super::{Sqlite, access};
use crate::{Block, GrantMark, StatusIndex, Statuses, StoreFailed, status::set_aside};

#[async_trait]
impl Statuses for Sqlite {
    async fn reserve(&self, issuer: &Issuer, count: u32) -> Result<Block, StoreFailed> {
        let issuer = issuer.clone();
        self.turn(move |tx| Box::pin(async move { reserve(tx, &issuer, count).await })).await
    }

    async fn newest_list(&self, issuer: &Issuer) -> Result<Option<u32>, StoreFailed> {
        let list: Option<i64> = query_scalar("SELECT list FROM status_lists WHERE issuer = ?")
            .bind(issuer.as_str())
            .fetch_optional(&self.readers)
            .await
            .map_err(access)?;
        list.map(place).transpose()
    }

    async fn revoked_statuses(&self, issuer: &Issuer, list: u32) -> Result<Vec<u32>, StoreFailed> {
        let places: Vec<i64> = query_scalar(
            "SELECT status_index FROM revoked WHERE issuer = ? AND status_list = ? ORDER BY status_index",
        )
        .bind(issuer.as_str())
        .bind(i64::from(list))
        .fetch_all(&self.readers)
        .await
        .map_err(access)?;
        places.into_iter().map(place).collect()
    }

    async fn revoke_mark(
        &self,
        issuer: &Issuer,
        mark: GrantMark,
        status: Option<StatusIndex>,
        until: UnixTime,
    ) -> Result<(), StoreFailed> {
        let mut tx = self.write().await?;
        query(
            "INSERT INTO revoked (family, until, issuer, mark, status_list, status_index)
             VALUES ('', ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        )
        .bind(until.seconds())
        .bind(issuer.as_str())
        .bind(mark.as_bytes())
        .bind(status.map(|status| i64::from(status.list)))
        .bind(status.map(|status| i64::from(status.index)))
        .execute(&mut *tx)
        .await
        .map_err(access)?;
        tx.commit().await.map_err(access)
    }
}

fn place(number: i64) -> Result<u32, StoreFailed> {
    u32::try_from(number).map_err(|_| StoreFailed::Content("place in a status list"))
}

async fn reserve(tx: &mut SqliteConnection, issuer: &Issuer, count: u32) -> Result<Block, StoreFailed> {
    let free: Option<(i64, i64)> = query_as("SELECT list, next FROM status_lists WHERE issuer = ?")
        .bind(issuer.as_str())
        .fetch_optional(&mut *tx)
        .await
        .map_err(access)?;
    let (list, index) = free.unwrap_or_default();
    let (block, free) = set_aside(StatusIndex { list: place(list)?, index: place(index)? }, count);
    query(
        "INSERT INTO status_lists (issuer, list, next) VALUES (?, ?, ?)
         ON CONFLICT (issuer) DO UPDATE SET list = excluded.list, next = excluded.next",
    )
    .bind(issuer.as_str())
    .bind(i64::from(free.list))
    .bind(i64::from(free.index))
    .execute(&mut *tx)
    .await
    .map_err(access)?;
    Ok(block)
}
