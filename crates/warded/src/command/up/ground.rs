//! What lives for as long as the process does, whatever the configuration says? What must not be forgotten, the keys
//! that all nodes share, and what is counted against guessing.

use std::sync::Arc;

use anyhow::Context as _;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use warded_client::clock::SystemClock;
use warded_core::{Clock, FingerprintKey, UnixTime};
use warded_gateway::{Health, Purses, SessionSeal, stdio::Pool};
use warded_guard::{CalledOff, Ledger, Rounds};
use warded_issuer::Logins;
use warded_store::{Approvals, Counters, Revocations, Store, journal::Journal};
use zeroize::Zeroizing;

use super::{
    alerts::{Alerting, Alerts},
    issuers::ByName,
    metrics::Meters,
    processes,
    reloads::Reloads,
    revocations::{self, Following},
    sweeping::Sweeping,
};

/// What a gateway stands on. Gateways come and go with configurations; this stays.
pub(super) struct Ground {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn SecureRandom + Send + Sync>,
    /// What must not be forgotten.
    pub(super) store: Arc<dyn Store>,
    /// Where records go; nowhere, where none is kept.
    pub(super) journal: Option<Arc<dyn Journal>>,
    /// For a demonstration on loopback: the person as whom anybody may continue.
    pub(super) one_click: Option<String>,
    /// Wrong passwords, at whichever issuer: they let the same people in.
    pub(super) logins: Logins,
    /// What strangers had issuers do.
    pub(super) strangers: Arc<ByName>,
    /// What guards know of grants that were taken back.
    pub(super) revocations: Revocations,
    /// The name of this process among those that share the store.
    node: Arc<str>,
    /// What it drew when it began: what was reserved under another is nobody's any more.
    pub(super) run: [u8; 16],
    /// Which callers have called something off.
    called_off: CalledOff,
    rounds: Rounds,
    /// The key under which tokens are named in the journal.
    pub(super) fingerprints: Arc<FingerprintKey>,
    /// The key of the nonces for proofs.
    pub(super) nonces: Zeroizing<[u8; 32]>,
    /// What session ids are sealed with.
    pub(super) seal: Arc<SessionSeal>,
    /// Tokens for servers behind.
    pub(super) purses: Arc<Purses>,
    /// How reading the configuration again went.
    pub(super) reloads: Arc<Reloads>,
    /// What is counted of each server.
    pub(super) meters: Arc<Meters>,
    /// Who is told of attacks.
    pub(super) alerts: Arc<Alerts>,
    /// What keeps requests from being taken.
    pub(super) health: Arc<Health>,
    /// When the process began.
    pub(super) started: UnixTime,
    /// What runs for servers that are commands.
    pub(super) processes: Arc<Pool>,
    _following: Following,
    _sweeping: Sweeping,
}

impl Ground {
    /// Reads what the store has, or makes it there.
    pub(super) async fn prepare(
        store: Arc<dyn Store>,
        journal: Option<Arc<dyn Journal>>,
        one_click: Option<String>,
        node: &str,
    ) -> anyhow::Result<Self> {
        let (clock, random) = (Arc::new(SystemClock) as Arc<dyn Clock>, randomness());
        let (revocations, following) = revocations::follow(&store, Arc::clone(&clock)).await?;
        let fingerprints = secret(&*store, &*random, "fingerprint").await?;
        let nonces = secret(&*store, &*random, "dpop-nonces").await?;
        let seal = secret(&*store, &*random, "session-seal").await?;
        let sweeping = Sweeping::of(&store, Arc::clone(&clock));
        let mut run = [0; 16];
        random.fill(&mut run).ok().context("the system's source of randomness failed")?;
        let alerts = Alerts::begin(Arc::clone(&clock));
        Ok(Self {
            fingerprints: Arc::new(FingerprintKey::new(*fingerprints)),
            node: node.into(),
            run,
            called_off: CalledOff::default(),
            rounds: Rounds::default(),
            nonces,
            seal: Arc::new(SessionSeal::new(&*seal).context("the store's key for sessions")?),
            logins: Logins::default(),
            strangers: Arc::default(),
            reloads: Arc::new(Reloads::begin(clock.now())),
            meters: Arc::default(),
            journal: journal.map(|journal| Alerting::before(journal, Arc::clone(&alerts))),
            alerts,
            health: Arc::default(),
            started: clock.now(),
            revocations,
            processes: Arc::new(processes::pool()?),
            clock,
            random,
            store,
            one_click,
            purses: Purses::of(Purses::BYTES),
            _following: following,
            _sweeping: sweeping,
        })
    }

    /// Where policies count, and where calls wait that they hold.
    pub(super) fn ledger(&self) -> Ledger {
        Ledger {
            counters: Arc::clone(&self.store) as Arc<dyn Counters>,
            approvals: Arc::clone(&self.store) as Arc<dyn Approvals>,
            node: Arc::clone(&self.node),
            run: self.run,
            names: Arc::clone(&self.fingerprints),
            random: Arc::clone(&self.random),
            called_off: self.called_off.clone(),
            rounds: self.rounds.clone(),
        }
    }

    /// The name of this process among those that share the store.
    pub(super) fn node(&self) -> &str {
        &self.node
    }
}

/// A key that all nodes share: whoever comes first makes it.
pub(super) async fn secret(
    store: &dyn Store,
    random: &dyn SecureRandom,
    name: &str,
) -> anyhow::Result<Zeroizing<[u8; 32]>> {
    let mut fresh = Zeroizing::new([0; 32]);
    random.fill(&mut *fresh).ok().context("the system's source of randomness failed")?;
    let kept = store.secret(name, &*fresh).await?;
    let kept = <[u8; 32]>::try_from(kept.as_slice());
    kept.map(Zeroizing::new).ok().with_context(|| format!("the store's `{name}` is not 32 bytes long"))
}

/// The randomness of the machine. Everything below takes it as a parameter.
pub(crate) fn randomness() -> Arc<dyn SecureRandom + Send + Sync> {
    #[expect(clippy::disallowed_methods, reason = "here is where the parameter comes from")]
    Arc::new(SystemRandom::new())
}
