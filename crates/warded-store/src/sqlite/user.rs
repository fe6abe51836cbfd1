//! Secrets, people, their sessions and what they agreed to, in SQLite.

use async_trait::async_trait;
use sqlx::{Executor, Sqlite as Backend, query};
use warded_core::{Scopes, UnixTime};
use zeroize::Zeroizing;

use super::{Sqlite, access, read};
use crate::{
    Added, Consent, Consents, Digest, PasswordHash, Secrets, Session, Sessions, StoreFailed, User, Users,
};

#[async_trait]
impl Secrets for Sqlite {
    async fn secret(&self, name: &str, fresh: &[u8]) -> Result<Zeroizing<Vec<u8>>, StoreFailed> {
        let mut tx = self.write().await?;
        query("INSERT INTO secrets (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING")
            .bind(name)
            .bind(fresh)
            .execute(&mut *tx)
            .await
            .map_err(access)?;
        let held: Vec<u8> = sqlx::query_scalar("SELECT value FROM secrets WHERE name = ?")
            .bind(name)
            .fetch_one(&mut *tx)
            .await
            .map_err(access)?;
        tx.commit().await.map_err(access)?;
        Ok(Zeroizing::new(held))
    }
}

#[async_trait]
impl Users for Sqlite {
    async fn add_user(&self, user: User) -> Result<Added, StoreFailed> {
        let mut tx = self.write().await?;
        let done = query(
            "INSERT INTO users (id, name, password, created) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        )
        .bind(user.id)
        .bind(user.name)
        .bind(user.password.as_ref().map(PasswordHash::as_phc))
        .bind(user.created.seconds())
        .execute(&mut *tx)
        .await
        .map_err(access)?;
        tx.commit().await.map_err(access)?;
        Ok(if done.rows_affected() == 1 { Added::Yes } else { Added::Taken })
    }

    async fn user_named(&self, name: &str) -> Result<Option<User>, StoreFailed> {
        let row = query("SELECT * FROM users WHERE name = ?").bind(name);
        row.fetch_optional(&self.readers).await.map_err(access)?.as_ref().map(read::user).transpose()
    }

    async fn user(&self, id: &str) -> Result<Option<User>, StoreFailed> {
        let row = query("SELECT * FROM users WHERE id = ?").bind(id);
        row.fetch_optional(&self.readers).await.map_err(access)?.as_ref().map(read::user).transpose()
    }

    async fn users(&self) -> Result<Vec<User>, StoreFailed> {
        let rows = query("SELECT * FROM users ORDER BY name").fetch_all(&self.readers).await;
        rows.map_err(access)?.iter().map(read::user).collect()
    }

    async fn set_password(&self, id: &str, password: PasswordHash) -> Result<bool, StoreFailed> {
        let mut tx = self.write().await?;
        let done = query("UPDATE users SET password = ? WHERE id = ?")
            .bind(password.as_phc())
            .bind(id)
            .execute(&mut *tx)
            .await
            .map_err(access)?;
        // Whoever knew the old one may have agreed to something with it.
        for statement in ["DELETE FROM sessions WHERE user = ?", "DELETE FROM families WHERE user = ?"] {
            query(statement).bind(id).execute(&mut *tx).await.map_err(access)?;
        }
        tx.commit().await.map_err(access)?;
        Ok(done.rows_affected() == 1)
    }

    async fn remove_user(&self, id: &str) -> Result<bool, StoreFailed> {
        let mut tx = self.write().await?;
        let done =
            query("DELETE FROM users WHERE id = ?").bind(id).execute(&mut *tx).await.map_err(access)?;
        tx.commit().await.map_err(access)?;
        Ok(done.rows_affected() == 1)
    }
}

#[async_trait]
impl Sessions for Sqlite {
    async fn open_session(&self, session: Session) -> Result<(), StoreFailed> {
        let mut tx = self.write().await?;
        query("INSERT INTO sessions (digest, issuer, user, auth_time, expires) VALUES (?, ?, ?, ?, ?)")
            .bind(session.digest.as_bytes())
            .bind(session.issuer.as_str())
            .bind(&session.user)
            .bind(session.auth_time.seconds())
            .bind(session.expires.seconds())
            .execute(&mut *tx)
            .await
            .map_err(access)?;
        tx.commit().await.map_err(access)
    }

    async fn session(&self, digest: &Digest, now: UnixTime) -> Result<Option<Session>, StoreFailed> {
        let row = query("SELECT * FROM sessions WHERE digest = ? AND expires > ?")
            .bind(digest.as_bytes())
            .bind(now.seconds());
        row.fetch_optional(&self.readers).await.map_err(access)?.as_ref().map(read::session).transpose()
    }

    async fn end_session(&self, digest: &Digest) -> Result<(), StoreFailed> {
        let mut tx = self.write().await?;
        query("DELETE FROM sessions WHERE digest = ?")
            .bind(digest.as_bytes())
            .execute(&mut *tx)
            .await
            .map_err(access)?;
        tx.commit().await.map_err(access)
    }
}

#[async_trait]
impl Consents for Sqlite {
    async fn consented(&self, asked: &Consent) -> Result<Option<Scopes>, StoreFailed> {
        held_consent(&self.readers, asked).await
    }

    async fn remember_consent(&self, asked: &Consent, scopes: &Scopes) -> Result<(), StoreFailed> {
        let mut tx = self.write().await?;
        let held = held_consent(&mut *tx, asked).await?.unwrap_or_default();
        query(
            "INSERT OR REPLACE INTO consents (issuer, user, client, redirect_origin, server, resource, scopes)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(asked.issuer.as_str())
        .bind(&asked.user)
        .bind(&asked.client)
        .bind(&asked.redirect_origin)
        .bind(&asked.server)
        .bind(asked.resource.as_str())
        .bind(held.union(scopes).to_string())
        .execute(&mut *tx)
        .await
        .map_err(access)?;
        tx.commit().await.map_err(access)
    }
}

/// The scopes that a person has agreed to, where they have.
async fn held_consent<'e>(
    from: impl Executor<'e, Database = Backend>,
    asked: &Consent,
) -> Result<Option<Scopes>, StoreFailed> {
    let row = query(
        "SELECT scopes FROM consents
     WHERE issuer = ? AND user = ? AND client = ? AND redirect_origin = ? AND server = ? AND resource = ?",
    )
    .bind(asked.issuer.as_str())
    .bind(&asked.user)
    .bind(&asked.client)
    .bind(&asked.redirect_origin)
    .bind(&asked.server)
    .bind(asked.resource.as_str());
    row.fetch_optional(from).await.map_err(access)?.as_ref().map(read::scopes).transpose()
}
