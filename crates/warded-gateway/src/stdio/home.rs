//! Which processes run for one server, and for whom? Nobody's process is another's, and nobody's ends for another's sake.

#[cfg(all(test, unix))]
mod tests;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use aws_lc_rs::rand::SecureRandom;
use tokio::{
    sync::{Notify, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout, timeout_at},
};
use warded_core::{Fault, Refusal, jose::base64url};
use warded_guard::Stop;

use super::{
    child::{Child, OwnerDigest, Whose, gone},
    definition::{Definition, Secrets},
    headcount::Headcount,
    held::{Begun, Held},
    pool::Keeping,
    process::{PATIENCE, Process},
    supervise::{Watch, supervise},
};

/// How soon a process is started again that has failed: at once, then later and later.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Whoever ends by itself before that has failed, whatever it has said.
const SETTLED: Duration = Duration::from_secs(10);
/// Most callers whose failures are remembered.
const MAX_FAILURES: usize = 1024;
/// How soon it is worth another try where there are too many processes.
const SOON: u32 = 5;
/// How long to wait for a process that was just asked to end.
const FAREWELL: Duration = PATIENCE.saturating_mul(3);

/// The processes of one server.
pub(crate) struct Home {
    definition: Definition,
    secrets: Secrets,
    random: Arc<dyn SecureRandom + Send + Sync>,
    keeping: Keeping,
    headcount: Arc<Headcount>,
    seats: Arc<Semaphore>,
    /// Told whenever a seat becomes free.
    freed: Notify,
    state: Mutex<State>,
}

/// Two requests of one caller do not begin two processes: one waits for its turn.
type Turn = tokio::sync::Mutex<()>;

#[derive(Default)]
struct State {
    sessions: HashMap<Box<str>, Arc<Child>>,
    shared: HashMap<OwnerDigest, Arc<Child>>,
    failures: HashMap<OwnerDigest, Failure>,
    /// How many processes of a person there are, those among them that are about to end: who begins and ends them all the
    /// time must not have all of the seats.
    seated: HashMap<OwnerDigest, usize>,
    /// The turns of those who begin a process just now.
    turns: HashMap<OwnerDigest, Weak<Turn>>,
    is_over: bool,
}

/// What was started for a caller and ended by itself soon. A caller can be the cause of it, so it is nobody else's.
#[derive(Clone, Copy)]
struct Failure {
    count: u32,
    not_before: Instant,
}

impl Home {
    pub(super) fn new(
        definition: Definition,
        random: Arc<dyn SecureRandom + Send + Sync>,
        keeping: Keeping,
        headcount: Arc<Headcount>,
    ) -> Arc<Self> {
        Arc::new(Self {
            secrets: Secrets::of(&definition),
            seats: Arc::new(Semaphore::new(definition.max_children)),
            definition,
            random,
            keeping,
            headcount,
            freed: Notify::new(),
            state: Mutex::default(),
        })
    }

