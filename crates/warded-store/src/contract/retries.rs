//! Clients that lose the answer to a refresh.

use super::{at, code, digest, grant, refresh};
use crate::{Evidence, Kept, Spending, Store};

fn kept(successor: &str, until: i64) -> Kept {
    Kept {
        sealed: format!("what gives {successor}").into_bytes(),
        until: at(until),
        successor: digest(successor),
    }
}

/// A family with a refresh token that bears its name.
async fn begun(store: &dyn Store, name: &str) {
    store.issue_code(grant(name), code(name)).await.unwrap();
    let spending =
        store.redeem(&digest(name), at(1), at(700), Some(refresh(name)), Evidence::default()).await;
    assert_eq!(spending.unwrap(), Spending::Spent);
}

pub(super) async fn a_lost_answer_is_given_again_until_its_successor_is_used(store: &dyn Store) {
    begun(store, "lost").await;
    let rotate = async |from: &str, now, next: &str, kept| {
        store.rotate(&digest(from), at(now), at(700), refresh(next), kept, Evidence::default()).await.unwrap()
    };
    assert_eq!(rotate("lost", 10, "next", Some(kept("next", 40))).await, Spending::Spent);
    let spent = async |name: &str| store.refresh(&digest(name)).await.unwrap().unwrap().spent;
    for _ in 0..2 {
        assert_eq!(rotate("lost", 39, "other", Some(kept("other", 69))).await, Spending::Kept);
        let spent = spent("lost").await.unwrap();
        assert_eq!((spent.at, spent.successor_spent), (at(10), false));
        assert_eq!(spent.repeatable(at(39)), Some(&kept("next", 40)), "the one that was given first, always");
        assert_eq!(spent.repeatable(at(40)), None);
    }
    assert_eq!(store.refresh(&digest("other")).await.unwrap(), None, "nothing came of asking again");
    assert_eq!(spent("next").await, None);

    // Whoever has the answer uses it. From then on the first token proves that two have it.
    assert_eq!(rotate("next", 12, "third", Some(kept("third", 42))).await, Spending::Spent);
    assert!(spent("lost").await.unwrap().successor_spent);
    assert_eq!(spent("lost").await.unwrap().repeatable(at(13)), None);
    assert_eq!(rotate("next", 13, "other", None).await, Spending::Kept, "the second may be lost as well");
    assert_eq!(rotate("lost", 13, "other", Some(kept("other", 43))).await, Spending::Again);
    for name in ["lost", "next", "third", "other"] {
        assert_eq!(store.refresh(&digest(name)).await.unwrap(), None, "{name}");
    }
}

pub(super) async fn a_lost_answer_is_not_given_again_when_its_time_is_over(store: &dyn Store) {
    for (name, keep) in [("late", Some(kept("late-next", 40))), ("at-once", None)] {
        begun(store, name).await;
        let next = refresh(format!("{name}-next"));
        assert_eq!(
            store.rotate(&digest(name), at(10), at(700), next, keep, Evidence::default()).await.unwrap(),
            Spending::Spent
        );
        let again = store
            .rotate(
                &digest(name),
                at(40),
                at(700),
                refresh("thief"),
                Some(kept("thief", 70)),
                Evidence::default(),
            )
            .await;
        assert_eq!(again.unwrap(), Spending::Again, "{name}");
        assert_eq!(store.refresh(&next.digest).await.unwrap(), None, "{name}");
    }
}

pub(super) async fn an_answer_that_nobody_may_have_again_is_swept(store: &dyn Store) {
    begun(store, "swept").await;
    let spending = store
        .rotate(
            &digest("swept"),
            at(10),
            at(700),
            refresh("swept-next"),
            Some(kept("swept-next", 40)),
            Evidence::default(),
        )
        .await;
    assert_eq!(spending.unwrap(), Spending::Spent);
    let answer = async || store.refresh(&digest("swept")).await.unwrap().unwrap().spent.unwrap().answer;
    store.sweep(at(39)).await.unwrap();
    assert_eq!(answer().await, Some(kept("swept-next", 40)));
    store.sweep(at(40)).await.unwrap();
    assert_eq!(answer().await, None);
    assert!(store.refresh(&digest("swept-next")).await.unwrap().is_some());
    store.revoke("swept").await.unwrap();
}
