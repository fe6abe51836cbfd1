//! The keys of all issuers as one ring, put together once for each change: anybody can send tokens of an issuer that is
//! not trusted, and none of them may cost as much as there are issuers.

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicU64, Ordering::SeqCst},
};

use warded_core::Keyring;

/// How often keys have come or gone, at all issuers together.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes(Arc<AtomicU64>);

impl Changes {
    /// Keys have come or gone, and whoever looks sees it.
    pub(super) fn one_more(&self) {
        self.0.fetch_add(1, SeqCst);
    }

    fn so_far(&self) -> u64 {
        self.0.load(SeqCst)
    }
}

/// The ring that was put together last, and after how many changes.
#[derive(Default)]
pub(super) struct Composed(RwLock<Option<(u64, Arc<Keyring>)>>);

impl Composed {
    /// The ring, which `compose` puts together where something has changed.
    pub(super) fn ring(&self, changes: &Changes, compose: impl FnOnce(&mut Keyring)) -> Arc<Keyring> {
        // Read first: what changes while it is put together is seen by whoever comes next.
        let so_far = changes.so_far();
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, ring)) = known.filter(|(after, _)| *after == so_far) {
            return ring;
        }
        let mut ring = Keyring::default();
        compose(&mut ring);
        let ring = Arc::new(ring);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some((so_far, Arc::clone(&ring)));
        ring
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_put_together_once_for_each_change() {
        let (composed, changes) = (Composed::default(), Changes::default());
        let mut times = 0;
        for _ in 0..100 {
            composed.ring(&changes, |_| times += 1);
        }
        changes.one_more();
        for _ in 0..100 {
            composed.ring(&changes, |_| times += 1);
        }
        assert_eq!(times, 2);
    }

    #[test]
    fn what_changes_meanwhile_is_not_missed() {
        let (composed, changes) = (Composed::default(), Changes::default());
        let old = composed.ring(&changes, |_| changes.one_more());
        assert!(!Arc::ptr_eq(&old, &composed.ring(&changes, |_| ())));
    }
}
