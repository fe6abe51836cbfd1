//! Windows: what counts together, with a clock that is set back and forth.

use super::{
    at,
    counters::{MINUTE, counter, exceeded, sum, take, taking},
};
use crate::{Settled, Span, Store, Window};

pub(super) async fn windows_of_the_calendar_begin_at_its_edges(store: &dyn Store) {
    // Eight o'clock: the edge of a minute and of an hour, eight hours from those of a day.
    for (span, begins, ends) in
        [(Span::Minute, 0, 60), (Span::Hour, 0, 3600), (Span::Day, -8 * 3600, 16 * 3600)]
    {
        let window = Window::calendar(span);
        let name = format!("edges-{span:?}");
        let one = [taking(&name, window, 1, 1)];
        for (now, is_let) in [
            (begins, true),
            (ends - 1, false),
            (begins - 1, true),
            (begins - 1, false),
            (ends, true),
            (ends + 1, false),
        ] {
            let is_exceeded = exceeded(store, &one, now).await.is_some();
            assert_eq!(is_exceeded, !is_let, "{span:?} at {now}");
            if is_let {
                take(store, &one, now).await;
            }
        }
    }
}

pub(super) async fn a_clock_that_is_set_back_finds_the_window_that_it_left(store: &dyn Store) {
    for window in
        [MINUTE, Window::calendar(Span::Day), Window::sliding(Span::Minute), Window::sliding(Span::Day)]
    {
        let name = format!("stepped-{window:?}");
        let length = i64::from(window.span.seconds());
        let now = 40 * length;
        take(store, &[taking(&name, window, 3, 3)], now).await;
        // Ahead by nearly twice the length of the window, or by that and an hour, where others count and rows that are over leave.
        for ahead in [length, length + length.min(3600) - 1] {
            let id = take(store, &[taking(&name, window, 1, 9)], now + ahead).await;
            store.settle(id, Settled::RolledBack).await.unwrap();
            store.sweep(at(now + ahead)).await.unwrap();
            assert_eq!(sum(store, &name, window, now).await, 3, "{window:?} ahead by {ahead}");
            assert_eq!(exceeded(store, &[taking(&name, window, 1, 3)], now).await, Some(0), "{window:?}");
        }
        // Behind by less than the window is long: what slides still has it in view.
        if window.sliding {
            for behind in [1, length / 2, length - 1] {
                assert_eq!(
                    exceeded(store, &[taking(&name, window, 1, 3)], now - behind).await,
                    Some(0),
                    "{window:?} behind by {behind}"
                );
            }
        }
        assert_eq!(
            exceeded(store, &[taking(&name, window, 1, 3)], now - 2 * length).await,
            None,
            "{window:?}"
        );
    }
}

/// A budget of the next window is not raised by what fails late.
pub(super) async fn what_comes_to_nothing_late_is_given_back_to_its_own_window(store: &dyn Store) {
    for window in [MINUTE, Window::sliding(Span::Minute)] {
        let name = format!("late-{window:?}");
        let id = take(store, &[taking(&name, window, 4, 5)], 0).await;
        take(store, &[taking(&name, window, 1, 5)], 59).await;
        take(store, &[taking(&name, window, 3, 9)], 61).await;
        take(store, &[taking(&name, window, 2, 5)], 130).await;
        store.settle(id, Settled::RolledBack).await.unwrap();
        assert_eq!(sum(store, &name, window, 130).await, 2);
        assert_eq!(sum(store, &name, window, 0).await, 1, "{window:?}");
    }
    // Long after, when nothing is left of it.
    let id = take(store, &[taking("later", MINUTE, 4, 5)], 0).await;
    store.sweep(at(90_000)).await.unwrap();
    take(store, &[taking("later", MINUTE, 1, 5)], 90_000).await;
    store.settle(id, Settled::RolledBack).await.unwrap();
    assert_eq!((sum(store, "later", MINUTE, 0).await, sum(store, "later", MINUTE, 90_000).await), (0, 1));
}

pub(super) async fn a_sliding_window_has_no_edge(store: &dyn Store) {
    let window = Window::sliding(Span::Minute);
    // At the end of one minute and at the beginning of the next: the calendar lets ten through.
    for (window, is_let) in [(MINUTE, true), (window, false)] {
        take(store, &[taking("burst", window, 5, 5)], 59).await;
        assert_eq!(
            exceeded(store, &[taking("burst", window, 1, 5)], 60).await.is_none(),
            is_let,
            "{window:?}"
        );
    }
    let one = [taking("burst", window, 1, 5)];
    assert_eq!(exceeded(store, &one, 59 + 60).await, Some(0), "somewhere in the second in which it begins");
    assert_eq!(exceeded(store, &one, 59 + 61).await, None);
    assert_eq!(store.counts(&[counter("burst", window)], at(59 + 61)).await, Ok(vec![0]));
}
