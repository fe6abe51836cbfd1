//! Is there room for another grant of a person? Otherwise those end that were not used for longest: whoever has a hundred of one
//! client has lost most of them.
//!
//! A code that nobody has redeemed yet counts as used when it ends, so that one login does not take away another one that is
//! under way; a grant of a time in which nobody noted its use counts as never used.

use sqlx::{SqliteConnection, query};

use super::super::access;
use crate::{Grant, Room, StoreFailed};

/// Makes room for a grant that is not there yet. Returns how many have ended.
pub(super) async fn make(tx: &mut SqliteConnection, new: &Grant, room: Room) -> Result<u64, StoreFailed> {
    Ok(of_client(tx, new, room.of_client).await? + of_person(tx, new, room.of_person).await?)
}

async fn of_client(tx: &mut SqliteConnection, new: &Grant, most: u32) -> Result<u64, StoreFailed> {
    // The index alone says whether there is anything to do, and it is read no further than that.
    let full = query("SELECT 1 FROM families WHERE user = ? AND issuer = ? AND client = ? LIMIT 1 OFFSET ?")
        .bind(&new.user)
        .bind(new.issuer.as_str())
        .bind(&new.client)
        .bind(most.saturating_sub(1));
    if full.fetch_optional(&mut *tx).await.map_err(access)?.is_none() {
        return Ok(0);
    }
    // What a sweep is about to forget has come to its end: nobody needs to be told.
    let ended = query(
        "DELETE FROM families WHERE id IN (
             SELECT id FROM families WHERE user = ? AND issuer = ? AND client = ? AND keep >= 0
             ORDER BY coalesce(used_at, CASE tokens_end WHEN 0 THEN keep ELSE 0 END), id LIMIT (
                 SELECT max(count(*) - ?, 0) FROM families WHERE user = ? AND issuer = ? AND client = ? AND keep >= 0
             )
         )",
    )
    .bind(&new.user)
    .bind(new.issuer.as_str())
    .bind(&new.client)
    .bind(most.saturating_sub(1))
    .bind(&new.user)
    .bind(new.issuer.as_str())
    .bind(&new.client)
    .execute(&mut *tx)
    .await
    .map_err(access)?;
    Ok(ended.rows_affected())
}

async fn of_person(tx: &mut SqliteConnection, new: &Grant, most: u32) -> Result<u64, StoreFailed> {
    let full = query("SELECT 1 FROM families WHERE user = ? LIMIT 1 OFFSET ?")
        .bind(&new.user)
        .bind(most.saturating_sub(1));
    if full.fetch_optional(&mut *tx).await.map_err(access)?.is_none() {
        return Ok(0);
    }
    let ended = query(
        "DELETE FROM families WHERE id IN (
             SELECT id FROM families WHERE user = ? AND keep >= 0
             ORDER BY coalesce(used_at, CASE tokens_end WHEN 0 THEN keep ELSE 0 END), id LIMIT (
                 SELECT max(count(*) - ?, 0) FROM families WHERE user = ? AND keep >= 0
             )
         )",
    )
    .bind(&new.user)
    .bind(most.saturating_sub(1))
    .bind(&new.user)
    .execute(&mut *tx)
    .await
    .map_err(access)?;
    Ok(ended.rows_affected())
}
