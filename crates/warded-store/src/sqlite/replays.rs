//! Marks in SQLite: whoever comes while one transaction is being written goes into the next one together, so that a
//! mark costs a share of a write to the disk.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use sqlx::{Connection as _, SqliteConnection, SqlitePool, query};
use tokio::sync::oneshot;
use warded_core::UnixTime;

use super::{Sqlite, access};
use crate::{Replays, StoreFailed};

/// How many marks that are over leave with each one that comes: more than one, so that the table shrinks; few, so
/// that nobody waits for a sweep.
const LEAVING: usize = 8;

/// Marks that wait to be written.
pub(super) type Waiting = Arc<Mutex<Vec<Wanted>>>;

/// Marks that are used up together, and who asks for them.
#[derive(Debug)]
pub(super) struct Wanted {
    marks: Vec<([u8; 32], UnixTime)>,
    now: UnixTime,
    tell: oneshot::Sender<Result<Option<usize>, StoreFailed>>,
}

#[async_trait]
impl Replays for Sqlite {
    async fn first_uses(
        &self,
        marks: &[([u8; 32], UnixTime)],
        now: UnixTime,
    ) -> Result<Option<usize>, StoreFailed> {
        let (tell, told) = oneshot::channel();
        let wanted = Wanted { marks: marks.to_vec(), now, tell };
        self.marks.lock().unwrap_or_else(PoisonError::into_inner).push(wanted);
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
        Ok(outcomes) => {
            for (wanted, used) in wanted.into_iter().zip(outcomes) {
                let _gone = wanted.tell.send(Ok(used));
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

/// One transaction for all of them. Of each, which mark somebody has used before.
async fn enter(
    connection: &mut SqliteConnection,
    wanted: &[Wanted],
) -> Result<Vec<Option<usize>>, sqlx::Error> {
    let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
    let mut outcomes = Vec::with_capacity(wanted.len());
    for wanted in wanted {
        outcomes.push(all_or_none(&mut tx, &wanted.marks, wanted.now).await?);
    }
    let now = wanted.iter().map(|wanted| wanted.now).min().unwrap_or(UnixTime::from_seconds(0));
    let count = wanted.iter().map(|wanted| wanted.marks.len()).fold(0, usize::saturating_add);
    leave(&mut tx, count, now).await?;
    tx.commit().await?;
    Ok(outcomes)
}

/// Enters marks in a step that does more. Which of them somebody has used before; then none was entered.
pub(super) async fn enter_together(
    tx: &mut SqliteConnection,
    marks: &[([u8; 32], UnixTime)],
    now: UnixTime,
) -> Result<Option<usize>, sqlx::Error> {
    if marks.is_empty() {
        return Ok(None);
    }
    let used = all_or_none(tx, marks, now).await?;
    if used.is_none() {
        leave(tx, marks.len(), now).await?;
    }
    Ok(used)
}

/// What is over leaves with so many that come.
async fn leave(tx: &mut SqliteConnection, count: usize, now: UnixTime) -> Result<(), sqlx::Error> {
    query(
        "DELETE FROM replays WHERE mark IN (SELECT mark FROM replays WHERE until <= ? ORDER BY until LIMIT ?)",
    )
    .bind(now.seconds())
    .bind(i64::try_from(LEAVING.saturating_mul(count)).unwrap_or(i64::MAX))
    .execute(tx)
    .await?;
    Ok(())
}

async fn all_or_none(
    tx: &mut SqliteConnection,
    marks: &[([u8; 32], UnixTime)],
    now: UnixTime,
) -> Result<Option<usize>, sqlx::Error> {
    // One alone is entered or not.
    if marks.len() <= 1 {
        return use_up(tx, marks, now).await;
    }
    let mut together = tx.begin().await?;
    let used = use_up(&mut together, marks, now).await?;
    if used.is_none() {
        together.commit().await?;
    } else {
        together.rollback().await?;
    }
    Ok(used)
}

/// Enters marks, up to the first that somebody has used before.
async fn use_up(
    tx: &mut SqliteConnection,
    marks: &[([u8; 32], UnixTime)],
    now: UnixTime,
) -> Result<Option<usize>, sqlx::Error> {
    for (place, (mark, until)) in marks.iter().enumerate() {
        let done = query(
            "INSERT INTO replays (mark, until) VALUES (?, ?)
             ON CONFLICT (mark) DO UPDATE SET until = excluded.until WHERE replays.until <= ?",
        )
        .bind(mark.as_slice())
        .bind(until.seconds())
        .bind(now.seconds())
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() != 1 {
            return Ok(Some(place));
        }
    }
    Ok(None)
}
