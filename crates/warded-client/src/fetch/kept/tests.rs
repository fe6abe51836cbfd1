use std::sync::atomic::{AtomicI64, Ordering::SeqCst};

use tokio::{
    io::{AsyncReadExt as _, DuplexStream, duplex},
    runtime::{Builder, Runtime},
    time::{advance, timeout},
};
use warded_core::UnixTime;

use super::*;

const WHILE: Duration = Duration::from_secs(2);

/// A clock that goes on while the machine sleeps.
#[derive(Debug)]
struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> UnixTime {
        UnixTime::from_seconds(self.0.load(SeqCst))
    }
}

fn kept() -> (Arc<Kept>, Arc<Hands>) {
    let clock = Arc::new(Hands(AtomicI64::new(1_800_000_000)));
    (Arc::new(Kept::by(Arc::clone(&clock) as _)), clock)
}

async fn wire() -> (Box<Wire>, DuplexStream) {
    let (ours, theirs) = duplex(1024);
    (Box::new(Wire::over(Box::new(ours)).await.unwrap()), theirs)
}

/// Whether the other end sees that a connection is closed; where nothing is to be done, the clock goes on by itself.
async fn is_closed(theirs: &mut DuplexStream, within: Duration) -> bool {
    timeout(within, theirs.read(&mut [0])).await.is_ok()
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_outlived_a_sleep_is_not_used() {
    // As long as it may wait, an hour, and a clock that was put right meanwhile.
    for (passed, is_used) in [(2, true), (3600, false), (-1, false)] {
        let (kept, clock) = kept();
        let (wire, mut theirs) = wire().await;
        kept.give_back(wire, WHILE);
        clock.0.fetch_add(passed, SeqCst);
        assert_eq!(kept.take().await.is_some(), is_used, "{passed}");
        assert!(is_closed(&mut theirs, Duration::from_millis(1)).await);
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_old_is_not_kept() {
    let (kept, _) = kept();
    let (wire, mut theirs) = wire().await;
    let mut wire = Some(wire);
    for _ in 0..59 {
        kept.give_back(wire.take().unwrap(), WHILE);
        advance(Duration::from_secs(1)).await;
        wire = kept.take().await;
    }
    advance(Duration::from_secs(1)).await;
    kept.give_back(wire.take().unwrap(), WHILE);
    assert!(kept.take().await.is_none() && is_closed(&mut theirs, Duration::from_millis(1)).await);
}

#[tokio::test(start_paused = true)]
async fn what_is_over_takes_the_place_of_nothing() {
    let (kept, clock) = kept();
    let mut theirs = Vec::new();
    for _ in 0..=MOST {
        let (wire, other) = wire().await;
        kept.give_back(wire, WHILE);
        theirs.push(other);
    }
    assert!(is_closed(&mut theirs[MOST], Duration::from_millis(1)).await, "one too many");
    // Nobody has come by yet.
    clock.0.fetch_add(60, SeqCst);
    let (wire, _other) = wire().await;
    kept.give_back(wire, WHILE);
    assert!(kept.take().await.is_some());
    let (nothing, mut other) = self::wire().await;
    kept.give_back(nothing, Duration::ZERO);
    assert!(is_closed(&mut other, Duration::from_millis(1)).await && kept.inner().waiting.is_empty());
}

#[tokio::test(start_paused = true)]
async fn each_connection_is_closed_when_its_time_is_over() {
    let (kept, _) = kept();
    let ((long, mut last), (short, mut first)) = (wire().await, wire().await);
    kept.give_back(long, Duration::from_secs(4));
    kept.give_back(short, Duration::from_secs(1));
    for (theirs, seconds) in [(&mut first, 1), (&mut last, 3)] {
        assert!(!is_closed(theirs, Duration::from_millis(seconds * 1000 - 100)).await);
        assert!(is_closed(theirs, Duration::from_millis(200)).await);
    }
    assert!(kept.inner().sweeper.is_none());
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

#[test]
fn what_a_runtime_left_behind_is_closed_by_the_next() {
    let (kept, _) = kept();
    let mut left = runtime().block_on(async {
        let (wire, theirs) = wire().await;
        kept.give_back(wire, WHILE);
        theirs
    });
    runtime().block_on(async {
        let (wire, mut theirs) = wire().await;
        kept.give_back(wire, WHILE);
        assert!(is_closed(&mut theirs, Duration::from_mins(1)).await);
        assert!(is_closed(&mut left, Duration::from_mins(1)).await);
    });
}
