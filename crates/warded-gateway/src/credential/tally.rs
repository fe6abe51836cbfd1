//! How does it go with the tokens for one server behind? Counted where they are asked for, with nothing that two calls
//! wait for; whoever shows it reads.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use warded_core::Fault;

/// The ways in which there is no token.
const FAULTS: [Fault; 3] = [
    Fault::UpstreamCredentialUnavailable,
    Fault::UpstreamCredentialRefused,
    Fault::UpstreamCredentialMisdirected,
];

/// What was counted of the tokens for one server behind. It goes from one configuration to the next.
#[derive(Debug, Default)]
pub struct Tally {
    made: AtomicU64,
    gone: AtomicU64,
    asked: AtomicU64,
    failures: [AtomicU64; FAULTS.len()],
    began_to_wait: AtomicU64,
    waited: AtomicU64,
}

impl Tally {
    /// Tokens that are there: kept, or on their way with a call.
    pub fn kept(&self) -> u64 {
        difference(&self.made, &self.gone)
    }

    /// How often the issuer was asked.
    pub fn asked(&self) -> u64 {
        self.asked.load(Relaxed)
    }

    /// How often nothing came of that which could be used, by the code of the fault.
    pub fn failures(&self) -> impl Iterator<Item = (&'static str, u64)> {
        FAULTS.iter().zip(&self.failures).map(|(fault, count)| (fault.code(), count.load(Relaxed)))
    }

    /// Calls that wait for a token now.
    pub fn waiting(&self) -> u64 {
        difference(&self.began_to_wait, &self.waited)
    }

    pub(super) fn asks(&self) {
        self.asked.fetch_add(1, Relaxed);
    }

    pub(super) fn failed(&self, fault: Fault) {
        let found = FAULTS.iter().zip(&self.failures).find(|(known, _)| **known == fault);
        if let Some((_, count)) = found {
            count.fetch_add(1, Relaxed);
        }
    }

    /// One more token, for as long as that is held.
    pub(super) fn one_more(self: &Arc<Self>) -> Counted {
        self.made.fetch_add(1, Relaxed);
        Counted(Arc::clone(self), |tally| &tally.gone)
    }

    /// One more call that waits, for as long as that is held.
    pub(super) fn waits(self: &Arc<Self>) -> Counted {
        self.began_to_wait.fetch_add(1, Relaxed);
        Counted(Arc::clone(self), |tally| &tally.waited)
    }
}

/// In this order: what goes in between is not missing.
fn difference(begun: &AtomicU64, ended: &AtomicU64) -> u64 {
    let ended = ended.load(Relaxed);
    begun.load(Relaxed).saturating_sub(ended)
}

/// Something that counts until it is dropped.
pub(super) struct Counted(Arc<Tally>, fn(&Tally) -> &AtomicU64);

impl Drop for Counted {
    fn drop(&mut self) {
        (self.1)(&self.0).fetch_add(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_and_what_waits_is_counted_while_it_does() {
        let tally = Arc::<Tally>::default();
        let (one, other) = (tally.one_more(), tally.one_more());
        let waits = tally.waits();
        assert_eq!((tally.kept(), tally.waiting()), (2, 1));
        drop((one, waits));
        assert_eq!((tally.kept(), tally.waiting()), (1, 0));
        drop(other);
        assert_eq!(tally.kept(), 0);
    }

    #[test]
    fn failures_are_told_apart() {
        let tally = Tally::default();
        tally.asks();
        tally.failed(Fault::UpstreamCredentialRefused);
        tally.failed(Fault::UpstreamCredentialRefused);
        tally.failed(Fault::Busy);
        let failures: Vec<_> = tally.failures().collect();
        assert_eq!(
            failures,
            [
                ("upstream-credential-unavailable", 0),
                ("upstream-credential-refused", 2),
                ("upstream-credential-misdirected", 0)
            ]
        );
        assert_eq!(tally.asked(), 1);
    }
}
