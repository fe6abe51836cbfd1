//! What stands before each server: its guard. All guards of a process share their keys, their memory and their store.

use std::{sync::Arc, time::Duration};

use warded_client::{introspect::Introspections, keys::Keys};
use warded_core::{Clock, FingerprintKey, Server};
use warded_guard::{Arrivals, Guard, GuardBuilder, Ledger, Memory, Standings};
use warded_store::{Replays, journal::Journal};
use zeroize::Zeroizing;

use super::{
    metrics::{Counted, Meters},
    policies::Policies,
};
use crate::config::serving::Served;

/// What guards share.
pub(super) struct Doors {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) keys: Arc<Keys>,
    pub(super) memory: Arc<Memory>,
    pub(super) introspections: Arc<Introspections>,
    pub(super) standings: Arc<Standings>,
    /// Where proofs are marked as used.
    pub(super) replays: Arc<dyn Replays>,
    /// The key of the nonces for proofs.
    pub(super) nonces: Zeroizing<[u8; 32]>,
    /// How long a message may take to arrive.
    pub(super) body_patience: Duration,
    /// Messages that are on their way in.
    pub(super) arrivals: Arc<Arrivals>,
    /// Whether callers may show certificates.
    pub(super) has_client_certificates: bool,
    /// Where calls are recorded, if anywhere, and the key under which tokens are named there.
    pub(super) books: Option<(Arc<dyn Journal>, Arc<FingerprintKey>)>,
    /// What is counted.
    pub(super) meters: Arc<Meters>,
    /// Where policies count, and where calls wait that they hold.
    pub(super) ledger: Ledger,
}

impl Doors {
    /// The guard before one server.
    pub(super) fn before(&self, server: &Server, how: &Served, policies: &Policies) -> Guard {
        let mut guard = Guard::at(server.clone(), Arc::clone(&self.keys))
            .clock(Arc::clone(&self.clock))
            .memory(Arc::clone(&self.memory))
            .introspection(Arc::clone(&self.introspections))
            .standings(Arc::clone(&self.standings))
            .scopes(how.scopes.clone())
            .body_limit(how.max_message)
            .body_patience(self.body_patience)
            .arrivals(Arc::clone(&self.arrivals))
            .title(&how.title)
            .dpop(how.dpop)
            .replays(Arc::clone(&self.replays));
        guard = how.origins.iter().fold(guard, GuardBuilder::page_origin);
        if self.has_client_certificates {
            guard = guard.client_certificates();
        }
        if how.dpop_nonce {
            guard = guard.dpop_nonces(&self.nonces);
        }
        if let Some(policy) = policies.of(server.name()) {
            guard = guard.policy(Arc::clone(policy), self.ledger.clone());
        }
        if let Some((journal, names)) = &self.books {
            let counted = Counted::before(Arc::clone(journal), self.meters.at(server.name()));
            guard = guard.journal(counted, Arc::clone(names));
        }
        guard.build()
    }
}
