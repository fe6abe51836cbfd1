//! Grants, codes and refresh tokens in SQLite.

use async_trait::async_trait;
use sqlx::{Sqlite as Backend, Transaction, query, query_as, query_scalar};
use warded_core::{Issuer, UnixTime, jose::Thumbprint};

use super::{Sqlite, access, read};
use crate::{
    Code, Digest, Grant, Grants, Kept, NewCode, NewRefresh, Refresh, Spending, StandingGrant, StoreFailed,
    client::USED_WITHIN,
};

#[async_trait]
impl Grants for Sqlite {
    async fn issue_code(&self, grant: Grant, code: NewCode) -> Result<(), StoreFailed> {
        let mut tx = self.write().await?;
        query(
            "INSERT INTO families (id, issuer, client, user, server, resource, scopes, auth_time, ends, keep,
                 sender_key, redirect_origin, status_list, status_index)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(&grant.id)
        .bind(grant.issuer.as_str())
        .bind(&grant.client)
        .bind(&grant.user)
        .bind(&grant.server)
        .bind(grant.resource.as_str())
        .bind(grant.scopes.to_string())
        .bind(grant.auth_time.seconds())
        .bind(grant.ends.seconds())
        .bind(code.expires.seconds())
        .bind(grant.key.map(|key| key.to_string()))
        .bind(&grant.redirect_origin)
        .bind(i64::from(grant.status.list))
        .bind(i64::from(grant.status.index))
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
        tx.commit().await.map_err(access)
    }

    async fn code(&self, digest: &Digest) -> Result<Option<Code>, StoreFailed> {
        let row = query("SELECT * FROM codes JOIN families ON families.id = codes.family WHERE digest = ?")
            .bind(digest.as_bytes());
        row.fetch_optional(&self.readers).await.map_err(access)?.as_ref().map(read::code).transpose()
    }

    async fn redeem(
        &self,
        digest: &Digest,
        now: UnixTime,
        token_ends: UnixTime,
        first: Option<NewRefresh>,
        key: Option<Thumbprint>,
    ) -> Result<Spending, StoreFailed> {
        let mut tx = self.write().await?;
        let held = query_as("SELECT family, expires, spent, 0 FROM codes WHERE digest = ?")
            .bind(digest.as_bytes())
            .fetch_optional(&mut *tx)
            .await
            .map_err(access)?;
        let family = match look(&mut tx, held, now).await? {
            Held::Good(family) => family,
            Held::Not(spending) => return finish(tx, spending).await,
        };
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
        .bind(key.map(|key| key.to_string()))
        .bind(&family)
        .execute(&mut *tx)
        .await
        .map_err(access)?;
        use_client(&mut tx, &family, now).await?;
        if let Some(first) = first {
            insert_refresh(&mut tx, &family, first).await?;
        }
        finish(tx, Spending::Spent).await
    }

