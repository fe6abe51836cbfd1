//! How much goes on whose sender has hung up? Nobody waits for it, so that no bound on those who wait counts it.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Most of one kind that go on at once.
const AT_ONCE: usize = 256;

/// Room for what goes on by itself. Each kind has its own, so that a flood of one keeps no other out.
#[derive(Debug)]
pub(crate) struct Aside {
    looks: Arc<Semaphore>,
    given_back: Arc<Semaphore>,
}

impl Default for Aside {
    fn default() -> Self {
        let room = || Arc::new(Semaphore::new(AT_ONCE));
        Self { looks: room(), given_back: room() }
    }
}

impl Aside {
    /// Room to look whether what was presented was used before. Where there is none, whoever presents it gets nothing all the
    /// same, and it is noticed the next time.
    pub(crate) fn for_a_look(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.looks).try_acquire_owned().ok()
    }

    /// Room to take back what an application gives back.
    pub(crate) fn for_giving_back(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.given_back).try_acquire_owned().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_much_goes_on_by_itself_and_no_more() {
        let aside = Aside::default();
        let mut looks: Vec<_> = (0..AT_ONCE).map(|_| aside.for_a_look().unwrap()).collect();
        assert!(aside.for_a_look().is_none());
        assert!(aside.for_giving_back().is_some(), "another kind");
        looks.pop();
        assert!(aside.for_a_look().is_some(), "there is room again");
    }
}
