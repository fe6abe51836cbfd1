//! Held calls in SQLite.

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::{Row as _, SqliteConnection, query, query_scalar, sqlite::SqliteRow};
use warded_core::UnixTime;

use super::{Sqlite, access, read};
use crate::{
    Approval, ApprovalId, Approvals, Ends, HeldCall, Holding, MOST_HELD_BY_ALL, Meant, Parameters, Ruled,
    Ruling, StoreFailed, Use,
    approvals::{
        id::beginning,
        room::{Caller, is_crowded},
    },
};

/// What is held of a call. Whoever has denied it is heard before whoever has approved it.
const SAME: &str = "SELECT * FROM approvals WHERE fingerprint = ? AND expires > ? AND ruling <> 'used'
     ORDER BY CASE ruling WHEN 'denied' THEN 0 WHEN 'approved' THEN 1 ELSE 2 END LIMIT 1";

#[async_trait]
impl Approvals for Sqlite {
    async fn hold_call(&self, call: HeldCall, now: UnixTime) -> Result<Holding, StoreFailed> {
        // Who asks again and again writes nothing.
        let same = query(SAME).bind(call.fingerprint.as_slice()).bind(now.seconds());
        if let Some(row) = same.fetch_optional(&self.readers).await.map_err(access)? {
            return approval(&row).map(|held| Holding::Held(Box::new(held)));
        }
        self.turn(move |tx| Box::pin(async move { hold(tx, call, now).await })).await
    }

    async fn approvals(&self, now: UnixTime) -> Result<Vec<Approval>, StoreFailed> {
        let rows = query(
            "SELECT * FROM approvals WHERE expires > ? ORDER BY ruling <> 'pending', created, id LIMIT ?",
        );
        let rows = rows.bind(now.seconds()).bind(i64::try_from(MOST_HELD_BY_ALL).unwrap_or(i64::MAX));
        let rows = rows.fetch_all(&self.readers).await.map_err(access)?;
        rows.iter().map(approval).collect()
    }

    async fn find_approval(&self, prefix: &str, now: UnixTime) -> Result<Meant, StoreFailed> {
        let Some((from, to)) = beginning(prefix) else { return Ok(Meant::None) };
        let rows = query("SELECT * FROM approvals WHERE id >= ? AND id < ? AND expires > ? LIMIT 2");
        let rows = rows.bind(from).bind(to).bind(now.seconds());
        Ok(match &*rows.fetch_all(&self.readers).await.map_err(access)? {
            [] => Meant::None,
            [one] => Meant::One(Box::new(approval(one)?)),
            _ => Meant::Several,
        })
    }

    async fn rule(
        &self,
        id: &ApprovalId,
        is_approved: bool,
        by: &str,
        now: UnixTime,
    ) -> Result<Option<Approval>, StoreFailed> {
        let ruling = if is_approved { Ruling::Approved } else { Ruling::Denied };
        let (id, by) = (id.clone(), by.to_owned());
        let ruled = self.turn(move |tx| {
            Box::pin(async move {
                // Who denies it while it is under way is heard: whoever makes the call says for how long that is.
                query(
                    "UPDATE approvals SET ruling = ?, ruled_by = ?, ruled_at = ?, expires = ? + lasts
                     WHERE id = ? AND expires > ? AND (ruling <> 'used' OR ? = 'denied') RETURNING *",
                )
                .bind(ruling.as_str())
                .bind(by)
                .bind(now.seconds())
                .bind(now.seconds())
                .bind(id.as_str())
                .bind(now.seconds())
                .bind(ruling.as_str())
                .fetch_optional(tx)
                .await
                .map_err(access)
            })
        });
        ruled.await?.as_ref().map(approval).transpose()
    }

    async fn use_approval(&self, id: &ApprovalId, now: UnixTime) -> Result<Option<Use>, StoreFailed> {
        let asked = id.clone();
        let number = self.turn(move |tx| {
            Box::pin(async move {
                query_scalar(
                    "UPDATE approvals SET ruling = 'used', uses = uses + 1
                     WHERE id = ? AND expires > ? AND ruling = 'approved' RETURNING uses",
                )
                .bind(asked.as_str())
                .bind(now.seconds())
                .fetch_optional(tx)
                .await
                .map_err(access)
            })
        });
        Ok(number.await?.map(|number| Use { id: id.clone(), number }))
    }

    async fn restore_approval(&self, used: &Use) -> Result<(), StoreFailed> {
        let Use { id, number } = used.clone();
        self.turn(move |tx| {
            Box::pin(async move {
                let restored = query(
                    "UPDATE approvals SET ruling = 'approved' WHERE id = ? AND ruling = 'used' AND uses = ?",
                );
                restored.bind(id.as_str()).bind(number).execute(tx).await.map_err(access).map(drop)
            })
        })
        .await
    }
}

