//! What only a file can count wrong: what is written together, and what is not what was written.

use std::{
    pin::{Pin, pin},
    task::Poll,
};

use super::{Sqlite, file};
use crate::{
    Counter, Counters, ReservationId, Reserved, Reserving, Settled, Span, StoreFailed, Sweep as _, Taking,
    Window, contract::at, memory::Memory,
};

const WINDOWS: [Window; 4] = [
    Window::calendar(Span::Minute),
    Window::calendar(Span::Day),
    Window::sliding(Span::Minute),
    Window::sliding(Span::Hour),
];

const BY: Reserving<'_> = Reserving { node: "a", run: &[1; 16], request: "" };

fn counter(number: usize) -> Counter<'static> {
    let name = ["one", "two", "three"][number / WINDOWS.len() % 3];
    Counter { place: "shared", scope: "_global", name, per: "", window: WINDOWS[number % WINDOWS.len()] }
}

fn takings(amount: i64) -> [Taking<'static>; 1] {
    [Taking { counter: counter(0), amount, most: 100, shadow: false }]
}

/// Polls all of them once, so that they wait in their order.
async fn all_wait<F: Future>(futures: &mut [Pin<Box<F>>]) {
    for future in futures {
        assert!(std::future::poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await.is_pending());
    }
}

/// xorshift: the same numbers each time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end).unwrap()).unwrap()
    }

    fn signed(&mut self, from: i64, end: i64) -> i64 {
        from + i64::try_from(self.below(usize::try_from(end - from).unwrap())).unwrap()
    }
}

/// Both add up with the same code; what they keep of it is different.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_together_counts_as_what_comes_one_after_the_other() {
    let (_folder, path) = file();
    let (store, memory) = (Sqlite::open(&path).await.unwrap(), Memory::new());
    let (mut random, mut now, mut open) = (Random(0x9e37_79b9), 0, Vec::new());
    let (mut refused, mut rolled_back) = (0, 0);
    for round in 0..250 {
        now += random.signed(-40, 60) * if round % 10 == 0 { 60 } else { 1 };
        // Some settle and some reserve, all in one transaction.
        let busy = store.write().await.unwrap();
        let ends: Vec<_> = (0..random.below(4))
            .filter(|_| !open.is_empty())
            .map(|_| {
                let (a, b): (ReservationId, ReservationId) = open[random.below(open.len())];
                (a, b, if random.below(2) == 0 { Settled::Committed } else { Settled::RolledBack })
            })
            .collect();
        let mut settling: Vec<_> =
            ends.iter().map(|(id, _, end)| Box::pin(store.settle(*id, *end))).collect();
        all_wait(&mut settling).await;
        let asked: Vec<Vec<Taking<'_>>> = (0..random.below(6))
            .map(|_| {
                (0..random.below(4))
                    .map(|_| Taking {
                        counter: counter(random.below(12)),
                        amount: random.signed(-1, 6),
                        most: random.signed(10, 40),
                        shadow: random.below(4) == 0,
                    })
                    .collect()
            })
            .collect();
        let times: Vec<_> = asked.iter().map(|_| now + random.signed(-2, 3)).collect();
        let mut reserving: Vec<_> = asked
            .iter()
            .zip(&times)
            .map(|(asked, time)| Box::pin(store.reserve_all(asked, &BY, at(*time))))
            .collect();
        all_wait(&mut reserving).await;
        drop(busy);
        for (settling, (_, id, end)) in settling.into_iter().zip(&ends) {
            settling.await.unwrap();
            memory.settle(*id, *end).await.unwrap();
            rolled_back += usize::from(*end == Settled::RolledBack);
        }
        for ((reserving, asked), time) in reserving.into_iter().zip(&asked).zip(&times) {
            match (reserving.await.unwrap(), memory.reserve_all(asked, &BY, at(*time)).await.unwrap()) {
                (Reserved::All { id: a, over: one }, Reserved::All { id: b, over: other }) => {
                    assert_eq!(one, other, "{round}");
                    open.push((a, b));
                }
                (one, other) => {
                    assert_eq!(one, other, "{round}");
                    refused += 1;
                }
            }
        }
        if round % 40 == 0 {
            store.sweep(at(now)).await.unwrap();
            memory.sweep(at(now)).await.unwrap();
        }
        let counters: Vec<_> = (0..12).map(counter).collect();
        let sums = store.counts(&counters, at(now)).await.unwrap();
        assert_eq!(sums, memory.counts(&counters, at(now)).await.unwrap(), "{round}");
    }
    assert!(refused > 20 && rolled_back > 20, "{refused} {rolled_back}");
    let left = async |store: &dyn Counters| {
        let left = store.uncertain("a", &[2; 16]).await.unwrap();
        left.into_iter().map(|left| (left.since, left.taken)).collect::<Vec<_>>()
    };
    assert_eq!(left(&store).await, left(&memory).await);
}

