//! Attacks on whoever serves: what ends it, and what keeps everybody waiting?

use std::{future::poll_fn, pin::pin, task::Poll};

use tokio::runtime::Builder;

use super::*;
use crate::{
    Counter, Counters as _, Reserved, Reserving, Span, Taking, Window, contract::at, sqlite::Sqlite,
};

const BY: Reserving<'_> = Reserving { node: "a", run: &[1; 16], request: "" };

fn counter() -> Counter<'static> {
    Counter { place: "", scope: "", name: "", per: "", window: Window::calendar(Span::Day) }
}

fn takings() -> [Taking<'static>; 1] {
    [Taking { counter: counter(), amount: 1, most: 9, shadow: false }]
}

fn wish(draws: usize) -> Wish {
    let draw = Draw::of(&takings()[0], at(0));
    let (tell, _) = oneshot::channel();
    let (node, request) = ("".into(), "".into());
    Wish::Reserve { asked: Asked { draws: vec![draw; draws], node, run: [1; 16], request, now: at(0) }, tell }
}

fn settle() -> Wish {
    Wish::Settle { id: ReservationId(7), end: Settled::RolledBack, tell: None }
}

/// Or one transaction counts for 256 requests as much as each of them may, and whoever issues tokens waits for it.
#[test]
fn a_turn_has_so_much_in_it_or_one_alone() {
    let of = |weights: &[usize]| {
        let mut queue = Queue::default();
        queue.wishes.extend(weights.iter().map(|weight| wish(*weight)));
        let mut turns = Vec::new();
        while !queue.wishes.is_empty() {
            turns.push(queue.turn().len());
        }
        turns
    };
    assert_eq!(of(&[1; 600]), [256, 256, 88]);
    assert_eq!(of(&[MOST_TAKEN; 3]), [1, 1, 1]);
    assert_eq!(of(&[MOST_TAKEN - 1, 1, 1, MOST_TAKEN]), [2, 1, 1]);
    assert_eq!(of(&[0; 257]), [256, 1]);
    assert_eq!(of(&[MOST_TAKEN + 1, 0]), [1, 1]);
    let mut queue = Queue::default();
    queue.wishes.extend((0..300).map(|_| settle()));
    assert_eq!(queue.turn().len(), 256);
}

/// Polls once.
async fn begins<F: Future>(future: std::pin::Pin<&mut F>) -> bool {
    let mut future = future;
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await.is_pending()
}

#[test]
fn where_the_task_that_serves_is_dropped_nobody_waits_for_ever_and_the_next_one_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("warded.db");
    let stays = Builder::new_current_thread().enable_all().build().unwrap();
    let goes = Builder::new_current_thread().enable_all().build().unwrap();
    let store = stays.block_on(Sqlite::open(&path)).unwrap();
    let takings = takings();
    let Reserved::All { id, .. } = stays.block_on(store.reserve_all(&takings, &BY, at(0))).unwrap() else {
        panic!()
    };
    let reserving = store.reserve_all(&takings, &BY, at(0));
    let settling = store.settle(id, Settled::RolledBack);
    let (mut reserving, mut settling) = (pin!(reserving), pin!(settling));
    // What serves runs there, and has not begun.
    goes.block_on(async {
        assert!(begins(reserving.as_mut()).await && begins(settling.as_mut()).await);
    });
    drop(goes);
    stays.block_on(async {
        assert_eq!(reserving.await, Err(super::super::unwritten()));
        assert_eq!(settling.await, Err(super::super::unwritten()));
        let Reserved::All { id, .. } = store.reserve_all(&takings, &BY, at(0)).await.unwrap() else {
            panic!()
        };
        assert_eq!(store.counts(&[counter()], at(0)).await, Ok(vec![1]), "what was given back is not lost");
        store.settle(id, Settled::Committed).await.unwrap();
        assert_eq!(store.uncertain("a", &[2; 16]).await, Ok(vec![]));
    });
}

#[tokio::test]
async fn whoever_waits_for_a_disk_that_does_not_answer_is_told_and_has_taken_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(folder.path().join("warded.db")).await.unwrap();
    let busy = store.writer.acquire().await.unwrap();
    time::pause();
    assert_eq!(store.reserve_all(&takings(), &BY, at(0)).await, Err(super::super::unwritten()));
    time::resume();
    drop(busy);
    let again = store.reserve_all(&takings(), &BY, at(0)).await;
    assert!(matches!(again, Ok(Reserved::All { .. })));
    assert_eq!(store.counts(&[counter()], at(0)).await, Ok(vec![1]));
}
