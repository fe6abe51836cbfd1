//! Signing keys in SQLite.

use async_trait::async_trait;
use sqlx::{query, query_scalar};
use warded_core::UnixTime;

use super::{Sqlite, access, read};
use crate::{Added, HeldKey, SigningKeys, StoreFailed, vault::Place};

#[async_trait]
impl SigningKeys for Sqlite {
    async fn signing_keys(&self, issuer: &str) -> Result<Vec<HeldKey>, StoreFailed> {
        let rows = query("SELECT * FROM signing_keys WHERE issuer = ? ORDER BY signs_from, kid").bind(issuer);
        let rows = rows.fetch_all(&self.readers).await.map_err(access)?;
        self.refuse_keyless(&self.readers).await?;
        let opened = |row| {
            let held = read::signing_key(row)?;
            let pkcs8 = self.opened(Place::SigningKey { issuer, kid: &held.kid }, held.pkcs8.to_vec())?;
            Ok(HeldKey { pkcs8, ..held })
        };
        rows.iter().map(opened).collect()
    }

    async fn add_signing_key(
        &self,
        issuer: &str,
        key: &HeldKey,
        expected_newest: Option<&str>,
    ) -> Result<Added, StoreFailed> {
        let pkcs8 = self.sealed(Place::SigningKey { issuer, kid: &key.kid }, &key.pkcs8)?;
        let mut tx = self.write().await?;
        self.refuse_keyless(&mut *tx).await?;
        let newest: Option<String> = query_scalar(
            "SELECT kid FROM signing_keys WHERE issuer = ? AND algorithm = ? ORDER BY signs_from DESC, kid DESC LIMIT 1",
        )
        .bind(issuer)
        .bind(key.algorithm.name())
        .fetch_optional(&mut *tx)
        .await
        .map_err(access)?;
        if newest.as_deref() != expected_newest {
            return Ok(Added::Taken);
        }
        let done = query(
            "INSERT INTO signing_keys
                 (issuer, kid, algorithm, pkcs8, created, signs_from, signs_until, published_until)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        )
        .bind(issuer)
        .bind(&key.kid)
        .bind(key.algorithm.name())
        .bind(pkcs8)
        .bind(key.created.seconds())
        .bind(key.signs_from.seconds())
        .bind(key.signs_until.seconds())
        .bind(key.published_until.seconds())
        .execute(&mut *tx)
        .await
        .map_err(access)?;
        tx.commit().await.map_err(access)?;
        Ok(if done.rows_affected() == 1 { Added::Yes } else { Added::Taken })
    }

    async fn retire_signing_key(
        &self,
        issuer: &str,
        kid: &str,
        signs_until: UnixTime,
        published_until: UnixTime,
    ) -> Result<bool, StoreFailed> {
        let mut tx = self.write().await?;
        let done = query(
            "UPDATE signing_keys SET signs_until = ?, published_until = ? WHERE issuer = ? AND kid = ?",
        )
        .bind(signs_until.seconds())
        .bind(published_until.seconds())
        .bind(issuer)
        .bind(kid)
        .execute(&mut *tx)
        .await
        .map_err(access)?;
        tx.commit().await.map_err(access)?;
        Ok(done.rows_affected() == 1)
    }
}
