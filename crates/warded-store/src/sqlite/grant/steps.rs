//! What is done with codes and refresh tokens, within the transaction in which it is their turn.

use sqlx::{SqliteConnection, query, query_as};
use warded_core::UnixTime;

use super::{
    super::{access, replays},
    room,
};
use crate::{
    Digest, Evidence, Grant, GrantMark, Kept, NewCode, NewRefresh, Spending, StoreFailed, client::USED_WITHIN,
};

pub(super) async fn issue_code(
    tx: &mut SqliteConnection,
    grant: &Grant,
    code: &NewCode,
) -> Result<u64, StoreFailed> {
    let ended = match code.room {
        Some(room) => room::make(tx, grant, room).await?,
        None => 0,
    };
    query(
        "INSERT INTO families (id, issuer, client, user, server, resource, scopes, auth_time, ends, keep,
             sender_key, redirect_origin, status_list, status_index, mark)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&grant.id)
    .bind(grant.issuer.as_str())
    .bind(&grant.client)
    .bind(&grant.user)
    .bind(&grant.server)
    .bind(grant.resource.as_str())
    .bind(grant.scopes.to_string())
    .bind(grant.auth_time.map(UnixTime::seconds))
    .bind(grant.ends.seconds())
    .bind(code.expires.seconds())
    .bind(grant.key.map(|key| key.to_string()))
    .bind(&grant.redirect_origin)
    .bind(i64::from(grant.status.list))
    .bind(i64::from(grant.status.index))
    .bind(GrantMark::of(&grant.id).as_bytes().to_vec())
    .execute(&mut *tx)
    .await
    .map_err(access)?;
    query(
        "INSERT INTO codes (digest, family, redirect_uri, challenge, announced_key, expires)
         VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(code.digest.as_bytes())
    .bind(&grant.id)
    .bind(&code.redirect_uri)
    .bind(&code.challenge)
    .bind(code.key.map(|key| key.to_string()))
    .bind(code.expires.seconds())
    .execute(&mut *tx)
    .await
    .map_err(access)?;
    query("UPDATE clients SET used = 1 WHERE issuer = ? AND id = ?")
        .bind(grant.issuer.as_str())
        .bind(&grant.client)
        .execute(&mut *tx)
        .await
        .map_err(access)?;
    Ok(ended)
}

pub(super) async fn redeem(
    tx: &mut SqliteConnection,
    digest: &Digest,
    now: UnixTime,
    token_ends: UnixTime,
    first: Option<NewRefresh>,
    shown: &Evidence,
) -> Result<Spending, StoreFailed> {
    let held = query_as("SELECT family, expires, spent, 0 FROM codes WHERE digest = ?")
        .bind(digest.as_bytes())
        .fetch_optional(&mut *tx)
        .await
        .map_err(access)?;
    let family = match look(tx, held, now).await? {
        Held::Good(family) => family,
        Held::Not(spending) => return Ok(spending),
    };
    if let Some(place) = replays::enter_together(tx, &shown.marks, now).await.map_err(access)? {
        return Ok(Spending::Replayed(place));
    }
    query("UPDATE codes SET spent = 1 WHERE digest = ?")
        .bind(digest.as_bytes())
        .execute(&mut *tx)
        .await
        .map_err(access)?;
    let keep = first.map_or(token_ends, |first| first.expires.max(token_ends));
    query(
        "UPDATE families SET keep = ?, tokens_end = ?, used_at = ?, sender_key = coalesce(?, sender_key)
         WHERE id = ?",
    )
    .bind(keep.seconds())
    .bind(token_ends.seconds())
    .bind(now.seconds())
    .bind(shown.key.map(|key| key.to_string()))
    .bind(&family)
    .execute(&mut *tx)
    .await
    .map_err(access)?;
    use_client(tx, &family, now).await?;
    if let Some(first) = first {
        insert_refresh(tx, &family, first).await?;
    }
    Ok(Spending::Spent)
}

