//! Marks in SQLite: whoever comes while one transaction is being written goes into the next one together, so that a
//! mark costs a share of a write to the disk.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use sqlx::{Connection as _, SqlitePool, query};
use tokio::sync::oneshot;
use warded_core::UnixTime;

use super::{Sqlite, access};
use crate::{Replays, StoreFailed};

/// How many marks that are over leave with each one that comes: more than one, so that the table shrinks; few, so
/// that nobody waits for a sweep.
const LEAVING: usize = 8;

/// Marks that wait to be written.
pub(super) type Waiting = Arc<Mutex<Vec<Wanted>>>;

/// One mark, and who asks for it.
#[derive(Debug)]
pub(super) struct Wanted {
    mark: [u8; 32],
    until: UnixTime,
    now: UnixTime,
    tell: oneshot::Sender<Result<bool, StoreFailed>>,
}

#[async_trait]
impl Replays for Sqlite {
    async fn first_use(&self, mark: &[u8; 32], until: UnixTime, now: UnixTime) -> Result<bool, StoreFailed> {
        let (tell, told) = oneshot::channel();
        self.marks.lock().unwrap_or_else(PoisonError::into_inner).push(Wanted {
            mark: *mark,
            until,
            now,
            tell,
        });
        // A task of its own: a caller that hangs up in the middle must not take the others with it.
        tokio::spawn(write(self.writer.clone(), Arc::clone(&self.marks)));
        told.await.map_err(|_| StoreFailed::Access("the marks of use were not written".to_owned()))?
    }
}

/// Writes all that wait when it is this task's turn; most tasks find that another one did it for them.
async fn write(writer: SqlitePool, marks: Waiting) {
    let turn = writer.acquire().await;
    // Each mark has a task: one that got no turn answers for one, the oldest, and the others still may get theirs.
    let most = if turn.is_ok() { usize::MAX } else { 1 };
    let wanted: Vec<_> = {
        let mut waiting = marks.lock().unwrap_or_else(PoisonError::into_inner);
        let count = waiting.len().min(most);
        waiting.drain(..count).collect()
    };
    if wanted.is_empty() {
        return;
    }
    let written = match turn {
        Ok(mut connection) => enter(&mut connection, &wanted).await,
        Err(error) => Err(error),
    };
    match written {
        Ok(firsts) => {
            for (wanted, first) in wanted.into_iter().zip(firsts) {
                let _gone = wanted.tell.send(Ok(first));
            }
        }
        Err(error) => {
            let failed = access(error);
            for wanted in wanted {
                let _gone = wanted.tell.send(Err(failed.clone()));
            }
        }
    }
}

/// One transaction for all of them. Which of them were used for the first time.
async fn enter(connection: &mut sqlx::SqliteConnection, wanted: &[Wanted]) -> Result<Vec<bool>, sqlx::Error> {
    let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
    let mut firsts = Vec::with_capacity(wanted.len());
    for wanted in wanted {
        let done = query(
            "INSERT INTO replays (mark, until) VALUES (?, ?)
             ON CONFLICT (mark) DO UPDATE SET until = excluded.until WHERE replays.until <= ?",
        )
        .bind(wanted.mark.as_slice())
        .bind(wanted.until.seconds())
        .bind(wanted.now.seconds())
        .execute(&mut *tx)
        .await?;
        firsts.push(done.rows_affected() == 1);
    }
    let now = wanted.iter().map(|wanted| wanted.now.seconds()).min().unwrap_or_default();
    query(
        "DELETE FROM replays WHERE mark IN (SELECT mark FROM replays WHERE until <= ? ORDER BY until LIMIT ?)",
    )
    .bind(now)
    .bind(i64::try_from(LEAVING.saturating_mul(wanted.len())).unwrap_or(i64::MAX))
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(firsts)
}
