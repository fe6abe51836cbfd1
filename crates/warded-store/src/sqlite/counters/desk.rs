//! Who waits for something to be counted? They are served together, by a task of its own: a caller that hangs up must not take
//! the others with it, and what was reserved for it is given back.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use sqlx::SqlitePool;
use tokio::{runtime::Handle, sync::oneshot, time};
use warded_core::UnixTime;

use super::batch;
use crate::{
    MOST_TAKINGS, Settled, StoreFailed,
    counters::{ReservationId, tally::Draw},
    sqlite::access,
};

/// Most of them that go into one transaction: whoever comes first waits for all of them.
const MOST: usize = 256;

/// Most that is taken for all of them together, if it is not for one alone: whoever issues a token waits for it, too.
const MOST_TAKEN: usize = MOST_TAKINGS;

/// How long somebody waits for what is written by a disk that does not answer: several times as long as for another process.
const PATIENCE: Duration = Duration::from_secs(20);

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
    /// How much of a transaction it is.
    fn weight(&self) -> usize {
        match self {
            Self::Reserve { asked, .. } => asked.draws.len(),
            Self::Settle { .. } => 1,
        }
    }

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
    wishes: VecDeque<Wish>,
    /// Whether a task is on its way to serve them.
    is_called: bool,
}

impl Queue {
    /// Those whose turn it is.
    fn turn(&mut self) -> Vec<Wish> {
        let (mut count, mut taken) = (0, 0_usize);
        for wish in self.wishes.iter().take(MOST) {
            taken = taken.saturating_add(wish.weight());
            if count > 0 && taken > MOST_TAKEN {
                break;
            }
            count += 1;
        }
        self.wishes.drain(..count).collect()
    }

    /// Tells all who wait that nobody serves them. What was to be settled is settled with whatever comes next.
    fn dismiss(&mut self) {
        self.is_called = false;
        for wish in std::mem::take(&mut self.wishes) {
            match wish {
                Wish::Settle { id, end, tell } => {
                    let _gone = tell.map(|tell| tell.send(Err(super::unwritten())));
                    self.wishes.push_back(Wish::Settle { id, end, tell: None });
                }
                wish @ Wish::Reserve { .. } => wish.refuse(super::unwritten()),
            }
        }
    }
}

/// Whoever serves. Where that ends before nobody waits, since something panicked or nothing runs any more, the next one who
/// comes calls another: or everybody would wait for ever.
struct Service(Option<Desk>);

impl Service {
    /// Nobody waits any more.
    fn ends(mut self) {
        self.0 = None;
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(desk) = self.0.take() {
            desk.queue().dismiss();
        }
    }
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
        queue.wishes.push_back(wish);
        // Where nothing runs any more, nobody serves; what is dropped then is heard of at the next start.
        if !queue.is_called
            && let Ok(runtime) = Handle::try_current()
        {
            queue.is_called = true;
            // Made here: a task that is dropped before it began has ended, too.
            let service = Service(Some(self.clone()));
            // Outside of the lock: where nothing runs any more, the task is dropped at once, and takes it.
            drop(queue);
            runtime.spawn(self.clone().serve(service));
        }
    }

    /// What came of a wish, as soon as it is known. Whoever waited in vain for a reservation has none: what comes of it later is
    /// given back.
    pub(super) async fn hear<T>(
        &self,
        told: oneshot::Receiver<Result<T, StoreFailed>>,
    ) -> Result<T, StoreFailed> {
        time::timeout(PATIENCE, told)
            .await
            .map_err(|_| super::unwritten())?
            .map_err(|_| super::unwritten())?
    }

    /// Serves until nobody waits.
    async fn serve(self, service: Service) {
        loop {
            let turn = self.writer.acquire().await;
            let wishes = self.queue().turn();
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
                drop(queue);
                service.ends();
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

#[cfg(test)]
mod tests;