pub(super) async fn rotate(
    tx: &mut SqliteConnection,
    digest: &Digest,
    now: UnixTime,
    token_ends: UnixTime,
    (next, keep): (NewRefresh, Option<&Kept>),
    shown: &Evidence,
) -> Result<Spending, StoreFailed> {
    // With its family, or it is the token of a grant that has ended, and only not swept yet.
    let held = query_as(
        "SELECT family, expires, spent, CASE WHEN sealed_until > ? AND (
             SELECT next.spent FROM refreshes AS next WHERE next.digest = refreshes.successor
         ) = 0 THEN 1 ELSE 0 END
         FROM refreshes JOIN families ON families.id = refreshes.family WHERE digest = ?",
    )
    .bind(now.seconds())
    .bind(digest.as_bytes())
    .fetch_optional(&mut *tx)
    .await
    .map_err(access)?;
    let family = match look(tx, held, now).await? {
        Held::Good(family) => family,
        Held::Not(spending) => return Ok(spending),
    };
    if let Some(place) = replays::enter_together(tx, &shown.marks, now).await.map_err(access)? {
        return Ok(Spending::Replayed(place));
    }
    query(
        "UPDATE refreshes SET spent = 1, spent_at = ?, successor = ?, sealed = ?, sealed_until = ?
         WHERE digest = ?",
    )
    .bind(now.seconds())
    .bind(next.digest.as_bytes())
    .bind(keep.map(|kept| kept.sealed.as_slice()))
    .bind(keep.map(|kept| kept.until.seconds()))
    .bind(digest.as_bytes())
    .execute(&mut *tx)
    .await
    .map_err(access)?;
    query(
        "UPDATE families SET keep = max(keep, ?), tokens_end = max(tokens_end, ?), used_at = ?,
             sender_key = coalesce(sender_key, ?)
         WHERE id = ?",
    )
    .bind(next.expires.max(token_ends).seconds())
    .bind(token_ends.seconds())
    .bind(now.seconds())
    .bind(shown.key.map(|key| key.to_string()))
    .bind(&family)
    .execute(&mut *tx)
    .await
    .map_err(access)?;
    use_client(tx, &family, now).await?;
    insert_refresh(tx, &family, next).await?;
    Ok(Spending::Spent)
}

enum Held {
    Good(String),
    Not(Spending),
}

/// Decides whether a secret can be spent, inside the transaction that would spend it: by its family, when it expires,
/// whether it is spent, and whether its answer is kept. Reuse is looked for first: a thief who comes after the end is still a
/// thief.
async fn look(
    tx: &mut SqliteConnection,
    held: Option<(String, i64, bool, bool)>,
    now: UnixTime,
) -> Result<Held, StoreFailed> {
    match held {
        None => Ok(Held::Not(Spending::Gone)),
        Some((_, _, true, true)) => Ok(Held::Not(Spending::Kept)),
        Some((family, _, true, false)) => {
            revoke(tx, &family).await?;
            Ok(Held::Not(Spending::Again))
        }
        Some((_, expires, false, _)) if expires <= now.seconds() => Ok(Held::Not(Spending::Gone)),
        Some((family, _, false, _)) => Ok(Held::Good(family)),
    }
}

pub(super) async fn revoke(tx: &mut SqliteConnection, family: &str) -> Result<(), StoreFailed> {
    query("DELETE FROM families WHERE id = ?").bind(family).execute(&mut *tx).await.map_err(access)?;
    Ok(())
}

/// Writes down that a client is of use, where that was not done within the hour.
async fn use_client(tx: &mut SqliteConnection, family: &str, now: UnixTime) -> Result<(), StoreFailed> {
    query(
        "UPDATE clients SET used_at = ? WHERE (issuer, id) = (SELECT issuer, client FROM families WHERE id = ?)
         AND (used_at IS NULL OR used_at <= ?)",
    )
    .bind(now.seconds())
    .bind(family)
    .bind(now.seconds() - i64::from(USED_WITHIN))
    .execute(&mut *tx)
    .await
    .map_err(access)?;
    Ok(())
}

async fn insert_refresh(
    tx: &mut SqliteConnection,
    family: &str,
    refresh: NewRefresh,
) -> Result<(), StoreFailed> {
    query("INSERT INTO refreshes (digest, family, expires) VALUES (?, ?, ?)")
        .bind(refresh.digest.as_bytes())
        .bind(family)
        .bind(refresh.expires.seconds())
        .execute(&mut *tx)
        .await
        .map_err(access)?;
    Ok(())
}