#[tokio::test]
async fn a_reservation_that_cannot_be_read_takes_no_other_with_it() {
    let (_folder, path) = file();
    let store = Sqlite::open(&path).await.unwrap();
    let mut ids = Vec::new();
    for _ in 0..2 {
        let Reserved::All { id, .. } = store.reserve_all(&takings(1), &BY, at(0)).await.unwrap() else {
            panic!()
        };
        ids.push(id);
    }
    sqlx::query("UPDATE reservations SET taken = '[{}]' WHERE id = ?")
        .bind(ids[0].0)
        .execute(&store.writer)
        .await
        .unwrap();
    let busy = store.write().await.unwrap();
    let mut settling: Vec<_> =
        ids.iter().map(|id| Box::pin(store.settle(*id, Settled::RolledBack))).collect();
    all_wait(&mut settling).await;
    drop(busy);
    let (second, first) = (settling.pop().unwrap(), settling.pop().unwrap());
    assert_eq!((first.await, second.await), (Err(StoreFailed::Content("reservation")), Ok(())));
    assert_eq!(store.counts(&[counter(0)], at(0)).await, Ok(vec![1]), "it stays counted");
    assert_eq!(store.uncertain("a", &[2; 16]).await, Err(StoreFailed::Content("reservation")));
    store.settle(ids[0], Settled::Committed).await.unwrap();
    assert_eq!(store.uncertain("a", &[2; 16]).await, Ok(vec![]));
}

#[tokio::test]
async fn nothing_is_taken_when_the_disk_says_no() {
    let (_folder, path) = file();
    let store = Sqlite::open(&path).await.unwrap();
    let (mut failed, mut taken) = (0, 0);
    let long = "x".repeat(500);
    for _ in 0..40 {
        // No page more fits into the file. A new connection would not know.
        sqlx::raw_sql("PRAGMA max_page_count = 1").execute(&store.writer).await.unwrap();
        let by = Reserving { request: &long, ..BY };
        let takings = takings(1);
        let busy = store.write().await.unwrap();
        let mut reserving: Vec<_> =
            (0..3).map(|_| Box::pin(store.reserve_all(&takings, &by, at(0)))).collect();
        all_wait(&mut reserving).await;
        drop(busy);
        for reserving in reserving {
            let is_taken = reserving.await.is_ok();
            taken += i64::from(is_taken);
            failed += i64::from(!is_taken);
        }
        assert_eq!(store.counts(&[counter(0)], at(0)).await, Ok(vec![taken]));
    }
    assert!(failed > 0, "the file was full");
    sqlx::raw_sql("PRAGMA max_page_count = 1000000").execute(&store.writer).await.unwrap();
    assert!(store.reserve_all(&takings(1), &BY, at(0)).await.is_ok(), "as soon as there is room, it goes on");
}

#[tokio::test]
async fn whoever_hangs_up_before_its_turn_takes_nothing_and_whoever_settles_has_settled() {
    let (_folder, path) = file();
    let store = Sqlite::open(&path).await.unwrap();
    let Reserved::All { id, .. } = store.reserve_all(&takings(3), &BY, at(0)).await.unwrap() else {
        panic!()
    };
    let busy = store.write().await.unwrap();
    {
        let takings = takings(1);
        let mut gone = [Box::pin(store.reserve_all(&takings, &BY, at(0)))];
        all_wait(&mut gone).await;
        let mut settles = [Box::pin(store.settle(id, Settled::RolledBack))];
        all_wait(&mut settles).await;
    }
    drop(busy);
    let takings = takings(0);
    let mut behind = pin!(store.reserve_all(&takings, &BY, at(0)));
    assert!(behind.as_mut().await.is_ok());
    assert_eq!(store.counts(&[counter(0)], at(0)).await, Ok(vec![0]));
}

#[tokio::test]
async fn more_than_go_into_one_transaction_are_all_counted() {
    let (_folder, path) = file();
    let store = Sqlite::open(&path).await.unwrap();
    let takings = takings(1).map(|taking| Taking { most: 600, ..taking });
    let busy = store.write().await.unwrap();
    let mut all: Vec<_> = (0..700).map(|_| Box::pin(store.reserve_all(&takings, &BY, at(0)))).collect();
    all_wait(&mut all).await;
    drop(busy);
    let mut exceeded = Vec::new();
    for (n, one) in all.into_iter().enumerate() {
        if one.await.unwrap() == Reserved::Exceeded(0) {
            exceeded.push(n);
        }
    }
    assert_eq!(exceeded, (600..700).collect::<Vec<_>>(), "whoever comes first");
    assert_eq!(store.counts(&[counter(0)], at(0)).await, Ok(vec![600]));
}

/// Nothing asks for it any more, and whoever makes calls that fail would fill the disk with it.
#[tokio::test]
async fn what_came_to_nothing_leaves_no_row_and_is_counted_from_nothing_in_the_same_transaction() {
    let (_folder, path) = file();
    let store = Sqlite::open(&path).await.unwrap();
    let rows = async || {
        let rows = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM counts").fetch_one(&store.writer).await;
        rows.unwrap()
    };
    let reserve = async |takings: &[Taking<'_>]| store.reserve_all(takings, &BY, at(0)).await.unwrap();
    for window in WINDOWS {
        let counter = Counter { window, ..counter(0) };
        let four = [Taking { counter, amount: 4, most: 5, shadow: false }];
        let Reserved::All { id, .. } = reserve(&four).await else { panic!() };
        assert_eq!(rows().await, 1);
        // One transaction: it is given back, and what was given back is taken.
        let busy = store.write().await.unwrap();
        let mut settling = [Box::pin(store.settle(id, Settled::RolledBack))];
        all_wait(&mut settling).await;
        let mut reserving = [Box::pin(store.reserve_all(&four, &BY, at(0)))];
        all_wait(&mut reserving).await;
        drop(busy);
        let ([settling], [reserving]) = (settling, reserving);
        settling.await.unwrap();
        let Reserved::All { id, .. } = reserving.await.unwrap() else { panic!() };
        assert_eq!(store.counts(&[counter], at(0)).await, Ok(vec![4]));
        store.settle(id, Settled::RolledBack).await.unwrap();
        assert_eq!(rows().await, 0, "{window:?}");
    }
}
