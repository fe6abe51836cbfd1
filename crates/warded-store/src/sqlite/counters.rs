//! Counters in SQLite: whoever comes while one transaction is being written goes into the next one together with the others,
//! and what they share is read and written once for all of them.

use async_trait::async_trait;
use sqlx::{Row as _, query, query_as, sqlite::SqliteRow};
use tokio::sync::oneshot;
use warded_core::UnixTime;

use self::desk::{Wish, Written};
use super::{Sqlite, access, read};
use crate::{
    Counter, Counters, Reserved, Reserving, Settled, StoreFailed, Taken, Taking, Uncertain,
    counters::{
        ReservationId,
        asked::{self, Asked},
    },
};

mod batch;
mod desk;

pub(super) use desk::Desk;

#[async_trait]
impl Counters for Sqlite {
    async fn counts(&self, counters: &[Counter<'_>], now: UnixTime) -> Result<Vec<i64>, StoreFailed> {
        let asked = Asked::for_all(counters, now)?;
        let mut sums = Vec::with_capacity(asked.rows.len());
        for (key, within) in &asked.rows {
            let rows = query_as::<_, (i64, i64)>(ROWS);
            let rows = rows.bind(key.as_slice()).bind(*within.start()).bind(*within.end());
            let rows = rows.fetch_all(&self.readers).await.map_err(access)?;
            sums.push(rows.into_iter().fold(0, |sum: i64, (_, amount)| sum.saturating_add(amount)));
        }
        Ok(asked.answer(&sums))
    }

    async fn reserve_all(
        &self,
        takings: &[Taking<'_>],
        by: &Reserving<'_>,
        now: UnixTime,
    ) -> Result<Reserved, StoreFailed> {
        let (tell, told) = oneshot::channel();
        let draws = asked::draws(takings, now)?;
        let asked =
            desk::Asked { draws, node: by.node.into(), run: *by.run, request: by.request.into(), now };
        self.counts.want(Wish::Reserve { asked, tell });
        match self.counts.hear(told).await? {
            Written::Reserved(held, over) => Ok(Reserved::All { id: held.claim(), over }),
            Written::Exceeded(place) => Ok(Reserved::Exceeded(place)),
        }
    }

    async fn settle(&self, id: ReservationId, end: Settled) -> Result<(), StoreFailed> {
        let (tell, told) = oneshot::channel();
        self.counts.want(Wish::Settle { id, end, tell: Some(tell) });
        self.counts.hear(told).await
    }

    async fn uncertain(&self, node: &str, run: &[u8; 16]) -> Result<Vec<Uncertain>, StoreFailed> {
        let rows = query("SELECT * FROM reservations WHERE node = ? AND run <> ? ORDER BY since, id");
        let rows = rows.bind(node).bind(run.as_slice()).fetch_all(&self.readers).await.map_err(access)?;
        rows.iter().map(uncertain).collect()
    }
}

/// Rows of a counter.
const ROWS: &str = "SELECT start, amount FROM counts WHERE counter = ? AND start BETWEEN ? AND ?";

fn unwritten() -> StoreFailed {
    StoreFailed::Access("what was counted was not written".to_owned())
}

fn uncertain(row: &SqliteRow) -> Result<Uncertain, StoreFailed> {
    Ok(Uncertain {
        id: ReservationId(row.try_get("id").map_err(access)?),
        request: read::text(row, "request")?.into(),
        since: read::time(row, "since")?,
        taken: taken(&read::text(row, "taken")?)?,
    })
}

fn taken(text: &str) -> Result<Vec<Taken>, StoreFailed> {
    serde_json::from_str(text).map_err(|_| StoreFailed::Content("reservation"))
}