    async fn refresh(&self, digest: &Digest) -> Result<Option<Refresh>, StoreFailed> {
        let row = query(
            "SELECT refreshes.*, families.*, (
                 SELECT next.spent FROM refreshes AS next WHERE next.digest = refreshes.successor
             ) AS successor_spent
             FROM refreshes JOIN families ON families.id = refreshes.family WHERE refreshes.digest = ?",
        )
        .bind(digest.as_bytes());
        row.fetch_optional(&self.readers).await.map_err(access)?.as_ref().map(read::refresh).transpose()
    }

    async fn rotate(
        &self,
        digest: &Digest,
        now: UnixTime,
        token_ends: UnixTime,
        next: NewRefresh,
        keep: Option<Kept>,
    ) -> Result<Spending, StoreFailed> {
        let mut tx = self.write().await?;
        let held = query_as(
            "SELECT family, expires, spent, CASE WHEN sealed_until > ? AND (
                 SELECT next.spent FROM refreshes AS next WHERE next.digest = refreshes.successor
             ) = 0 THEN 1 ELSE 0 END
             FROM refreshes WHERE digest = ?",
        )
        .bind(now.seconds())
        .bind(digest.as_bytes())
        .fetch_optional(&mut *tx)
        .await
        .map_err(access)?;
        let family = match look(&mut tx, held, now).await? {
            Held::Good(family) => family,
            Held::Not(spending) => return finish(tx, spending).await,
        };
        query(
            "UPDATE refreshes SET spent = 1, spent_at = ?, successor = ?, sealed = ?, sealed_until = ?
             WHERE digest = ?",
        )
        .bind(now.seconds())
        .bind(next.digest.as_bytes())
        .bind(keep.as_ref().map(|kept| kept.sealed.as_slice()))
        .bind(keep.as_ref().map(|kept| kept.until.seconds()))
        .bind(digest.as_bytes())
        .execute(&mut *tx)
        .await
        .map_err(access)?;
        query(
            "UPDATE families SET keep = max(keep, ?), tokens_end = max(tokens_end, ?), used_at = ? WHERE id = ?",
        )
        .bind(next.expires.max(token_ends).seconds())
        .bind(token_ends.seconds())
        .bind(now.seconds())
        .bind(&family)
        .execute(&mut *tx)
        .await
        .map_err(access)?;
        use_client(&mut tx, &family, now).await?;
        insert_refresh(&mut tx, &family, next).await?;
        finish(tx, Spending::Spent).await
    }

    async fn revoke(&self, grant: &str) -> Result<(), StoreFailed> {
        let mut tx = self.write().await?;
        revoke(&mut tx, grant).await?;
        tx.commit().await.map_err(access)
    }

    async fn grant(&self, id: &str) -> Result<Option<StandingGrant>, StoreFailed> {
        let row = query("SELECT * FROM families WHERE id = ? AND keep >= 0").bind(id);
        row.fetch_optional(&self.readers).await.map_err(access)?.as_ref().map(read::standing).transpose()
    }

    async fn grants_of_user(&self, user: &str, now: UnixTime) -> Result<Vec<StandingGrant>, StoreFailed> {
        let rows = query(
            "SELECT * FROM families WHERE user = ? AND keep > ? AND ends > ? ORDER BY server, client, id",
        )
        .bind(user)
        .bind(now.seconds())
        .bind(now.seconds());
        rows.fetch_all(&self.readers).await.map_err(access)?.iter().map(read::standing).collect()
    }

    async fn grants(
        &self,
        issuer: &Issuer,
        after: &str,
        most: u32,
    ) -> Result<Vec<StandingGrant>, StoreFailed> {
        // By the primary key, which gives the order: an index on the issuer, which the concatenation rules out, would
        // have all of its grants sorted for every page.
        let rows = query(
            "SELECT * FROM families WHERE id > ? AND issuer || '' = ? AND keep >= 0 ORDER BY id LIMIT ?",
        )
        .bind(after)
        .bind(issuer.as_str())
        .bind(i64::from(most));
        rows.fetch_all(&self.readers).await.map_err(access)?.iter().map(read::standing).collect()
    }

    async fn count_grants(&self) -> Result<u64, StoreFailed> {
        let count: i64 =
            query_scalar("SELECT count(*) FROM families").fetch_one(&self.readers).await.map_err(access)?;
        u64::try_from(count).map_err(|_| StoreFailed::Content("count"))
    }
}

enum Held {
    Good(String),
    Not(Spending),
}

/// Decides whether a secret can be spent, inside the transaction that would spend it: by its family, when it expires,
/// whether it is spent, and whether its answer is kept. Reuse is looked for first: a thief who comes after the end is still a
/// thief.
async fn look(
    tx: &mut Transaction<'static, Backend>,
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

async fn finish(tx: Transaction<'static, Backend>, spending: Spending) -> Result<Spending, StoreFailed> {
    tx.commit().await.map_err(access)?;
    Ok(spending)
}

async fn revoke(tx: &mut Transaction<'static, Backend>, family: &str) -> Result<(), StoreFailed> {
    query("DELETE FROM families WHERE id = ?").bind(family).execute(&mut **tx).await.map_err(access)?;
    Ok(())
}

/// Writes down that a client is of use, where that was not done within the hour.
async fn use_client(
    tx: &mut Transaction<'static, Backend>,
    family: &str,
    now: UnixTime,
) -> Result<(), StoreFailed> {
    query(
        "UPDATE clients SET used_at = ? WHERE (issuer, id) = (SELECT issuer, client FROM families WHERE id = ?)
         AND (used_at IS NULL OR used_at <= ?)",
    )
    .bind(now.seconds())
    .bind(family)
    .bind(now.seconds() - i64::from(USED_WITHIN))
    .execute(&mut **tx)
    .await
    .map_err(access)?;
    Ok(())
}

async fn insert_refresh(
    tx: &mut Transaction<'static, Backend>,
    family: &str,
    refresh: NewRefresh,
) -> Result<(), StoreFailed> {
    query("INSERT INTO refreshes (digest, family, expires) VALUES (?, ?, ?)")
        .bind(refresh.digest.as_bytes())
        .bind(family)
        .bind(refresh.expires.seconds())
        .execute(&mut **tx)
        .await
        .map_err(access)?;
    Ok(())
}
