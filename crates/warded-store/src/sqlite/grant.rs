//! Grants, codes and refresh tokens in SQLite.

use async_trait::async_trait;
use sqlx::{Sqlite as Backend, Transaction, query, query_as, query_scalar};
use warded_core::UnixTime;

use super::{Sqlite, access, read};
use crate::{Code, Digest, Grant, Grants, NewCode, NewRefresh, Refresh, Spending, StoreFailed};

#[async_trait]
impl Grants for Sqlite {
    async fn issue_code(&self, grant: Grant, code: NewCode) -> Result<(), StoreFailed> {
        let mut tx = self.write().await?;
        query(
            "INSERT INTO families (id, issuer, client, user, server, resource, scopes, auth_time, ends, keep)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
        .execute(&mut *tx)
        .await
        .map_err(access)?;
        query("INSERT INTO codes (digest, family, redirect_uri, challenge, expires) VALUES (?, ?, ?, ?, ?)")
            .bind(code.digest.as_bytes())
            .bind(&grant.id)
            .bind(&code.redirect_uri)
            .bind(&code.challenge)
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
    ) -> Result<Spending, StoreFailed> {
        let mut tx = self.write().await?;
        let held = query_as("SELECT family, expires, spent FROM codes WHERE digest = ?")
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
        query("UPDATE families SET keep = ?, tokens_end = ? WHERE id = ?")
            .bind(keep.seconds())
            .bind(token_ends.seconds())
            .bind(&family)
            .execute(&mut *tx)
            .await
            .map_err(access)?;
        if let Some(first) = first {
            insert_refresh(&mut tx, &family, first).await?;
        }
        finish(tx, Spending::Spent).await
    }

    async fn refresh(&self, digest: &Digest) -> Result<Option<Refresh>, StoreFailed> {
        let row =
            query("SELECT * FROM refreshes JOIN families ON families.id = refreshes.family WHERE digest = ?")
                .bind(digest.as_bytes());
        row.fetch_optional(&self.readers).await.map_err(access)?.as_ref().map(read::refresh).transpose()
    }

    async fn rotate(
        &self,
        digest: &Digest,
        now: UnixTime,
        token_ends: UnixTime,
        next: NewRefresh,
    ) -> Result<Spending, StoreFailed> {
        let mut tx = self.write().await?;
        let held = query_as("SELECT family, expires, spent FROM refreshes WHERE digest = ?")
            .bind(digest.as_bytes())
            .fetch_optional(&mut *tx)
            .await
            .map_err(access)?;
        let family = match look(&mut tx, held, now).await? {
            Held::Good(family) => family,
            Held::Not(spending) => return finish(tx, spending).await,
        };
        query("UPDATE refreshes SET spent = 1 WHERE digest = ?")
            .bind(digest.as_bytes())
            .execute(&mut *tx)
            .await
            .map_err(access)?;
        query("UPDATE families SET keep = max(keep, ?), tokens_end = max(tokens_end, ?) WHERE id = ?")
            .bind(next.expires.max(token_ends).seconds())
            .bind(token_ends.seconds())
            .bind(&family)
            .execute(&mut *tx)
            .await
            .map_err(access)?;
        insert_refresh(&mut tx, &family, next).await?;
        finish(tx, Spending::Spent).await
    }

    async fn revoke(&self, grant: &str) -> Result<(), StoreFailed> {
        let mut tx = self.write().await?;
        revoke(&mut tx, grant).await?;
        tx.commit().await.map_err(access)
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

/// Decides whether a secret can be spent, inside the transaction that would spend it. Reuse is looked for first:
/// a thief who comes after the end is still a thief.
async fn look(
    tx: &mut Transaction<'static, Backend>,
    held: Option<(String, i64, bool)>,
    now: UnixTime,
) -> Result<Held, StoreFailed> {
    match held {
        None => Ok(Held::Not(Spending::Gone)),
        Some((family, _, true)) => {
            revoke(tx, &family).await?;
            Ok(Held::Not(Spending::Again))
        }
        Some((_, expires, false)) if expires <= now.seconds() => Ok(Held::Not(Spending::Gone)),
        Some((family, _, false)) => Ok(Held::Good(family)),
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
