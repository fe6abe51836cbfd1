//! Grants that were taken back, in SQLite. A trigger notes them.

use async_trait::async_trait;
use sqlx::{Row as _, query, sqlite::SqliteRow};

use super::{Sqlite, access, read};
use crate::{GrantMark, RevokedGrant, RevokedGrants, StoreFailed};

#[async_trait]
impl RevokedGrants for Sqlite {
    async fn revoked_since(&self, number: i64) -> Result<Vec<RevokedGrant>, StoreFailed> {
        let rows = query("SELECT * FROM revoked WHERE number > ? ORDER BY number").bind(number);
        rows.fetch_all(&self.readers).await.map_err(access)?.iter().map(revoked).collect()
    }
}

fn revoked(row: &SqliteRow) -> Result<RevokedGrant, StoreFailed> {
    let mark: Option<Vec<u8>> = row.try_get("mark").map_err(access)?;
    let grant = match mark {
        Some(mark) => GrantMark::from_bytes(mark.try_into().map_err(|_| StoreFailed::Content("mark"))?),
        None => GrantMark::of(&read::text(row, "family")?),
    };
    let list: Option<i64> = row.try_get("status_list").map_err(access)?;
    let status = list.map(|_| read::status(row)).transpose()?;
    Ok(RevokedGrant {
        number: row.try_get("number").map_err(access)?,
        grant,
        until: read::time(row, "until")?,
        status,
    })
}
