//! What providers call people, in SQLite.

use async_trait::async_trait;
use sqlx::{query, query_as, query_scalar};

use super::{Sqlite, access, read, user};
use crate::{Added, Identities, Identity, StoreFailed, User};

#[async_trait]
impl Identities for Sqlite {
    async fn user_of(&self, provider: &str, subject: &str) -> Result<Option<User>, StoreFailed> {
        let row = query(
            "SELECT users.* FROM identities JOIN users ON users.id = identities.person
             WHERE identities.provider = ? AND identities.subject = ?",
        )
        .bind(provider)
        .bind(subject);
        row.fetch_optional(&self.readers).await.map_err(access)?.as_ref().map(read::user).transpose()
    }

    async fn add_identity(&self, user: User, provider: &str, subject: &str) -> Result<Added, StoreFailed> {
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
        let done = query(
            "INSERT INTO identities (provider, subject, person) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        )
        .bind(provider)
        .bind(subject)
        .bind(&user.id)
        .execute(&mut *tx)
        .await
        .map_err(access)?;
        if done.rows_affected() == 0 {
            return Ok(Added::Taken);
        }
        tx.commit().await.map_err(access)?;
        Ok(Added::Yes)
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
