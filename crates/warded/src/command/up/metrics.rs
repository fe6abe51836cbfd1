//! What is counted of each server? Every verdict passes the journal, so whoever stands before the journal sees them all:
//! with numbers that are found beforehand, and nothing that two calls wait for.

mod behind;
mod counted;
mod families;
mod page;
mod process;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use warded_core::Entry;
use warded_gateway::{Durations, Traffic};
use warded_store::journal::Outcome;

pub(super) use counted::Counted;
pub(super) use page::{Page, Seen};

/// The ways in which a request ends, as they are called in a label.
const OUTCOMES: [&str; 6] = ["answered", "abandoned", "broken", "refused", "failed", "other"];

fn place_of(outcome: Outcome) -> usize {
    match outcome {
        Outcome::Answered => 0,
        Outcome::Abandoned => 1,
        Outcome::Broken => 2,
        Outcome::Refused => 3,
        Outcome::Failed => 4,
        _ => 5,
    }
}

/// How a way to end is called.
fn name_of(outcome: Outcome) -> &'static str {
    OUTCOMES.get(place_of(outcome)).copied().unwrap_or_default()
}

/// What was counted of one server.
#[derive(Debug)]
pub(super) struct Meter {
    outcomes: [AtomicU64; OUTCOMES.len()],
    open: Open,
    /// By code; most servers refuse nobody for most reasons.
    refusals: OnceLock<Box<[AtomicU64]>>,
    /// Calls that a policy would have denied that is only looked at.
    shadowed: AtomicU64,
    codes: Arc<Codes>,
    durations: Durations,
    traffic: Arc<Traffic>,
}

/// Calls that were let through, and those of them that have ended.
#[derive(Debug, Default)]
struct Open {
    begun: AtomicU64,
    ended: AtomicU64,
}

impl Meter {
    fn of(codes: &Arc<Codes>) -> Arc<Self> {
        Arc::new(Self {
            outcomes: Default::default(),
            open: Open::default(),
            refusals: OnceLock::new(),
            shadowed: AtomicU64::new(0),
            codes: Arc::clone(codes),
            durations: Durations::default(),
            traffic: Arc::default(),
        })
    }

    /// What goes to the server behind.
    pub(super) fn traffic(&self) -> Arc<Traffic> {
        Arc::clone(&self.traffic)
    }

    fn ended(&self, outcome: Outcome) {
        if let Some(count) = self.outcomes.get(place_of(outcome)) {
            count.fetch_add(1, Relaxed);
        }
    }

    fn refused(&self, code: &str) {
        let counts = self.refusals.get_or_init(|| self.codes.0.iter().map(|_| AtomicU64::new(0)).collect());
        if let Some(count) = self.codes.1.get(code).and_then(|place| counts.get(*place)) {
            count.fetch_add(1, Relaxed);
        }
    }

    /// Calls that go on now, streams included.
    fn in_flight(&self) -> u64 {
        let ended = self.open.ended.load(Relaxed);
        self.open.begun.load(Relaxed).saturating_sub(ended)
    }
}

/// Every code, and its place among them.
#[derive(Debug)]
struct Codes(Vec<&'static str>, HashMap<&'static str, usize>);

/// The meters of all servers. They outlive configurations.
#[derive(Debug)]
pub(super) struct Meters {
    codes: Arc<Codes>,
    by_server: Mutex<BTreeMap<String, Arc<Meter>>>,
}

impl Default for Meters {
    fn default() -> Self {
        let codes: Vec<_> = Entry::all().map(|entry| entry.code).collect();
        let places = codes.iter().enumerate().map(|(place, code)| (*code, place)).collect();
        Self { codes: Arc::new(Codes(codes, places)), by_server: Mutex::default() }
    }
}

/// What is counted that reached no server.
const NO_SERVER: &str = "";

impl Meters {
    /// The meter of a server.
    pub(super) fn at(&self, server: &str) -> Arc<Meter> {
        let mut meters = self.meters();
        Arc::clone(meters.entry(server.to_owned()).or_insert_with(|| Meter::of(&self.codes)))
    }

    /// The meter for requests that reached no server.
    pub(super) fn nobody(&self) -> Arc<Meter> {
        self.at(NO_SERVER)
    }

    /// Forgets the servers that are not among these: a configuration that changes all the time must not fill the memory.
    pub(super) fn keep<'a>(&self, servers: impl Iterator<Item = &'a str>) {
        let kept: std::collections::HashSet<_> = servers.chain([NO_SERVER]).collect();
        self.meters().retain(|server, _| kept.contains(server.as_str()));
    }

    fn meters(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Meter>>> {
        self.by_server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All of them, in order.
    fn all(&self) -> Vec<(String, Arc<Meter>)> {
        self.meters().iter().map(|(server, meter)| (server.clone(), Arc::clone(meter))).collect()
    }
}
