//! Clients in SQLite.

use async_trait::async_trait;
use sqlx::{Sqlite as Backend, query, query::Query, sqlite::SqliteArguments};
use warded_core::{Issuer, ResourceUri, UnixTime};

use super::{Sqlite, access, read};
use crate::{Added, ApplicationType, Client, Clients, Digest, GrantMark, GrantType, Origin, StoreFailed};

#[async_trait]
impl Clients for Sqlite {
    async fn add_client(&self, client: Client) -> Result<Added, StoreFailed> {
        let mut tx = self.write().await?;
        let insert = query(
            "INSERT INTO clients (name, method, secret, jwks, jwks_uri, application_type, redirect_uris, grants, pinned,
                 dpop_bound, by_operator, management, created, issuer, id, used_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        );
        let insert = told(insert, &client)?.bind(client.used.map(UnixTime::seconds));
        let done = insert.execute(&mut *tx).await.map_err(access)?;
        tx.commit().await.map_err(access)?;
        Ok(if done.rows_affected() == 1 { Added::Yes } else { Added::Taken })
    }

    async fn client(&self, issuer: &Issuer, id: &str) -> Result<Option<Client>, StoreFailed> {
        let row = query("SELECT * FROM clients WHERE issuer = ? AND id = ?").bind(issuer.as_str()).bind(id);
        row.fetch_optional(&self.readers).await.map_err(access)?.as_ref().map(read::client).transpose()
    }

    async fn clients(&self, issuer: &Issuer) -> Result<Vec<Client>, StoreFailed> {
        let rows = query("SELECT * FROM clients WHERE issuer = ? ORDER BY id")
            .bind(issuer.as_str())
            .fetch_all(&self.readers)
            .await;
        rows.map_err(access)?.iter().map(read::client).collect()
    }

    async fn update_client(&self, client: Client, expected: &Client) -> Result<bool, StoreFailed> {
        let mut tx = self.write().await?;
        let held = query("SELECT * FROM clients WHERE issuer = ? AND id = ?")
            .bind(client.issuer.as_str())
            .bind(&client.id)
            .fetch_optional(&mut *tx)
            .await
            .map_err(access)?;
        let Some(held) = held.as_ref().map(read::client).transpose()? else { return Ok(false) };
        if (Client { used: held.used, ..expected.clone() }) != held {
            return Ok(false);
        }
        let update = query(
            "UPDATE clients SET name = ?, method = ?, secret = ?, jwks = ?, jwks_uri = ?, application_type = ?,
                 redirect_uris = ?, grants = ?, pinned = ?, dpop_bound = ?, by_operator = ?, management = ?, created = ?
             WHERE issuer = ? AND id = ?",
        );
        told(update, &client)?.execute(&mut *tx).await.map_err(access)?;
        tx.commit().await.map_err(access)?;
        Ok(true)
    }

    async fn remove_client(&self, issuer: &Issuer, id: &str, until: UnixTime) -> Result<bool, StoreFailed> {
        let mut tx = self.write().await?;
        query(
            "INSERT INTO revoked (family, until, issuer, mark)
             SELECT '', ?, issuer, ? FROM clients WHERE issuer = ? AND id = ? AND by_operator = 1
             ON CONFLICT DO NOTHING",
        )
        .bind(until.seconds())
        .bind(GrantMark::of_client(issuer, id).as_bytes())
        .bind(issuer.as_str())
        .bind(id)
        .execute(&mut *tx)
        .await
        .map_err(access)?;
        // A client that is the URL of its own description has no row, and is there by what it was granted.
        let mut gone = 0;
        for statement in [
            "DELETE FROM clients WHERE issuer = ? AND id = ?",
            "DELETE FROM families WHERE issuer = ? AND client = ?",
            "DELETE FROM consents WHERE issuer = ? AND client = ?",
        ] {
            let statement = query(statement).bind(issuer.as_str()).bind(id);
            gone += statement.execute(&mut *tx).await.map_err(access)?.rows_affected();
        }
        tx.commit().await.map_err(access)?;
        Ok(gone > 0)
    }
}

/// Everything that is written of a client, its issuer and id last.
fn told<'q>(
    statement: Query<'q, Backend, SqliteArguments>,
    client: &'q Client,
) -> Result<Query<'q, Backend, SqliteArguments>, StoreFailed> {
    let redirect_uris = serde_json::to_string(&client.redirect_uris)
        .map_err(|_| StoreFailed::Content("list of redirect URIs"))?;
    let grants: Vec<_> = client.grants.iter().copied().map(GrantType::name).collect();
    Ok(statement
        .bind(&client.name)
        .bind(client.method.name())
        .bind(client.secret.as_ref().map(Digest::as_bytes))
        .bind(&client.jwks)
        .bind(&client.jwks_uri)
        .bind(client.application_type.map(ApplicationType::name))
        .bind(redirect_uris)
        .bind(grants.join(" "))
        .bind(client.pinned.as_ref().map(ResourceUri::as_str))
        .bind(client.dpop_bound)
        .bind(client.origin == Origin::Operator)
        .bind(client.management.as_ref().map(Digest::as_bytes))
        .bind(client.created.seconds())
        .bind(client.issuer.as_str())
        .bind(&client.id))
}
