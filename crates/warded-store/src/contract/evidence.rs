//! What is shown beside a code or a refresh token: used up in the step that spends it, and in no other.

use super::{at, code, digest, grant, refresh};
use crate::{Evidence, Kept, Spending, Store};

/// With the marks of these numbers.
fn shown(marks: &[u8]) -> Evidence {
    Evidence { key: None, marks: marks.iter().map(|mark| ([*mark; 32], at(900))).collect() }
}

async fn is_good(store: &dyn Store, mark: u8) -> bool {
    store.first_use(&[mark; 32], at(900), at(2)).await.unwrap()
}

pub(super) async fn what_is_shown_with_a_secret_is_used_up_where_it_is_spent(store: &dyn Store) {
    store.issue_code(grant("shown"), code("shown")).await.unwrap();
    let redeem = async |name: &str, now, first: &str, marks: &[u8]| {
        let first = Some(refresh(first));
        store.redeem(&digest(name), at(now), at(700), first, shown(marks)).await.unwrap()
    };
    assert_eq!(redeem("unknown", 1, "x", &[100, 101]).await, Spending::Gone);
    assert_eq!(redeem("shown", 60, "x", &[100, 101]).await, Spending::Gone, "it has expired");
    assert_eq!(
        redeem("shown", 1, "shown-1", &[100, 101]).await,
        Spending::Spent,
        "none of that used them up"
    );
    let rotate = async |from: &str, to: &str, marks: &[u8]| {
        let next = refresh(to);
        let keep = Kept { sealed: vec![7], until: at(40), successor: next.digest };
        store.rotate(&digest(from), at(2), at(700), next, Some(keep), shown(marks)).await.unwrap()
    };
    // As it stood before: neither the secret nor what else was shown is used up.
    for (marks, place) in [(&[100, 102][..], 0), (&[102, 101], 1), (&[101], 0)] {
        assert_eq!(rotate("shown-1", "x", marks).await, Spending::Replayed(place), "{marks:?}");
    }
    let held = store.refresh(&digest("shown-1")).await.unwrap().unwrap();
    assert_eq!((held.spent, store.refresh(&digest("x")).await.unwrap()), (None, None));
    assert_eq!(rotate("shown-1", "shown-2", &[102]).await, Spending::Spent);
    assert_eq!(
        rotate("shown-1", "x", &[103]).await,
        Spending::Kept,
        "who gives the answer again uses them up"
    );
    assert!(!is_good(store, 102).await && is_good(store, 103).await);
    // A theft is one whatever is shown with it.
    assert_eq!(rotate("shown-2", "shown-3", &[]).await, Spending::Spent);
    assert_eq!(rotate("shown-1", "x", &[102]).await, Spending::Again);
    assert_eq!(store.grant("shown").await.unwrap(), None);
}
