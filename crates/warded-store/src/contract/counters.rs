//! Counters: what is taken, what is given back, and that no limit is exceeded.

use std::task::Poll;

use super::{at, cut_off};
use crate::{
    Counter, MOST_TAKINGS, ReservationId, Reserved, Reserving, Settled, Span, Store, StoreFailed, Taken,
    Taking, UNSETTLED_SECONDS, Window,
};

pub(super) const MINUTE: Window = Window::calendar(Span::Minute);

pub(super) const BY: Reserving<'_> =
    Reserving { node: "gateway", run: &[1; 16], request: "00000000000000ff" };

pub(super) fn counter(name: &str, window: Window) -> Counter<'_> {
    Counter { place: "server/notes", scope: "create_note", name, per: "", window }
}

pub(super) fn taking(name: &str, window: Window, amount: i64, most: i64) -> Taking<'_> {
    Taking { counter: counter(name, window), amount, most, shadow: false }
}

pub(super) async fn sum(store: &dyn Store, name: &str, window: Window, now: i64) -> i64 {
    let sums = store.counts(&[counter(name, window)], at(now)).await.unwrap();
    let [sum] = sums[..] else { panic!("{sums:?}") };
    sum
}

/// Takes something that is to be let, and gives what it is settled by.
pub(super) async fn take(store: &dyn Store, takings: &[Taking<'_>], now: i64) -> ReservationId {
    match store.reserve_all(takings, &BY, at(now)).await.unwrap() {
        Reserved::All { id, over } => {
            assert_eq!(over, [0; 0]);
            id
        }
        Reserved::Exceeded(place) => panic!("{place} is exceeded"),
    }
}

pub(super) async fn exceeded(store: &dyn Store, takings: &[Taking<'_>], now: i64) -> Option<usize> {
    match store.reserve_all(takings, &BY, at(now)).await.unwrap() {
        Reserved::Exceeded(place) => Some(place),
        Reserved::All { id, .. } => {
            store.settle(id, Settled::RolledBack).await.unwrap();
            None
        }
    }
}

pub(super) async fn a_limit_lets_through_what_it_says_and_no_more(store: &dyn Store) {
    for number in 1..=5 {
        take(store, &[taking("five", MINUTE, 1, 5)], 0).await;
        assert_eq!(sum(store, "five", MINUTE, 0).await, number);
    }
    assert_eq!(exceeded(store, &[taking("five", MINUTE, 1, 5)], 0).await, Some(0));
    assert_eq!(exceeded(store, &[taking("five", MINUTE, 0, 5)], 0).await, None, "nothing is not too much");
    // A limit that was lowered since.
    assert_eq!(exceeded(store, &[taking("five", MINUTE, 0, 4)], 0).await, Some(0));
    assert_eq!(exceeded(store, &[taking("five", MINUTE, 1, 6)], 0).await, None);
    assert_eq!(sum(store, "five", MINUTE, 0).await, 5);
    assert_eq!(sum(store, "nothing", MINUTE, 0).await, 0);
    assert_eq!(store.counts(&[], at(0)).await.unwrap(), [0; 0]);
}

pub(super) async fn counters_have_nothing_to_do_with_each_other(store: &dyn Store) {
    let counter = counter("own", MINUTE);
    let others = [
        counter,
        Counter { place: "server/files", ..counter },
        Counter { scope: "Create_note", ..counter },
        Counter { name: "own2", ..counter },
        Counter { per: "https://issuer.example\u{0} ada", ..counter },
        Counter { per: "https://issuer.example\u{0} bob", ..counter },
        Counter { window: Window::calendar(Span::Hour), ..counter },
        Counter { window: Window::sliding(Span::Hour), ..counter },
    ];
    let takings: Vec<_> = (1..)
        .zip(others)
        .map(|(amount, counter)| Taking { counter, amount, most: amount, shadow: false })
        .collect();
    take(store, &takings, 0).await;
    assert_eq!(store.counts(&others, at(0)).await.unwrap(), [1, 2, 3, 4, 5, 6, 7, 8]);
}

pub(super) async fn all_is_taken_or_nothing(store: &dyn Store) {
    take(store, &[taking("full", MINUTE, 3, 3)], 0).await;
    let takings = [
        taking("all-1", MINUTE, 1, 9),
        taking("all-2", MINUTE, 2, 9),
        taking("full", MINUTE, 1, 3),
        taking("full-too", MINUTE, 1, 0),
    ];
    assert_eq!(exceeded(store, &takings, 0).await, Some(2), "the first of them");
    assert_eq!((sum(store, "all-1", MINUTE, 0).await, sum(store, "all-2", MINUTE, 0).await), (0, 0));
    // What only counts refuses nothing, and is not counted where it would have been too much.
    let shadowed: Vec<_> = takings.into_iter().map(|taking| Taking { shadow: true, ..taking }).collect();
    let reserved = store.reserve_all(&shadowed, &BY, at(0)).await.unwrap();
    let Reserved::All { id, over } = reserved else { panic!("{reserved:?}") };
    assert_eq!(over, [2, 3]);
    let sums = async || {
        let counters: Vec<_> = takings.iter().map(|taking| taking.counter).collect();
        store.counts(&counters, at(0)).await.unwrap()
    };
    assert_eq!(sums().await, [1, 2, 3, 0]);
    store.settle(id, Settled::RolledBack).await.unwrap();
    assert_eq!(sums().await, [0, 0, 3, 0], "and what was not taken is not given back");
    // Of one counter twice.
    let twice = [taking("twice", MINUTE, 2, 3), taking("twice", MINUTE, 2, 3)];
    assert_eq!(exceeded(store, &twice, 0).await, Some(1));
    assert_eq!(sum(store, "twice", MINUTE, 0).await, 0);
    let id = take(store, &twice.map(|taking| Taking { most: 4, ..taking }), 0).await;
    assert_eq!(sum(store, "twice", MINUTE, 0).await, 4);
    store.settle(id, Settled::RolledBack).await.unwrap();
    assert_eq!(sum(store, "twice", MINUTE, 0).await, 0);
}

/// Or whoever sends one request of ten thousand calls has everybody wait for it.
pub(super) async fn of_one_counter_much_is_taken_together_and_not_more_than_nobody_waits_for(
    store: &dyn Store,
) {
    let often = |most, shadow| vec![Taking { shadow, ..taking("often", MINUTE, 1, most) }; MOST_TAKINGS];
    let many = i64::try_from(MOST_TAKINGS).unwrap();
    assert_eq!(exceeded(store, &often(many - 1, false), 0).await, Some(MOST_TAKINGS - 1));
    assert_eq!(sum(store, "often", MINUTE, 0).await, 0);
    let by = Reserving { node: "often", ..BY };
    let reserved = store.reserve_all(&often(many - 2, true), &by, at(0)).await.unwrap();
    let Reserved::All { id, over } = reserved else { panic!("{reserved:?}") };
    assert_eq!(over, [MOST_TAKINGS - 2, MOST_TAKINGS - 1]);
    // Of one counter it is kept once.
    let left = store.uncertain("often", &[9; 16]).await.unwrap();
    let taken = left.iter().flat_map(|left| &left.taken).map(|taken| taken.amount);
    assert_eq!(taken.collect::<Vec<_>>(), [many - 2]);
    let counters: Vec<_> =
        (0..=2 * MOST_TAKINGS).map(|n| counter(if n % 2 == 0 { "often" } else { "never" }, MINUTE)).collect();
    let counts = store.counts(&counters, at(0)).await.unwrap();
    assert!(counts.chunks(2).all(|counts| counts == [many - 2, 0] || counts == [many - 2]));
    assert_eq!(counts.len(), counters.len());
    store.settle(id, Settled::RolledBack).await.unwrap();
    assert_eq!(sum(store, "often", MINUTE, 0).await, 0);
    let mut more = often(i64::MAX, false);
    more.push(taking("often", MINUTE, 0, 9));
    assert_eq!(store.reserve_all(&more, &BY, at(0)).await, Err(StoreFailed::TooMuch));
    let names: Vec<_> = (0..=MOST_TAKINGS).map(|n| format!("{n}")).collect();
    let counters: Vec<_> = names.iter().map(|name| counter(name, MINUTE)).collect();
    assert_eq!(store.counts(&counters, at(0)).await, Err(StoreFailed::TooMuch));
    assert_eq!(store.counts(&counters[1..], at(0)).await, Ok(vec![0; MOST_TAKINGS]));
}

/// A call cannot give itself room, and none is so large that it comes out small.
pub(super) async fn amounts_that_nobody_means_refill_nothing(store: &dyn Store) {
    take(store, &[taking("odd", MINUTE, 4, 5)], 0).await;
    for amount in [-1, -4, i64::MIN] {
        let id = take(store, &[taking("odd", MINUTE, amount, 5)], 0).await;
        store.settle(id, Settled::RolledBack).await.unwrap();
        assert_eq!(sum(store, "odd", MINUTE, 0).await, 4);
    }
    for amount in [2, i64::MAX - 3, i64::MAX] {
        assert_eq!(exceeded(store, &[taking("odd", MINUTE, amount, 5)], 0).await, Some(0), "{amount}");
    }
    for amount in [i64::MAX - 3, i64::MAX] {
        let beyond = taking("odd", MINUTE, amount, i64::MAX);
        assert_eq!(exceeded(store, &[beyond], 0).await, Some(0), "{amount} is beyond what can be counted");
    }
    assert_eq!(sum(store, "odd", MINUTE, 0).await, 4);
}

pub(super) async fn a_call_is_settled_once(store: &dyn Store) {
    use Settled::{Committed, RolledBack};

    for (name, first, second, left) in [
        ("cc", Committed, Committed, 2),
        ("cr", Committed, RolledBack, 2),
        ("rc", RolledBack, Committed, 1),
        ("rr", RolledBack, RolledBack, 1),
    ] {
        take(store, &[taking(name, MINUTE, 1, 9)], 0).await;
        let id = take(store, &[taking(name, MINUTE, 1, 9)], 0).await;
        store.settle(id, first).await.unwrap();
        store.settle(id, second).await.unwrap();
        assert_eq!(sum(store, name, MINUTE, 0).await, left, "{name}");
        // Nobody else's is meant by what is settled already.
        let other = take(store, &[taking(name, MINUTE, 5, 9)], 0).await;
        assert_ne!(other, id);
        store.settle(id, RolledBack).await.unwrap();
        assert_eq!(sum(store, name, MINUTE, 0).await, left + 5, "{name}");
        store.settle(other, RolledBack).await.unwrap();
        assert_eq!(sum(store, name, MINUTE, 0).await, left, "{name}");
    }
}

pub(super) async fn a_call_that_is_cut_off_takes_nothing(store: &dyn Store) {
    for polls in 0..20 {
        let takings = [taking("cut", MINUTE, 1, 1)];
        let reserve = store.reserve_all(&takings, &BY, at(0));
        if let Some(reserved) = cut_off(reserve, polls).await {
            let Reserved::All { id, .. } = reserved.unwrap() else {
                panic!("who was cut off took something")
            };
            store.settle(id, Settled::RolledBack).await.unwrap();
        }
        // The first of these comes behind it, and the second behind what was given back for it.
        for _ in 0..2 {
            take(store, &[taking("behind", MINUTE, 0, 0)], 0).await;
        }
        assert_eq!(sum(store, "cut", MINUTE, 0).await, 0, "cut off after {polls}");
    }
    // Or after it was taken, and before it has heard of that.
    let takings = [taking("cut", MINUTE, 1, 1)];
    let mut reserve = store.reserve_all(&takings, &BY, at(0));
    let told = std::future::poll_fn(|cx| Poll::Ready(reserve.as_mut().poll(cx))).await;
    take(store, &[taking("behind", MINUTE, 0, 0)], 0).await;
    assert_eq!(sum(store, "cut", MINUTE, 0).await, 1);
    match told {
        Poll::Pending => drop(reserve),
        Poll::Ready(Ok(Reserved::All { id, .. })) => store.settle(id, Settled::RolledBack).await.unwrap(),
        Poll::Ready(other) => panic!("{other:?}"),
    }
    take(store, &[taking("behind", MINUTE, 0, 0)], 0).await;
    assert_eq!(sum(store, "cut", MINUTE, 0).await, 0, "nobody could ever settle it");
    let id = take(store, &[taking("cut", MINUTE, 1, 1)], 0).await;
    let _cut = cut_off(store.settle(id, Settled::RolledBack), 1).await;
    store.settle(id, Settled::Committed).await.unwrap();
    assert_eq!(sum(store, "cut", MINUTE, 0).await, 0, "whoever hangs up while it settles has settled");
}

/// All of an earlier run, and nobody else's.
pub(super) async fn what_a_killed_process_left_is_told_until_it_is_settled(store: &dyn Store) {
    let of = |node, run, request| Reserving { node, run, request };
    let takings = [taking("killed", MINUTE, 7, 90), taking("nothing", MINUTE, 0, 0)];
    let reserve = async |by: Reserving<'_>, now| {
        let reserved = store.reserve_all(&takings, &by, at(now)).await.unwrap();
        let Reserved::All { id, .. } = reserved else { panic!("{reserved:?}") };
        id
    };
    let late = reserve(of("left", &[1; 16], "late"), 2).await;
    let early = reserve(of("left", &[2; 16], "early"), 1).await;
    let _own = reserve(of("left", &[3; 16], "own"), 0).await;
    let other = reserve(of("left-2", &[1; 16], "other"), 0).await;
    let settled = reserve(of("left", &[1; 16], "settled"), 0).await;
    store.settle(settled, Settled::Committed).await.unwrap();
    let told = async |node| store.uncertain(node, &[3; 16]).await.unwrap();
    let left = told("left").await;
    let requests: Vec<_> = left.iter().map(|left| (&*left.request, left.since, left.id)).collect();
    assert_eq!(requests, [("early", at(1), early), ("late", at(2), late)]);
    let taken = Taken {
        place: "server/notes".into(),
        scope: "create_note".into(),
        name: "killed".into(),
        per: "".into(),
        window: MINUTE,
        amount: 7,
        start: at(0).seconds(),
    };
    assert!(left.iter().all(|left| left.taken == [taken.clone()]));
    assert_eq!(sum(store, "killed", MINUTE, 0).await, 5 * 7, "it stays counted");
    assert_eq!(told("left").await, left, "it is told again");
    store.settle(early, Settled::Committed).await.unwrap();
    store.settle(late, Settled::RolledBack).await.unwrap();
    assert_eq!((told("left").await, told("nobody").await), (vec![], vec![]));
    assert_eq!(told("left-2").await.iter().map(|left| left.id).collect::<Vec<_>>(), [other]);
    assert_eq!(sum(store, "killed", MINUTE, 0).await, 4 * 7);
}

/// On a store in which nothing else expires.
pub(super) async fn what_is_over_is_forgotten(store: &dyn Store) {
    let later = i64::from(UNSETTLED_SECONDS) * 2;
    store.sweep(at(later)).await.unwrap();
    for n in 0..10 {
        let per = format!("{n}");
        let counter = Counter { per: &per, ..counter("swept", MINUTE) };
        take(store, &[Taking { counter, amount: 1, most: 1, shadow: false }], later).await;
    }
    let until = MINUTE.until(MINUTE.start(at(later)));
    let sweep = async |now| store.sweep(now).await.unwrap();
    assert_eq!(sweep(at(until.since(at(0)) - 1)).await, 0);
    assert_eq!(sweep(until).await, 10);
    let end = at(later).plus(UNSETTLED_SECONDS);
    assert_eq!(sweep(at(end.since(at(0)) - 1)).await, 0);
    assert_eq!(sweep(end).await, 10, "nobody settles them any more");
    assert_eq!(store.uncertain(BY.node, &[9; 16]).await, Ok::<_, StoreFailed>(vec![]));
    // And what is over leaves by itself, where something comes.
    let later = end.since(at(0)) + later;
    for now in [later, later + 100_000] {
        for n in 0..10 {
            let per = format!("{n}");
            let counter = Counter { per: &per, ..counter("swept", MINUTE) };
            let id = take(store, &[Taking { counter, amount: 1, most: 1, shadow: false }], now).await;
            store.settle(id, Settled::Committed).await.unwrap();
        }
    }
    assert_eq!(sweep(at(later + 200_000)).await, 10, "ten had left");
}
