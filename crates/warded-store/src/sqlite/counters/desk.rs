//! Who waits for something to be counted? They are served together, by a task of its own: a caller that hangs up must not take
//! the others with it, and what was reserved for it is given back.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sqlx::SqlitePool;
use tokio::{runtime::Handle, sync::oneshot};
use warded_core::UnixTime;

use super::batch;
use crate::{
    Settled, StoreFailed,
    counters::{ReservationId, tally::Draw},
    sqlite::access,
};

/// Most of them that go into one transaction: whoever comes first waits for all of them.
const MOST: usize = 256;

/// What somebody wants to be written.
pub(super) enum Wish {
    Reserve {
        asked: Asked,
        tell: oneshot::Sender<Result<Written, StoreFailed>>,
    },
    Settle {
        id: ReservationId,
        end: Settled,
        /// Nobody waits for what is given back because nobody claimed it.
        tell: Option<oneshot::Sender<Result<(), StoreFailed>>>,
    },
}

/// What is to be reserved, and for whom.
pub(super) struct Asked {
    pub(super) draws: Vec<Draw>,
    pub(super) node: Box<str>,
    pub(super) run: [u8; 16],
    pub(super) request: Box<str>,
    pub(super) now: UnixTime,
}

impl Wish {
    /// Tells that it did not happen.
    fn refuse(self, failed: StoreFailed) {
        match self {
            Self::Reserve { tell, .. } => {
                let _gone = tell.send(Err(failed));
            }
            Self::Settle { tell, .. } => {
                let _gone = tell.map(|tell| tell.send(Err(failed)));
            }
        }
    }
}

/// What came of a wish to reserve.
pub(super) enum Written {
    /// Settled by this, and which ones of those that only count would have been too much.
    Reserved(Unclaimed, Vec<usize>),
    Exceeded(usize),
}

/// A reservation that nobody has heard of yet. Dropped like that, it is given back: nobody could ever settle it.
pub(super) struct Unclaimed {
    id: Option<ReservationId>,
    desk: Desk,
}

impl Unclaimed {
    pub(super) fn of(id: ReservationId, desk: Desk) -> Self {
        Self { id: Some(id), desk }
    }

    /// Whoever asked has it now, and settles it.
    pub(super) fn claim(mut self) -> ReservationId {
        self.id.take().unwrap_or(ReservationId(0))
    }
}

impl Drop for Unclaimed {
    fn drop(&mut self) {
        if let Some(id) = self.id.take() {
            self.desk.want(Wish::Settle { id, end: Settled::RolledBack, tell: None });
        }
    }
}

/// Where wishes wait, and the connection that writes them.
#[derive(Clone, Debug)]
pub(in crate::sqlite) struct Desk {
    writer: SqlitePool,
    queue: Arc<Mutex<Queue>>,
}

#[derive(Default)]
struct Queue {
    /// In their order.
    wishes: Vec<Wish>,
    /// Whether a task is on its way to serve them.
    is_called: bool,
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Queue")
    }
}

impl Desk {
    pub(in crate::sqlite) fn new(writer: SqlitePool) -> Self {
        Self { writer, queue: Arc::default() }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has something written together with whatever else waits.
    pub(super) fn want(&self, wish: Wish) {
        let mut queue = self.queue();
        queue.wishes.push(wish);
        // Where nothing runs any more, nobody serves; what is dropped then is heard of at the next start.
        if !queue.is_called
            && let Ok(runtime) = Handle::try_current()
        {
            queue.is_called = true;
            runtime.spawn(self.clone().serve());
        }
    }

    /// Serves until nobody waits.
    async fn serve(self) {
        loop {
            let turn = self.writer.acquire().await;
            let wishes: Vec<_> = {
                let mut queue = self.queue();
                let count = queue.wishes.len().min(MOST);
                queue.wishes.drain(..count).collect()
            };
            let served = match turn {
                Ok(mut connection) => batch::write(&mut connection, &wishes).await,
                Err(error) => Err(error),
            };
            match served {
                Ok(outcomes) => {
                    for (wish, outcome) in wishes.into_iter().zip(outcomes) {
                        self.tell(wish, outcome);
                    }
                }
                Err(error) => {
                    let failed = access(error);
                    for wish in wishes {
                        wish.refuse(failed.clone());
                    }
                }
            }
            let mut queue = self.queue();
            if queue.wishes.is_empty() {
                queue.is_called = false;
                return;
            }
        }
    }

    /// Tells what is on the disk now.
    fn tell(&self, wish: Wish, outcome: batch::Outcome) {
        match (wish, outcome) {
            (Wish::Reserve { tell, .. }, batch::Outcome::Reserved(id, over)) => {
                let held = Unclaimed::of(id, self.clone());
                let _gone = tell.send(Ok(Written::Reserved(held, over)));
            }
            (Wish::Reserve { tell, .. }, batch::Outcome::Exceeded(place)) => {
                let _gone = tell.send(Ok(Written::Exceeded(place)));
            }
            (Wish::Settle { tell: Some(tell), .. }, batch::Outcome::Settled) => {
                let _gone = tell.send(Ok(()));
            }
            (Wish::Settle { tell: None, .. }, batch::Outcome::Settled) => {}
            (wish, batch::Outcome::Failed(failed)) => wish.refuse(failed),
            (wish, _) => wish.refuse(super::unwritten()),
        }
    }
}
