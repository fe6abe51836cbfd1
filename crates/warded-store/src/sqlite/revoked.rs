//! Grants that were taken back, in SQLite. A trigger notes them.

use async_trait::async_trait;
use sqlx::query_as;
use warded_core::UnixTime;

use super::{Sqlite, access};
use crate::{GrantMark, RevokedGrant, RevokedGrants, StoreFailed};

#[async_trait]
impl RevokedGrants for Sqlite {
    async fn revoked_since(&self, number: i64) -> Result<Vec<RevokedGrant>, StoreFailed> {
        let rows: Vec<(i64, String, i64)> =
            query_as("SELECT number, family, until FROM revoked WHERE number > ? ORDER BY number")
                .bind(number)
                .fetch_all(&self.readers)
                .await
                .map_err(access)?;
        let revoked = |(number, family, until): (i64, String, i64)| RevokedGrant {
            number,
            grant: GrantMark::of(&family),
            until: UnixTime::from_seconds(until),
        };
        Ok(rows.into_iter().map(revoked).collect())
    }
}
