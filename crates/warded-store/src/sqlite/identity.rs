//! What providers call people, in SQLite.

use async_trait::async_trait;
use sqlx::{Row as _, query, query_as, query_scalar};

use super::{Sqlite, access, read, user};
use crate::{Added, AddedBy, Identities, Identity, Standing, StoreFailed, User};

#[async_trait]
impl Identities for Sqlite {
    async fn standing(&self, provider: &str, subject: &str) -> Result<Standing, StoreFailed> {
        // One statement, so that nobody is looked for between being removed and having been.
        let row = query(
            "SELECT users.*, identities.by_operator FROM (SELECT ? AS provider, ? AS subject) AS asked
             LEFT JOIN removed_identities AS removed
                 ON removed.provider = asked.provider AND removed.subject = asked.subject
             LEFT JOIN identities ON identities.provider = asked.provider AND identities.subject = asked.subject
             LEFT JOIN users ON users.id = identities.person
             WHERE users.id IS NOT NULL OR removed.subject IS NOT NULL",
        )
        .bind(provider)
        .bind(subject);
        let Some(row) = row.fetch_optional(&self.readers).await.map_err(access)? else {
            return Ok(Standing::New);
        };
        let by_operator: Option<bool> = row.try_get("by_operator").map_err(access)?;
        Ok(match by_operator {
            None => Standing::Removed,
            Some(true) => Standing::Here(read::user(&row)?, AddedBy::Operator),
            Some(false) => Standing::Here(read::user(&row)?, AddedBy::Themself),
        })
    }

    async fn add_identity(
        &self,
        user: User,
        provider: &str,
        subject: &str,
        by: AddedBy,
    ) -> Result<Added, StoreFailed> {
        let mut tx = self.write().await?;
        // Dropped without a commit, nothing of it has happened.
        let known: Option<i64> = query_scalar("SELECT 1 FROM users WHERE id = ?")
            .bind(&user.id)
            .fetch_optional(&mut *tx)
            .await
            .map_err(access)?;
        if known.is_none() && user::add(&mut tx, &user).await? == Added::Taken {
            return Ok(Added::Taken);
        }
        let forgiven = query("DELETE FROM removed_identities WHERE provider = ? AND subject = ?")
            .bind(provider)
            .bind(subject)
            .execute(&mut *tx)
            .await
            .map_err(access)?;
        if forgiven.rows_affected() != 0 && by == AddedBy::Themself {
            return Ok(Added::Taken);
        }
        let done = query(
            "INSERT INTO identities (provider, subject, person, by_operator) VALUES (?, ?, ?, ?)
             ON CONFLICT DO NOTHING",
        )
        .bind(provider)
        .bind(subject)
        .bind(&user.id)
        .bind(by == AddedBy::Operator)
        .execute(&mut *tx)
        .await
        .map_err(access)?;
        if done.rows_affected() == 0 {
            return Ok(Added::Taken);
        }
        tx.commit().await.map_err(access)?;
        Ok(Added::Yes)
    }

    async fn vouch_for(&self, provider: &str, subject: &str) -> Result<bool, StoreFailed> {
        let mut tx = self.write().await?;
        let done = query("UPDATE identities SET by_operator = 1 WHERE provider = ? AND subject = ?")
            .bind(provider)
            .bind(subject)
            .execute(&mut *tx)
            .await
            .map_err(access)?;
        tx.commit().await.map_err(access)?;
        Ok(done.rows_affected() == 1)
    }

    async fn removed_identities(&self) -> Result<Vec<Identity>, StoreFailed> {
        let rows: Vec<(String, String)> =
            query_as("SELECT provider, subject FROM removed_identities ORDER BY provider, subject")
                .fetch_all(&self.readers)
                .await
                .map_err(access)?;
        Ok(rows.into_iter().map(|(provider, subject)| Identity { provider, subject }).collect())
    }

    async fn readmit(&self, provider: &str, subject: &str) -> Result<bool, StoreFailed> {
        let mut tx = self.write().await?;
        let done = query("DELETE FROM removed_identities WHERE provider = ? AND subject = ?")
            .bind(provider)
            .bind(subject)
            .execute(&mut *tx)
            .await
            .map_err(access)?;
        tx.commit().await.map_err(access)?;
        Ok(done.rows_affected() == 1)
    }

    async fn identities_of(&self, user: &str) -> Result<Vec<Identity>, StoreFailed> {
        let rows: Vec<(String, String)> =
            query_as("SELECT provider, subject FROM identities WHERE person = ? ORDER BY provider, subject")
                .bind(user)
                .fetch_all(&self.readers)
                .await
                .map_err(access)?;
        Ok(rows.into_iter().map(|(provider, subject)| Identity { provider, subject }).collect())
    }
}
