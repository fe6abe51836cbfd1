//! A store that forgets everything when it is dropped: for tests, and for a demonstration.

mod approvals;
mod books;
mod clients;
mod counters;
mod grants;
mod keys;
mod marks;
mod people;
mod revoked;
mod sweep;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use warded_core::{Issuer, Scopes, UnixTime};
use zeroize::Zeroizing;

pub use counters::Counts;
pub use marks::Marks;

use crate::{
    AddedBy, Client, Consent, Counter, Counters, Digest, Grant, GrantMark, HeldKey, Identity, Kept, NewCode,
    Pending, Replays, ReservationId, Reserved, Reserving, RevokedGrant, Session, Settled, StatusIndex,
    StoreFailed, Taking, Uncertain, User, journal::checkpoint::Checkpoint,
};

/// Everything behind one lock (marks of use and counters have theirs): each operation is atomic because it holds it from
/// beginning to end.
#[derive(Default)]
pub struct Memory(Mutex<State>, Marks, Counts);

#[derive(Default)]
struct State {
    secrets: HashMap<String, Zeroizing<Vec<u8>>>,
    /// By the name of the issuer, in their order.
    signing_keys: HashMap<String, Vec<HeldKey>>,
    users: BTreeMap<String, User>,
    /// The person's id, and by whose word the person is here.
    identities: BTreeMap<Identity, (String, AddedBy)>,
    removed_identities: BTreeSet<Identity>,
    pendings: HashMap<Digest, Pending>,
    /// None of them ends before.
    first_pending_ends: Option<UnixTime>,
    sessions: HashMap<Digest, Session>,
    clients: BTreeMap<(String, String), Client>,
    /// The clients for which somebody has agreed to something.
    granted: HashSet<(String, String)>,
    families: HashMap<String, Family>,
    /// The ids of families, by their marks.
    marks: HashMap<GrantMark, String>,
    codes: HashMap<Digest, HeldCode>,
    refreshes: HashMap<Digest, HeldRefresh>,
    /// By what was asked without its document; the document, and what was agreed to.
    consents: HashMap<Consent, (Option<Digest>, Scopes)>,
    revoked: Vec<Noted>,
    /// How many grants were taken back.
    revocations: i64,
    /// The next place in the status lists of each issuer.
    free_statuses: HashMap<String, StatusIndex>,
    checkpoints: HashMap<Box<str>, Checkpoint>,
    /// Who holds each node, and until when.
    nodes: HashMap<String, ([u8; 16], UnixTime)>,
    approvals: approvals::Held,
}

struct Family {
    grant: Grant,
    keep: UnixTime,
    /// From when on the last of its access tokens opens nothing; none is out before its code was redeemed.
    tokens_end: Option<UnixTime>,
    used: Option<UnixTime>,
    code: Digest,
    refreshes: Vec<Digest>,
}

struct HeldCode {
    family: String,
    code: NewCode,
    spent: bool,
}

struct HeldRefresh {
    family: String,
    expires: UnixTime,
    spent: Option<Rotated>,
}

struct Rotated {
    at: UnixTime,
    successor: Digest,
    answer: Option<Kept>,
}

struct Noted {
    issuer: Issuer,
    revoked: RevokedGrant,
}

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing below panics between two writes that belong together.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memory")
    }
}

fn key(issuer: &Issuer, id: &str) -> (String, String) {
    (issuer.as_str().to_owned(), id.to_owned())
}

#[async_trait]
impl Replays for Memory {
    async fn first_uses(
        &self,
        marks: &[([u8; 32], UnixTime)],
        now: UnixTime,
    ) -> Result<Option<usize>, StoreFailed> {
        self.1.first_uses(marks, now).await
    }
}

#[async_trait]
impl Counters for Memory {
    async fn counts(&self, counters: &[Counter<'_>], now: UnixTime) -> Result<Vec<i64>, StoreFailed> {
        self.2.counts(counters, now).await
    }

    async fn reserve_all(
        &self,
        takings: &[Taking<'_>],
        by: &Reserving<'_>,
        now: UnixTime,
    ) -> Result<Reserved, StoreFailed> {
        self.2.reserve_all(takings, by, now).await
    }

    async fn settle(&self, id: ReservationId, end: Settled) -> Result<(), StoreFailed> {
        self.2.settle(id, end).await
    }

    async fn uncertain(&self, node: &str, run: &[u8; 16]) -> Result<Vec<Uncertain>, StoreFailed> {
        self.2.uncertain(node, run).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Memory;
    use crate::{Pendings as _, contract::pending};

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn memory_keeps_the_contract() {
        crate::contract::keep(Arc::new(Memory::new())).await;
    }

    #[tokio::test]
    async fn a_flood_of_logins_pushes_out_its_own() {
        let store = Memory::new();
        for one in pending::flood() {
            store.begin(one, crate::contract::at(0)).await.unwrap();
        }
        pending::a_flood_of_logins_pushes_out_its_own(&store).await;
    }
}
