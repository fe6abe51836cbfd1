//! What people agreed to, in SQLite.

use async_trait::async_trait;
use sqlx::{Executor, Sqlite as Backend, SqliteConnection, query};
use warded_core::{Issuer, Scopes};

use super::{Sqlite, access, read};
use crate::{Consent, Consents, Digest, Grant, StoreFailed};

#[async_trait]
impl Consents for Sqlite {
    async fn consented(&self, asked: &Consent) -> Result<Option<Scopes>, StoreFailed> {
        held(&self.readers, asked).await
    }

    async fn remember_consent(&self, asked: &Consent, scopes: &Scopes) -> Result<(), StoreFailed> {
        let (asked, scopes) = (asked.clone(), scopes.clone());
        self.turn(move |tx| Box::pin(async move { remember(tx, &asked, &scopes).await })).await
    }

    async fn consents_of(&self, user: &str) -> Result<Vec<(Consent, Scopes)>, StoreFailed> {
        let rows = query(
            "SELECT * FROM consents WHERE user = ? ORDER BY client, server, issuer, redirect_origin, resource",
        );
        rows.bind(user).fetch_all(&self.readers).await.map_err(access)?.iter().map(read::consent).collect()
    }

    async fn withdraw(
        &self,
        issuer: &Issuer,
        user: &str,
        client: &str,
        server: &str,
    ) -> Result<Vec<Grant>, StoreFailed> {
        let mut tx = self.write().await?;
        query("DELETE FROM consents WHERE user = ? AND issuer = ? AND client = ? AND server = ?")
            .bind(user)
            .bind(issuer.as_str())
            .bind(client)
            .bind(server)
            .execute(&mut *tx)
            .await
            .map_err(access)?;
        // What a sweep is about to forget has come to its end: nothing of it is left to take back.
        let revoked = query(
            "DELETE FROM families WHERE user = ? AND issuer = ? AND client = ? AND server = ? AND keep >= 0
             RETURNING *",
        )
        .bind(user)
        .bind(issuer.as_str())
        .bind(client)
        .bind(server)
        .fetch_all(&mut *tx)
        .await
        .map_err(access)?;
        let revoked = revoked.iter().map(read::grant).collect::<Result<Vec<_>, _>>()?;
        tx.commit().await.map_err(access)?;
        Ok(revoked)
    }
}

/// The scopes that a person has agreed to, where they have.
async fn held<'e>(
    from: impl Executor<'e, Database = Backend>,
    asked: &Consent,
) -> Result<Option<Scopes>, StoreFailed> {
    // `IS NOT DISTINCT FROM`: none is a document too.
    let row = query(
        "SELECT scopes FROM consents
         WHERE issuer = ? AND user = ? AND client = ? AND redirect_origin = ? AND server = ? AND resource = ?
             AND document IS NOT DISTINCT FROM ?",
    )
    .bind(asked.issuer.as_str())
    .bind(&asked.user)
    .bind(&asked.client)
    .bind(&asked.redirect_origin)
    .bind(&asked.server)
    .bind(asked.resource.as_str())
    .bind(asked.document.as_ref().map(Digest::as_bytes));
    row.fetch_optional(from).await.map_err(access)?.as_ref().map(read::scopes).transpose()
}

/// Adds to the scopes that a person has agreed to.
async fn remember(tx: &mut SqliteConnection, asked: &Consent, scopes: &Scopes) -> Result<(), StoreFailed> {
    let held = held(&mut *tx, asked).await?.unwrap_or_default();
    query(
        "INSERT INTO consents (issuer, user, client, redirect_origin, server, resource, scopes, document)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (issuer, user, client, redirect_origin, resource) DO UPDATE
         SET server = excluded.server, scopes = excluded.scopes, document = excluded.document",
    )
    .bind(asked.issuer.as_str())
    .bind(&asked.user)
    .bind(&asked.client)
    .bind(&asked.redirect_origin)
    .bind(&asked.server)
    .bind(asked.resource.as_str())
    .bind(held.union(scopes).to_string())
    .bind(asked.document.as_ref().map(Digest::as_bytes))
    .execute(&mut *tx)
    .await
    .map_err(access)?;
    Ok(())
}
