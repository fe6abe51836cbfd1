//! Whose turn is it to write? One connection writes, and a transaction is on the disk before anybody hears of it. So whoever
//! comes while one is being written goes into the next one together with the others: a step costs a share of a sync, and
//! not one of its own.
//!
//! Each step is a savepoint: one that fails takes no other with it. It is a task of its own that writes, since a caller that
//! hangs up in the middle must not take the others along either.

use std::{
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use sqlx::{Connection as _, Sqlite as Backend, SqliteConnection, SqlitePool, Transaction};
use tokio::sync::oneshot;

use super::{Sqlite, access};
use crate::StoreFailed;

/// Most steps that go into one transaction: whoever comes first waits for all of them.
const MOST: usize = 128;

/// What is done within a transaction, or a future of it.
pub(super) type Doing<'c, T> = Pin<Box<dyn Future<Output = T> + Send + 'c>>;

/// Steps that wait to be taken, and whether a task is on its way to take them.
#[derive(Clone, Default)]
pub(super) struct Waiting(Arc<Mutex<Queue>>);

#[derive(Default)]
struct Queue {
    /// In their order.
    steps: Vec<Box<dyn Wanted>>,
    is_called: bool,
}

impl Waiting {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a step. Whether somebody has to be called who takes it.
    fn push(&self, step: Box<dyn Wanted>) -> bool {
        let mut queue = self.queue();
        queue.steps.push(step);
        !std::mem::replace(&mut queue.is_called, true)
    }

    /// What is taken now, and whether somebody has to be called for what is left.
    fn drain(&self) -> (Vec<Box<dyn Wanted>>, bool) {
        let mut queue = self.queue();
        let count = queue.steps.len().min(MOST);
        let steps = queue.steps.drain(..count).collect();
        queue.is_called = !queue.steps.is_empty();
        (steps, queue.is_called)
    }
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Waiting")
    }
}

/// Tells whoever asked for a step what came of the transaction that it was in.
type Tell = Box<dyn FnOnce(Result<(), StoreFailed>) + Send>;

/// A step, and who asks for it.
trait Wanted: Send {
    /// Takes it. Where it failed, who asked knows already, and nothing of it may stay.
    fn take(self: Box<Self>, connection: &mut SqliteConnection) -> Doing<'_, Option<Tell>>;

    /// Tells that it was not taken.
    fn refuse(self: Box<Self>, failed: StoreFailed);
}

struct Step<F, T> {
    step: F,
    tell: oneshot::Sender<Result<T, StoreFailed>>,
}

impl<F, T> Wanted for Step<F, T>
where
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> Doing<'c, Result<T, StoreFailed>> + Send + 'static,
    T: Send + 'static,
{
    fn take(self: Box<Self>, connection: &mut SqliteConnection) -> Doing<'_, Option<Tell>> {
        let Self { step, tell } = *self;
        Box::pin(async move {
            // Nobody waits for it any more, and nothing of it has happened.
            if tell.is_closed() {
                return None;
            }
            match step(connection).await {
                Ok(done) => Some(Box::new(move |committed: Result<(), StoreFailed>| {
                    let _gone = tell.send(committed.map(|()| done));
                }) as Tell),
                Err(failed) => {
                    let _gone = tell.send(Err(failed));
                    None
                }
            }
        })
    }

    fn refuse(self: Box<Self>, failed: StoreFailed) {
        let _gone = self.tell.send(Err(failed));
    }
}

impl Sqlite {
    /// Takes a step in a transaction that holds the write lock from its beginning. It is on the disk when this returns.
    pub(super) async fn turn<T: Send + 'static>(
        &self,
        step: impl for<'c> FnOnce(&'c mut SqliteConnection) -> Doing<'c, Result<T, StoreFailed>> + Send + 'static,
    ) -> Result<T, StoreFailed> {
        let (tell, told) = oneshot::channel();
        if self.turns.push(Box::new(Step { step, tell })) {
            tokio::spawn(write(self.writer.clone(), self.turns.clone()));
        }
        told.await.map_err(|_| StoreFailed::Access("it was not written".to_owned()))?
    }
}

/// Takes all steps that wait when it is this task's turn.
async fn write(writer: SqlitePool, waiting: Waiting) {
    let turn = writer.acquire().await;
    let (wanted, is_called) = waiting.drain();
    if is_called {
        tokio::spawn(again(writer, waiting));
    }
    match turn {
        Ok(mut connection) => together(&mut connection, wanted).await,
        Err(error) => {
            let failed = access(error);
            for wanted in wanted {
                wanted.refuse(failed.clone());
            }
        }
    }
}

/// A task for what did not go into the transaction of another.
fn again(writer: SqlitePool, waiting: Waiting) -> Doing<'static, ()> {
    Box::pin(write(writer, waiting))
}

/// One transaction for all of them.
async fn together(connection: &mut SqliteConnection, wanted: Vec<Box<dyn Wanted>>) {
    let (mut taken, mut left) = (Vec::with_capacity(wanted.len()), wanted.into_iter());
    let written = async {
        let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
        let is_alone = left.len() == 1;
        for wanted in left.by_ref() {
            if is_alone {
                // Dropped without a commit, it never happened.
                let Some(tell) = wanted.take(&mut tx).await else { return Ok(()) };
                taken.push(tell);
            } else {
                taken.extend(beside_others(&mut tx, wanted).await?);
            }
        }
        tx.commit().await
    };
    let outcome = written.await.map_err(access);
    if let Err(failed) = &outcome {
        for wanted in left {
            wanted.refuse(failed.clone());
        }
    }
    for tell in taken {
        tell(outcome.clone());
    }
}

/// Takes a step so that nothing of it stays where it fails.
async fn beside_others(
    tx: &mut Transaction<'_, Backend>,
    wanted: Box<dyn Wanted>,
) -> Result<Option<Tell>, sqlx::Error> {
    let mut savepoint = tx.begin().await?;
    let tell = wanted.take(&mut savepoint).await;
    match tell {
        Some(tell) => savepoint.commit().await.map(|()| Some(tell)),
        None => savepoint.rollback().await.map(|()| None),
    }
}
