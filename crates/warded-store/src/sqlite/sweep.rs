//! Forgetting in SQLite: some at a time, since whoever waits for a token waits for the transaction before it.

use async_trait::async_trait;
use sqlx::{SqliteConnection, query, query_as};
use warded_core::UnixTime;

use super::{Sqlite, access};
use crate::{IDLE_CLIENT_SECONDS, StoreFailed, Sweep, UNSETTLED_SECONDS, UNUSED_CLIENT_SECONDS};

/// Most rows that are changed in one transaction.
const PORTION: u32 = 1000;
/// Most clients that are looked at in one transaction.
const CLIENTS: u32 = 100;

#[async_trait]
impl Sweep for Sqlite {
    async fn sweep(&self, now: UnixTime) -> Result<u64, StoreFailed> {
        let long_ago = now.seconds() - i64::from(UNUSED_CLIENT_SECONDS);
        let mut gone = 0;
        for statement in [
            "DELETE FROM revoked WHERE number IN (SELECT number FROM revoked WHERE until <= ? LIMIT ?)",
            // What has come to its end was not taken back: nobody needs to be told.
            "UPDATE families SET keep = -1 WHERE id IN (
                 SELECT id FROM families WHERE keep BETWEEN 0 AND ? LIMIT ?
             )",
            // An answer that nobody may have again is a token at rest.
            "UPDATE refreshes SET sealed = NULL, sealed_until = NULL WHERE digest IN (
                 SELECT digest FROM refreshes WHERE sealed_until <= ? LIMIT ?
             )",
        ] {
            self.in_portions(statement, now.seconds()).await?;
        }
        for (statement, before) in [
            (
                "DELETE FROM sessions WHERE digest IN (SELECT digest FROM sessions WHERE expires <= ? LIMIT ?)",
                now.seconds(),
            ),
            (
                "DELETE FROM pendings WHERE digest IN (SELECT digest FROM pendings WHERE expires <= ? LIMIT ?)",
                now.seconds(),
            ),
            (
                "DELETE FROM signing_keys WHERE (issuer, kid) IN (
                     SELECT issuer, kid FROM signing_keys WHERE published_until <= ? LIMIT ?
                 )",
                now.seconds(),
            ),
            (
                "DELETE FROM refreshes WHERE digest IN (SELECT digest FROM refreshes WHERE expires <= ? LIMIT ?)",
                now.seconds(),
            ),
            ("DELETE FROM families WHERE id IN (SELECT id FROM families WHERE keep <= ? LIMIT ?)", -1),
            (
                "DELETE FROM replays WHERE mark IN (SELECT mark FROM replays WHERE until <= ? LIMIT ?)",
                now.seconds(),
            ),
            (
                "DELETE FROM counts WHERE (counter, start) IN (
                     SELECT counter, start FROM counts WHERE until <= ? LIMIT ?
                 )",
                now.seconds(),
            ),
            (
                "DELETE FROM reservations WHERE id IN (SELECT id FROM reservations WHERE since <= ? LIMIT ?)",
                now.seconds() - i64::from(UNSETTLED_SECONDS),
            ),
            (
                "DELETE FROM approvals WHERE id IN (SELECT id FROM approvals WHERE expires <= ? LIMIT ?)",
                now.seconds(),
            ),
            (
                "DELETE FROM clients WHERE (issuer, id) IN (
                     SELECT issuer, id FROM clients WHERE used = 0 AND by_operator = 0 AND created <= ? LIMIT ?
                 )",
                long_ago,
            ),
        ] {
            gone += self.in_portions(statement, before).await?;
        }
        self.sweep_ended().await?;
        Ok(gone + self.sweep_idle_clients(now).await?)
    }
}

impl Sqlite {
    /// Takes a step for what is that old, until nothing is left of it.
    async fn in_portions(&self, statement: &'static str, before: i64) -> Result<u64, StoreFailed> {
        let mut gone = 0;
        loop {
            let mut tx = self.write().await?;
            let portion = query(statement).bind(before).bind(PORTION);
            let done = portion.execute(&mut *tx).await.map_err(access)?.rows_affected();
            tx.commit().await.map_err(access)?;
            gone += done;
            if done < u64::from(PORTION) {
                return Ok(gone);
            }
        }
    }

