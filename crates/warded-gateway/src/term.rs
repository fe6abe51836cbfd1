//! Until when does a server stay what it is? Whoever listens at it was let in by its rules, and comes back to be judged
//! by others once there are others.

use std::sync::Arc;

use crate::shutdown::{Stopper, Stopping, stop};

/// For how long streams without an end of their own go on at one server. It is handed from one gateway to the next, where
/// the next one has the same server; when nobody holds it any more, those streams end, and calls that run go on.
#[derive(Clone, Debug)]
pub struct Term {
    _stopper: Arc<Stopper>,
    stopping: Stopping,
}

impl Default for Term {
    fn default() -> Self {
        let (stopper, stopping) = stop();
        Self { _stopper: Arc::new(stopper), stopping }
    }
}

impl Term {
    /// What ends with this, and with the process.
    pub(crate) fn within(&self, stopping: Stopping) -> Stopping {
        stopping.or(&self.stopping)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn streams_go_on_for_as_long_as_somebody_serves_the_same_server() {
        let (_process, stopping) = stop();
        let term = Term::default();
        let mut stream = term.within(stopping.clone());
        let next = term.clone();
        drop(term);
        assert!(!stream.is_over_now());
        drop(next);
        stream.begun().await;
        assert!(stream.is_over_now());
        assert!(!stopping.has_begun(), "nothing but those streams ends");
        assert!(!stream.has_begun(), "a call that runs is answered");
    }

    #[tokio::test]
    async fn streams_end_with_the_process() {
        let (process, stopping) = stop();
        let term = Term::default();
        let mut stream = term.within(stopping);
        process.begin();
        stream.begun().await;
        assert!(stream.has_begun());
    }
}
