//! People and their sessions in SQLite.

use async_trait::async_trait;
use sqlx::{Sqlite as Backend, Transaction, query};
use warded_core::UnixTime;

use super::{Sqlite, access, read};
use crate::{Added, Digest, PasswordHash, Session, Sessions, StoreFailed, User, Users};

#[async_trait]
impl Users for Sqlite {
    async fn add_user(&self, user: User) -> Result<Added, StoreFailed> {
        let mut tx = self.write().await?;
        let added = add(&mut tx, &user).await?;
        tx.commit().await.map_err(access)?;
        Ok(added)
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
        // Whoever knew the old one may have agreed to something with it: the next login would be taken for a yes again.
        for statement in [
            "DELETE FROM sessions WHERE user = ?",
            "DELETE FROM families WHERE user = ?",
            "DELETE FROM consents WHERE user = ?",
        ] {
            query(statement).bind(id).execute(&mut *tx).await.map_err(access)?;
        }
        tx.commit().await.map_err(access)?;
        Ok(done.rows_affected() == 1)
    }

    async fn remove_user(&self, id: &str) -> Result<bool, StoreFailed> {
        let mut tx = self.write().await?;
        query(
            "INSERT INTO removed_identities (provider, subject)
             SELECT provider, subject FROM identities WHERE person = ? ON CONFLICT DO NOTHING",
        )
        .bind(id)
        .execute(&mut *tx)
        .await
        .map_err(access)?;
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
        query("INSERT INTO sessions (digest, issuer, user, since, auth_time, expires) VALUES (?, ?, ?, ?, ?, ?)")
            .bind(session.digest.as_bytes())
            .bind(session.issuer.as_str())
            .bind(&session.user)
            .bind(session.since.seconds())
            .bind(session.auth_time.map(UnixTime::seconds))
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

    async fn sessions_of(&self, user: &str, now: UnixTime) -> Result<Vec<Session>, StoreFailed> {
        let rows = query("SELECT * FROM sessions WHERE user = ? AND expires > ? ORDER BY since DESC")
            .bind(user)
            .bind(now.seconds());
        rows.fetch_all(&self.readers).await.map_err(access)?.iter().map(read::session).collect()
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

/// Adds a person, whose name and id must both be free.
pub(super) async fn add(tx: &mut Transaction<'static, Backend>, user: &User) -> Result<Added, StoreFailed> {
    let done =
        query("INSERT INTO users (id, name, password, created) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING")
            .bind(&user.id)
            .bind(&user.name)
            .bind(user.password.as_ref().map(PasswordHash::as_phc))
            .bind(user.created.seconds())
            .execute(&mut **tx)
            .await
            .map_err(access)?;
    Ok(if done.rows_affected() == 1 { Added::Yes } else { Added::Taken })
}
