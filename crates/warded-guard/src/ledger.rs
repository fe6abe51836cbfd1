//! Where is counted what a policy limits, and where do calls wait that it holds? In a store, under the name of this process.

use std::{fmt, sync::Arc};

use aws_lc_rs::rand::SecureRandom;
use warded_core::FingerprintKey;
use warded_store::{Approvals, Counters, StoreFailed, memory::Memory};

mod called_off;
mod rounds;

pub use called_off::CalledOff;
pub(crate) use called_off::{Before, CallingOff, Who};
pub use rounds::Rounds;
pub(crate) use rounds::{Begun, Claimed, Key, Thing};

/// Where the guards of one process count, and where held calls wait.
///
/// ```
/// use std::sync::Arc;
/// use aws_lc_rs::rand::SystemRandom;
/// use warded_guard::{Guard, GuardBuilder, Ledger};
/// use warded_policy::Policy;
///
/// fn limited(builder: GuardBuilder, policy: Arc<Policy>) -> Result<Guard, warded_store::StoreFailed> {
///     let ledger = Ledger::in_memory(Arc::new(SystemRandom::new()))?;
///     Ok(builder.policy(policy, ledger).build())
/// }
/// # let _ = limited;
/// ```
#[derive(Clone)]
#[expect(clippy::exhaustive_structs, reason = "a plain description: every field is the operator's to give")]
pub struct Ledger {
    /// What is counted.
    pub counters: Arc<dyn Counters>,
    /// The calls that wait for somebody to approve them.
    pub approvals: Arc<dyn Approvals>,
    /// The name of this process, which no other has at the same time.
    pub node: Arc<str>,
    /// What it drew when it started: what an earlier run has left is told by it.
    pub run: [u8; 16],
    /// The key under which tokens are named; the one of the journal, where there is one.
    pub names: Arc<FingerprintKey>,
    /// Where the names of held calls come from.
    pub random: Arc<dyn SecureRandom + Send + Sync>,
    /// Which callers have called something off; one for as long as the process lives.
    pub called_off: CalledOff,
    /// Which calls go on in another request; one for as long as the process lives.
    pub rounds: Rounds,
}

impl Ledger {
    /// One of this process alone, which forgets when the process ends.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use aws_lc_rs::rand::SystemRandom;
    /// use warded_guard::Ledger;
    ///
    /// let ledger = Ledger::in_memory(Arc::new(SystemRandom::new()))?;
    /// assert_eq!(&*ledger.node, "");
    /// # Ok::<_, warded_store::StoreFailed>(())
    /// ```
    pub fn in_memory(random: Arc<dyn SecureRandom + Send + Sync>) -> Result<Self, StoreFailed> {
        let (mut names, mut run) = ([0; 32], [0; 16]);
        random.fill(&mut names).and_then(|()| random.fill(&mut run)).map_err(|_| StoreFailed::Randomness)?;
        let store = Arc::new(Memory::default());
        Ok(Self {
            counters: Arc::clone(&store) as Arc<dyn Counters>,
            approvals: store,
            node: "".into(),
            run,
            names: Arc::new(FingerprintKey::new(names)),
            random,
            called_off: CalledOff::default(),
            rounds: Rounds::default(),
        })
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger").field("node", &self.node).finish_non_exhaustive()
    }
}