    /// The refresh tokens of grants that are no longer there. They were gone for everybody already.
    async fn sweep_ended(&self) -> Result<(), StoreFailed> {
        loop {
            let mut tx = self.write().await?;
            let tokens = query(
                "DELETE FROM refreshes WHERE digest IN (
                     SELECT digest FROM refreshes WHERE family IN (
                         SELECT family FROM ended WHERE family > '' ORDER BY family LIMIT ?
                     ) LIMIT ?
                 )",
            );
            let tokens = tokens.bind(PORTION).bind(PORTION).execute(&mut *tx).await.map_err(access)?;
            let mut left = true;
            if tokens.rows_affected() < u64::from(PORTION) {
                // Those very families have none left.
                let families = query(
                    "DELETE FROM ended WHERE family IN (
                         SELECT family FROM ended WHERE family > '' ORDER BY family LIMIT ?
                     )",
                );
                let families = families.bind(PORTION).execute(&mut *tx).await.map_err(access)?;
                left = families.rows_affected() == u64::from(PORTION);
            }
            tx.commit().await.map_err(access)?;
            if !left {
                return Ok(());
            }
        }
    }

    /// Clients that registered themselves and that nobody uses any more leave with what was agreed to for them.
    async fn sweep_idle_clients(&self, now: UnixTime) -> Result<u64, StoreFailed> {
        let long_ago = now.seconds() - i64::from(IDLE_CLIENT_SECONDS);
        let mut gone = 0;
        let mut after = (i64::MIN, String::new(), String::new());
        loop {
            let mut tx = self.write().await?;
            // Those that have grants stay, and are looked at once.
            let page: Vec<(i64, String, String, bool)> = query_as(
                "SELECT coalesce(used_at, created), issuer, id, EXISTS (
                     SELECT 1 FROM families WHERE families.issuer = clients.issuer AND families.client = clients.id
                 ) FROM clients
                 WHERE used = 1 AND by_operator = 0 AND coalesce(used_at, created) BETWEEN ? AND ?
                     AND (coalesce(used_at, created), issuer, id) > (?, ?, ?)
                 ORDER BY coalesce(used_at, created), issuer, id LIMIT ?",
            )
            .bind(after.0)
            .bind(long_ago)
            .bind(after.0)
            .bind(&after.1)
            .bind(&after.2)
            .bind(CLIENTS)
            .fetch_all(&mut *tx)
            .await
            .map_err(access)?;
            let mut is_over = u32::try_from(page.len()).is_ok_and(|found| found < CLIENTS);
            let mut left = u64::from(PORTION);
            for (since, issuer, id, is_in_use) in page {
                if !is_in_use {
                    left = left.saturating_sub(forget_consents(&mut tx, &issuer, &id, left).await?);
                    if left == 0 {
                        // It has its turn in the next transaction.
                        is_over = false;
                        break;
                    }
                    let client =
                        query("DELETE FROM clients WHERE issuer = ? AND id = ?").bind(&issuer).bind(&id);
                    gone += client.execute(&mut *tx).await.map_err(access)?.rows_affected();
                }
                after = (since, issuer, id);
            }
            tx.commit().await.map_err(access)?;
            if is_over {
                return Ok(gone);
            }
        }
    }
}

/// What was agreed to for a client, so much of it at most.
async fn forget_consents(
    tx: &mut SqliteConnection,
    issuer: &str,
    client: &str,
    most: u64,
) -> Result<u64, StoreFailed> {
    let done = query(
        "DELETE FROM consents WHERE (issuer, user, client, redirect_origin, resource) IN (
             SELECT issuer, user, client, redirect_origin, resource FROM consents
             WHERE issuer = ? AND client = ? LIMIT ?
         )",
    )
    .bind(issuer)
    .bind(client)
    .bind(i64::try_from(most).unwrap_or(i64::MAX))
    .execute(tx)
    .await
    .map_err(access)?;
    Ok(done.rows_affected())
}
