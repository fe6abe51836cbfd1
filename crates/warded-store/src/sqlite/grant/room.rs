//! Is there room for another grant of a person? Otherwise some of theirs end.
//!
//! First go those whose code nobody redeemed while it was good: a page that sends a browser to the issuer again and again makes
//! as many as it likes, and they must not end what is in use. Then the oldest of those that are under way where there are too many
//! for one client, then what is over, and at last those that were not used for longest: whoever has a hundred of one client has lost
//! most of them. A login that is under way counts as used when its code ends, so that one does not take away another; a
//! grant of a time in which nobody noted its use counts as older than those whose use is known, by the end of its last token.

use sqlx::{SqliteConnection, query};
use warded_core::UnixTime;

use super::super::access;
use crate::{Grant, Room, StoreFailed, grant::UNDER_WAY};

/// Makes room for a grant that is not there yet. Returns how many have ended.
pub(super) async fn make(
    tx: &mut SqliteConnection,
    new: &Grant,
    (room, now): (Room, UnixTime),
) -> Result<u64, StoreFailed> {
    Ok(of_client(tx, new, room.of_client, now).await? + of_person(tx, new, room.of_person, now).await?)
}

async fn of_client(
    tx: &mut SqliteConnection,
    new: &Grant,
    most: u32,
    now: UnixTime,
) -> Result<u64, StoreFailed> {
    // The index alone says whether there is anything to do, and it is read no further than that.
    let full = query("SELECT 1 FROM families WHERE user = ? AND issuer = ? AND client = ? LIMIT 1 OFFSET ?")
        .bind(&new.user)
        .bind(new.issuer.as_str())
        .bind(&new.client)
        .bind(most.saturating_sub(1));
    if full.fetch_optional(&mut *tx).await.map_err(access)?.is_none() {
        return Ok(0);
    }
    end(tx, new, Of::Client, most, now).await
}

async fn of_person(
    tx: &mut SqliteConnection,
    new: &Grant,
    most: u32,
    now: UnixTime,
) -> Result<u64, StoreFailed> {
    let full = query("SELECT 1 FROM families WHERE user = ? LIMIT 1 OFFSET ?")
        .bind(&new.user)
        .bind(most.saturating_sub(1));
    if full.fetch_optional(&mut *tx).await.map_err(access)?.is_none() {
        return Ok(0);
    }
    end(tx, new, Of::Person, most, now).await
}

/// Whose grants are looked at.
#[derive(PartialEq)]
enum Of {
    Client,
    Person,
}

/// Ends what is too much for another one.
async fn end(
    tx: &mut SqliteConnection,
    new: &Grant,
    of: Of,
    most: u32,
    now: UnixTime,
) -> Result<u64, StoreFailed> {
    // What a sweep is about to forget has come to its end: nobody needs to be told. The newcomer is one of those that are
    // under way for its client.
    let ended = query(
        "DELETE FROM families WHERE id IN (
             SELECT id FROM families AS held
             WHERE user = ?1 AND (?4 OR issuer = ?2 AND client = ?3) AND keep >= 0
             ORDER BY CASE
                 WHEN used_at IS NULL AND tokens_end = 0 THEN CASE
                     WHEN keep <= ?5 THEN 0
                     WHEN (
                         SELECT count(*) FROM families AS newer
                         WHERE newer.user = ?1 AND newer.issuer = held.issuer AND newer.client = held.client
                             AND newer.used_at IS NULL AND newer.tokens_end = 0
                             AND (newer.keep, newer.id) > (held.keep, held.id)
                     ) + (held.issuer = ?2 AND held.client = ?3) >= ?6 THEN 1
                     ELSE 4 END
                 WHEN keep <= ?5 THEN 2
                 WHEN used_at IS NULL THEN 3
                 ELSE 4 END, coalesce(used_at, nullif(tokens_end, 0), keep), id
             LIMIT (
                 SELECT max(count(*) - ?7, 0) FROM families
                 WHERE user = ?1 AND (?4 OR issuer = ?2 AND client = ?3) AND keep >= 0
             )
         )",
    )
    .bind(&new.user)
    .bind(new.issuer.as_str())
    .bind(&new.client)
    .bind(of == Of::Person)
    .bind(now.seconds())
    .bind(UNDER_WAY)
    .bind(most.saturating_sub(1))
    .execute(&mut *tx)
    .await
    .map_err(access)?;
    Ok(ended.rows_affected())
}
