//! A store that fails, and another process with the same name.

use std::{
    future::pending,
    sync::atomic::{AtomicU32, Ordering},
};

use async_trait::async_trait;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use warded_store::{
    journal::checkpoint::{JournalKey, PublicKey},
    memory::Memory,
};

use super::*;

/// A store that takes no checkpoint at first, or never answers.
struct Failing {
    memory: Memory,
    fails: AtomicU32,
    is_stuck: bool,
    asks: UnboundedSender<u64>,
}

#[async_trait]
impl Checkpoints for Failing {
    async fn checkpoint(&self, node: &str) -> Result<Option<Checkpoint>, StoreFailed> {
        self.memory.checkpoint(node).await
    }

    async fn checkpoints(&self) -> Result<Vec<Checkpoint>, StoreFailed> {
        self.memory.checkpoints().await
    }

    async fn keep_checkpoint(&self, checkpoint: &Checkpoint, holder: &[u8; 16]) -> Result<bool, StoreFailed> {
        let _over = self.asks.send(checkpoint.seq);
        if self.is_stuck {
            pending::<()>().await;
        }
        let left = self.fails.load(Ordering::SeqCst);
        if left > 0 {
            self.fails.store(left - 1, Ordering::SeqCst);
            return Err(StoreFailed::Access("locked".to_owned()));
        }
        self.memory.keep_checkpoint(checkpoint, holder).await
    }
}

#[async_trait]
impl Nodes for Failing {
    async fn hold_node(
        &self,
        node: &str,
        holder: &[u8; 16],
        until: UnixTime,
        now: UnixTime,
    ) -> Result<bool, StoreFailed> {
        self.memory.hold_node(node, holder, until, now).await
    }

    async fn keep_node(&self, node: &str, holder: &[u8; 16], until: UnixTime) -> Result<bool, StoreFailed> {
        self.memory.keep_node(node, holder, until).await
    }

    async fn leave_node(&self, node: &str, holder: &[u8; 16]) -> Result<(), StoreFailed> {
        if self.is_stuck {
            pending::<()>().await;
        }
        self.memory.leave_node(node, holder).await
    }

    async fn takes_writes(&self) -> Result<(), StoreFailed> {
        Ok(())
    }
}

fn signed(seq: u64) -> Checkpoint {
    Checkpoint {
        node: "a".into(),
        seq,
        hash: [1; 32],
        time: UnixTime::from_seconds(0),
        key: public_key(),
        signature: [0; 64],
        sealed: false,
        folder: Some(FOLDER),
    }
}

fn public_key() -> PublicKey {
    JournalKey::new(&[7; 32]).unwrap().public()
}

const FOLDER: [u8; 16] = [9; 16];
const FAST: Pace =
    Pace { holds: Duration::from_millis(1), ends: Duration::from_millis(1), lasts: Pace::USUAL.lasts };

async fn held(fails: u32, pace: Pace) -> (Arc<Failing>, Node<Failing>, UnboundedReceiver<u64>) {
    let (asks, asked) = unbounded_channel();
    let is_stuck = pace.lasts < Pace::USUAL.lasts;
    let store = Arc::new(Failing { memory: Memory::new(), fails: AtomicU32::new(fails), is_stuck, asks });
    let node =
        Node { name: "a".to_owned(), holder: [1; 16], folder: FOLDER, store: Arc::clone(&store), pace };
    assert!(node.hold().await.unwrap());
    (store, node, asked)
}

#[tokio::test]
async fn a_checkpoint_that_the_store_did_not_take_is_told_again() {
    let (store, node, mut asked) = held(2, FAST).await;
    let (tell, checkpoints) = watch::channel(None);
    let keeping = tokio::spawn(node.keep(checkpoints, || {}));
    tell.send_replace(Some(signed(5)));
    for _ in 0..3 {
        assert_eq!(asked.recv().await, Some(5));
    }
    drop(tell);
    keeping.await.unwrap().unwrap();
    assert_eq!(store.checkpoint("a").await.unwrap(), Some(signed(5)));
    assert!(asked.try_recv().is_err(), "and no more once it has");
}

#[tokio::test]
async fn the_end_waits_for_a_store_that_is_busy_and_says_when_it_was_in_vain() {
    for (fails, is_told) in [(LAST_ATTEMPTS, true), (LAST_ATTEMPTS + 1, false)] {
        let (store, node, _asked) = held(fails, Pace { holds: Pace::USUAL.holds, ..FAST }).await;
        let (tell, checkpoints) = watch::channel(None);
        // As the last thing that happens.
        tell.send_replace(Some(signed(5)));
        let keeping = node.keep(checkpoints, || {});
        drop(tell);
        assert_eq!(keeping.await.is_ok(), is_told);
        assert_eq!(store.checkpoint("a").await.unwrap().is_some(), is_told);
        assert!(!store.keep_node("a", &[1; 16], UnixTime::from_seconds(0)).await.unwrap(), "it has left");
    }
}

#[tokio::test]
async fn the_end_does_not_wait_for_ever_for_a_store_that_does_not_answer() {
    let pace = Pace { holds: Pace::USUAL.holds, lasts: Duration::from_millis(1), ..FAST };
    let (store, node, mut asked) = held(0, pace).await;
    let (tell, checkpoints) = watch::channel(None);
    drop(tell);
    // What it did not take before is all that there is to tell.
    assert!(node.leave(Some(signed(5))).await.is_err());
    assert_eq!(asked.recv().await, Some(5));
    assert_eq!(store.checkpoint("a").await.unwrap(), None);
    // Where there is nothing to tell, only the name is left behind.
    assert!(node.keep(checkpoints, || {}).await.is_ok());
}

#[tokio::test]
async fn a_process_that_was_stopped_while_another_took_its_name_vouches_for_nothing_any_more() {
    let later = UnixTime::from_seconds(SystemClock.now().seconds() + 10 * HELD);
    for (has_left, is_told) in [(false, true), (false, false), (true, true), (true, false)] {
        let pace = if is_told { Pace { holds: Pace::USUAL.holds, ..FAST } } else { FAST };
        let (store, node, _asked) = held(0, pace).await;
        let (tell, checkpoints) = watch::channel(None);
        assert!(store.hold_node("a", &[2; 16], later, later).await.unwrap());
        assert!(store.keep_checkpoint(&signed(3), &[2; 16]).await.unwrap());
        if has_left {
            store.leave_node("a", &[2; 16]).await.unwrap();
        }
        let (disown, mut disowned) = unbounded_channel();
        let keeping = tokio::spawn(node.keep(checkpoints, move || disown.send(()).unwrap()));
        // By the first that it does: it records something, or says that it is here.
        if is_told {
            tell.send_replace(Some(signed(5)));
        }
        disowned.recv().await.unwrap();
        tell.send_replace(Some(signed(7)));
        drop(tell);
        assert!(keeping.await.unwrap().is_err());
        assert_eq!(store.checkpoint("a").await.unwrap(), Some(signed(3)));
    }
}
