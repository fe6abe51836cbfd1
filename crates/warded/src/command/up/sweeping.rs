//! What has expired leaves the store: what was counted in windows that are over, held calls that nobody answered. Issuers sweep
//! as well, but not every gateway has one.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use tokio::task::AbortHandle;
use warded_core::Clock;
use warded_store::Store;

const BETWEEN_SWEEPS: Duration = Duration::from_hours(1);

/// Sweeps again and again, for as long as it is held.
pub(super) struct Sweeping(AbortHandle);

impl Drop for Sweeping {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Sweeping {
    /// Begins.
    pub(super) fn of(store: &Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self(tokio::spawn(sweep_on(Arc::downgrade(store), clock)).abort_handle())
    }
}

async fn sweep_on(store: Weak<dyn Store>, clock: Arc<dyn Clock>) {
    let mut timer = tokio::time::interval(BETWEEN_SWEEPS);
    loop {
        timer.tick().await;
        let Some(store) = store.upgrade() else { return };
        if let Err(error) = store.sweep(clock.now()).await {
            tracing::error!(%error, "what has expired could not be swept");
        }
    }
}

#[cfg(test)]
mod tests {
    use warded_core::UnixTime;
    use warded_store::{ApprovalId, Approvals as _, HeldCall, Meant, Parameters, Sweep as _, memory::Memory};

    use super::*;

    #[derive(Debug)]
    struct Late;

    impl Clock for Late {
        fn now(&self) -> UnixTime {
            UnixTime::from_seconds(1_000_000)
        }
    }

    #[tokio::test]
    async fn held_calls_that_are_over_leave_where_there_is_no_issuer() {
        let memory = Arc::new(Memory::new());
        let call = HeldCall {
            id: ApprovalId::new(&*super::super::randomness()).unwrap(),
            fingerprint: [1; 32],
            server: "notes".into(),
            target: "wipe".into(),
            parameters: Parameters::Whole("{}".into()),
            rule: "somebody looks".into(),
            issuer: "https://login.example.com".into(),
            subject: "alice".into(),
            client: "agent".into(),
            lasts: 60,
        };
        let (id, early) = (call.id.clone(), UnixTime::from_seconds(0));
        drop(memory.hold_call(call, early).await.unwrap());
        let store = Arc::clone(&memory) as Arc<dyn Store>;
        let _sweeping = Sweeping::of(&store, Arc::new(Late));
        while memory.find_approval(id.as_str(), early).await.unwrap() != Meant::None {
            tokio::task::yield_now().await;
        }
        assert_eq!(memory.sweep(Late.now()).await.unwrap(), 0, "nothing is left");
    }
}
