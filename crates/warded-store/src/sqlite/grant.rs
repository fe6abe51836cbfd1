//! Grants, codes and refresh tokens in SQLite.

use async_trait::async_trait;
use sqlx::{SqliteConnection, query, query_scalar};
use warded_core::{Issuer, UnixTime};

use super::{Sqlite, access, read};
use crate::{
    Code, Digest, Evidence, Grant, GrantMark, Grants, Kept, NewCode, NewRefresh, Refresh, Spending,
    StandingGrant, StoreFailed,
};

mod room;
mod steps;

/// Writes the marks of grants that are older than the column.
pub(super) async fn mark(tx: &mut SqliteConnection) -> Result<(), StoreFailed> {
    let unmarked: Vec<String> = query_scalar("SELECT id FROM families WHERE mark IS NULL")
        .fetch_all(&mut *tx)
        .await
        .map_err(access)?;
    for id in unmarked {
        query("UPDATE families SET mark = ? WHERE id = ?")
            .bind(GrantMark::of(&id).as_bytes().to_vec())
            .bind(&id)
            .execute(&mut *tx)
            .await
            .map_err(access)?;
    }
    Ok(())
}

#[async_trait]
impl Grants for Sqlite {
    async fn issue_code(&self, grant: Grant, code: NewCode) -> Result<u64, StoreFailed> {
        self.turn(move |tx| Box::pin(async move { steps::issue_code(tx, &grant, &code).await })).await
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
        shown: Evidence,
    ) -> Result<Spending, StoreFailed> {
        let digest = *digest;
        self.turn(move |tx| {
            Box::pin(async move { steps::redeem(tx, &digest, now, token_ends, first, &shown).await })
        })
        .await
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
        shown: Evidence,
    ) -> Result<Spending, StoreFailed> {
        let digest = *digest;
        self.turn(move |tx| {
            Box::pin(async move {
                steps::rotate(tx, &digest, now, token_ends, (next, keep.as_ref()), &shown).await
            })
        })
        .await
    }

    async fn revoke(&self, grant: &str) -> Result<(), StoreFailed> {
        let grant = grant.to_owned();
        self.turn(move |tx| Box::pin(async move { steps::revoke(tx, &grant).await })).await
    }

    async fn grant(&self, id: &str) -> Result<Option<StandingGrant>, StoreFailed> {
        let row = query("SELECT * FROM families WHERE id = ? AND keep >= 0").bind(id);
        row.fetch_optional(&self.readers).await.map_err(access)?.as_ref().map(read::standing).transpose()
    }

    async fn grant_of_mark(&self, mark: &GrantMark) -> Result<Option<StandingGrant>, StoreFailed> {
        let row = query("SELECT * FROM families WHERE mark = ? AND keep >= 0").bind(mark.as_bytes());
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
