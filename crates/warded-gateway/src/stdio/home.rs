//! Which processes run for one server, and for whom? Nobody's process is another's, and nobody's ends for another's sake.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aws_lc_rs::rand::SecureRandom;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout},
};
use warded_core::{Fault, Refusal, jose::base64url};
use warded_guard::Stop;

use super::{
    child::{Child, OwnerDigest, gone},
    definition::{Definition, Secrets},
    pool::Keeping,
    process::{PATIENCE, Process},
    supervise::{Watch, supervise},
};

/// How soon a process is started again that did not say a word: at once, then later and later.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
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
    seats: Arc<Semaphore>,
    state: Mutex<State>,
    /// Processes begin one after the other, so that two requests of one caller do not begin two.
    beginning: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    sessions: HashMap<Box<str>, Arc<Child>>,
    shared: HashMap<OwnerDigest, Arc<Child>>,
    failures: HashMap<OwnerDigest, Failure>,
    is_over: bool,
}

/// What was started for a caller and did not say a word. A caller can be the cause of it, so it is nobody else's.
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
    ) -> Arc<Self> {
        Arc::new(Self {
            secrets: Secrets::of(&definition),
            seats: Arc::new(Semaphore::new(definition.max_children)),
            definition,
            random,
            keeping,
            state: Mutex::default(),
            beginning: tokio::sync::Mutex::default(),
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
    pub(super) async fn begin(self: &Arc<Self>, owner: OwnerDigest) -> Result<Arc<Child>, Stop> {
        let mut id = [0; 32];
        // Without an id that nobody can guess there is no session.
        self.random.fill(&mut id).map_err(|_| gone())?;
        let _turn = self.beginning.lock().await;
        self.start(owner, Some(base64url::encode(id).into())).await
    }

    /// The process of a caller.
    pub(super) async fn shared(self: &Arc<Self>, owner: OwnerDigest) -> Result<Arc<Child>, Stop> {
        let known = || self.state().shared.get(&owner).cloned().filter(|child| !child.is_closed());
        if let Some(child) = known() {
            return Ok(child);
        }
        let _turn = self.beginning.lock().await;
        match known() {
            Some(child) => Ok(child),
            None => self.start(owner, None).await,
        }
    }

    async fn start(
        self: &Arc<Self>,
        owner: OwnerDigest,
        session: Option<Box<str>>,
    ) -> Result<Arc<Child>, Stop> {
        self.may_begin(&owner)?;
        let seat = self.seat(&owner).await?;
        let begun = Process::begin(&self.definition, &self.keeping).await;
        let (process, pipes) = begun.map_err(|error| {
            let (server, program) = (&self.definition.server, &self.definition.program);
            tracing::warn!(server, program, %error, "the process behind cannot be started");
            self.failed(owner);
            gone()
        })?;
        let (child, lines) = Child::new(&self.definition.server, owner, session);
        {
            let mut state = self.state();
            match &child.session {
                Some(id) => state.sessions.insert(id.clone(), Arc::clone(&child)),
                None => state.shared.insert(owner, Arc::clone(&child)),
            };
        }
        let watch = Watch {
            home: Arc::downgrade(self),
            child: Arc::clone(&child),
            secrets: self.secrets.clone(),
            idle: self.definition.idle,
            seat,
        };
        tokio::spawn(supervise(watch, process, pipes, lines));
        Ok(child)
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
    async fn seat(&self, owner: &OwnerDigest) -> Result<OwnedSemaphorePermit, Stop> {
        let full = || Stop::Later(Fault::UpstreamFull, SOON);
        let share = (self.definition.max_children / 4).max(1);
        let own = self.of(owner);
        let free = || Arc::clone(&self.seats).try_acquire_owned().ok();
        if own.len() < share
            && let Some(seat) = free()
        {
            return Ok(seat);
        }
        let idle = own.iter().filter_map(|child| Some((child.idle_since()?, child)));
        let oldest = idle.min_by_key(|(since, _)| *since).map(|(_, child)| child);
        let is_ended = oldest.is_some_and(|oldest| oldest.end_if_idle(Duration::ZERO));
        if !is_ended {
            return Err(full());
        }
        let seat = Arc::clone(&self.seats).acquire_owned();
        timeout(FAREWELL, seat).await.ok().and_then(Result::ok).ok_or_else(full)
    }

    /// The processes of a caller that are not about to end.
    fn of(&self, owner: &OwnerDigest) -> Vec<Arc<Child>> {
        let state = self.state();
        let all = state.sessions.values().chain(state.shared.values());
        all.filter(|child| child.owner == *owner && !child.is_closed()).cloned().collect()
    }

    /// A process that is about to end is nobody's any more.
    pub(super) fn forget(&self, child: &Arc<Child>) {
        let mut state = self.state();
        match &child.session {
            Some(id) => drop(state.sessions.remove(id)),
            // Another one may have taken its place.
            None if state.shared.get(&child.owner).is_some_and(|known| Arc::ptr_eq(known, child)) => {
                drop(state.shared.remove(&child.owner));
            }
            None => {}
        }
    }

    /// A process has ended.
    pub(super) fn ended(&self, child: &Child, has_failed: bool) {
        if has_failed {
            self.failed(child.owner);
        } else {
            self.state().failures.remove(&child.owner);
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
        self.end_all();
        let all = u32::try_from(self.definition.max_children).unwrap_or(u32::MAX);
        if timeout(FAREWELL, self.seats.acquire_many(all)).await.is_err() {
            tracing::warn!(server = self.definition.server, "processes behind did not end in time");
        }
    }

    fn end_all(&self) {
        let mut state = self.state();
        state.is_over = true;
        let children: Vec<_> = state.sessions.values().chain(state.shared.values()).cloned().collect();
        drop(state);
        for child in children {
            child.end();
        }
    }
}

impl Drop for Home {
    /// Nobody leads anybody to them any more.
    fn drop(&mut self) {
        self.end_all();
    }
}

impl std::fmt::Debug for Home {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Home({})", self.definition.server)
    }
}
