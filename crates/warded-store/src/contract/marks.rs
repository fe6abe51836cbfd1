//! Marks of use, and secrets: what happens once.

use std::task::Poll;

use super::{at, cut_off};
use crate::Store;

pub(super) async fn secrets_are_made_once(store: &dyn Store) {
    assert_eq!(store.secret("one", b"first").await.unwrap().as_slice(), b"first");
    assert_eq!(store.secret("one", b"second").await.unwrap().as_slice(), b"first");
    assert_eq!(store.secret("other", b"third").await.unwrap().as_slice(), b"third");
}

pub(super) async fn a_mark_is_used_once(store: &dyn Store) {
    let uses = async |mark: u8, until, now| store.first_use(&[mark; 32], at(until), at(now)).await.unwrap();
    assert!(uses(1, 40, 0).await);
    assert!(!uses(1, 40, 0).await);
    assert!(!uses(1, 50, 39).await, "whatever else is said the second time");
    assert!(uses(2, 40, 39).await, "another one is another one");
    assert!(uses(1, 50, 40).await, "it may be forgotten");
    assert!(!uses(1, 50, 41).await);
    // What is over leaves by itself: nobody has to sweep where nobody issues tokens.
    for mark in 10..20 {
        assert!(uses(mark, 45, 44).await);
    }
    for mark in 20..24 {
        assert!(uses(mark, 50, 45).await);
    }
    assert_eq!(store.sweep(at(45)).await.unwrap(), 0, "ten had left");
    assert!(!uses(20, 50, 49).await, "and none of the others");
    assert_eq!(store.sweep(at(50)).await.unwrap(), 5);
}

/// Or whoever showed two things, one of which was used before, could not come again with the other.
pub(super) async fn marks_that_are_used_up_together_are_all_or_none(store: &dyn Store) {
    let uses = async |marks: &[(u8, i64)], now| {
        let marks: Vec<_> = marks.iter().map(|(mark, until)| ([*mark; 32], at(*until))).collect();
        store.first_uses(&marks, at(now)).await.unwrap()
    };
    assert_eq!(uses(&[], 0).await, None);
    assert_eq!(uses(&[(200, 60), (201, 50)], 0).await, None);
    assert_eq!(uses(&[(202, 60), (201, 50)], 1).await, Some(1));
    assert_eq!(uses(&[(200, 60), (203, 50)], 1).await, Some(0));
    assert_eq!(uses(&[(200, 60), (201, 60)], 1).await, Some(0), "the first of them");
    assert_eq!(uses(&[(202, 60), (203, 60)], 1).await, None, "neither was used up by that");
    assert_eq!(uses(&[(201, 100), (204, 100)], 50).await, None, "each is kept until its own end");
    assert_eq!(uses(&[(200, 100), (205, 100)], 50).await, Some(0));
    assert!(store.first_use(&[205; 32], at(100), at(50)).await.unwrap());
    assert_eq!(store.sweep(at(100)).await.unwrap(), 6);
}

/// A caller hangs up, and others wait with it for one turn to write.
pub(super) async fn a_mark_that_nobody_waits_for_takes_no_other_with_it(store: &dyn Store) {
    for polls in 0..20_u8 {
        let (gone, stays) = ([polls + 30; 32], [polls + 60; 32]);
        let waits = store.first_use(&stays, at(60), at(0));
        let mut waits = std::pin::pin!(waits);
        let first = std::future::poll_fn(|cx| Poll::Ready(waits.as_mut().poll(cx))).await;
        let said = cut_off(store.first_use(&gone, at(60), at(0)), usize::from(polls)).await;
        assert!(said.is_none_or(|said| said.unwrap()), "cut off after {polls}");
        let stays = match first {
            Poll::Ready(first) => first,
            Poll::Pending => waits.await,
        };
        assert!(stays.unwrap(), "cut off after {polls}");
    }
    assert!(store.sweep(at(60)).await.unwrap() >= 20);
}
