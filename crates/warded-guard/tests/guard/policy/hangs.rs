//! Does a caller that hangs up before its call is sent on lose anything? Not in any moment of it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::SeqCst},
};

use async_trait::async_trait;
use futures_util::poll;
use http::Response;
use serde_json::json;
use tokio::task::yield_now;
use tower::{ServiceExt as _, service_fn};
use warded_core::{Fault, UnixTime};
use warded_guard::{Body, Guard, Permitted, Stop};
use warded_store::{
    Approval, ApprovalId, Approvals, Counter, Counters, HeldCall, Holding, Meant, ReservationId, Reserved,
    Reserving, Ruling, Settled, Span, StoreFailed, Taking, Uncertain, Use, memory::Memory,
};

use super::stage::{asks, call, counted, in_pieces, ledger_of, passes, policy};
use crate::stage::{NOW, builder};

const HELD: &str = "version: \"1\"\ntools:\n  wipe: { rules: [{ name: ask first, action: require_approval }, { rate_limit: 9/hour }] }\n";

/// A store that takes its time before and after each step.
#[derive(Debug)]
struct Slow(Arc<Memory>);

#[async_trait]
impl Approvals for Slow {
    async fn hold_call(&self, call: HeldCall, now: UnixTime) -> Result<Holding, StoreFailed> {
        yield_now().await;
        let held = self.0.hold_call(call, now).await;
        yield_now().await;
        held
    }

    async fn approvals(&self, now: UnixTime) -> Result<Vec<Approval>, StoreFailed> {
        self.0.approvals(now).await
    }

    async fn find_approval(&self, prefix: &str, now: UnixTime) -> Result<Meant, StoreFailed> {
        self.0.find_approval(prefix, now).await
    }

    async fn rule(
        &self,
        id: &ApprovalId,
        is_approved: bool,
        by: &str,
        now: UnixTime,
    ) -> Result<Option<Approval>, StoreFailed> {
        Approvals::rule(&*self.0, id, is_approved, by, now).await
    }

    async fn use_approval(&self, id: &ApprovalId, now: UnixTime) -> Result<Option<Use>, StoreFailed> {
        yield_now().await;
        let used = self.0.use_approval(id, now).await;
        yield_now().await;
        used
    }

    async fn restore_approval(&self, used: &Use) -> Result<(), StoreFailed> {
        self.0.restore_approval(used).await
    }
}

#[async_trait]
impl Counters for Slow {
    async fn counts(&self, counters: &[Counter<'_>], now: UnixTime) -> Result<Vec<i64>, StoreFailed> {
        self.0.counts(counters, now).await
    }

    async fn reserve_all(
        &self,
        takings: &[Taking<'_>],
        by: &Reserving<'_>,
        now: UnixTime,
    ) -> Result<Reserved, StoreFailed> {
        yield_now().await;
        self.0.reserve_all(takings, by, now).await
    }

    async fn settle(&self, id: ReservationId, end: Settled) -> Result<(), StoreFailed> {
        self.0.settle(id, end).await
    }

    async fn uncertain(&self, node: &str, run: &[u8; 16]) -> Result<Vec<Uncertain>, StoreFailed> {
        self.0.uncertain(node, run).await
    }
}

async fn place() -> (Guard, Arc<Memory>) {
    let store = Arc::new(Memory::new());
    let slow = Arc::new(Slow(Arc::clone(&store)));
    let ledger = ledger_of(Arc::clone(&slow) as Arc<dyn Counters>, slow);
    let guard = builder().policy(policy(HELD), ledger).build();
    assert!(!passes(&guard, asks(&call("wipe", json!({})))).await);
    let now = UnixTime::from_seconds(NOW);
    let [held] = &store.approvals(now).await.unwrap()[..] else { panic!("one") };
    Approvals::rule(&*store, &held.call.id, true, "ada", now).await.unwrap().unwrap();
    (guard, store)
}

/// What is left of the approval, and what is counted.
async fn left(store: &Memory) -> (Ruling, i64) {
    // What is settled aside has had its turn.
    for _ in 0..16 {
        yield_now().await;
    }
    let [held] = &store.approvals(UnixTime::from_seconds(NOW)).await.unwrap()[..] else { panic!("one") };
    (held.ruling, counted(store, "wipe", "_rate_hour", Span::Hour, NOW).await)
}

/// Hangs up after so many looks at it, as long after the last one as it takes for all else to be done; and whether it was sent.
async fn hangs_up(guard: &Guard, looks: usize) -> bool {
    let sent = Arc::new(AtomicBool::new(false));
    let said = Arc::clone(&sent);
    let inner = service_fn(move |mut permitted: Permitted| {
        let said = Arc::clone(&said);
        async move {
            let unsent = permitted.unsent();
            // It waits for a credential.
            yield_now().await;
            yield_now().await;
            unsent.is_sent();
            said.store(true, SeqCst);
            std::future::pending::<Result<Response<Body>, Stop>>().await
        }
    });
    let mut asking = Box::pin(guard.forwarding(inner).oneshot(asks(&call("wipe", json!({})))));
    for _ in 0..looks {
        assert!(poll!(&mut asking).is_pending());
        for _ in 0..8 {
            yield_now().await;
        }
    }
    drop(asking);
    sent.load(SeqCst)
}

#[tokio::test]
async fn whoever_hangs_up_before_its_call_is_sent_loses_nothing_in_any_moment() {
    let mut moments = 0;
    loop {
        let (guard, store) = place().await;
        let is_sent = hangs_up(&guard, moments).await;
        let expected = if is_sent { (Ruling::Used, 1) } else { (Ruling::Approved, 0) };
        assert_eq!(left(&store).await, expected, "after {moments} looks");
        if is_sent {
            break;
        }
        moments += 1;
    }
    assert!(moments > 6, "there were as many as it waits: {moments}");
}

#[tokio::test]
async fn what_was_never_sent_is_given_back_whatever_the_reason() {
    let (nothing, all) = ((Ruling::Approved, 0), (Ruling::Used, 1));
    // What was tried, and had not left after all, is sent with the next try or not at all.
    for (tries, expected) in
        [(&[][..], nothing), (&[true], all), (&[true, false], nothing), (&[true, false, true], all)]
    {
        let (guard, store) = place().await;
        let inner = service_fn(move |mut permitted: Permitted| async move {
            let unsent = permitted.unsent();
            for is_sent in tries {
                if *is_sent { unsent.is_sent() } else { unsent.is_unsent() }
            }
            Err::<Response<Body>, _>(Stop::from(Fault::UpstreamTimeout))
        });
        let answer = guard.forwarding(inner).oneshot(asks(&call("wipe", json!({})))).await.unwrap();
        assert_eq!(answer.status(), 504);
        assert_eq!(left(&store).await, expected, "{tries:?}");
    }
}

#[tokio::test]
async fn an_answer_is_one_to_a_call_that_was_sent() {
    let (guard, store) = place().await;
    let inner = service_fn(|mut permitted: Permitted| async move {
        let _forgotten = permitted.unsent();
        // It breaks off.
        Ok::<_, Stop>(in_pieces("text/event-stream", [": hello\n\n"]))
    });
    drop(guard.forwarding(inner).oneshot(asks(&call("wipe", json!({})))).await.unwrap());
    assert_eq!(left(&store).await, (Ruling::Used, 1));
}
