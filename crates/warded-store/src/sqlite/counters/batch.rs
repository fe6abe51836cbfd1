//! What is written in one transaction for all who wait: each row of a counter is read once and written once, however many of
//! them it is for.

use std::{
    collections::{HashMap, HashSet},
    ops::RangeInclusive,
};

use sqlx::{Connection as _, SqliteConnection, query, query_as, query_scalar};
use warded_core::UnixTime;

use super::{
    ROWS,
    desk::{Asked, Wish},
    taken,
};
use crate::{
    Settled, StoreFailed, Taken,
    counters::{
        Key, ReservationId,
        tally::{self, Tally},
    },
};

/// How many rows that are over leave with each that is written: more than one, so that the table shrinks; few, so that nobody
/// waits for a sweep.
const LEAVING: usize = 2;

/// What came of one wish.
pub(super) enum Outcome {
    /// All was taken, but for those that only count and would have been too much.
    Reserved(ReservationId, Vec<usize>),
    /// Nothing was taken: of this there would have been too much.
    Exceeded(usize),
    /// It was settled, now or before.
    Settled,
    /// Nothing was done for it.
    Failed(StoreFailed),
}

/// Writes all of it, or nothing.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    wishes: &[Wish],
) -> Result<Vec<Outcome>, sqlx::Error> {
    let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
    let mut batch = Batch::on(&mut tx);
    let mut outcomes = Vec::with_capacity(wishes.len());
    for wish in wishes {
        outcomes.push(match wish {
            // Nobody waits for it any more, and nothing of it has happened.
            Wish::Reserve { tell, .. } if tell.is_closed() => Outcome::Failed(super::unwritten()),
            Wish::Reserve { asked, .. } => batch.reserve(asked).await?,
            Wish::Settle { id, end: Settled::Committed, .. } => batch.commit(*id).await?,
            Wish::Settle { id, end: Settled::RolledBack, .. } => batch.roll_back(*id).await?,
        });
    }
    batch.keep().await?;
    tx.commit().await?;
    Ok(outcomes)
}

struct Batch<'c> {
    connection: &'c mut SqliteConnection,
    tally: Tally,
    /// Which rows were looked for.
    read: HashSet<(Key, i64, i64)>,
    /// Which rows are to be written, and when they may be forgotten.
    changed: HashMap<(Key, i64), UnixTime>,
    /// The earliest time that anybody says that it is.
    now: Option<UnixTime>,
}

impl<'c> Batch<'c> {
    fn on(connection: &'c mut SqliteConnection) -> Self {
        let (read, changed) = (HashSet::new(), HashMap::new());
        Self { connection, tally: Tally::default(), read, changed, now: None }
    }

    /// Reads rows of a counter, unless they were read before.
    async fn read(&mut self, key: Key, rows: &RangeInclusive<i64>) -> Result<(), sqlx::Error> {
        if self.read.insert((key, *rows.start(), *rows.end())) {
            let found = query_as::<_, (i64, i64)>(ROWS);
            let found = found.bind(key.as_slice()).bind(*rows.start()).bind(*rows.end());
            for (start, amount) in found.fetch_all(&mut *self.connection).await? {
                self.tally.found(key, start, amount);
            }
        }
        Ok(())
    }

    async fn reserve(&mut self, asked: &Asked) -> Result<Outcome, sqlx::Error> {
        self.now = Some(self.now.map_or(asked.now, |now| now.min(asked.now)));
        for draw in &asked.draws {
            self.read(draw.key, &draw.rows).await?;
        }
        let over = match self.tally.take(&asked.draws) {
            Ok(over) => over,
            Err(place) => return Ok(Outcome::Exceeded(place)),
        };
        let mut held = Vec::new();
        for (key, taken) in tally::taken(&asked.draws, &over) {
            self.change(key, &taken);
            held.push(taken);
        }
        let Ok(held) = serde_json::to_string(&held) else {
            return Err(sqlx::Error::Protocol("a reservation cannot be written".to_owned()));
        };
        let id: i64 = query_scalar(
            "INSERT INTO reservations (node, run, request, since, taken) VALUES (?, ?, ?, ?, ?) RETURNING id",
        )
        .bind(&*asked.node)
        .bind(asked.run.as_slice())
        .bind(&*asked.request)
        .bind(asked.now.seconds())
        .bind(held)
        .fetch_one(&mut *self.connection)
        .await?;
        Ok(Outcome::Reserved(ReservationId(id), over))
    }

    fn change(&mut self, key: Key, taken: &Taken) {
        self.changed.insert((key, taken.start), taken.window.until(taken.start));
    }

    async fn commit(&mut self, id: ReservationId) -> Result<Outcome, sqlx::Error> {
        let settled = query("DELETE FROM reservations WHERE id = ?").bind(id.0);
        settled.execute(&mut *self.connection).await?;
        Ok(Outcome::Settled)
    }

    async fn roll_back(&mut self, id: ReservationId) -> Result<Outcome, sqlx::Error> {
        let held: Option<String> = query_scalar("SELECT taken FROM reservations WHERE id = ?")
            .bind(id.0)
            .fetch_optional(&mut *self.connection)
            .await?;
        let Some(held) = held else { return Ok(Outcome::Settled) };
        let held = match taken(&held) {
            Ok(held) => held,
            Err(failed) => return Ok(Outcome::Failed(failed)),
        };
        for taken in held {
            let key = taken.counter().key();
            self.read(key, &(taken.start..=taken.start)).await?;
            self.tally.give_back(&key, &taken);
            self.change(key, &taken);
        }
        self.commit(id).await
    }

    /// Writes the rows that have changed, and forgets some that are over.
    async fn keep(&mut self) -> Result<(), sqlx::Error> {
        for ((key, start), until) in &self.changed {
            // What is gone was over: nothing can be given back to it.
            let Some(amount) = self.tally.row(key, *start) else { continue };
            if amount == 0 {
                // Or whoever makes calls that come to nothing would fill the disk, and no limit would ever be reached.
                let row = query("DELETE FROM counts WHERE counter = ? AND start = ?");
                row.bind(key.as_slice()).bind(start).execute(&mut *self.connection).await?;
                continue;
            }
            query(
                "INSERT INTO counts (counter, start, amount, until) VALUES (?, ?, ?, ?)
                 ON CONFLICT (counter, start) DO UPDATE SET amount = excluded.amount",
            )
            .bind(key.as_slice())
            .bind(start)
            .bind(amount)
            .bind(until.seconds())
            .execute(&mut *self.connection)
            .await?;
        }
        let Some(now) = self.now else { return Ok(()) };
        query(
            "DELETE FROM counts WHERE (counter, start) IN (
                 SELECT counter, start FROM counts WHERE until <= ? ORDER BY until LIMIT ?
             )",
        )
        .bind(now.seconds())
        .bind(i64::try_from(self.changed.len().saturating_mul(LEAVING)).unwrap_or(i64::MAX))
        .execute(&mut *self.connection)
        .await?;
        Ok(())
    }
}