    pub(super) fn definition(&self) -> &Definition {
        &self.definition
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The process of a session.
    pub(super) fn session(&self, id: &str) -> Result<Arc<Child>, Refusal> {
        let child = self.state().sessions.get(id).cloned().filter(|child| !child.is_closed());
        child.ok_or(Refusal::SessionUnknown)
    }

    /// A process for a new session.
    pub(super) async fn begin(self: &Arc<Self>, whose: Whose) -> Result<Begun, Stop> {
        let mut id = [0; 32];
        // Without an id that nobody can guess there is no session.
        self.random.fill(&mut id).map_err(|_| gone())?;
        self.start(whose, Some(base64url::encode(id).into()), None).await
    }

    /// The process of a caller.
    pub(super) async fn shared(self: &Arc<Self>, whose: Whose) -> Result<Held, Stop> {
        let known = || self.state().shared.get(&whose.owner).and_then(Child::hold);
        if let Some(child) = known() {
            return Ok(child);
        }
        let turn = self.turn(whose.owner).lock_owned().await;
        match known() {
            Some(child) => Ok(child),
            None => Ok(self.start(whose, None, Some(turn)).await?.stays()),
        }
    }

    fn turn(&self, owner: OwnerDigest) -> Arc<Turn> {
        let mut state = self.state();
        if let Some(turn) = state.turns.get(&owner).and_then(Weak::upgrade) {
            return turn;
        }
        state.turns.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::<Turn>::default();
        state.turns.insert(owner, Arc::downgrade(&turn));
        turn
    }

    async fn start(
        self: &Arc<Self>,
        whose: Whose,
        session: Option<Box<str>>,
        turn: Option<OwnedMutexGuard<()>>,
    ) -> Result<Begun, Stop> {
        self.may_begin(&whose.owner)?;
        let seat = self.seat(&whose.person).await?;
        let home = Arc::clone(self);
        // Whoever asks for it may hang up meanwhile: what has begun to begin goes on, and is then let go in order.
        let started = tokio::spawn(async move {
            let started = home.started(whose, session, seat).await;
            drop(turn);
            started
        });
        started.await.map_err(|_| gone())?
    }

    async fn started(
        self: &Arc<Self>,
        whose: Whose,
        session: Option<Box<str>>,
        seat: Seat,
    ) -> Result<Begun, Stop> {
        let begun = Process::begin(&self.definition, &self.keeping).await;
        let (process, pipes) = begun.map_err(|error| {
            let (server, program) = (&self.definition.server, &self.definition.program);
            tracing::warn!(server, program, %error, "the process behind cannot be started");
            self.failed(whose.owner);
            gone()
        })?;
        let (child, inbox) = Child::new(&self.definition.server, whose, session);
        // Before anybody can find it, and think that nobody uses it.
        let held = child.hold().ok_or_else(gone)?;
        let is_over = {
            let mut state = self.state();
            match &child.session {
                Some(id) => state.sessions.insert(id.clone(), Arc::clone(&child)),
                None => state.shared.insert(whose.owner, Arc::clone(&child)),
            };
            state.is_over
        };
        let watch = Watch {
            home: Arc::downgrade(self),
            child: Arc::clone(&child),
            secrets: self.secrets.clone(),
            idle: self.definition.idle,
            counted: self.headcount.one_more(),
            seat,
        };
        tokio::spawn(supervise(watch, process, pipes, inbox));
        if is_over {
            // Whoever ended everything did not see this one.
            child.end();
        }
        Ok(Begun::of(held))
    }

    fn may_begin(&self, owner: &OwnerDigest) -> Result<(), Stop> {
        let state = self.state();
        if state.is_over {
            return Err(Fault::ShuttingDown.into());
        }
        let wait = state.failures.get(owner).map(|failure| failure.not_before - Instant::now());
        match wait.filter(|wait| !wait.is_zero()) {
            Some(wait) => {
                let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1);
                Err(Stop::Later(Fault::UpstreamUnreachable, seconds))
            }
            None => Ok(()),
        }
    }

    /// A seat among the processes of this server. Who has its share of them gives up the one that it has not used for
    /// the longest time; nobody else's is touched.
    async fn seat(self: &Arc<Self>, person: &OwnerDigest) -> Result<Seat, Stop> {
        let full = || Stop::Later(Fault::UpstreamFull, SOON);
        let patience = Instant::now() + FAREWELL;
        let mut has_given_up = false;
        loop {
            let mut freed = std::pin::pin!(self.freed.notified());
            freed.as_mut().enable();
            if let Some(seat) = self.free(person) {
                return Ok(seat);
            }
            let own = self.of(person);
            let is_one_ending = self.state().seated.get(person).is_some_and(|seated| *seated > own.len());
            if !is_one_ending && !has_given_up {
                let idle = own.iter().filter_map(|child| Some((child.idle_since()?, child)));
                let oldest = idle.min_by_key(|(since, _)| *since).map(|(_, child)| child);
                has_given_up = oldest.is_some_and(|oldest| oldest.end_if_idle(Duration::ZERO));
            }
            if !(is_one_ending || has_given_up) || timeout_at(patience, freed).await.is_err() {
                self.headcount.has_no_room();
                return Err(full());
            }
        }
    }