async fn hold(tx: &mut SqliteConnection, call: HeldCall, now: UnixTime) -> Result<Holding, StoreFailed> {
    let same = query(SAME).bind(call.fingerprint.as_slice()).bind(now.seconds());
    if let Some(row) = same.fetch_optional(&mut *tx).await.map_err(access)? {
        return approval(&row).map(|held| Holding::Held(Box::new(held)));
    }
    let caller = Caller::of(&call);
    let own: i64 = query_scalar(
        "SELECT count(*) FROM approvals WHERE issuer = ? AND subject = ? AND (subject <> '' OR client = ?)
             AND ruling = 'pending' AND expires > ?",
    )
    .bind(&*caller.issuer)
    .bind(&*caller.subject)
    .bind(&*caller.client)
    .bind(now.seconds())
    .fetch_one(&mut *tx)
    .await
    .map_err(access)?;
    let all = query_scalar("SELECT count(*) FROM approvals WHERE ruling = 'pending' AND expires > ?");
    let all: i64 = all.bind(now.seconds()).fetch_one(&mut *tx).await.map_err(access)?;
    let count = |rows| usize::try_from(rows).unwrap_or(usize::MAX);
    if is_crowded(count(own), count(all)) {
        return Ok(Holding::Crowded);
    }
    // Some that are over leave with each one that comes: nobody has to sweep where nobody issues tokens.
    query(
        "DELETE FROM approvals WHERE id IN (SELECT id FROM approvals WHERE expires <= ? ORDER BY expires LIMIT 8)",
    )
    .bind(now.seconds())
    .execute(&mut *tx)
    .await
    .map_err(access)?;
    let expires = now.plus(call.lasts);
    let (parameters, ends) = match &call.parameters {
        Parameters::Whole(all) => (&**all, None),
        Parameters::Ends(ends) => (&*ends.first, Some(ends)),
    };
    query(
        "INSERT INTO approvals
             (id, fingerprint, server, target, parameters, parameters_end, parameters_bytes, parameters_sha256, rule,
              issuer, subject, client, lasts, created, expires, ruling)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending')",
    )
    .bind(call.id.as_str())
    .bind(call.fingerprint.as_slice())
    .bind(&*call.server)
    .bind(&*call.target)
    .bind(parameters)
    .bind(ends.map(|ends| &*ends.last))
    .bind(ends.map(|ends| ends.bytes))
    .bind(ends.map(|ends| ends.sha256.as_slice()))
    .bind(&*call.rule)
    .bind(&*call.issuer)
    .bind(&*call.subject)
    .bind(&*call.client)
    .bind(i64::from(call.lasts))
    .bind(now.seconds())
    .bind(expires.seconds())
    .execute(&mut *tx)
    .await
    .map_err(access)?;
    let held = Approval { call, created: now, expires, ruling: Ruling::Pending, ruled: None };
    Ok(Holding::Held(Box::new(held)))
}

fn approval(row: &SqliteRow) -> Result<Approval, StoreFailed> {
    let fingerprint: &[u8] = row.try_get("fingerprint").map_err(access)?;
    let text = |column| read::text(row, column).map(String::into_boxed_str);
    let ruled = match read::optional(row, "ruled_by")? {
        Some(by) => Some(Ruled { by: by.into(), at: read::time(row, "ruled_at")? }),
        None => None,
    };
    Ok(Approval {
        call: HeldCall {
            id: ApprovalId::held(read::text(row, "id")?),
            fingerprint: fingerprint.try_into().map_err(|_| StoreFailed::Content("fingerprint"))?,
            server: text("server")?,
            target: text("target")?,
            parameters: parameters(row)?,
            rule: text("rule")?,
            issuer: text("issuer")?,
            subject: text("subject")?,
            client: text("client")?,
            lasts: read::number(row, "lasts")?,
        },
        created: read::time(row, "created")?,
        expires: read::time(row, "expires")?,
        ruling: Ruling::named(&read::text(row, "ruling")?).ok_or(StoreFailed::Content("ruling"))?,
        ruled,
    })
}

fn parameters(row: &SqliteRow) -> Result<Parameters, StoreFailed> {
    let first = read::text(row, "parameters")?;
    let Some(last) = read::optional(row, "parameters_end")? else {
        return Ok(Parameters::Whole(first.into()));
    };
    let sha256: &[u8] = row.try_get("parameters_sha256").map_err(access)?;
    Ok(Parameters::Ends(Arc::new(Ends {
        first: first.into(),
        last: last.into(),
        bytes: read::number(row, "parameters_bytes")?,
        sha256: sha256.try_into().map_err(|_| StoreFailed::Content("hash"))?,
    })))
}