    /// A seat, where there is one and it is within the person's share.
    fn free(self: &Arc<Self>, person: &OwnerDigest) -> Option<Seat> {
        let share = (self.definition.max_children / 4).max(1);
        let mut state = self.state();
        let seated = state.seated.get(person).copied().unwrap_or_default();
        let permit = Arc::clone(&self.seats).try_acquire_owned().ok().filter(|_| seated < share)?;
        state.seated.insert(*person, seated + 1);
        Some(Seat { home: Arc::downgrade(self), person: *person, permit: Some(permit) })
    }

    /// The processes of a person that are not about to end.
    fn of(&self, person: &OwnerDigest) -> Vec<Arc<Child>> {
        let state = self.state();
        let all = state.sessions.values().chain(state.shared.values());
        all.filter(|child| child.whose.person == *person && !child.is_closed()).cloned().collect()
    }

    /// A process that is about to end is nobody's any more.
    pub(super) fn forget(&self, child: &Arc<Child>) {
        let mut state = self.state();
        match &child.session {
            Some(id) => drop(state.sessions.remove(id)),
            // Another one may have taken its place.
            None if state.shared.get(&child.whose.owner).is_some_and(|known| Arc::ptr_eq(known, child)) => {
                drop(state.shared.remove(&child.whose.owner));
            }
            None => {}
        }
    }

    /// A process has ended, by itself or not.
    pub(super) fn ended(&self, child: &Child, by_itself: bool) {
        if by_itself && (!child.has_spoken() || child.age() < SETTLED) {
            self.failed(child.whose.owner);
        } else {
            self.state().failures.remove(&child.whose.owner);
        }
    }

    fn failed(&self, owner: OwnerDigest) {
        let now = Instant::now();
        let mut state = self.state();
        if state.failures.len() >= MAX_FAILURES {
            state.failures.retain(|_, failure| failure.not_before > now);
        }
        if state.failures.len() >= MAX_FAILURES {
            state.failures.clear();
        }
        let count = state.failures.get(&owner).map_or(0, |failure| failure.count).saturating_add(1);
        // The first time may be an accident.
        let pause = match count {
            1 => Duration::ZERO,
            _ => FIRST_PAUSE.saturating_mul(1 << (count - 2).min(10)).min(LONGEST_PAUSE),
        };
        state.failures.insert(owner, Failure { count, not_before: now + pause });
    }

    /// Ends every process, and waits for it.
    pub(super) async fn end(&self) {
        for child in self.close() {
            child.end();
        }
        let all = u32::try_from(self.definition.max_children).unwrap_or(u32::MAX);
        if timeout(FAREWELL, self.seats.acquire_many(all)).await.is_err() {
            tracing::warn!(server = self.definition.server, "processes behind did not end in time");
        }
    }

    /// Begins nothing any more; gives what has begun.
    fn close(&self) -> Vec<Arc<Child>> {
        let mut state = self.state();
        state.is_over = true;
        state.sessions.values().chain(state.shared.values()).cloned().collect()
    }
}

impl Drop for Home {
    /// Nobody leads anybody to them any more; what is under way may still end.
    fn drop(&mut self) {
        for child in self.close() {
            child.retire();
        }
    }
}

/// A process's seat. It becomes free when nothing is left of the process.
pub(super) struct Seat {
    home: Weak<Home>,
    person: OwnerDigest,
    permit: Option<OwnedSemaphorePermit>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        drop(self.permit.take());
        let Some(home) = self.home.upgrade() else { return };
        let mut state = home.state();
        let left = state.seated.get(&self.person).map_or(0, |seated| seated.saturating_sub(1));
        if left == 0 {
            state.seated.remove(&self.person);
        } else {
            state.seated.insert(self.person, left);
        }
        drop(state);
        home.freed.notify_waiters();
    }
}

impl std::fmt::Debug for Home {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Home({})", self.definition.server)
    }
}
